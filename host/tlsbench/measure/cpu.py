"""Work of the core: instructions between two marks, or around one socket call."""

from __future__ import annotations

from collections.abc import Iterator

from tlsbench.measure.probe import CallCost, ProbeSnapshot
from tlsbench.model.errors import MeasurementError
from tlsbench.model.metric import Metric, Phase

METHOD = "counted by the emulator between two phase marks, agent and link included, idle loop excluded"
IDLE_METHOD = "counted by the emulator between two phase marks, idle loop alone"
CALL_METHOD = "counted by the emulator around the call, idle loop excluded"


def metrics(before: ProbeSnapshot, after: ProbeSnapshot, phase: Phase | None) -> Iterator[Metric]:
    """The core's work in the phase between two marks.

    Errors:
        MeasurementError: the board was reset in between, so the marks belong to two different runs of the firmware.
    """
    if before.resets != after.resets:
        raise MeasurementError(f"the board was reset during the phase {phase}: its instructions were not counted")
    yield Metric("instructions", after.instructions - before.instructions, METHOD, phase)
    yield Metric("idle_instructions", after.idle - before.idle, IDLE_METHOD, phase)


def call_metric(cost: CallCost, phase: Phase | None, thread: str, call: str) -> Metric:
    """The instructions that all threads together spent while one call kept its caller."""
    return Metric("blocked_instructions", cost.instructions, CALL_METHOD, phase, thread, call)
