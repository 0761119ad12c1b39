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

from tlsbench.boards.base import ProgramBoard
from tlsbench.boards.boot import BootValues
from tlsbench.boards.child import Child
from tlsbench.boards.measures import FROM_THE_AGENT
from tlsbench.boards.stream import SocketStream
from tlsbench.measure.image import machine
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BoardError, ImageError

ENDS_S = 30.0
"""Seconds within which the process ends by itself when its line does; a sanitizer then still looks for leaks."""
FAULT_TOLD = 70
"""Its exit status after a fault that it has told on the line; see firmware/platform/native/fault.cpp."""
SANITIZER = "Sanitizer"
"""Is in the output of a process that a sanitizer ends."""
HOSTS = "TLSBENCH_HOSTS"
"""Variable that tells the process its host names; see firmware/stacks/posix/hosts.h."""


class NativeKind:
    """Boards with `kind = "native"`."""

    def why_not(self, info: BoardInfo) -> str:
        """Why this machine cannot run the board, and what would help; empty if it can."""
        return "" if sys.platform == "linux" else f"it is a Linux process, and this is {sys.platform}"

    def measures(self, info: BoardInfo) -> list[str]:
        """Names of the metrics that the board can give."""
        return FROM_THE_AGENT

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
        """End the line, and so the process. Of a fault the line has told already, even if the process still ends of it.

        Errors:
            LaunchError: it ran until then, but did not end well: it leaks memory, or hangs.
        """
        ran = not self.child.ended
        self.stream.close()
        ended = self.child.wait(ENDS_S)
        well = self.child.status in (0, FAULT_TOLD) if ended else SANITIZER in self.child.output
        self._ends.close()
        if ran and not well:
            how = "well" if ended else f"within {ENDS_S:g} s"
            raise self.child.failure(f"switched off, the process did not end {how}")


class NativeBoard(ProgramBoard[Path, _Power]):
    """A board that is a process; see `boards.Board`."""

    def __init__(self, info: BoardInfo) -> None:
        super().__init__(info, NativeKind().why_not(info))

    def flash(self, image: Path) -> None:
        """Choose the program that the next `power_on` starts."""
        if not image.exists():
            raise ImageError(f"there is no image {image}: build the firmware first")
        if not os.access(image, os.X_OK):
            raise ImageError(f"{image} is no program that this machine could run")
        theirs, ours = machine(image), machine(Path(sys.executable))
        if theirs != ours:
            raise ImageError(f"{image} is no program that this machine could run: it is for {theirs}, this is {ours}")
        self._image = image.absolute()

    def tell_at_boot(self, values: BootValues | None) -> bool:
        """Not needed: a process asks the operating system."""
        return False

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

    def _start(self, image: Path) -> _Power:
        return _Power(image, self._names)
