"""Runs beside each other in Markdown, for a README or a merge request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tlsbench.report.compare import words
from tlsbench.report.compare.comparison import Comparison
from tlsbench.report.compare.rows import Row
from tlsbench.report.markdown import table


def render(comparison: Comparison) -> str:
    """What tells the runs apart, the image, the phases, and the tests that came out differently."""
    facts = [(fact.label, *fact.values) for fact in comparison.facts if fact.differs]
    parts = [
        f"# {' and '.join(comparison.names)}",
        f"{comparison.shared}." if comparison.shared else "",
        table(("", *comparison.names), facts),
    ]
    for title, rows in (
        ("The image", comparison.image),
        ("Flash, by whose code it is", comparison.makers["flash"]),
        ("Static RAM, by whose code it is", comparison.makers["static_ram"]),
        ("By phase", comparison.phases),
    ):
        if rows:
            parts += [f"## {title}", _rows(comparison, rows)]
    if comparison.tests:
        tests = [(f"{test.suite}: {test.name}", *test.statuses) for test in comparison.tests]
        parts += ["## Tests that came out differently", table(("test", *comparison.names), tests)]
    differ = [
        (name.replace("_", " "), *(each or "absent" for each in used))
        for name, used in comparison.methods
        if len(set(used)) > 1
    ]
    if differ:
        parts += ["## Measured in different ways", table(("", *comparison.names), differ)]
    if notes := [*comparison.notes, *comparison.not_compared]:
        parts.append("\n".join(f"- {note}" for note in notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def _rows(comparison: Comparison, rows: Iterable[Row]) -> str:
    first, *others = comparison.names
    head = ("", first, *(title for name in others for title in (name, "more", "")))
    return table(head, [_cells(row, len(comparison.names)) for row in rows], numbers_from=1)


def _cells(row: Row, runs: int) -> Sequence[str]:
    cells = [words.place(row), words.value(row, 0)]
    for at in range(1, runs):
        cells += [words.value(row, at), words.more(row, at), words.percent(row, at)]
    return cells
