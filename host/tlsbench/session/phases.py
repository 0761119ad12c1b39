"""What one phase cost: two moments on the target, and the difference between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from tlsbench.link import Stats
from tlsbench.measure.probe import ProbeSnapshot
from tlsbench.measure.wire import WireCounts
from tlsbench.model.metric import Metric, Phase

HEAP_METHOD = "allocator's own count, overhead included"
STACK_PAINTED = "painted high-water mark"
STACK_EXACT = "lowest store to the stack, seen by the emulator"
COUNTED = "counted by the emulator between two marks"
TAPPED = "tap on the emulated Ethernet"


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """Everything known at a phase mark.

    Arguments:
        stats: heap and stacks of the phase that ended there; None at boot.
        probe: the emulator's counters; None where there is no probe.
        wire: what crossed the wire in the phase that ended there; None where there is no tap.
    """

    stats: Stats | None
    probe: ProbeSnapshot | None
    wire: WireCounts | None = None

    @classmethod
    def at_boot(cls, probe: ProbeSnapshot | None) -> Self:
        """The moment of reset."""
        return cls(None, probe)


def phase_metrics(phase: Phase, before: PhaseSpan, after: PhaseSpan, clock: str) -> Iterator[Metric]:
    """The metrics of the phase between two moments. What was not measured is not among them.

    Arguments:
        phase: the phase.
        before: the moment that it began.
        after: the moment that it ended.
        clock: what the target's clock follows, `virtual` or `real`.
    """
    stats = after.stats
    if stats is not None:
        began = before.stats.uptime_us if before.stats else 0
        yield Metric("duration", stats.uptime_us - began, f"target's clock, {clock}", phase)
        yield Metric("heap_current", stats.heap_current, HEAP_METHOD, phase)
        yield Metric("heap_peak", stats.heap_peak, HEAP_METHOD, phase)
        yield Metric("heap_arena_peak", stats.heap_arena_peak, "highest address taken from the heap's region", phase)
        for thread in stats.threads:
            yield Metric("stack_peak", thread.stack_peak, STACK_PAINTED, phase, thread.name)
            low = after.probe.stack_low.get(thread.slot) if after.probe else None
            if low is not None:
                exact = thread.stack_base + thread.stack_size - low
                yield Metric("stack_peak", exact, STACK_EXACT, phase, thread.name)
    if before.probe is not None and after.probe is not None:
        yield Metric("instructions", after.probe.instructions - before.probe.instructions, COUNTED, phase)
        yield Metric("idle_instructions", after.probe.idle - before.probe.idle, COUNTED, phase)
    if after.wire is not None:
        for name in ("bytes_tx", "bytes_rx", "packets", "flights"):
            yield Metric(name, getattr(after.wire, name), TAPPED, phase)
