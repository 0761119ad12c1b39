"""Has pabot share suites out between several boards."""

from __future__ import annotations

import os
import secrets
import socket
import struct
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from tlsbench.boards.child import Child
from tlsbench.boards.lines import Lines
from tlsbench.farm.board import RunningBoard
from tlsbench.farm.hub import Hub, Observer
from tlsbench.farm.order import Suite
from tlsbench.model.errors import ConfigError
from tlsbench.session.suites import MOST_FAILED

RELAY = Path(__file__).with_name("relay.py")
READY_S = 120.0
"""Seconds within which a board's process has started, on a machine that has much else to do."""


class Sharing(Hub):
    """pabot shares the suites out: each goes to the board that is free first.

    Arguments:
        observer: told what goes on.
    """

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer)
        self._pabot: Child
        self._waiting: deque[tuple[Lines, list[str]]] = deque()
        self._sources: dict[str, str] = {}
        self._left = 0
        """How many suites have not run yet; some never will where options leave out all their tests."""
        self._asked: dict[str, Lines] = {}
        self._address = f"tlsbench-{secrets.token_hex(16)}"
        self._door = self._ends.enter_context(socket.socket(socket.AF_UNIX))
        self._door.bind("\0" + self._address)
        self._door.listen()
        self._listen(self._door, self._let_in)

    def share(self, options: Sequence[str], sources: Sequence[Path], order: Sequence[Suite], output: Path) -> None:
        """Have pabot begin to share suites out; they wait here until the boards that were started have begun.

        Arguments:
            options: of `robot`.
            sources: files and folders.
            order: the suites in them, the first ones first.
            output: folder that gets Robot's log.
        """
        scratch = output / ".pabot"
        scratch.mkdir()
        ordering = scratch / "ordering"
        ordering.write_text("".join(f"--suite {suite.long_name}\n" for suite in order), "utf-8")
        self._left = len(order)
        self._sources = {suite.long_name: str(suite.source) for suite in order}
        command = ["env", "-C", str(scratch), sys.executable, "-m", "pabot.pabot", "--no-pabotlib"]
        # As many suites wait here as run, so that a board which is done has its next one at once.
        command += ["--pabotconsole", "quiet", "--processes", str(2 * len(self.boards)), "--ordering", str(ordering)]
        command += ["--command", sys.executable, "-I", "-S", str(RELAY), self._address, "--end-command"]
        command += [*options, "--outputdir", str(output), "--report", "NONE", *map(str, sources)]
        self._pabot = Child(command)
        self._ends.callback(self._pabot.kill)

    def run(self) -> None:
        """Run the suites, to the point where only Robot's log is left to write: `end` waits for that.

        Errors:
            ConfigError: pabot cannot run this.
            BenchError: a board's process failed.
        """
        for board in self.boards:
            board.begin()
        self.wait(lambda: self._pabot.ended or all(board.ready for board in self.boards), "starting", READY_S)
        self.wait(lambda: self._pabot.ended or not self._left, "sharing the suites out")
        self._check()
        self.finish(self.boards)

    def end(self) -> None:
        """Wait for Robot's log.

        Errors:
            ConfigError: pabot cannot write it.
        """
        self.wait(lambda: self._pabot.ended, "writing the log")
        self._check()

    def _check(self) -> None:
        """See whether pabot, if it has ended, did so well."""
        if (self._pabot.status or 0) > MOST_FAILED:
            raise ConfigError(
                f"pabot cannot run this; its exit status is {self._pabot.status}",
                command=self._pabot.command,
                received=self._pabot.output,
            )

    def _let_in(self) -> None:
        connection, _ = self._door.accept()
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        _, user, _ = struct.unpack("3i", credentials)
        if user != os.getuid():  # the address is no file: everybody may try it
            connection.close()
            return
        relay = Lines(connection)
        self._ends.callback(relay.close)
        self._listen(relay, lambda: self._asks(relay))

    def _asks(self, relay: Lines) -> None:
        arguments = relay.receive()
        if arguments is None:
            self._selector.unregister(relay)
        else:
            self._waiting += [(relay, each) for each in arguments]
            self._hand_out()

    def _hand_out(self) -> None:
        """Give the suites that wait to boards that are free; to one that does not start only if none does."""
        any_usable = any(board.usable for board in self.boards)
        for board in self.boards:
            if self._waiting and not board.busy and (board.usable or not any_usable):
                relay, arguments = self._waiting.popleft()
                self._asked[board.place.label] = relay
                board.run(arguments, self._sources)

    def free(self, board: RunningBoard) -> None:
        """Hand the board its next suite, if one waits."""
        super().free(board)
        self._hand_out()

    def ran(self, board: RunningBoard, status: int) -> None:
        """Tell pabot how a suite ended; the board is free for the next one."""
        self._left -= 1
        self._asked.pop(board.place.label).send(status)
        self.free(board)
