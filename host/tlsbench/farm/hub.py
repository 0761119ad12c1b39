"""Listens to the boards of a run: what `every` and `sharing` have in common."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Protocol, Self

from tlsbench.farm.board import RunningBoard
from tlsbench.model.errors import BoardError
from tlsbench.model.result import Status

POLL_S = 0.1
"""Seconds between two looks at whether pabot has ended."""
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
        """One more board takes part; it is handed nothing before its `begin`."""
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
