"""`tlsbench compare`: runs beside each other."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from tlsbench.model.errors import ConfigError
from tlsbench.session.config import Config
from tlsbench.tabling import write_page


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...")
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a page, too.")
@click.option("--markdown", is_flag=True, help="Print it in Markdown and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print it for a program and nothing else.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of all runs; out by default.")
def compare(runs: tuple[str, ...], page: Path | None, markdown: bool, as_json: bool, out: Path | None) -> None:
    """Set runs beside each other: what differs, by how much, and what may not be compared.

    A RUN is the name of a folder in out/ (latest is one), such a folder itself, or a result.json. The others are held
    against the first. The exit status says only whether they could be read.
    """
    from tlsbench.report.compare import html, record, terminal
    from tlsbench.report.compare import markdown as in_markdown
    from tlsbench.report.compare.comparison import compare as beside_each_other
    from tlsbench.report.compare.runs import load

    if markdown and as_json:
        raise ConfigError("it is either Markdown or JSON", key="--markdown, --json")
    config = Config.from_environment().updated({"out": out})
    comparison = beside_each_other(load(runs, config.out))
    if page is not None:
        write_page(page, html.render(comparison))
    if markdown:
        click.echo(in_markdown.render(comparison), nl=False)
    elif as_json:
        click.echo(record.render(comparison), nl=False)
    else:
        terminal.show(Console(), comparison, page)
