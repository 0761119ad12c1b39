"""The command that lists boards."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.markup import escape

from tlsbench import boards
from tlsbench.doctoring import show_plugged
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import ConfigError
from tlsbench.model.quantity import show


def _look_at(name: str) -> tuple[str, BoardInfo | None, str, list[str]]:
    """A board's name, what it is if its file can be read, why it cannot be used here, and what it measures."""
    try:
        info = boards.load(name)
        return name, info, boards.why_not(info), boards.kind_of(info).measures(info)
    except ConfigError as error:
        return name, None, str(error), []


@click.command("boards")
@click.option("--plugged", is_flag=True, help="List only what is plugged in: serial ports and debug probes.")
@click.option("--json", "as_json", is_flag=True, help="Print the list for a program.")
def list_boards(plugged: bool, as_json: bool) -> None:
    """List the boards, whether this machine can use them, what they measure, and what is plugged in."""
    if plugged:
        show_plugged(as_json)
        return
    known = [_look_at(name) for name in boards.names()]
    if as_json:
        record = [
            {
                "name": name,
                "kind": info.kind if info else None,
                "core": info.core if info else None,
                "ram_bytes": info.memory.ram_bytes if info and info.memory else None,
                "flash_bytes": info.memory.flash_bytes if info and info.memory else None,
                "usable": not why_not,
                "why_not": why_not,
                "measures": measures,
            }
            for name, info, why_not, measures in known
        ]
        click.echo(json.dumps(record, indent=2))
        return
    console = Console()
    for name, info, why_not, measures in known:
        state = f"[red]not usable: {escape(why_not)}[/red]" if why_not else "[green]usable[/green]"
        console.print(f"[bold]{escape(name)}[/bold]  {state}")
        if info is None:
            continue
        sizes = "the memory of this machine"
        if info.memory:
            sizes = f"{show(info.memory.ram_bytes, 'bytes')} RAM, {show(info.memory.flash_bytes, 'bytes')} flash"
        console.print(f"  {escape(info.description)}; {info.kind}, {info.core}, {sizes}", highlight=False)
        console.print(f"  [dim]measures {', '.join(measures)}[/dim]", highlight=False)
    show_plugged(as_json=False)
