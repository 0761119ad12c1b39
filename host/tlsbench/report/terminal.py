"""The result as a table a person reads at a glance."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tlsbench.model.metric import Metric, Phase
from tlsbench.model.quantity import show
from tlsbench.model.result import Result
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
            table.add_row(Text(suite.name), *counts, f"{sum(test.elapsed_s for test in suite.tests):.1f} s")
        console.print(table)
        console.print()
    show_phases(console, result)
    show_limits(console, result)
    style = f"bold {_STYLE[result.verdict]}"
    about = f"{run.board}, profile {run.profile}, clock {run.clock}, entropy: {run.entropy}, {run.elapsed_s:.0f} s"
    console.print(Text.assemble((result.verdict.upper(), style), "  ", about))
    if result.empty and not result.broken:
        console.print("no test passed, so this run shows nothing", style="bold red", highlight=False)
    if folder is not None:
        console.print(f"[dim]report[/dim]  {escape(_short(folder / 'report.html'))}", highlight=False, soft_wrap=True)


def show_phases(console: Console, result: Result) -> None:
    """Print the phase table of the reference connection."""
    rows = view.phases(result)
    if not rows:
        return
    table = _table("phase", "heap peak", "heap at end", "stack", *view.work(result), "time")
    for row in rows:
        table.add_row(
            str(row.phase).replace("_", " "),
            *(_cell(x, row.phase, result) for x in (row.heap_peak, row.heap_current, row.stack)),
            *(_cell(x, row.phase, result) for x in (*map(row.work.get, view.work(result)), row.duration)),
        )
    console.print(table)
    sizes = (view.image(result, "static_ram"), view.image(result, "flash"), view.needed(result))
    words = [f"{size.name.replace('_', ' ')} {show(size.value, size.unit)}" for size in sizes if size]
    if words:
        console.print(f"  [dim]{', '.join(words)}; board RAM {show(result.run.ram_bytes, 'bytes')}[/dim]")
    console.print()


def show_limits(console: Console, result: Result) -> None:
    """Print how much of the budget is used, and every limit that is broken."""
    shown = [x for x in result.limits if x.source == "budget" or x.held is False]
    if not shown:
        return
    table = _table("limit", "measured", "at most", "used")
    for what, limit in zip(view.what_is_limited(shown), shown, strict=True):
        used = "" if limit.value is None or not limit.at_most else f"{100 * limit.value / limit.at_most:.0f} %"
        style = {None: "yellow", True: "green", False: "bold red"}[limit.held]
        cells = (what, show(limit.value, limit.unit), show(limit.at_most, limit.unit))
        table.add_row(*map(Text, cells), Text(used, style=style))
    console.print(table)
    console.print()


def _cell(metric: Metric | None, phase: Phase, result: Result) -> Text:
    """A value; green or red where the budget or a test limits it."""
    if metric is None:
        return Text("absent", style=_STYLE["absent"])
    limit = view.limit(result, metric.name, phase)
    held = None if limit is None else metric.value <= limit.at_most
    return Text(show(metric.value, metric.unit), style={None: "", True: "green", False: "bold red"}[held])


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
