"""`tlsbench compare`: runs beside each other."""

from __future__ import annotations

from pathlib import Path

import click

from tlsbench.forms import Forms, form_options
from tlsbench.session.config import Config


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...")
@form_options
def compare(runs: tuple[str, ...], page: Path | None, markdown: bool, as_json: bool, out: Path | None) -> None:
    """Set runs beside each other: what differs, by how much, and what may not be compared.

    A RUN is the name of a folder in out/ (latest is one), such a folder itself, or a result.json. The others are held
    against the first. The exit status says only whether they could be read.
    """
    from tlsbench.report.compare import html, record, terminal
    from tlsbench.report.compare import markdown as in_markdown
    from tlsbench.report.compare.comparison import compare as beside_each_other
    from tlsbench.report.compare.runs import load

    comparison = beside_each_other(load(runs, Config.from_environment().updated({"out": out}).out))
    forms = Forms(html.render, in_markdown.render, record.render, terminal.show)
    forms.show(comparison, page, markdown, as_json)
