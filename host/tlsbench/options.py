"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tlsbench.firmware import MBEDTLS, PROFILES
from tlsbench.session.config import NETWORKS

Command = Callable[..., Any]


def build_options(command: Command) -> Command:
    """Options of every command that builds for a board; what is not given is looked for in TLSBENCH_BOARD, ..."""
    for option in (
        click.option("--seed", type=int, metavar="N", help="Seed of the target's entropy: the same one repeats a run."),
        click.option("--port", help="Serial port of a physical board: usb:SERIAL, a device, or a URL of pyserial's."),
        click.option("--mbedtls", type=click.Choice(MBEDTLS), help="Generation of Mbed TLS; 3.6 by default."),
        click.option("--profile", type=click.Choice(PROFILES), help="Build profile; the board's own by default."),
    ):
        command = option(command)
    return command


def on_a_board(command: Command) -> Command:
    """The option of every command that has one board."""
    text = "What to run on, see `tlsbench boards`; mps2-an385 by default."
    return click.option("--board", metavar="NAME", help=text)(command)


def on_boards(command: Command) -> Command:
    """The options of a command that may have several boards."""
    for option in (
        click.option("--each", is_flag=True, help="Run every suite on every board, instead of sharing them out."),
        click.option(
            "--board-pool", "pools", multiple=True, metavar="TAG", help="Every board with this tag, kind or core."
        ),
        click.option(
            "--board",
            "names",
            multiple=True,
            metavar="NAME",
            help="What to run on, see `tlsbench boards`; mps2-an385 by default. May be repeated.",
        ),
    ):
        command = option(command)
    return command


def agent_options(command: Command) -> Command:
    """Options of every command that has the agent run on a board."""
    for option in (
        click.option(
            "--image",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="Run this firmware (an ELF file) instead of building it.",
        ),
        click.option("--network", type=click.Choice(NETWORKS), help="How the target gets its address."),
        click.option("--configuration", metavar="NAME", help="Image to run, see firmware/agent/configurations/."),
    ):
        command = option(command)
    return build_options(command)
