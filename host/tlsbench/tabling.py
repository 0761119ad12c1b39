"""`tlsbench table`: boards by suites."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from tlsbench.model.errors import ConfigError
from tlsbench.model.result import Result
from tlsbench.session.config import Config


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a page, too.")
@click.option("--markdown", is_flag=True, help="Print it in Markdown and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print it for a program and nothing else.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of all runs; out by default.")
def table(runs: tuple[str, ...], page: Path | None, markdown: bool, as_json: bool, out: Path | None) -> None:
    """Show which suites passed on which board, what did not, and why. Without RUN, of the newest run.

    A RUN is the name of a folder in out/, such a folder itself, or a result.json; a run of several boards has a row for
    each. The exit status says only whether they could be read.
    """
    from tlsbench.report.boards import html, record, terminal
    from tlsbench.report.boards import markdown as in_markdown
    from tlsbench.report.boards.table import table as boards_by_suites
    from tlsbench.report.compare.runs import records

    if markdown and as_json:
        raise ConfigError("it is either Markdown or JSON", key="--markdown, --json")
    config = Config.from_environment().updated({"out": out})
    paths = [path for name in runs or ("latest",) for path in records(name, config.out)]
    boards = boards_by_suites([Result.load(path) for path in dict.fromkeys(path.resolve() for path in paths)])
    if page is not None:
        write_page(page, html.render(boards))
    if markdown:
        click.echo(in_markdown.render(boards), nl=False)
    elif as_json:
        click.echo(record.render(boards), nl=False)
    else:
        terminal.show(Console(), boards, page)


def write_page(page: Path, text: str) -> None:
    """Write a page where somebody wants it.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(f"the page cannot be written ({error.strerror})", file=page) from error
