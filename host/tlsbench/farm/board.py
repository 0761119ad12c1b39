"""One board of a run, in a process of its own: the bench's end of `runner`."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Mapping, Set
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tlsbench.boards.child import Child
from tlsbench.boards.lines import Lines
from tlsbench.farm.pool import Place
from tlsbench.model.errors import BoardError, ConfigError, LaunchError
from tlsbench.model.result import TestRecord
from tlsbench.session.config import Config
from tlsbench.session.folder import RunFolder

STOP_S = 20.0
"""Seconds within which a process that is told to stop has switched its board off and ended."""


class RunningBoard:
    """A board's process, which loads what it needs while the bench prepares the run, and waits for `begin`.

    A context manager: leaving it stops the process, and with it all that it started.

    Arguments:
        place: which board.
        config: what the run is asked to do on it.
        folder: of the whole run.
        path: where this board's files go.
        cores: that it and its emulator may use.

    Errors:
        LaunchError: the process could not be started.
    """

    def __init__(self, place: Place, config: Config, folder: RunFolder, path: Path, cores: Set[int]) -> None:
        self.place = place
        self.cores = cores
        self.path = path
        self.ready = False
        """Whether its process has started."""
        self.busy = True
        """Whether it cannot be handed anything."""
        self.usable = True
        """Whether its board can be brought up, as far as is known."""
        self.finished = False
        self.tests: dict[tuple[str, str], TestRecord] = {}
        """Those that have ended, by suite and name."""
        ours, theirs = socket.socketpair()
        with theirs:
            self.line = Lines(ours)
            try:
                self._child = Child([sys.executable, "-m", "tlsbench.farm.runner"], line=theirs.fileno())
            except BaseException:
                ours.close()
                raise
        chosen = {"board": place.board, "profile": config.profile, "mbedtls": config.mbedtls, "seed": config.seed}
        chosen |= {"configuration": config.configuration, "network": config.network, "port": config.port}
        chosen |= {"image": str(config.image) if config.image else None}
        self._part: dict[str, Any] = {"id": folder.id, "started": folder.started.isoformat(), "folder": str(path)}
        self._part |= {"config": chosen, "cores": sorted(cores)}

    def begin(self) -> None:
        """Have it begin its part of the run: the images are built."""
        self.send(self._part)

    def send(self, message: dict[str, Any]) -> None:
        """Tell the process something.

        Errors:
            LaunchError: it ended.
        """
        try:
            self.line.send(message)
        except OSError as error:
            raise self.ended() from error

    def run(self, arguments: list[str], sources: Mapping[str, str] | None = None) -> None:
        """Have it run what `robot` would, with these arguments.

        Arguments:
            arguments: of `robot`.
            sources: files of suites, by their full names: of those that the arguments name, no other one is read.
        """
        self.busy = True
        self.send({"do": "run", "arguments": arguments, "sources": dict(sources or {})})

    def finish(self) -> None:
        """Have it end its part of the run and write its record."""
        self.busy = True
        self.send({"do": "finish"})

    def receive(self) -> list[dict[str, Any]]:
        """What it has to say; waits until there is something.

        Errors:
            ConfigError: what it was asked to do is what kept it from going on.
            BoardError: something else did, or it ended.
        """
        messages: list[dict[str, Any]] | None = self.line.receive()
        if messages is None:
            raise self.ended()
        for message in messages:
            match message["news"]:
                case "error":
                    raise (ConfigError if message["asked"] else BoardError)(f"{self.place.label}: {message['text']}")
                case "test ended":
                    suite, test = message["suite"], message["test"]
                    verdict = (message["status"], message["message"], round(message["elapsed_s"], 3))
                    self.tests[suite, test] = TestRecord(suite, test, *verdict)
                case "ready":
                    self.ready, self.busy = True, False
                case "ran":
                    self.busy, self.usable = False, message["usable"]
                case "finished":
                    self.finished = True
        return messages

    def ended(self) -> LaunchError:
        """That its process ended by itself, with what it said."""
        return self._child.failure(f"{self.place.label}: the process of this board ended by itself")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the line, which stops the process in good order; end it where that does not help."""
        until = time.monotonic() + STOP_S
        self.line.shutdown()
        self._child.wait(max(0.0, until - time.monotonic()))
        self._child.kill()
        self.line.close()
