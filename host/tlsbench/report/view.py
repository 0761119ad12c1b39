"""What the reports show of a record: the same choice for the page, the terminal and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tlsbench.model.metric import QUANTITIES, Metric, Phase
from tlsbench.model.result import Limit, Result, Status, TestRecord

COST = ("instructions", "duration", "bytes_tx", "bytes_rx", "packets", "flights")
"""What a handshake costs, in the order of a reader's interest."""

STATUSES: tuple[Status, ...] = ("pass", "fail", "absent")


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase of the reference connection; None is absent, never zero."""

    phase: Phase
    heap_peak: Metric | None
    heap_current: Metric | None
    stack: Metric | None
    stacks_total: int | None
    instructions: Metric | None
    duration: Metric | None


@dataclass(frozen=True, slots=True)
class HandshakeRow:
    """What the handshake of one test cost, by quantity."""

    test: TestRecord
    cost: dict[str, Metric]
    heap_peak: Metric | None
    stack: Metric | None

    @property
    def round_trips(self) -> float | None:
        """Two flights are one round trip."""
        flights = self.cost.get("flights")
        return None if flights is None else flights.value / 2


@dataclass(frozen=True, slots=True)
class BlockedRow:
    """How long one socket call kept its caller, and what the core did meanwhile."""

    blocked: Metric
    instructions: Metric | None

    @property
    def per_ms(self) -> float | None:
        """Instructions per millisecond blocked: a spinning call keeps the core busy, a waiting one does not."""
        if self.instructions is None or not self.blocked.value:
            return None
        return self.instructions.value / (self.blocked.value / 1000)


@dataclass(frozen=True, slots=True)
class SuiteRow:
    """The verdict of one suite, with its tests."""

    name: str
    tests: Sequence[TestRecord]

    @property
    def count(self) -> Counter[Status]:
        """How many tests passed, failed, or were absent."""
        return Counter(test.status for test in self.tests)

    @property
    def summary(self) -> str:
        """The counts in words, and the time: `12 pass, 1 absent, 9.3 s`."""
        counts = ", ".join(f"{self.count[status]} {status}" for status in STATUSES if self.count[status])
        return f"{counts}, {sum(test.elapsed_s for test in self.tests):.1f} s"


def suites(result: Result) -> list[SuiteRow]:
    """The suites in the order they ran."""
    names = dict.fromkeys(test.suite for test in result.tests)
    return [SuiteRow(name, [test for test in result.tests if test.suite == name]) for name in names]


def reference(result: Result) -> tuple[str, str] | None:
    """Suite and test of the connection that stands for the run in the phase table and the picture.

    It is the one that is held against the budget; where there is none, the one that shows most phases.
    """
    budgeted = Counter((x.suite, x.test) for x in result.limits if x.source == "budget" and x.phase)
    phases: dict[tuple[str, str], set[Phase]] = {}
    for metric in result.metrics:
        if metric.phase is not None:
            phases.setdefault((metric.suite, metric.test), set()).add(metric.phase)
    passed = {(test.suite, test.name): test.status != "fail" for test in result.tests}
    return max(phases, key=lambda key: (budgeted[key], len(phases[key]), passed.get(key, True)), default=None)


def phases(result: Result) -> list[PhaseRow]:
    """The phases of the reference connection, in the order they happen; boot and network come from the run."""
    chosen = reference(result)
    rows = []
    for phase in Phase:
        here = [x for x in result.metrics if x.phase == phase and (x.suite, x.test) == chosen]
        if not here and phase in (Phase.BOOT, Phase.NETWORK_UP):
            here = [x for x in result.metrics if x.phase == phase and not x.test]
        if here:
            stacks = stack_by_thread(here)
            rows.append(
                PhaseRow(
                    phase,
                    worst(here, "heap_peak"),
                    worst(here, "heap_current"),
                    max((x for x in stacks if (x.thread or "").startswith("worker")), key=_value, default=None),
                    sum(int(x.value) for x in stacks) or None,
                    worst(here, "instructions"),
                    worst(here, "duration"),
                )
            )
    return rows


def stack_by_thread(metrics: Iterable[Metric]) -> list[Metric]:
    """The deepest stack use of each thread."""
    threads: dict[str | None, Metric] = {}
    for metric in metrics:
        if metric.name == "stack_peak":
            known = threads.get(metric.thread)
            if known is None or metric.value > known.value:
                threads[metric.thread] = metric
    return list(threads.values())


def handshakes(result: Result) -> list[HandshakeRow]:
    """The tests that completed a handshake, with what it cost."""
    rows = []
    for test in result.tests:
        here = [x for x in result.metrics if (x.suite, x.test) == (test.suite, test.name)]
        if not any(x.phase == Phase.ESTABLISHED for x in here):
            continue
        during = [x for x in here if x.phase == Phase.HANDSHAKE]
        cost = {name: found for name in COST if (found := worst(during, name)) is not None}
        if cost:
            stacks = [x for x in stack_by_thread(during) if (x.thread or "").startswith("worker")]
            rows.append(HandshakeRow(test, cost, worst(during, "heap_peak"), max(stacks, key=_value, default=None)))
    return rows


def blocked(result: Result) -> list[BlockedRow]:
    """Every call whose blocking was measured."""
    spent = {(x.suite, x.test, x.call): x for x in result.metrics if x.name == "blocked_instructions"}
    return [BlockedRow(x, spent.get((x.suite, x.test, x.call))) for x in result.metrics if x.name == "blocked"]


def image(result: Result, name: str) -> Metric | None:
    """A value of the whole image: `static_ram`, `flash`, `ram_needed`."""
    return worst((x for x in result.metrics if x.phase is None), name)


def limit(result: Result, name: str, phase: Phase | None) -> Limit | None:
    """The budget's limit for this quantity and phase, or else the tightest one that a test set."""
    found = [x for x in result.limits if x.name == name and x.phase == phase]
    return min(found, key=lambda x: (x.source != "budget", x.at_most), default=None)


def methods(result: Result) -> list[tuple[str, str, str, list[str]]]:
    """Every quantity in the record: name, unit, meaning, and the methods it was taken with."""
    used: dict[str, dict[str, None]] = {}
    for metric in result.metrics:
        used.setdefault(metric.name, {})[metric.method] = None
    return [(name, q.unit, q.meaning, list(used[name])) for name, q in QUANTITIES.items() if name in used]


def worst(metrics: Iterable[Metric], name: str) -> Metric | None:
    """The largest value of this name."""
    return max((metric for metric in metrics if metric.name == name), key=_value, default=None)


def _value(metric: Metric) -> float:
    return metric.value
