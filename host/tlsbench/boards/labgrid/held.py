"""A place that the bench holds: the bench's end of `holder`."""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tlsbench.boards.child import Child
from tlsbench.boards.lines import Lines
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BoardError, FlashError
from tlsbench.model.physical import Labgrid

COORDINATOR = "LG_COORDINATOR"
"""Variable in which labgrid's own programs look for the coordinator."""
PLACE = "LG_PLACE"
"""Variable in which they look for the place."""
DEFAULT = "127.0.0.1:20408"
PORT = 20408
ACQUIRE_S = 60.0
"""Seconds within which labgrid has started, and the place is ours or not."""
RESET_S = 60.0
"""Seconds that switching a board off and on may take."""
CONSOLE_S = 30.0
GRACE_S = 10.0
"""Seconds that the holder has besides, to end what takes too long and to say so."""
NEWS_S = 1.0
"""Seconds within which the holder says why a console may have ended."""
NOTICE_S = 1.0
"""Seconds within which the holder sees that its line has ended, unless it is busy."""
RELEASE_S = 30.0
"""Seconds within which the board is switched off and the place given back."""


def plan(info: BoardInfo) -> Labgrid:
    """Where the board's place is.

    Errors:
        ConfigError: it is not said.
    """
    labgrid = info.labgrid or Labgrid()
    if labgrid.place and labgrid.tags:
        raise info.error("a place is found by its name or by its tags, not by both", "labgrid.tags")
    if not labgrid.place and not labgrid.tags:
        if not os.environ.get(PLACE):
            wanted = f"place in the table [labgrid], or tags, or the variable {PLACE}"
            raise info.error(f"a board of kind 'labgrid' needs to know its place: {wanted}", "labgrid")
        labgrid = labgrid.model_copy(update={"place": os.environ[PLACE]})
    if labgrid.environment is not None and not environment_of(info, labgrid).is_file():
        raise info.error(f"there is no file {environment_of(info, labgrid)}", "labgrid.environment")
    return labgrid


def name_of(labgrid: Labgrid) -> str:
    """What a message calls the place."""
    tags = " ".join(f"{key}={value}" for key, value in labgrid.tags.items())
    return f"labgrid's place {labgrid.place!r}" if labgrid.place else f"a place of labgrid's with {tags}"


def environment_of(info: BoardInfo, labgrid: Labgrid) -> Path:
    """labgrid's file about the board; a relative name is one beside the file that says so."""
    return info.folder_of("labgrid.environment") / (labgrid.environment or "")


def address_of(info: BoardInfo) -> tuple[str, int]:
    """Host and port of the coordinator."""
    address = plan(info).coordinator or os.environ.get(COORDINATOR) or DEFAULT
    host, colon, port = address.rpartition(":")
    if not colon:
        host, port = address, str(PORT)
    try:
        host = host.strip("[]")  # of an IPv6 address
        host.encode("idna")  # as a connection does
        if not port.isdigit() or not 0 < int(port) < 1 << 16:
            raise ValueError
    except ValueError:
        wanted = f"{address!r} should be a host and a port, such as {DEFAULT!r}"
        raise info.error(wanted, "labgrid.coordinator") from None
    return host, int(port)


class HeldPlace:
    """A place, held until it is closed. If the bench ends otherwise, the holder gives the place back by itself.

    Arguments:
        info: the board.

    Errors:
        BoardError: the place cannot be had; says why.
    """

    def __init__(self, info: BoardInfo) -> None:
        labgrid = plan(info)
        self._name = f"{info.name}: {name_of(labgrid)}"
        self._flash_s = labgrid.timeout
        self._lost = ""
        self.about: dict[str, str] = {}
        """The place, and which of labgrid's drivers does what."""
        host, port = address_of(info)
        wanted = {
            "coordinator": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "place": labgrid.place or "",
            "tags": labgrid.tags,
            "wait": labgrid.wait,
            "environment": str(environment_of(info, labgrid)) if labgrid.environment else None,
            "target": labgrid.target,
            "baud": info.serial.baud,
            "probe": list(info.probe.config) if info.probe is not None else [],
            "bench": os.getpid(),
        }
        ours, theirs = socket.socketpair()
        with theirs:
            self._line = Lines(ours)
            try:
                command = [sys.executable, "-m", "tlsbench.boards.labgrid.holder"]
                self._child = Child(command, line=theirs.fileno(), tied=False)
            except BaseException:
                ours.close()
                raise
        try:
            self.about = self._ask(wanted, ACQUIRE_S + labgrid.wait)["about"]
        except BaseException:
            self._end()
            raise

    @property
    def ended(self) -> bool:
        """Whether the place is not ours any more, or not whole."""
        return bool(self._lost) or self._child.ended

    def console(self, line: socket.socket) -> None:
        """Switch the board on, if the lab can, and connect its console to a line, until that closes."""
        self._ask({"do": "console"}, CONSOLE_S, line)

    def reset(self) -> None:
        """Press the reset button, or switch the board off and on."""
        self._ask({"do": "reset"}, RESET_S)

    def flash(self, image: Path) -> None:
        """Have labgrid write an image.

        Errors:
            FlashError: it did not get there.
        """
        try:
            self._ask({"do": "flash", "image": str(image)}, self._flash_s)
        except BoardError as error:
            raise FlashError(f"flashing failed: {error.message}", received=error.received) from error

    def check(self) -> None:
        """Return if the place is held and its resources are there.

        Errors:
            BoardError: what became of them.
        """
        while not self._lost and self._line.wait(0.0):
            self._receive()
        if self._lost:
            raise self._error(self._lost)

    def why_ended(self) -> str:
        """Why the console ended, as far as is known."""
        try:
            if not self._lost:
                self._line.wait(NEWS_S)
            self.check()
        except BoardError as error:
            return str(error)
        return str(self._error("its console was closed"))

    def close(self) -> None:
        """Switch the board off and give the place back.

        Errors:
            BoardError: one of both did not happen; says why. Nothing is said of a place that is known to be lost.
        """
        try:
            if not self._lost:
                self._ask({"do": "leave"}, RELEASE_S)
        except BoardError as error:
            said = error.message.removeprefix(f"{self._name}: ")
            raise self._error(f"it was not given back as it should be: {said}") from error
        finally:
            self._end()

    def _end(self) -> None:
        """Have the holder give the place back, whatever it is at: nobody else can."""
        self._line.shutdown()
        if not self._child.wait(NOTICE_S):
            self._child.terminate()
            self._child.wait(RELEASE_S)
        self._child.kill()
        self._line.close()

    def _ask(self, request: dict[str, Any], timeout_s: float, line: socket.socket | None = None) -> dict[str, Any]:
        """Have the holder do something, and wait until it is done."""
        self.check()
        with suppress(OSError):  # it has ended, and may have said why
            self._line.send({**request, "within": timeout_s}, [line.fileno()] if line is not None else [])
        what = request.get("do", "acquire")
        try:
            answer = self._answer(timeout_s + GRACE_S)
        except BoardError:
            raise
        except BaseException:  # Ctrl-C
            self._give_up(f"nobody waited for the end of: {what}")
            raise
        if answer is None:
            self._give_up(f"no answer within {timeout_s + GRACE_S:g} s to: {what}")
            raise self._error(self._lost)
        return answer

    def _answer(self, timeout_s: float) -> dict[str, Any] | None:
        """That something is done; None if nothing is said of it in time."""
        deadline = time.monotonic() + timeout_s
        while self._line.wait(max(0.0, deadline - time.monotonic())):
            for message in self._receive():
                if "error" in message:
                    raise self._error(message["error"])
                if message.get("done"):
                    return message
            if self._lost:
                raise self._error(self._lost)
        return None

    def _give_up(self, why: str) -> None:
        """Ask no more: what the holder answers now would be taken for the answer to something else."""
        self._lost = why
        self._end()

    def _receive(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] | None = self._line.receive()
        if messages is None:
            raise self._ended()
        for message in messages:
            self._lost = message.get("lost", self._lost)
        return messages

    def _ended(self) -> BoardError:
        self._lost = self._lost or "the process that held it is gone"
        return self._child.failure(f"{self._name}: the process that holds it ended by itself")

    def _error(self, message: str) -> BoardError:
        return BoardError(f"{self._name}: {message}", received=self._child.output or None)
