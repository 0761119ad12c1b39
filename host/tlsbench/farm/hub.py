"""Listens to the boards of a run and hands them what there is to do."""

from __future__ import annotations

import os
import secrets
import selectors
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from tlsbench.boards.child import Child
from tlsbench.boards.lines import Lines
from tlsbench.farm.board import RunningBoard
from tlsbench.farm.order import Suite
from tlsbench.farm.pool import Place
from tlsbench.model.errors import BoardError, ConfigError
from tlsbench.model.result import Status, TestRecord
from tlsbench.session.suites import MOST_FAILED

RELAY = Path(__file__).with_name("relay.py")
POLL_S = 0.1
"""Seconds between two looks at whether pabot has ended."""
READY_S = 120.0
"""Seconds within which a board's process has started, on a machine that has much else to do."""
FINISH_S = 60.0
"""Seconds within which a board is switched off and its record written."""


class Observer(Protocol):
    """Told what goes on, and on which board."""

    def on_board(self, board: str, text: str) -> None:
        """Something begins that takes time."""

    def test_began_on(self, board: str, suite: str, test: str) -> None:
        """A test begins."""

    def test_ended_on(self, board: str, suite: str, test: str, status: Status, message: str, elapsed_s: float) -> None:
        """A test ended."""


Lost = Callable[[Place, Sequence[TestRecord], BoardError], None]


class Hub:
    """What both ways to use several boards share. A context manager: leaving it stops every board.

    Arguments:
        observer: told what goes on.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.boards: list[RunningBoard] = []
        self._selector = selectors.DefaultSelector()
        self._ends = ExitStack()
        self._ends.callback(self._selector.close)

    def start(self, board: RunningBoard) -> None:
        """One more board takes part."""
        self._ends.enter_context(board)
        self.boards.append(board)
        self.observer.on_board(board.place.label, "starting")
        self._listen(board.line, lambda: self._heard(board))

    def wait(self, done: Callable[[], bool], what: str, timeout_s: float | None = None) -> None:
        """Do what comes, until something is done.

        Arguments:
            done: whether it is.
            what: it is, for messages.
            timeout_s: seconds it may take; None: what is done meanwhile has deadlines of its own.

        Errors:
            BoardError: it took longer, or a board's process ended or cannot go on.
            ConfigError: what a board's process was asked to do is wrong.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not done():
            for key, _ in self._selector.select(POLL_S):
                key.data()
            if deadline is not None and time.monotonic() > deadline:
                busy = ", ".join(board.place.label for board in self.boards if board.busy)
                raise BoardError(f"{what} took longer than {timeout_s:g} s on {busy}")

    def finish(self, boards: Sequence[RunningBoard]) -> None:
        """Have these boards write their records, those that have not."""
        for board in boards:
            if not board.finished:
                board.finish()
        self.wait(lambda: all(board.finished for board in boards), "finishing", FINISH_S)

    def _listen(self, line: Any, heard: Callable[[], None]) -> None:
        self._selector.register(line, selectors.EVENT_READ, heard)

    def _heard(self, board: RunningBoard) -> None:
        label = board.place.label
        for message in board.receive():
            match message.pop("news"):
                case "step":
                    self.observer.on_board(label, message["text"])
                case "test began":
                    self.observer.test_began_on(label, **message)
                case "test ended":
                    self.observer.test_ended_on(label, **message)
                case "ready":
                    self.free(board)
                case "ran":
                    self.ran(board, message["status"])
                case "finished":
                    self._selector.unregister(board.line)

    def free(self, board: RunningBoard) -> None:
        """A board can be handed something."""
        self.observer.on_board(board.place.label, "waiting for a suite")

    def ran(self, board: RunningBoard, status: int) -> None:
        """A board has run what it was handed."""
        self.free(board)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.__exit__(kind, error, trace)


class Every(Hub):
    """Each board runs everything; as many at a time as this machine has cores.

    What becomes of one board is its own part of the run: the others go on.

    Arguments:
        observer: told what goes on.
        arguments: of `robot`, without the folder that its output goes to.
        lost: called with a board that cannot go on, the tests that have ended on it, and why it cannot.
    """

    def __init__(self, observer: Observer, arguments: Sequence[str], lost: Lost) -> None:
        super().__init__(observer)
        self._arguments = list(arguments)
        self._lost = lost

    def run(self, places: Iterable[Place], start: Callable[[Place], RunningBoard]) -> None:
        """Run everything on each of these.

        Errors:
            ConfigError: what the boards are asked to do is wrong.
        """
        left = deque(places)
        while left or self._going:
            while left and len(self._going) < (os.cpu_count() or 1):
                place = left.popleft()
                try:
                    self.start(start(place))
                except BoardError as error:
                    self._lost(place, [], error)
            self.wait(lambda: not self._going or any(not board.busy for board in self._going), "running")
            self.finish([board for board in self._going if not board.busy])

    def finish(self, boards: Sequence[RunningBoard]) -> None:
        """Have these boards write their records."""
        for board in boards:
            with self._alone(board):
                super().finish([board])

    @property
    def _going(self) -> list[RunningBoard]:
        return [board for board in self.boards if not board.finished]

    def _heard(self, board: RunningBoard) -> None:
        with self._alone(board):
            super()._heard(board)

    @contextmanager
    def _alone(self, board: RunningBoard) -> Iterator[None]:
        try:
            yield
        except BoardError as error:
            if not board.finished:
                board.finished = True
                self._selector.unregister(board.line)
                self._lost(board.place, list(board.tests.values()), error)

    def free(self, board: RunningBoard) -> None:
        """The board is ready."""
        board.run(["--outputdir", str(board.path), "--report", "NONE", *self._arguments])

    def ran(self, board: RunningBoard, status: int) -> None:
        """The board has run everything."""
        self.observer.on_board(board.place.label, "done")


class Sharing(Hub):
    """pabot shares the suites out: each goes to the board that is free first.

    Arguments:
        observer: told what goes on.
    """

    def __init__(self, observer: Observer) -> None:
        super().__init__(observer)
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

    def run(self, options: Sequence[str], sources: Sequence[Path], order: Sequence[Suite], output: Path) -> None:
        """Have pabot run the suites on the boards that were started.

        Arguments:
            options: of `robot`.
            sources: files and folders.
            order: the suites in them, the first ones first.
            output: folder that gets Robot's log.

        Errors:
            ConfigError: pabot cannot run this.
            BoardError: a board's process failed.
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
        pabot = Child(command)
        self._ends.callback(pabot.kill)
        self.wait(lambda: pabot.ended or all(board.ready for board in self.boards), "starting", READY_S)
        self.wait(lambda: pabot.ended or not self._left, "sharing the suites out")
        if not self._left:  # pabot has the log to write yet
            self.finish(self.boards)
        self.wait(lambda: pabot.ended, "writing the log")
        if (pabot.status or 0) > MOST_FAILED:
            raise ConfigError(
                f"pabot cannot run this; its exit status is {pabot.status}", command=command, received=pabot.output
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
