"""The result as a table a person reads at a glance."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tlsbench.model.metric import Metric
from tlsbench.model.quantity import show
from tlsbench.model.result import Limit, Result
from tlsbench.report import view

_STYLE = {"pass": "green", "fail": "red", "absent": "yellow"}


def show_result(console: Console, result: Result, folder: Path | None = None) -> None:
    """Print suites, phases, broken limits, and where the whole report is.

    Arguments:
        console: where to; it decides on colours and width.
        result: the record.
        folder: the run's folder, if it is kept.
    """
    run = result.run
    console.print()
    if suites := view.suites(result):
        table = _table("suite", "pass", "fail", "absent", "time")
        for suite in suites:
            counts = [
                Text(str(suite.count[status]), style=_STYLE[status] if suite.count[status] else "dim")
                for status in view.STATUSES
            ]
            table.add_row(suite.name, *counts, f"{sum(test.elapsed_s for test in suite.tests):.1f} s")
        console.print(table)
    show_phases(console, result)
    broken = [x for x in result.limits if x.held is False]
    for limit in broken:
        console.print(Text(f"  over the limit: {_limit(limit)}", style="red"))
    style = f"bold {_STYLE[result.verdict]}"
    about = f"{run.board}, profile {run.profile}, clock {run.clock}, entropy: {run.entropy}, {run.elapsed_s:.0f} s"
    console.print(Text.assemble((result.verdict.upper(), style), "  ", about))
    if folder is not None:
        console.print(f"[dim]report[/dim]  {escape(_short(folder / 'report.html'))}", highlight=False, soft_wrap=True)


def show_phases(console: Console, result: Result) -> None:
    """Print the phase table of the reference connection."""
    rows = view.phases(result)
    if not rows:
        return
    table = _table("phase", "heap peak", "heap at end", "worker stack", "instructions", "duration")
    for row in rows:
        table.add_row(
            str(row.phase).replace("_", " "),
            *(
                _cell(metric, view.limit(result, metric.name, row.phase) if metric else None)
                for metric in (row.heap_peak, row.heap_current, row.stack, row.instructions, row.duration)
            ),
        )
    console.print(table)
    image = [(name, view.image(result, name)) for name in ("static_ram", "flash", "ram_needed")]
    words = [f"{name.replace('_', ' ')} {show(found.value, found.unit)}" for name, found in image if found]
    if words:
        console.print(f"  [dim]{', '.join(words)}; board RAM {show(result.run.ram_bytes, 'bytes')}[/dim]")
    console.print()


def _cell(metric: Metric | None, limit: Limit | None) -> Text:
    if metric is None:
        return Text("absent", style="yellow")
    text = Text(show(metric.value, metric.unit))
    if limit is not None:
        text.append(f" of {show(limit.at_most, limit.unit)}", style="dim" if metric.value <= limit.at_most else "red")
    return text


def _limit(limit: Limit) -> str:
    what = " ".join(part for part in (limit.phase, limit.name.replace("_", " "), limit.thread) if part)
    return f"{what} is {show(limit.value, limit.unit)}, at most {show(limit.at_most, limit.unit)} ({limit.test})"


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _short(path: Path) -> str:
    """Relative to where the user is, when it is below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
