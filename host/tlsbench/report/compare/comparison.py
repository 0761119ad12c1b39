"""Everything that several runs say about each other; each report shows a choice of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tlsbench.measure.elf import FLASH_METHOD, STATIC_RAM_METHOD
from tlsbench.model.metric import QUANTITIES, Metric, Phase
from tlsbench.model.result import Library, Result
from tlsbench.report import view
from tlsbench.report.compare import facts, rows
from tlsbench.report.compare.facts import Fact
from tlsbench.report.compare.rows import Row

IMAGE = {"flash": "flash", "static_ram": "static RAM"}
"""What an image takes, and what a reader calls it."""
MAKERS = {"mbedtls": "Mbed TLS", "lwip": "lwIP", "nanopb": "nanopb"}
TOOLCHAIN = ("c_nano", "gcc", "g_nano", "m", "nosys", "stdc++_nano", "supc++_nano", "linker stubs", "(padding)")
COMPILER, OURS = "compiler and C library", "tlsbench"
NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One test whose runs came out differently: the status and message of each run."""

    suite: str
    name: str
    statuses: tuple[str, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs beside each other; the first is what the others are held against.

    Arguments:
        names: what to call each run.
        shared: what their names have in common.
        connections: suite and test of the connection that the phases are taken from, by run.
        image: flash, static RAM and RAM needed.
        makers: flash and static RAM by whose code it is; libraries: by library. By quantity, each.
        phases: the connection, phase by phase.
        handshakes: instructions, cycles and heap peak of every handshake, by quantity.
        tests: those that did not come out the same.
        notes: what a reader must know.
    """

    results: list[Result]
    names: list[str]
    shared: str
    facts: list[Fact]
    connections: list[tuple[str, str] | None]
    image: list[Row]
    makers: dict[str, list[Row]]
    libraries: dict[str, list[Row]]
    phases: list[Row]
    handshakes: dict[str, list[Row]]
    tests: list[Verdicts]
    notes: list[str]

    @property
    def rows(self) -> list[Row]:
        """Every row."""
        groups = (*self.makers.values(), *self.libraries.values(), *self.handshakes.values())
        return [*self.image, *self.phases, *(row for group in groups for row in group)]

    @property
    def methods(self) -> list[tuple[str, list[str]]]:
        """How each run measured each quantity that is shown: the quantity, and what each run says of it."""
        used: dict[str, list[dict[str, None]]] = {}
        for row in self.rows:
            for at, metric in enumerate(row.metrics):
                if metric is not None:
                    used.setdefault(metric.name, [{} for _ in self.results])[at][metric.method] = None
        return [(name, ["; ".join(each) for each in used[name]]) for name in QUANTITIES if name in used]

    @property
    def not_compared(self) -> list[str]:
        """Every reason for which something is shown and not compared."""
        return list(dict.fromkeys(reason for row in self.rows for reason in row.not_compared if reason))


def compare(results: Sequence[Result]) -> Comparison:
    """Set finished runs, two or more, beside each other."""
    connections = _connections(results)
    return Comparison(
        results=list(results),
        names=facts.names(results),
        shared=facts.shared_name(results),
        facts=facts.facts(results),
        connections=connections,
        image=_image(results, connections),
        makers={name: _split(name, results, _maker) for name in IMAGE},
        libraries={name: _split(name, results, lambda library: library) for name in IMAGE},
        phases=rows.by_phase(results, connections),
        handshakes={
            "instructions": rows.by_test(results, lambda handshake: handshake.cost.get("instructions")),
            "cycles": rows.by_test(results, lambda handshake: handshake.cost.get("cycles")),
            "heap_peak": rows.by_test(results, lambda handshake: handshake.heap_peak),
        },
        tests=_tests(results),
        notes=_notes(results, connections),
    )


def _connections(results: Sequence[Result]) -> list[tuple[str, str] | None]:
    """The connection that stands for each run: the same test in all of them, if they have it."""
    own = [view.reference(result) for result in results]
    for chosen in own:
        if all(any((x.suite, x.test) == chosen for x in result.metrics) for result in results):
            return [chosen] * len(results)
    return own


def _image(results: Sequence[Result], connections: Sequence[tuple[str, str] | None]) -> list[Row]:
    found = []
    for name, what in IMAGE.items():
        whole = [[x for x in result.select(name) if x.phase is None] for result in results]
        found.append(rows.row(what, results, whole))
    needed = [
        [x for x in result.select("ram_needed") if (x.suite, x.test) == connection]
        for result, connection in zip(results, connections, strict=True)
    ]
    found.append(rows.row("RAM needed", results, needed))
    return [row for row in found if any(row.metrics)]


def _maker(library: str) -> str:
    """Whose code a library is."""
    return COMPILER if library in TOOLCHAIN else MAKERS.get(library, OURS)


def _split(name: str, results: Sequence[Result], part_of: rows.PartOf) -> list[Row]:
    """Flash or static RAM by part, the largest of the first run first; nothing if no run has a link map."""
    method = f"link map; {FLASH_METHOD if name == 'flash' else STATIC_RAM_METHOD}"
    sums: list[dict[str, int]] = []
    for result in results:
        libraries: Sequence[Library] = result.run.firmware.libraries if result.run.firmware else ()
        parts: dict[str, int] = {}
        for library in libraries:
            part = part_of(library.name)
            parts[part] = parts.get(part, 0) + getattr(library, name)
        sums.append(parts)
    known = dict.fromkeys(part for parts in sums for part in parts)
    found = [
        # a part that an image has not is nothing; an image without a map says nothing
        rows.row(part, results, [[Metric(name, parts.get(part, 0), method)] if parts else [] for parts in sums])
        for part in known
        if any(parts.get(part) for parts in sums)
    ]
    return sorted(found, key=lambda row: -max(x.value for x in row.metrics if x is not None))


def _tests(results: Sequence[Result]) -> list[Verdicts]:
    made = [{(test.suite, test.name): test for test in result.tests} for result in results]
    found = []
    for suite, name in dict.fromkeys(key for tests in made for key in tests):
        records = [tests.get((suite, name)) for tests in made]
        statuses = tuple(record.status if record else NOT_RUN for record in records)
        if len(set(statuses) - {NOT_RUN}) > 1:
            messages = tuple(record.message if record else "" for record in records)
            found.append(Verdicts(suite, name, statuses, messages))
    return found


def _notes(results: Sequence[Result], connections: Sequence[tuple[str, str] | None]) -> list[str]:
    notes = []
    if len(set(connections)) > 1:
        told = ", ".join(f"{key[1]!r} of {key[0]}" if key else "none" for key in connections)
        notes.append(f"no connection is in all of the runs; the phases show one of each: {told}")
    counted = [
        {x.name for x in result.metrics if x.phase == Phase.HANDSHAKE} & {"instructions", "cycles"}
        for result in results
    ]
    if len({frozenset(each) for each in counted}) > 1 and {"instructions", "cycles"} <= set.union(*counted):
        notes.append("instructions are never compared with cycles: each has rows of its own")
    ran = Counter((test.suite, test.name) for result in results for test in result.tests)
    if alone := sum(count < len(results) for count in ran.values()):
        notes.append(f"{alone} tests were not run in all of the runs")
    for result in results:
        if result.empty:
            notes.append(f"no test passed in {result.run.id}, so that run shows nothing")
    return notes
