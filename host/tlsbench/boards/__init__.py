"""Boards: what the bench can run an image on.

A board is data (`platforms/<name>/board.toml`) and a kind (one file beside this one). To add a kind, write its file
and register it with one line in `KINDS`.

    info = boards.load("mps2-an385")
    with boards.open_board(info, run_dir) as board:
        board.power_on(image)
        board.stream.read(100, timeout_s=1.0)
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, cast

from tlsbench.boards import local
from tlsbench.boards.boot import BootValues
from tlsbench.measure.probe import Probe
from tlsbench.measure.wire import WireTap
from tlsbench.model.board import BoardInfo, NetworkPlan
from tlsbench.model.board_file import parse_board
from tlsbench.model.errors import ConfigError, nearest
from tlsbench.model.source import Source, content

KINDS = {
    "qemu": "tlsbench.boards.qemu:QemuKind",
    "native": "tlsbench.boards.native:NativeKind",
    "serial": "tlsbench.boards.serial:SerialKind",
    "labgrid": "tlsbench.boards.labgrid:LabgridKind",
}
"""Board kinds by the name that `kind` has in board.toml, each as `module:class`; loaded when first used."""

PLATFORMS = "TLSBENCH_PLATFORMS"
"""Environment variable that names another folder of boards than `platforms/` of this source tree."""
OURS = Path(__file__).resolve().parents[3] / "platforms"
"""The boards of this source tree, which a board that is kept elsewhere may be like."""


class ByteStream(Protocol):
    """The serial line of a board, as bytes. Not thread-safe per direction: one reader, one writer."""

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Between 1 and `max_bytes` bytes as soon as there are some; empty when none came within `timeout_s` seconds.

        Errors:
            LinkClosedError: the line ended; it says why, with the emulator's exit status and output if it died.
        """

    def write(self, data: bytes) -> None:
        """Send all of `data`.

        Errors:
            LinkClosedError: the line ended.
        """

    def close(self) -> None:
        """Let go of the line. Reading or writing afterwards is a LinkClosedError."""


class Board(Protocol):
    """One board under the bench's control; a context manager that leaves it switched off."""

    @property
    def info(self) -> BoardInfo:
        """What `board.toml` says."""

    @property
    def network(self) -> NetworkPlan | None:
        """Addresses on the board's network as the target sees them; `network.host` is this machine."""

    @property
    def names(self) -> dict[str, str]:
        """IPv4 addresses by host name, in lower case: names that the bench answers for. Set them before `power_on`."""

    @property
    def stream(self) -> ByteStream:
        """The serial line since the last `power_on`; a new one each time the board is switched on.

        Errors:
            BoardError: the board is off.
        """

    @property
    def wire(self) -> WireTap | None:
        """The tap on the board's network; None where the bench cannot see it."""

    @property
    def probe(self) -> Probe | None:
        """Instruction counts and exact stacks; None where nothing can count them."""

    @property
    def emulator(self) -> tuple[str, str] | None:
        """Name and version of the emulator, for the record; None for a physical board."""

    def flash(self, image: Path) -> None:
        """Put an image (an ELF file) on the board; an emulator boots it at the next `power_on`.

        Errors:
            ImageError: the file is no image for this board.
        """

    def tell_at_boot(self, values: BootValues | None) -> bool:
        """Say what an image without the agent finds when it starts, from the next `power_on` on.

        Arguments:
            values: seed and time; None, as at first: nothing.

        Result:
            Whether the board takes them. One that has entropy and a clock of its own asks for neither.
        """

    def power_on(self, image: Path | None = None) -> None:
        """Switch on. The bench listens before the first instruction runs, so nothing the board says is lost.

        Arguments:
            image: flashed first, if given.

        Errors:
            LaunchError, ToolMissingError, ImageError.
        """

    def power_off(self) -> None:
        """Switch off; does nothing if it is off."""

    def reset(self) -> None:
        """Press the reset button. The serial line and the network stay, RAM keeps what it held."""

    def end_status(self, timeout_s: float) -> int | None:
        """Exit status of an image that is a process, once it has ended by itself; waits for that.

        Result:
            None for a board: its image has no end, whatever its main() does.

        Errors:
            BoardError: the board is off, or the process goes on for longer than `timeout_s` seconds.
        """

    def alive(self) -> None:
        """Return if the board is on and well.

        Errors:
            BoardError: it is off, or its emulator died; carries command, exit status and output.
            WireError: the tap on its network broke.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class BoardKind(Protocol):
    """What a kind of board can do before one is opened."""

    def why_not(self, info: BoardInfo) -> str:
        """Why this machine cannot use the board, and what would help; empty if it can."""

    def measures(self, info: BoardInfo) -> list[str]:
        """Names of the metrics that this board can give (keys of `model.metric.QUANTITIES`)."""

    def open(self, info: BoardInfo, run_dir: Path) -> Board:
        """The board, switched off. Whatever it records goes to `run_dir`."""


def platforms_dir() -> Path:
    """The folder with one folder per board: `platforms/` of this source tree, or what the environment names."""
    chosen = os.environ.get(PLATFORMS)
    return Path(chosen) if chosen else OURS


def names() -> list[str]:
    """Names of all boards, sorted.

    Errors:
        ConfigError: there is none.
    """
    folder = platforms_dir()
    found = _names(folder)
    if not found:
        what = "has no board: a board is a folder with a board.toml" if folder.is_dir() else "is no folder"
        raise ConfigError(f"{folder} {what}", key=PLATFORMS if os.environ.get(PLATFORMS) else None)
    return found


def _names(folder: Path) -> list[str]:
    return sorted(file.parent.name for file in folder.glob("*/board.toml"))


def load(name: str, port: str = "") -> BoardInfo:
    """The board of this name, with what this machine says of it besides (`boards.local`).

    Arguments:
        name: a folder of boards.
        port: its serial port, whatever is said elsewhere.

    Errors:
        ConfigError: there is no such board (lists those there are), or its `board.toml` is wrong (file, line, key).
    """
    known = names()
    if name not in known:
        hint = nearest(name, known)
        raise ConfigError(
            f"unknown board {name!r}{hint}; known: {', '.join(known)} (folders of {platforms_dir()})",
            key="board",
        )
    info = _read(name, platforms_dir(), (), local.sources(name, sorted({*known, *_names(OURS)}), port))
    if info.name != name:
        raise info.error(f"the folder is called {name!r}, so this should be too, not {info.name!r}", "name")
    if info.kind not in KINDS:
        raise info.error(f"unknown kind {info.kind!r}{nearest(info.kind, KINDS)}; known: {', '.join(KINDS)}", "kind")
    return info


def _read(name: str, folder: Path, before: tuple[Path, ...], more: Sequence[Source] = ()) -> BoardInfo:
    """The board of this name, with what it takes from the one it is like; `before` are files on the way here, and
    `more` is laid over it.
    """
    file = folder / name / "board.toml"

    def find(other: str) -> BoardInfo:
        for place in (platforms_dir(), OURS):
            there = place / other / "board.toml"
            if there in (*before, file):
                raise LookupError("a board cannot be like itself")
            if there.is_file():
                return _read(other, place, (*before, file))
        raise LookupError(f"there is no board {other!r} to be like{nearest(other, names())}")

    return parse_board(content(file), file, find, more)


def kind_of(info: BoardInfo) -> BoardKind:
    """The kind of this board."""
    module, _, cls = KINDS[info.kind].partition(":")
    return cast(BoardKind, getattr(importlib.import_module(module), cls)())


def why_not(info: BoardInfo) -> str:
    """Why this machine cannot use the board, and what would help; empty if it can. It is one of several that are looked
    at: what its file does not say is a reason like any other.
    """
    try:
        return kind_of(info).why_not(info)
    except ConfigError as error:
        return str(error)


def open_board(info: BoardInfo, run_dir: Path) -> Board:
    """The board, switched off; what it records (the capture) goes to `run_dir`.

    Errors:
        BoardError: this machine cannot use it; the message says what would help.
    """
    return kind_of(info).open(info, run_dir)
