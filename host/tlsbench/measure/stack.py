"""How deep each thread's stack went, found in two ways that must agree.

* painted: the lowest word of the stack that no longer holds the paint. Works on every board.
* exact: the lowest address that the thread stored to, seen by the emulator.

The core pushes an exception frame by itself when an interrupt comes, and the emulator does not show those stores. So
the paint may go deeper by one frame (ARMv7-M Architecture Reference Manual, B1.5.7: 8 words, 26 with floating-point
state, and one word to align). The frame lies below the stack pointer, not below the lowest store: a function may have
made room for locals and not stored to them when the interrupt comes, so that room may lie between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from tlsbench.measure.probe import ProbeSnapshot
from tlsbench.model.errors import MeasurementError
from tlsbench.model.metric import Metric, Phase

PAINTED = "painted high-water mark"
EXACT = "lowest store seen by the emulator, agrees with the paint"

FRAME_BYTES = 8 * 4 + 4
FRAME_BYTES_FPU = 26 * 4 + 4
UNSTORED_BYTES = 512
"""Room for locals that is taken to be the most that lies between the lowest store and an exception frame."""


class StackUse(Protocol):
    """What the agent says of one thread's stack; see firmware/platform/stack.h. Sizes in bytes."""

    @property
    def name(self) -> str: ...
    @property
    def slot(self) -> int: ...
    @property
    def stack_base(self) -> int: ...
    @property
    def stack_size(self) -> int: ...
    @property
    def stack_peak(self) -> int: ...


def metrics(
    threads: Iterable[StackUse], probe: ProbeSnapshot | None, phase: Phase | None, *, fpu: bool
) -> Iterator[Metric]:
    """Each thread's deepest use of its stack in the phase that ended with `probe`.

    Arguments:
        threads: what the target found in the paint.
        probe: what the emulator saw; None where nothing does.
        phase: the phase that ended.
        fpu: whether exception frames may hold floating-point registers.

    Errors:
        MeasurementError: paint and emulator do not agree.
    """
    for thread in threads:
        yield Metric("stack_peak", thread.stack_peak, PAINTED, phase, thread.name)
        low = probe.stack_low.get(thread.slot) if probe else None
        if low is not None:
            yield Metric("stack_peak", _agreed(thread, low, phase, fpu), EXACT, phase, thread.name)


def _agreed(thread: StackUse, low: int, phase: Phase | None, fpu: bool) -> int:
    """The exact depth in bytes, if the painted one agrees with it."""
    exact = thread.stack_base + thread.stack_size - low
    deeper = UNSTORED_BYTES + (FRAME_BYTES_FPU if fpu else FRAME_BYTES)
    whole_words = -(-exact // 4) * 4  # paint is looked at by words
    if not whole_words <= thread.stack_peak <= whole_words + deeper:
        raise MeasurementError(
            f"the stack of thread {thread.name} in phase {phase}: the paint says {thread.stack_peak} bytes, the "
            f"emulator saw stores {exact} bytes deep; the paint may be deeper by {deeper} bytes at most (one exception "
            f"frame below unused locals) and never less deep (stack at 0x{thread.stack_base:08x}, "
            f"{thread.stack_size} bytes)"
        )
    return exact
