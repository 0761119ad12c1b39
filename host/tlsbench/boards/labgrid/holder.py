"""The process that holds a labgrid place for the bench: the only one that imports labgrid.

Its standard input and output are the line to the bench. However that line ends, by a word or because the bench was
killed, the board is switched off and the place given back; so this process is the one thing that outlives the bench,
by as long as that takes. Places do not come back by themselves: a coordinator keeps one for whoever acquired it.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from labgrid.driver import ExecutionError

from tlsbench.boards.labgrid.console import POLL_S, Console
from tlsbench.boards.labgrid.coordinator import Coordinator
from tlsbench.boards.labgrid.devices import Devices
from tlsbench.boards.lines import Lines

OFF_S = 8.0
"""Seconds within which the board is switched off."""


class Holder:
    """A place and what it gives. A context manager: leaving it gives the place back.

    Arguments:
        wanted: what `Coordinator` and `Devices` want to know.
        line: to the bench.
    """

    def __init__(self, wanted: dict[str, Any], line: Lines) -> None:
        self._line = line
        self._console: Console | None = None
        with ExitStack() as ends:
            self._coordinator = Coordinator(wanted, self._still_wanted)
            ends.callback(self._coordinator.close)
            ends.callback(_keep_on)
            self._coordinator.acquire()
            os.environ["LG_PLACE"] = self._coordinator.place  # environments may refer to it: !template $LG_PLACE
            self._devices = Devices(self._coordinator.place, wanted)
            ends.callback(self._switch_off)
            self._ends = ends.pop_all()

    def __enter__(self) -> Holder:
        return self

    def __exit__(self, *_: object) -> None:
        _keep_on()
        self._ends.close()

    def _still_wanted(self) -> None:
        if self._line.wait(0.0):  # no word comes before our own: the bench hung up
            raise BrokenPipeError

    @property
    def about(self) -> dict[str, str]:
        """The place, and which driver does what."""
        return {"place": self._coordinator.place, **self._devices.about}

    def lost(self) -> str:
        """What of the place is gone, after a short look; empty while it is all there."""
        self._coordinator.listen(POLL_S)
        return self._coordinator.lost()

    def _switch_off(self) -> None:
        self._close_console()
        with _within(OFF_S):
            self._devices.power_off()

    def _close_console(self) -> None:
        console, self._console = self._console, None
        if console is not None:
            console.close()

    def do(self, request: dict[str, Any]) -> None:
        """Do what the bench asks for."""
        with _within(request["within"]):
            match request["do"]:
                case "console":
                    self._close_console()
                    self._devices.power_on()
                    line = socket.socket(fileno=self._line.descriptors.pop())
                    self._console = Console(self._devices.target, self._devices.console, line)
                case "reset":
                    self._devices.reset()
                case "flash":
                    self._devices.flash(request["image"])


def _keep_on() -> None:
    """Heed no more SIGTERM: it would stop the leave-taking that it is to bring about. Programs still heed it."""
    signal.signal(signal.SIGTERM, lambda *_: None)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """End what takes longer, or is not to go on, with the programs that it started."""

    def late(*_: object) -> None:
        raise TimeoutError(f"it takes longer than {seconds:g} s")

    before = _programs()
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except (TimeoutError, SystemExit):
        for program in _programs() - before:  # others may be the way to the coordinator
            with suppress(ProcessLookupError):  # it ended just now
                os.kill(program, signal.SIGTERM)
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _programs() -> set[int]:
    """Process ids of the programs that drivers have started, and of theirs: this process leads their group."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended just now
            if os.getpgid(int(process.name)) == os.getpid():
                found.add(int(process.name))
    return found - {os.getpid()}


def _end_programs() -> None:
    """End the programs that drivers have started and left: this process leads their group."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    signal.signal(signal.SIGTERM, before)


def _why(error: Exception) -> str:
    """What a driver says, with the output of a program that failed."""
    said = str(error) or type(error).__name__
    if isinstance(error, subprocess.CalledProcessError) and error.output:
        output = error.output if isinstance(error.output, str) else error.output.decode("utf-8", "backslashreplace")
        return f"{said}\n{output}"
    if isinstance(error, ExecutionError):
        return "\n".join([error.msg, *(error.stdout or []), *(error.stderr or [])])
    return said


def serve(line: Lines) -> None:
    """Hold the place until the line ends."""
    messages: list[dict[str, Any]] | None = line.receive()
    if messages is None:
        return
    with Holder(messages[0], line) as holder:
        line.send({"done": True, "about": holder.about})
        told = ""
        while True:
            lost = holder.lost()
            if lost and lost != told:
                line.send({"lost": lost})
                told = lost
            if not line.wait(0.0):
                continue
            messages = line.receive()
            if messages is None:
                return
            for message in messages:
                if message["do"] == "leave":
                    return
                try:
                    holder.do(message)
                except Exception as error:  # whatever a driver says
                    line.send({"error": _why(error)})
                else:
                    line.send({"done": True})


def _unwind(*_: object) -> None:
    """Give the place back on the way out."""
    _keep_on()
    sys.exit(1)


def main() -> int:
    """Entry point: 0 when all went well. What went wrong is told on the line."""
    signal.signal(signal.SIGTERM, _unwind)
    atexit.register(_end_programs)  # after labgrid's own leave-taking, which was registered later
    line = Lines(socket.socket(fileno=os.dup(0)))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what labgrid prints is no message
    try:
        serve(line)
    except BrokenPipeError:
        return 0  # the bench is gone; the place was given back on the way here
    except Exception as error:
        with suppress(OSError):
            line.send({"error": _why(error)})
        return 1
    with suppress(OSError):
        line.send({"done": True})
    return 0


if __name__ == "__main__":
    sys.exit(main())
