"""The heap, as the target's allocator counts it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from tlsbench.model.metric import Metric, Phase

METHOD = "counted by the allocator, its overhead included"
PEAK_METHOD = f"{METHOD}; restarts at each phase mark"
SYSTEM_METHOD = "bytes asked of the operating system's allocator, on this machine's word size"
ARENA_METHOD = (
    "highest address the allocator took since boot, from the start of its region; of tests that booted the board"
)


class HeapUse(Protocol):
    """What the agent says of the heap, in bytes; see firmware/platform/heap.h."""

    @property
    def heap_current(self) -> int: ...
    @property
    def heap_peak(self) -> int: ...
    @property
    def heap_arena_peak(self) -> int: ...
    @property
    def heap_region(self) -> int: ...


def metrics(use: HeapUse, phase: Phase | None) -> Iterator[Metric]:
    """The heap's metrics at the end of `phase`. An operating system's heap has no region, and so no arena."""
    if not use.heap_region:
        yield Metric("heap_current", use.heap_current, SYSTEM_METHOD, phase)
        yield Metric("heap_peak", use.heap_peak, f"{SYSTEM_METHOD}; restarts at each phase mark", phase)
        return
    yield Metric("heap_current", use.heap_current, METHOD, phase)
    yield Metric("heap_peak", use.heap_peak, PEAK_METHOD, phase)
    yield Metric("heap_arena_peak", use.heap_arena_peak, ARENA_METHOD, phase)
