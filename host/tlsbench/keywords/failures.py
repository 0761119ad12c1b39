"""How a keyword fails, and how it says that the board cannot measure something."""

from __future__ import annotations

from typing import ClassVar

from robot.api import SkipExecution

from tlsbench.model.errors import BenchError


class KeywordFailure(AssertionError):
    """A test's failure, as Robot shows it: the message without the name of a Python class."""

    ROBOT_SUPPRESS_NAME: ClassVar[bool] = True


class NoBoard(KeywordFailure):
    """The board cannot be brought up: the run ends, because every further test would fail for the same reason."""

    ROBOT_EXIT_ON_FAILURE: ClassVar[bool] = True


def failure(error: BenchError, *, fatal: bool) -> KeywordFailure:
    """What an error of the bench is to a test: its message with all its evidence."""
    return (NoBoard if fatal else KeywordFailure)(str(error))


def absent(what: str, board: str) -> SkipExecution:
    """The board cannot measure something: the test neither passes nor fails."""
    return SkipExecution(f"absent: {board} cannot measure {what}")
