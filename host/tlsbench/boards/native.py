"""Boards that are a process of this machine: the firmware over POSIX threads and sockets, under sanitizers.

Its serial line is a socket pair, its network the loopback interface, its host names an environment variable. What a
sanitizer reports is on the console as a fault, and in full in the process's output; the kernel kills it when the
bench ends.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tlsbench.boards.boot import BootValues
from tlsbench.boards.child import Child
from tlsbench.boards.stream import SocketStream
from tlsbench.measure.probe import Probe
from tlsbench.measure.wire import WireTap
from tlsbench.model.board import BoardInfo, NetworkPlan
from tlsbench.model.errors import BoardError, ImageError

MEASURES = ["duration", "heap_current", "heap_peak", "heap_saved", "blocked", "handshake_calls", "longest_call_time"]
ENDS_S = 10.0
"""Seconds within which the process ends by itself when its line does; a sanitizer then still looks for leaks."""
HOSTS = "TLSBENCH_HOSTS"
"""Variable that tells the process its host names; see firmware/stacks/posix/hosts.h."""


class NativeKind:
    """Boards with `kind = "native"`."""

    def why_not(self, info: BoardInfo) -> str:
        """Why this machine cannot run the board, and what would help; empty if it can."""
        return "" if sys.platform == "linux" else f"it is a Linux process, and this is {sys.platform}"

    def measures(self, info: BoardInfo) -> list[str]:
        """Names of the metrics that the board can give."""
        return MEASURES

    def open(self, info: BoardInfo, run_dir: Path) -> NativeBoard:
        """The board, switched off. It records nothing of its own."""
        return NativeBoard(info)


class _Power:
    """What exists only while the board is on: one run of the process.

    Errors:
        LaunchError.
    """

    def __init__(self, image: Path, names: dict[str, str]) -> None:
        self._ends = ExitStack()
        ours, theirs = socket.socketpair()
        with theirs:
            hosts = " ".join(f"{name}={address}" for name, address in names.items())
            try:
                self.child = Child([str(image)], line=theirs.fileno(), environment={HOSTS: hosts})
            except BaseException:
                ours.close()
                raise
        self._ends.callback(self.child.kill)
        self.stream = SocketStream(ours, why_ended=lambda: str(self.why_ended()))
        self._ends.callback(self.stream.close)

    def why_ended(self) -> BoardError:
        return self.child.failure("the process ended by itself")

    def off(self) -> None:
        """End the line, and so the process.

        Errors:
            LaunchError: it ran until then, but did not end well: it leaks memory.
        """
        ran = not self.child.ended
        self.stream.close()
        well = not self.child.wait(ENDS_S) or self.child.status == 0
        self._ends.close()
        if ran and not well:
            raise self.child.failure("switched off, the process did not end well")


class NativeBoard:
    """A board that is a process; see `boards.Board`."""

    def __init__(self, info: BoardInfo) -> None:
        why_not = NativeKind().why_not(info)
        if why_not:
            raise BoardError(f"board {info.name} cannot be used here: {why_not}")
        self._info = info
        self._names: dict[str, str] = {}
        self._image: Path | None = None
        self._power: _Power | None = None

    @property
    def info(self) -> BoardInfo:
        """What `board.toml` says."""
        return self._info

    @property
    def network(self) -> NetworkPlan | None:
        """Addresses on the board's network: this machine's own."""
        return self._info.network

    @property
    def names(self) -> dict[str, str]:
        """Host names that the process is told when it starts."""
        return self._names

    @property
    def stream(self) -> SocketStream:
        """The serial line since the last `power_on`."""
        return self._on().stream

    @property
    def wire(self) -> WireTap | None:
        """None: nobody listens on the loopback interface."""
        return None

    @property
    def probe(self) -> Probe | None:
        """None: nobody counts a process's instructions."""
        return None

    @property
    def emulator(self) -> tuple[str, str] | None:
        """None: the process runs on the machine itself."""
        return None

    def flash(self, image: Path) -> None:
        """Choose the program that the next `power_on` starts."""
        if not image.exists():
            raise ImageError(f"there is no image {image}: build the firmware first")
        if not os.access(image, os.X_OK):
            raise ImageError(f"{image} is no program that this machine could run")
        self._image = image.absolute()

    def tell_at_boot(self, values: BootValues | None) -> bool:
        """Not needed: a process asks the operating system."""
        return False

    def power_on(self, image: Path | None = None) -> None:
        """Start the process."""
        if image is not None:
            self.flash(image)
        if self._image is None:
            raise BoardError(f"{self._info.name} has no image yet: flash one first")
        self.power_off()
        self._power = _Power(self._image, self._names)

    def power_off(self) -> None:
        """End the process."""
        if self._power is not None:
            power, self._power = self._power, None
            power.off()

    def reset(self) -> None:
        """Not possible: a process cannot start again on the same serial line.

        Errors:
            BoardError: always; `power_on` again does what is wanted.
        """
        raise BoardError(f"{self._info.name} is a process and has no reset button: switch it off and on")

    def end_status(self, timeout_s: float) -> int | None:
        """The process's exit status; a sanitizer's word counts."""
        child = self._on().child
        if not child.wait(timeout_s):
            raise BoardError(
                f"{self._info.name}: the process did not end within {timeout_s:g} s", received=child.output
            )
        return child.status

    def alive(self) -> None:
        """Return if the process runs; else raise what it left."""
        power = self._on()
        if power.child.ended:
            raise power.why_ended()

    def _on(self) -> _Power:
        if self._power is None:
            raise BoardError(f"{self._info.name} is switched off")
        return self._power

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.power_off()
