"""What one phase cost: two moments on the target, and the difference between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from tlsbench.link import Stats
from tlsbench.measure import cpu, cycles, heap, stack, wire
from tlsbench.measure.probe import ProbeSnapshot
from tlsbench.measure.wire import WireCounts
from tlsbench.model.board import BoardInfo
from tlsbench.model.metric import Metric, Phase


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


def phase_metrics(phase: Phase, before: PhaseSpan, after: PhaseSpan, info: BoardInfo) -> Iterator[Metric]:
    """The metrics of the phase between two moments. What was not measured is not among them.

    Arguments:
        phase: the phase.
        before: the moment that it began.
        after: the moment that it ended.
        info: the board, which says what its clock follows and how large its exception frames are.

    Errors:
        MeasurementError: two ways to measure the same thing disagree.
    """
    stats = after.stats
    if stats is not None:
        began = before.stats.uptime_us if before.stats else 0
        yield Metric(
            "duration",
            stats.uptime_us - began,
            f"target's clock between two phase marks, agent and link included, {info.clock}",
            phase,
        )
        yield from cycles.metrics(before.stats, stats, phase)
        yield from heap.metrics(stats, phase)
        yield from stack.metrics(stats.threads, after.probe, phase, fpu=info.fpu)
    if before.probe is not None and after.probe is not None:
        yield from cpu.metrics(before.probe, after.probe, phase)
    if after.wire is not None:
        yield from wire.metrics(after.wire, phase)
