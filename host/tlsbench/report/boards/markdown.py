"""Boards by suites in Markdown, for a README or a merge request."""

from __future__ import annotations

from tlsbench.report.boards.table import BoardsTable
from tlsbench.report.markdown import table


def render(boards: BoardsTable) -> str:
    """The table, and why something failed or is absent."""
    lines = [(row.name, *(cell.words for cell in row.cells)) for row in boards.rows]
    parts = [
        f"# {boards.verdict.upper()}: boards by suites",
        f"{boards.shared}." if boards.shared else "",
        table(("board", *boards.suites), lines, numbers_from=1),
        "\n".join(f"- {reason.status}: {reason.message} ({reason.places})" for reason in boards.reasons),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
