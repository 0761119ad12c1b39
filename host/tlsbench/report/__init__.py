"""Reports, each made from the record alone."""

from __future__ import annotations

from pathlib import Path

from tlsbench.model.result import Result

RECORD = "result.json"


def write_all(result: Result, folder: Path) -> None:
    """Write the record and every report of it into the run's folder."""
    from tlsbench.report import html, junit, markdown

    for name, text in (
        (RECORD, result.to_json()),
        ("report.html", html.render(result)),
        ("junit.xml", junit.render(result)),
        ("summary.md", markdown.render(result)),
    ):
        (folder / name).write_text(text, "utf-8")
