"""Boards by suites as one page that needs no network, in the style of a run's report."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from tlsbench.report.boards.table import BoardsTable
from tlsbench.report.html import environment


def render(boards: BoardsTable, links: Mapping[str, str] | None = None) -> str:
    """The page.

    Arguments:
        boards: the table.
        links: for the names of rows, where the report of that board is.
    """
    pages = environment()
    style = Markup(pages.get_template("report.css").render())
    return pages.get_template("boards/boards.html.j2").render(t=boards, links=links or {}, style=style)
