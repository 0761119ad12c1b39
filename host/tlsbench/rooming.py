"""`tlsbench room`: what an image takes of a board's memory."""

from __future__ import annotations

import click
from rich.console import Console

from tlsbench.model.errors import ConfigError
from tlsbench.progress import Progress
from tlsbench.session.config import Config


@click.command()
@click.option("--board", metavar="NAME", help="What to build for, see `tlsbench boards`; mps2-an385 by default.")
@click.option("--profile", help="Build profile of the firmware; the board's own by default.")
@click.option("--mbedtls", help="Generation of Mbed TLS; 3.6 by default.")
@click.option("--configuration", metavar="NAME", help="Image to look at, see firmware/agent/configurations/.")
@click.option("--objects", is_flag=True, help="Tell what takes room by object, not by library.")
def room(objects: bool, **options: str | None) -> None:
    """Show what the firmware takes of each of a board's memories, and what is left.

    The heap counts with what the image cannot do without; it gets all the RAM that is left.
    """
    from tlsbench import boards, firmware
    from tlsbench.measure.room import regions, table, takers

    config = Config.from_environment().updated(options)
    info = boards.load(config.board)
    config = config.for_board(info)
    if info.memory is None:
        raise ConfigError("a process has no memory of its own to look at", key="board")
    with Progress(Console(stderr=True)) as progress:
        image = firmware.image(
            config.board, config.profile, config.mbedtls, configuration=config.configuration, progress=progress.step
        )
    found = regions(image, info)
    for line in table(found):
        click.echo(line)
    for region in found:
        click.echo()
        for line in takers(region if objects else region.by_library()):
            click.echo(line)
