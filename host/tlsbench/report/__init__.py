"""Reports, each made from the record alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tlsbench.model.errors import ReportError
from tlsbench.model.result import Result


def load() -> None:
    """Load what draws the charts: that takes most of a second, which somebody may have to spare before a run ends."""
    from tlsbench.report import chart

    chart.load()


def write_all(result: Result, folder: Path) -> None:
    """Write every report of a record into its run's folder; one that cannot be made does not keep the others back.

    Raises:
        ReportError: a report could not be made; the others are there, and the record is as it was.
    """
    from tlsbench.report import html, junit, markdown

    _write(
        folder,
        {
            "report.html": lambda: html.render(result),
            "junit.xml": lambda: junit.render(result),
            "summary.md": lambda: markdown.render(result),
        },
    )


def write_boards(results: Sequence[Result], folder: Path) -> None:
    """Write the reports of a run of several boards: those of each board into a folder of its name, and the whole.

    Raises:
        ReportError: a report could not be made.
    """
    from tlsbench.report import junit
    from tlsbench.report.boards import html, markdown
    from tlsbench.report.boards.table import table

    for result in results:
        write_all(result, folder / result.run.board)
    boards = table(results)
    links = {row.name: f"{row.result.run.board}/report.html" for row in boards.rows}
    _write(
        folder,
        {
            "report.html": lambda: html.render(boards, links),
            "junit.xml": lambda: junit.render_boards(results),
            "summary.md": lambda: markdown.render(boards),
        },
    )


def _write(folder: Path, reports: Mapping[str, Callable[[], str]]) -> None:
    """Write what can be made of these files.

    Raises:
        ReportError: one could not be made.
    """
    broken = []
    for name, render in reports.items():
        part = folder / f".{name}.part"
        try:
            part.write_text(render(), "utf-8")
            part.replace(folder / name)
        except Exception as error:  # whatever a library makes of data that it does not expect
            broken.append(f"{name}: {type(error).__name__}: {error}")
        finally:
            part.unlink(missing_ok=True)
    if broken:
        raise ReportError(
            f"not all reports could be made of {folder}; its record is complete", received="\n".join(broken)
        )
