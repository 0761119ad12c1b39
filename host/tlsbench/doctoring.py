"""What a person does to get a board going: see what is plugged in, and `tlsbench doctor`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape

from tlsbench.progress import Progress
from tlsbench.session.config import Config

if TYPE_CHECKING:
    from tlsbench.doctor import Finding

COLOURS = {"ok": "green", "failed": "red", "absent": "yellow", "not tried": "dim"}
WIDTH = 9


def show_plugged(as_json: bool) -> None:
    """Print the serial ports and debug probes of this machine, by the names that board.toml has for them."""
    from tlsbench.boards.serial.plugged import look

    found = look()
    if as_json:
        ports, probes = ([{"name": name, "about": about} for name, about in x] for x in (found.ports, found.probes))
        click.echo(json.dumps({"ports": ports, "probes": probes, "why_no_probes": found.why_no_probes}, indent=2))
        return
    console = Console()
    lines = [f"port {name}: {about}" for name, about in found.ports]
    lines += [f"probe {name}: {about}" for name, about in found.probes]
    console.print("[bold]plugged in[/bold]" if lines else "[dim]nothing is plugged in[/dim]")
    for line in lines:
        console.print(f"  {escape(line)}", highlight=False)
    if found.why_no_probes:
        console.print(f"  [dim]no look for debug probes: {escape(found.why_no_probes)}[/dim]", highlight=False)


def doctor(as_json: bool, **options: Any) -> int:
    """Check a board step by step: its file, its port, what runs on it, its network. Says what each failure means.

    Exit status: 0 if nothing is wrong, 1 otherwise.
    """
    from tlsbench.doctor import examine

    console = Console()
    config = Config.from_environment().updated(options)
    found = []
    with Progress(Console(stderr=True), quiet=as_json) as progress:
        for finding in examine(config, progress.step):
            found.append(finding)
            if as_json:
                continue
            colour = COLOURS[finding.state]
            head = f"[{colour}]{finding.state:<{WIDTH}}[/{colour}]  [bold]{finding.check.name:<8}[/bold]  "
            if finding.state != "failed":
                console.print(head + escape(finding.said), highlight=False)
                continue
            console.print(head + escape(f"not so: {finding.check.right}"), highlight=False)
            indent = " " * (WIDTH + 2)
            for title, text in (("", finding.said), ("means: ", finding.check.wrong), ("do: ", finding.check.remedy)):
                for line in f"{title}{text}".splitlines():
                    console.print(indent + escape(line), highlight=False)
    failed = [finding.check.name for finding in found if finding.state == "failed"]
    if as_json:
        click.echo(
            json.dumps({"board": config.board, "ok": not failed, "checks": [_record(x) for x in found]}, indent=2)
        )
    elif not failed:
        console.print(f"[green]{escape(config.board)} is well[/green]")
    return 1 if failed else 0


def _record(finding: Finding) -> dict[str, str]:
    check = finding.check
    record = {"check": check.name, "state": finding.state, "said": finding.said}
    return record | ({"means": check.wrong, "do": check.remedy} if finding.state == "failed" else {})
