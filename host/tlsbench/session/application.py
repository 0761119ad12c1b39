"""One application that runs on the board in the place of the agent: its console is all that the bench has of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import Self

from tlsbench import offload
from tlsbench.boards import Board
from tlsbench.boards.boot import BootValues
from tlsbench.link import Link
from tlsbench.model.errors import BoardError, CallTimeout, LinkClosedError

END = "tlsbench: main() returned "
"""What the start-up code prints behind the application (firmware/platform/boot_main.cpp)."""
EXIT_S = 10.0
"""Seconds that a process has for its end once main() has returned: its sanitizers look for leaks then."""


@dataclass(slots=True)
class Launch:
    """How an application is started.

    Arguments:
        name: for messages.
        image: its ELF file.
        seed: what its entropy grows from, where the board has none of its own.
        names: host names that the bench answers for.
    """

    name: str
    image: Path
    seed: bytes
    names: Mapping[str, str] = field(default_factory=dict)


class Application:
    """A board that is on and runs an application. A context manager: leaving it switches the board off.

    Arguments:
        board: the board, switched off.
        console_log: file that gets what the application prints.
        launch: how to start it.

    Errors:
        BoardError: the board cannot start it.
    """

    def __init__(self, board: Board, console_log: Path, launch: Launch) -> None:
        self.board = board
        self.name = launch.name
        self._next = 0
        self._stack = ExitStack()
        try:
            board.names.update(launch.names)
            # It counts whole seconds: its certificates must not look a second too young.
            self.entropy = "injected" if board.tell_at_boot(BootValues(launch.seed, int(time.time()) + 1)) else "system"
            self._stack.callback(board.tell_at_boot, None)
            self._stack.callback(board.power_off)
            board.power_on(launch.image)
            self.link = self._stack.enter_context(Link(board.stream, console_log))
            self._stack.enter_context(offload.serve(self.link, board.info, board.names))
        except BaseException:
            self._stack.close()
            raise

    @property
    def lines(self) -> list[str]:
        """Every line that it has printed."""
        return self.link.console_since(0, lambda _: True, 0)

    def wait_for_line(self, pattern: str, timeout_s: float) -> str:
        """Wait for a line behind the last one that was waited for, and give it.

        Arguments:
            pattern: how all of it looks, with the wildcards of `fnmatch`.
            timeout_s: seconds from now.

        Errors:
            CallTimeout, FaultError, LinkClosedError: it did not come; with what did.
        """
        awaited = f"a line like {pattern!r}"
        lines = self.link.console_since(
            self._next, lambda lines: any(fnmatchcase(line, pattern) for line in lines), timeout_s
        )
        for number, line in enumerate(lines, self._next):
            if fnmatchcase(line, pattern):
                self._next = number + 1
                return line
        try:
            self.link.check(awaited)
        except LinkClosedError as error:  # which only knows how the line ended
            raise LinkClosedError(f"{awaited}: {error.message}", received=self.link.evidence()) from error
        message = f"{self.name} did not print {awaited} in {timeout_s:g} s"
        raise CallTimeout(message, received=self.link.evidence())

    def wait_for_end(self, timeout_s: float) -> int:
        """Wait until its main() has returned, and give its result.

        Errors:
            CallTimeout, FaultError, LinkClosedError: it did not, in time; with what it printed.
            BoardError: its process came to a bad end behind main(), for example because a sanitizer found a leak.
        """
        result = int(self.wait_for_line(f"{END}*[0-9]", timeout_s).removeprefix(END))
        status = self.board.end_status(EXIT_S)
        if status is not None and status != result & 0xFF:  # exit(3)
            self._complain(result)
        return result

    def _complain(self, result: int) -> None:
        try:
            self.board.alive()
        except BoardError as error:
            message = f"{self.name}: main() returned {result}, but its process came to another end"
            raise BoardError(message, command=error.command, status=error.status, received=error.received) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
