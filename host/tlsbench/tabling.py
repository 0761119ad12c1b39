"""`tlsbench table`: boards by suites."""

from __future__ import annotations

from pathlib import Path

import click

from tlsbench.forms import Forms, form_options
from tlsbench.model.result import Result
from tlsbench.session.config import Config


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@form_options
def table(runs: tuple[str, ...], page: Path | None, markdown: bool, as_json: bool, out: Path | None) -> None:
    """Show which suites passed on which board, what did not, and why. Without RUN, of the newest run.

    A RUN is the name of a folder in out/, such a folder itself, or a result.json; a run of several boards has a row for
    each. The exit status says only whether they could be read.
    """
    from tlsbench.report.boards import html, record, terminal
    from tlsbench.report.boards import markdown as in_markdown
    from tlsbench.report.boards.table import table as boards_by_suites
    from tlsbench.report.compare.runs import find, records

    runs_dir = Config.from_environment().updated({"out": out}).out
    paths = [path for name in runs or ("latest",) for path in records(find(name, runs_dir))]
    boards = boards_by_suites([Result.load(path) for path in dict.fromkeys(path.resolve() for path in paths)])
    forms = Forms(html.render, in_markdown.render, record.render, terminal.show)
    forms.show(boards, page, markdown, as_json)
