"""Runs beside each other as tables that a person reads at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tlsbench.model.metric import Phase
from tlsbench.report.compare import words
from tlsbench.report.compare.comparison import IMAGE, Comparison
from tlsbench.report.compare.rows import Row

QUANTITIES = ("heap, peak", "heap, at its end", "worker's stack", "instructions", "cycles", "duration")
"""What is shown of a phase where the runs differ in it; the page and the record have all of it."""
LONG = ("firmware, SHA-256", "started", "took")
"""Facts that only the page has room for; a run's name says when it started."""
COLUMN = 25
"""Characters that a value of a third run takes, with its difference."""
FIRST_COLUMN = 16
"""Characters, so that the tables of the phases stand below each other."""
_STYLE = {"pass": "green", "fail": "red", "absent": "yellow"}


def show(console: Console, comparison: Comparison, page: Path | None = None) -> None:
    """Print what differs, and where the whole page is.

    Arguments:
        console: where to; it decides on colours and width.
        comparison: the runs.
        page: the file with the page, if one was written.
    """
    console.print()
    _show_facts(console, comparison)
    _show_rows(console, comparison, "image", comparison.image)
    for name, rows in comparison.makers.items():
        _show_rows(console, comparison, f"{IMAGE[name]} of", rows)
    for phase in Phase:
        shown = [row for row in comparison.phases if row.phase == phase and row.what in QUANTITIES and not row.same]
        _show_rows(console, comparison, phase.replace("_", " "), shown)
    if comparison.tests:
        tests = _table("test that came out differently", *_keys(comparison))
        for test in comparison.tests:
            statuses = (Text(status, style=_STYLE.get(status, "dim")) for status in test.statuses)
            tests.add_row(Text(f"{test.suite}: {test.name}", overflow="fold"), *statuses)
        console.print()
        console.print(tests)
    console.print()
    for note in (*comparison.notes, *comparison.not_compared):
        console.print(Text.assemble(("note", "dim"), "  ", note))
    if page is not None:
        console.print(Text.assemble(("page", "dim"), "  ", str(page)), soft_wrap=True)


def _keys(comparison: Comparison) -> list[str]:
    """What stands above the columns: the runs' names, or a number for each where there are many."""
    return comparison.names if len(comparison.names) == 2 else [str(at + 1) for at in range(len(comparison.names))]


def _show_facts(console: Console, comparison: Comparison) -> None:
    """A line for each run, with what tells it from the others."""
    told = [fact for fact in comparison.facts if fact.differs and fact.label not in LONG]
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for head in (comparison.shared or "runs", *(fact.label for fact in told)):
        table.add_column(Text(head), overflow="fold", no_wrap=head == "run")
    for at, (key, name) in enumerate(zip(_keys(comparison), comparison.names, strict=True)):
        cells = (name if key == name else f"{key}  {name}", *(fact.values[at] for fact in told))
        table.add_row(*map(Text, cells))
    console.print(table)


def _show_rows(console: Console, comparison: Comparison, head: str, rows: Sequence[Row]) -> None:
    """The values, and as much of the differences as there is room for."""
    if not rows:
        return
    first, *others = _keys(comparison)
    changes: tuple[words.Words, ...] = (words.more, words.percent)
    if len(others) > 1:
        changes = (words.percent,) if console.width >= COLUMN * (len(others) + 1) else ()
    table = _table(head, first, *(title for name in others for title in (name, *[""] * len(changes))))
    table.columns[0].min_width = FIRST_COLUMN
    for row in rows:
        cells = [Text(words.value(row, 0))]
        for at in range(1, len(comparison.names)):
            cells += [Text(words.value(row, at)), *(_change(row, at, change) for change in changes)]
        table.add_row(Text(row.what), *cells)
    console.print()
    console.print(table)


def _change(row: Row, at: int, words_of: words.Words) -> Text:
    """A difference; less is better of everything that is measured."""
    difference = row.difference(at)
    style = "dim" if difference is None or not difference.absolute else "red" if difference.absolute > 0 else "green"
    return Text(words_of(row, at), style=style)


def _table(first: str, *others: str) -> Table:
    """A table that shows every text as it stands: those of a record are no markup."""
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    table.add_column(Text(first))
    for name in others:
        table.add_column(Text(name), justify="right")
    return table
