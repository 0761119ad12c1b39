"""Numbers of several runs in one row, with the difference where there may be one.

The first run is what the others are held against. Two numbers are subtracted only if they were measured the same way:
instructions never meet cycles, a virtual clock never meets a real one, and a process never meets a board.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tlsbench.model.metric import Metric, Phase
from tlsbench.model.result import Result, RunInfo
from tlsbench.report import view

CLOCKS = "times by a virtual and by a real clock are not compared"
HOSTS_CLOCK = "times by the real clock of an emulator or a process follow this machine's load, and are not compared"
PROCESS = "a process of this machine and a board are not compared: its words, its libraries and its heap are others"


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more a run has than the first; `percent` is None where the first has nothing."""

    absolute: float
    percent: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity in every run; None where a run has not got it.

    Arguments:
        what: its name for a reader.
        metrics: the value of each run.
        not_compared: for each run, why it is not compared with the first; empty where it is, or where one is absent.
        phase: where the value belongs to one.
    """

    what: str
    metrics: tuple[Metric | None, ...]
    not_compared: tuple[str, ...]
    phase: Phase | None = None

    @property
    def unit(self) -> str:
        """The unit of all of them."""
        return next(x.unit for x in self.metrics if x is not None)

    @property
    def same(self) -> bool:
        """Whether every run has the same value, measured the same way."""
        return len({None if x is None else (x.value, x.method) for x in self.metrics}) == 1

    def difference(self, at: int) -> Difference | None:
        """Run number `at` less the first one; None where they are not compared."""
        first, other = self.metrics[0], self.metrics[at]
        if first is None or other is None or self.not_compared[at]:
            return None
        more = other.value - first.value
        return Difference(more, 100 * more / first.value if first.value else None)


def row(what: str, results: Sequence[Result], found: Sequence[Iterable[Metric]], phase: Phase | None = None) -> Row:
    """A row of the largest value of each run, by a method that all of them have, if there is one.

    A row has one quantity: values of two, such as instructions and cycles, are a mistake.

    Arguments:
        what: the quantity's name for a reader.
        results: the runs.
        found: for each run, the values to choose from; all of one quantity.
        phase: where the values belong to one.
    """
    lists = [list(each) for each in found]
    names = {(x.name, x.unit) for each in lists for x in each}
    if len(names) > 1:
        raise ValueError(f"{what}: these are never set in one row: {', '.join(sorted(name for name, _ in names))}")
    measured = [{x.method for x in each} for each in lists if each]
    shared = set.intersection(*measured) if measured else set()
    chosen = [
        max((x for x in each if x.method in shared or not shared), key=lambda x: x.value, default=None)
        for each in lists
    ]
    first = chosen[0]
    reasons = tuple(
        "" if first is None or x is None else why_not(results[0].run, first, result.run, x)
        for result, x in zip(results, chosen, strict=True)
    )
    return Row(what, tuple(chosen), reasons, phase)


def why_not(run: RunInfo, metric: Metric, other_run: RunInfo, other: Metric) -> str:
    """Why two values of one quantity may not be subtracted; empty where they may."""
    if (run.kind == "native") != (other_run.kind == "native"):
        return PROCESS
    if metric.unit == "us":
        if run.clock != other_run.clock:
            return CLOCKS
        if run.clock == "real" and any(x.emulator or x.kind == "native" for x in (run, other_run)):
            return HOSTS_CLOCK
    if metric.method != other.method:
        return f"{metric.name.replace('_', ' ')}: measured in another way ({metric.method}; {other.method})"
    return ""


Select = Callable[[list[Metric]], list[Metric]]
PartOf = Callable[[str], str]
"""From the name of a library to what it counts for."""


def _named(name: str) -> Select:
    return lambda here: [x for x in here if x.name == name]


def _worker(here: list[Metric]) -> list[Metric]:
    return [x for x in here if x.name == "stack_peak" and (x.thread or "").startswith("worker")]


def _all_stacks(here: list[Metric]) -> list[Metric]:
    total = sum(x.value for x in view.stack_by_thread(here))
    return [Metric("stack_peak", total, "sum of the deepest use of every thread's stack")] if total else []


def _connect_time(here: list[Metric]) -> list[Metric]:
    took, _ = view.connect_call(here)
    return [took] if took else []


def _connect_cost(here: list[Metric]) -> list[Metric]:
    _, spent = view.connect_call(here)
    return [spent] if spent else []


QUANTITIES: dict[str, Select] = {
    "heap, peak": _named("heap_peak"),
    "heap, at its end": _named("heap_current"),
    "worker's stack": _worker,
    "all stacks": _all_stacks,
    "instructions": _named("instructions"),
    "instructions of connect()": _connect_cost,
    "cycles": _named("cycles"),
    "idle cycles": _named("idle_cycles"),
    "duration": _named("duration"),
    "duration of connect()": _connect_time,
    "bytes sent": _named("bytes_tx"),
    "bytes received": _named("bytes_rx"),
    "packets": _named("packets"),
    "flights": _named("flights"),
}
"""What is shown of a phase, in the order of a reader's interest."""


def by_phase(results: Sequence[Result], connections: Sequence[tuple[str, str] | None]) -> list[Row]:
    """Every quantity of every phase of one connection in each run; a row has at least one value."""
    rows = []
    for phase in Phase:
        here = [view.of_phase(result, at, phase) for result, at in zip(results, connections, strict=True)]
        for what, select in QUANTITIES.items():
            found = row(what, results, [select(each) for each in here], phase)
            rows += [found] if any(found.metrics) else []
    return rows


def by_test(results: Sequence[Result], of_row: Callable[[view.HandshakeRow], Metric | None]) -> list[Row]:
    """One value of the handshakes that several runs made, test by test; tests of one run alone have no row.

    A handshake may have been measured around its call in one run and by its phase in another: these are two rows.
    """
    made = [{(x.test.suite, x.test.name): x for x in view.every_handshake(result)} for result in results]
    rows = []
    for key in dict.fromkeys(key for each in made for key in each):
        values = [of_row(each[key]) if key in each else None for each in made]
        for name in dict.fromkeys(value.name for value in values if value):
            found = [[value] if value and value.name == name else [] for value in values]
            if sum(map(len, found)) > 1:
                rows.append(row(key[1], results, found, Phase.HANDSHAKE))
    return rows
