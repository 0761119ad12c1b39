"""The process of one board in a run of several: it runs the suites that it is handed, in one session.

Started by `farm.board.RunningBoard`; its standard input and output are the line to the bench. When the line ends it
stops in good order: whoever began the run is gone or wants no more.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tlsbench.boards.lines import Lines
from tlsbench.model.errors import BenchError, ConfigError
from tlsbench.model.result import Status
from tlsbench.session.config import Config
from tlsbench.session.folder import PartFolder
from tlsbench.session.session import Session

LOADED = "robot.run", "tlsbench.keywords.library"
"""Modules that the first suite needs: there is time for them while the bench gets ready."""


class _Observer:
    """Tells the bench of each test."""

    def __init__(self, line: Lines) -> None:
        self._line = line

    def test_began(self, suite: str, test: str) -> None:
        """See `session.Observer`."""
        self._line.send({"news": "test began", "suite": suite, "test": test})

    def test_ended(self, suite: str, test: str, status: Status, message: str, elapsed_s: float) -> None:
        """See `session.Observer`."""
        told = {"suite": suite, "test": test, "status": status, "message": message, "elapsed_s": elapsed_s}
        self._line.send({"news": "test ended", **told})


def _requests(line: Lines) -> SimpleQueue[dict[str, Any]]:
    """What the bench asks for, as it comes. The end of the line stops this process as a signal would."""
    waiting: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def read() -> None:
        while (messages := line.receive()) is not None:
            for message in messages:
                waiting.put(message)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=read, name="requests", daemon=True).start()
    return waiting


def _run_suite(session: Session, line: Lines, arguments: list[str], files: Mapping[str, str]) -> int:
    """Run what pabot wants run; gives Robot's exit status. Of suites whose files are known, no other file is read."""
    from robot.run import RobotFramework

    from tlsbench.session.suites import run_robot

    options, sources = RobotFramework().parse_arguments(arguments)
    if only := [files[name] for name in options.get("suite", ()) if name in files]:
        options["parseinclude"] = only
    return run_robot(session, [Path(source) for source in sources], options, _Observer(line))


def serve(line: Lines) -> None:
    """Do what the bench asks for, until it asks for the end."""
    requests = _requests(line)
    for module in LOADED:
        importlib.import_module(module)
    begin = requests.get()
    os.sched_setaffinity(0, begin["cores"])
    folder = PartFolder(begin["id"], datetime.fromisoformat(begin["started"]), Path(begin["folder"]))
    config = Config().updated(begin["config"])
    with Session(config, lambda text: line.send({"news": "step", "text": text}), folder) as session:
        session.prepare()  # the images are built already: this finds them
        line.send({"news": "ready"})
        while (request := requests.get())["do"] == "run":
            status = _run_suite(session, line, request["arguments"], request["sources"])
            line.send({"news": "ran", "status": status, "usable": not session.cannot_start})
        session.finish()
    line.send({"news": "finished"})


def main() -> int:
    """Entry point: 0 when all went well. What went wrong is told on the line."""
    line = Lines(socket.socket(fileno=os.dup(0)))
    # What Robot or a library prints is no message: it goes to the process's own output.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    os.environ.pop("ROBOT_OPTIONS", None)  # pabot passes on what it says

    def stop(number: int, _: object) -> None:
        raise KeyboardInterrupt(number)

    signal.signal(signal.SIGTERM, stop)
    try:
        serve(line)
    except BenchError as error:
        line.send({"news": "error", "text": str(error), "asked": isinstance(error, ConfigError)})
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGTERM
    return 0


if __name__ == "__main__":
    sys.exit(main())
