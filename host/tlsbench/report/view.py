"""What the reports show of a record: the same choice for the page, the terminal and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tlsbench.model.metric import QUANTITIES, Metric, Phase
from tlsbench.model.result import Limit, Result, Status, TestRecord

WORK = ("instructions", "cycles")
"""What tells the work of a core: emulated boards count instructions, and physical ones the cycles of their clock."""
COST = (*WORK, "duration", "bytes_tx", "bytes_rx", "packets", "flights")
"""What a handshake costs, in the order of a reader's interest."""

BLOCKED, SPENT = "blocked", "blocked_instructions"
WAITED_US = 10_000
ALIKE = {"instructions": 0.03, "heap_peak": 0.03, "bytes_rx": 0.2}
"""By what part two handshakes may differ and still be one row."""
STATUSES: tuple[Status, ...] = ("pass", "fail", "absent")


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase of the reference connection; None is absent, never zero."""

    phase: Phase
    heap_peak: Metric | None
    heap_current: Metric | None
    stack: Metric | None
    stacks_total: int | None
    work: dict[str, Metric]
    """Instructions or cycles, by quantity: whichever the board counts."""
    duration: Metric | None


@dataclass(frozen=True, slots=True)
class HandshakeRow:
    """What the handshake of one test cost, by quantity."""

    test: TestRecord
    cost: dict[str, Metric]
    heap_peak: Metric | None
    stack: Metric | None
    alike: int = 0
    """How many further tests made a handshake that cost the same."""

    def like(self, other: HandshakeRow) -> bool:
        """Whether both cost the same but for the noise, which on the wire is that of acknowledgements."""
        mine, theirs = self._size(), other._size()
        return mine.keys() == theirs.keys() and all(
            abs(value - theirs[name]) <= ALIKE[name] * max(value, theirs[name]) for name, value in mine.items()
        )

    def _size(self) -> dict[str, float]:
        size = {name: x.value for name, x in self.cost.items() if name in ALIKE}
        return size | ({"heap_peak": self.heap_peak.value} if self.heap_peak else {})

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
    at_most: Limit | None
    instructions_at_most: Limit | None

    @property
    def per_ms(self) -> float | None:
        """Instructions per millisecond blocked: a spinning call keeps the core busy, a waiting one does not.

        None for a call that did not wait: what it executes is its own work.
        """
        if self.instructions is None or self.blocked.value < WAITED_US:
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

    It is the first one that is held against the budget; where there is none, the one that shows most phases.
    """
    budgeted = next(((x.suite, x.test) for x in result.limits if x.source == "budget" and x.phase), None)
    if budgeted is not None:
        return budgeted
    phases: dict[tuple[str, str], set[Phase]] = {}
    for metric in result.metrics:
        if metric.phase is not None:
            phases.setdefault((metric.suite, metric.test), set()).add(metric.phase)
    passed = {(test.suite, test.name): test.status != "fail" for test in result.tests}
    return max(phases, key=lambda key: (len(phases[key]), passed.get(key, True)), default=None)


def phases(result: Result) -> list[PhaseRow]:
    """The phases of the reference connection, in the order they happen; boot and network come from the run."""
    chosen = reference(result)
    rows = []
    for phase in Phase:
        if here := of_phase(result, chosen, phase):
            stacks = stack_by_thread(here)
            rows.append(
                PhaseRow(
                    phase,
                    worst(here, "heap_peak"),
                    worst(here, "heap_current"),
                    max((x for x in stacks if (x.thread or "").startswith("worker")), key=_value, default=None),
                    sum(int(x.value) for x in stacks) or None,
                    {name: found for name in WORK if (found := worst(here, name)) is not None},
                    worst(here, "duration"),
                )
            )
    return rows


def work(result: Result) -> list[str]:
    """The columns that tell of the core's work: what the board counts, and instructions if it counts nothing."""
    return [name for name in WORK if any(x.phase is not None for x in result.select(name))] or [WORK[0]]


def of_phase(result: Result, connection: tuple[str, str] | None, phase: Phase) -> list[Metric]:
    """What was measured of one phase of a connection, by its suite and test; boot and network come from the run."""
    here = [x for x in result.metrics if x.phase == phase and (x.suite, x.test) == connection]
    if not here and phase in (Phase.BOOT, Phase.NETWORK_UP):
        here = [x for x in result.metrics if x.phase == phase and not x.test]
    return here


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
    """The tests that completed a handshake, with what it cost; those that cost the same share a row."""
    rows: list[HandshakeRow] = []
    for row in every_handshake(result):
        same = next((at for at, known in enumerate(rows) if known.like(row)), None)
        if same is None:
            rows.append(row)
        else:
            rows[same] = replace(rows[same], alike=rows[same].alike + 1)
    return rows


def every_handshake(result: Result) -> Iterator[HandshakeRow]:
    """The tests that completed a handshake, in the order they ran, with what it cost where that was measured."""
    tests = {(test.suite, test.name): test for test in result.tests}
    measured = _by_test(result)
    for key in connected(result):
        test = tests[key]
        during = [x for x in measured[key] if x.phase == Phase.HANDSHAKE]
        cost = {quantity: found for quantity in COST if (found := worst(during, quantity)) is not None}
        took, spent = connect_call(during)
        cost |= {"duration": took} if took else {}
        cost |= {"instructions": spent} if spent else {}
        if cost:
            stacks = [x for x in stack_by_thread(during) if (x.thread or "").startswith("worker")]
            yield HandshakeRow(test, cost, worst(during, "heap_peak"), max(stacks, key=_value, default=None))


def connected(result: Result) -> list[tuple[str, str]]:
    """Suite and name of each test that completed a handshake, in the order they ran."""
    found = {(x.suite, x.test) for x in result.metrics if x.phase == Phase.ESTABLISHED}
    return [key for test in result.tests if (key := (test.suite, test.name)) in found]


def _by_test(result: Result) -> dict[tuple[str, str], list[Metric]]:
    """What was measured in each test, by its suite and name."""
    found: dict[tuple[str, str], list[Metric]] = {}
    for x in result.metrics:
        found.setdefault((x.suite, x.test), []).append(x)
    return found


def connect_call(metrics: Iterable[Metric]) -> tuple[Metric | None, Metric | None]:
    """How long the call that made a test's handshake kept its caller, and the instructions spent meanwhile.

    Neither where no such call was measured, or several that differ and need not all have succeeded.
    """
    here = [x for x in metrics if x.phase == Phase.HANDSHAKE]
    took = [x for x in here if x.name == BLOCKED]
    if len(took) != 1:
        return None, None
    return took[0], _spent(took[0], here)


def blocked(result: Result) -> list[BlockedRow]:
    """Every call whose blocking was measured, with the limits that its test held it to.

    Handshakes that have a row of their own and no such limit are left out.
    """
    measured = _by_test(result)
    made = {connect_call(measured[key])[0] for key in connected(result)}
    rows = []
    for x in result.metrics:
        if x.name == BLOCKED:
            spent = _spent(x, measured[x.suite, x.test])
            at_most = _limit_of_call(x, result)
            spent_at_most = _limit_of_call(spent, result) if spent else None
            if at_most or spent_at_most or x not in made:
                rows.append(BlockedRow(x, spent, at_most, spent_at_most))
    return rows


def _spent(took: Metric, metrics: Iterable[Metric]) -> Metric | None:
    """The instructions of the call that took this long."""
    return next((x for x in metrics if x.name == SPENT and _call(x) == _call(took)), None)


def _limit_of_call(metric: Metric, result: Result) -> Limit | None:
    """The limit that a call was held to; of several calls alike, that of the one which is shown."""
    mine = [x for x in result.limits if x.name == metric.name and _call(x) == _call(metric)]
    return max(mine, key=lambda x: x.value == metric.value, default=None)


def _call(x: Metric | Limit) -> tuple[str | None, ...]:
    """What tells calls of a run apart."""
    return x.suite, x.test, x.phase, x.thread, x.call


def limits(result: Result) -> list[Limit]:
    """What is not about the blocking of one call: the budget first, then what tests set."""
    return sorted((x for x in result.limits if x.name not in (BLOCKED, SPENT)), key=lambda x: x.source != "budget")


def needed(result: Result) -> Metric | None:
    """The RAM that the reference connection needs."""
    chosen = reference(result)
    return worst((x for x in result.metrics if (x.suite, x.test) == chosen), "ram_needed")


def image(result: Result, name: str) -> Metric | None:
    """A value of the whole image: `static_ram`, `flash`."""
    return worst((x for x in result.metrics if x.phase is None), name)


def limit(result: Result, name: str, phase: Phase | None) -> Limit | None:
    """The budget's limit for this quantity and phase, or else the tightest one that a test set."""
    found = [x for x in result.limits if x.name == name and x.phase == phase]
    budgeted = next((x for x in found if x.source == "budget"), None)  # as `reference`: of the first test that has one
    return budgeted or min(found, key=lambda x: x.at_most, default=None)


def what_is_limited(limits: Sequence[Limit]) -> list[str]:
    """A few words for each limit: what it is about, and in which suite where there are several."""
    several = len({x.suite for x in limits}) > 1
    return [
        " ".join(filter(None, (f"{x.suite}:" if several else "", x.phase, x.name.replace("_", " "), x.thread)))
        for x in limits
    ]


def numbers(result: Result) -> list[Metric]:
    """The numbers that the page shows one by one: those of the image, the run, and the reference connection."""
    chosen = reference(result)
    return [x for x in result.metrics if not x.test or (x.suite, x.test) == chosen]


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
