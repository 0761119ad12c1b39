"""Reports, each made from the record alone."""

from __future__ import annotations

from pathlib import Path

from tlsbench.model.errors import ReportError
from tlsbench.model.result import Result


def write_all(result: Result, folder: Path) -> None:
    """Write every report of a record into its run's folder; one that cannot be made does not keep the others back.

    Raises:
        ReportError: a report could not be made; the others are there, and the record is as it was.
    """
    from tlsbench.report import html, junit, markdown

    broken = []
    for name, render in (
        ("report.html", html.render),
        ("junit.xml", junit.render),
        ("summary.md", markdown.render),
    ):
        part = folder / f".{name}.part"
        try:
            part.write_text(render(result), "utf-8")
            part.replace(folder / name)
        except Exception as error:  # whatever a library makes of data that it does not expect
            broken.append(f"{name}: {type(error).__name__}: {error}")
        finally:
            part.unlink(missing_ok=True)
    if broken:
        raise ReportError(
            f"not all reports could be made of {folder}; its record is complete", received="\n".join(broken)
        )
