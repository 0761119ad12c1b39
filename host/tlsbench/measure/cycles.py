"""Work of the core in cycles of its clock, as its own counter tells. Never to be set beside instructions.

Idle is time asleep. A chip that stops the core's clock there has to be told not to (the STM32F4's start-up code sets
`DBG_SLEEP`); else the cycles that it sleeps through are missing in both numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlsbench.link import Stats
from tlsbench.model.metric import Metric, Phase

METHOD = "DWT cycle counter between two phase marks, agent and link included, idle included"
IDLE_METHOD = "DWT cycle counter between two phase marks, idle loop and the handlers that interrupted it"


def metrics(before: Stats | None, after: Stats, phase: Phase | None) -> Iterator[Metric]:
    """The cycles between two marks; none where the core does not count them.

    Arguments:
        before: what the target told at the first mark; None for its reset, where the count is 0.
        after: what it told at the second.
        phase: the phase that ended there.
    """
    if after.cycles is None or after.idle_cycles is None:
        return
    all_before, idle_before = ((before.cycles or 0), (before.idle_cycles or 0)) if before else (0, 0)
    yield Metric("cycles", after.cycles - all_before, METHOD, phase)
    yield Metric("idle_cycles", after.idle_cycles - idle_before, IDLE_METHOD, phase)
