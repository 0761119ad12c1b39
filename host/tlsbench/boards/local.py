"""What differs between two machines that use the same kind of board: where it is plugged in, and its network.

A file of the user's, `~/.config/tlsbench/boards.toml`, has tables as those of `board.toml`, below the board's name:

    [nucleo-f429zi.serial]
    port = "usb:066AFF494849887767142536"

    [nucleo-f429zi.network]
    host = "192.168.7.1"
    listen = "192.168.7.1"

The port alone can also be given by a variable, `TLSBENCH_PORT_NUCLEO_F429ZI`, or by an option.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from tlsbench.model.errors import ConfigError, nearest
from tlsbench.model.source import Source, content

FILE = "TLSBENCH_BOARDS_FILE"
"""Environment variable that names another file."""
PORT = "TLSBENCH_PORT"
TABLES = ("serial", "flash", "probe", "lock", "labgrid", "network")
"""What may differ. All else is the board itself, and the image is built from it."""


def file() -> Path:
    """The user's file, which need not exist."""
    chosen = os.environ.get(FILE)
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "tlsbench" / "boards.toml"


def variable(board: str) -> str:
    """The variable with a board's port."""
    return f"{PORT}_{re.sub(r'[^A-Za-z0-9]', '_', board).upper()}"


def sources(board: str, known: Collection[str], port: str = "") -> list[Source]:
    """What is laid over a board's own file, the last on top.

    Arguments:
        board: its name.
        known: names of the boards that the user's file may have tables for.
        port: its serial port, as an option says; empty: none does.

    Errors:
        ConfigError: the user's file is no TOML, has a table of no board, or says of a board what it may not say.
    """
    found = []
    path = file()
    if path.exists():
        found += [_read(path, board, known)]
    elif os.environ.get(FILE):
        raise ConfigError(f"there is no file {path}", key=FILE)
    for name, value in ((variable(board), os.environ.get(variable(board))), ("port", port)):
        if value:
            found.append(Source(name, {"serial": {"port": value}}))
    return found


def _first(values: Any) -> Iterator[str]:
    """The keys down to the first value: the tables around it may have no line of their own."""
    while isinstance(values, dict) and values:
        key, values = next(iter(values.items()))
        yield key


def _read(path: Path, board: str, known: Collection[str]) -> Source:
    whole = Source.read(content(path), path)
    for name, said in whole.values.items():
        if name not in known:
            there = f"there is no such board{nearest(name, known)}; known: {', '.join(known)}"
            raise ConfigError(there, file=path, line=whole.line((name, *_first(said))), key=name)
    values = whole.values.get(board, {})
    if not isinstance(values, dict):
        raise ConfigError("should be a table", file=path, line=whole.line((board,)), key=board)
    source = Source(path, values, whole.text, (board,))
    for key in values:
        if key not in TABLES:
            raise ConfigError(
                f"this cannot differ between machines; what can: {', '.join(TABLES)}",
                file=path,
                line=source.line((key,)),
                key=f"{board}.{key}",
            )
    if source.says(("serial", "baud")):
        raise ConfigError(
            "the baud rate is built into the image: it belongs into board.toml",
            file=path,
            line=source.line(("serial", "baud")),
            key=f"{board}.serial.baud",
        )
    return source
