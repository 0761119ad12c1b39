"""`tlsbench peer`: a server by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tlsbench.options import Command


@click.group()
def peer() -> None:
    """Run a peer by hand, to try a target or a client against it."""


def _listening_options(command: Command) -> Command:
    """Options of every command that serves, by the names of `byhand.Listening`."""
    for option in (
        click.option("--keylog", type=click.Path(path_type=Path, dir_okay=False), help="File for the secrets."),
        click.option("--flaw", default="valid", show_default=True, help="What is wrong with its certificate: expired."),
        click.option("--chain", type=click.IntRange(1, 3), default=2, show_default=True, help="Certificates it sends."),
        click.option("--key", type=click.Choice(["ec", "rsa"]), default="ec", show_default=True, help="Kind of keys."),
        click.option("--host", "hosts", multiple=True, help="Name or address in the certificate; may be repeated."),
        click.option("--address", default="127.0.0.1", show_default=True, help="Address of this machine to listen on."),
        click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; a free one."),
    ):
        command = option(command)
    return command


@peer.command("tls")
@_listening_options
@click.option("--behaviour", default="echo", show_default=True, help="What it does with a connection.")
def peer_tls(behaviour: str, **options: Any) -> None:
    """Serve TLS 1.2 until Ctrl-C. Prints its port, the file with its root certificate, and what it sees."""
    from tlsbench.byhand import Listening, serve_tls

    serve_tls(click.echo, Listening(**options), behaviour=behaviour)


@peer.command("dtls")
@_listening_options
@click.option("--cookies/--no-cookies", default=True, show_default=True, help="Have clients prove their address first.")
@click.option("--mtu", type=int, default=1400, show_default=True, help="Longest datagram that it sends, bytes.")
def peer_dtls(cookies: bool, mtu: int, **options: Any) -> None:
    """Serve DTLS 1.2 until Ctrl-C: it sends back what comes. Prints what ``peer tls`` prints."""
    from tlsbench.byhand import Listening, serve_dtls

    serve_dtls(click.echo, Listening(**options), cookies=cookies, mtu=mtu)
