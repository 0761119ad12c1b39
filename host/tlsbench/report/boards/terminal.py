"""Boards by suites, as a person reads it at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from tlsbench.report.boards.table import BoardsTable, Cell

ANY_WIDTH = 10_000
"""Characters: more than any table has."""
STYLE = {"pass": "green", "fail": "bold red", "absent": "yellow", None: "dim"}


def show(console: Console, boards: BoardsTable, page: Path | None = None) -> None:
    """Print the table, and why something failed or is absent.

    Arguments:
        console: where to; where it is too narrow for a row per board, there is a column per board.
        boards: the table.
        page: the file with the page, if one was written.
    """
    console.print()
    names = [row.name for row in boards.rows]
    wide = _table("board", boards.suites, names, [row.cells for row in boards.rows])
    if Measurement.get(console, console.options.update(max_width=ANY_WIDTH), wide).maximum > console.width:
        columns = [[row.cells[at] for row in boards.rows] for at in range(len(boards.suites))]
        wide = _table("suite", [name.replace("-", "-\n") for name in names], boards.suites, columns)
    console.print(wide)
    console.print()
    for reason in boards.reasons:
        head = (f"{reason.status:6}", STYLE[reason.status])
        console.print(Text.assemble(head, "  ", reason.message, (f"\n        {reason.places}", "dim")))
    if boards.reasons:
        console.print()
    count = boards.count
    told = ", ".join(f"{count[status]} {status}" for status in ("pass", "fail", "absent") if count[status])
    verdict = (boards.verdict.upper(), "bold green" if boards.verdict == "pass" else "bold red")
    console.print(Text.assemble(verdict, "  ", "; ".join(filter(None, (told, boards.shared)))))
    if page is not None:
        console.print(Text.assemble(("page", "dim"), "  ", str(page)), soft_wrap=True)


def _table(first: str, columns: Sequence[str], names: Sequence[str], cells: Sequence[Sequence[Cell]]) -> Table:
    made = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    made.add_column(Text(first), no_wrap=True)
    for at, name in enumerate(columns):
        words = " ".join(line[at].words for line in cells).split()
        # Names are folded and never shortened: that would make one of several. Words of cells stay whole.
        made.add_column(Text(name), justify="right", overflow="fold", min_width=max(map(len, words), default=1))
    for name, line in zip(names, cells, strict=True):
        made.add_row(Text(name), *(Text(cell.words, style=STYLE[cell.status]) for cell in line))
    return made
