"""Runs everything on each of several boards."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager

from tlsbench.boards.core import shares
from tlsbench.farm.board import RunningBoard
from tlsbench.farm.hub import Hub, Observer
from tlsbench.farm.pool import Place
from tlsbench.model.errors import BoardError
from tlsbench.model.result import TestRecord

Lost = Callable[[Place, Sequence[TestRecord], BoardError], None]


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

    def run(self, places: Iterable[Place], start: Callable[[Place, Set[int]], RunningBoard]) -> None:
        """Run everything on each of these.

        Arguments:
            places: the boards.
            start: starts the process of one, on the cores that it gets.

        Errors:
            ConfigError: what the boards are asked to do is wrong.
        """
        left = deque(places)
        cores = shares(min(os.cpu_count() or 1, len(left)))
        while left or self._going:
            while left and (free := [each for each in cores if each not in [board.cores for board in self._going]]):
                place = left.popleft()
                try:
                    self.start(board := start(place, free[0]))
                except BoardError as error:
                    self._lost(place, [], error)
                else:
                    with self._alone(board):
                        board.begin()
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
