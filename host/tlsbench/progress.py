"""What a person sees while a run goes on: a moving line on a terminal, plain lines in a CI job."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status

_MARK = {"pass": "[green]pass[/green]  ", "fail": "[bold red]FAIL[/bold red]  ", "absent": "[yellow]absent[/yellow]"}
_INDENT = " " * 8
NOT_RUN = "Test execution stopped due to a fatal error."
"""What Robot Framework says of the tests that it does not run once the board cannot be brought up."""


class Progress:
    """Shows steps and tests as they happen.

    Arguments:
        console: where to. On a terminal the current step is one moving line; elsewhere each step is a line of its
            own, and nothing that repeats is shown.
        quiet: show nothing at all.
    """

    def __init__(self, console: Console, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._status: Status | None = None
        self._suite = ""
        self._last = ""
        self._not_run = 0

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._quiet:
            self._status = self._console.status("starting")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
        if self._not_run:
            self._console.print(f"{self._not_run} further tests were not run", style="bold red", highlight=False)

    def step(self, text: str) -> None:
        """Something begins that takes time."""
        if self._quiet:
            return
        if self._status is not None:
            self._status.update(escape(text))
            return
        kind = text.partition(":")[0]  # "building: 3 of 90" and "building: 4 of 90" are one line
        if kind != self._last:
            self._last = kind
            self._console.print(f"{kind} ...", highlight=False, markup=False)

    def test_began(self, suite: str, test: str) -> None:
        """A test begins."""
        if self._quiet:
            return
        if suite != self._suite:
            self._suite = suite
            self._console.print(f"[bold]{escape(suite)}[/bold]")
        if self._status is not None:
            self._status.update(escape(test))

    def test_ended(self, suite: str, test: str, status: str, message: str, elapsed_s: float) -> None:
        """A test ended; a message is shown unless it passed."""
        if self._quiet:
            return
        if message == NOT_RUN:
            self._not_run += 1
            return
        self._verdict(test, status, message, elapsed_s)

    def _verdict(self, test: str, status: str, message: str, elapsed_s: float) -> None:
        self._console.print(f"{_MARK[status]}  {escape(test)} [dim]{elapsed_s:.1f} s[/dim]", highlight=False)
        if status != "pass":
            for line in message.splitlines():
                self._console.print(f"{_INDENT}{line}", style="dim", highlight=False, markup=False)


class BoardsProgress(Progress):
    """Shows what several boards do at once.

    Arguments:
        console: where to. A terminal has one moving line per board, and each test that ended; elsewhere there are only
            lines that stay, and each names its board.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._doing: dict[str, str] = {}
        self._told: set[tuple[str, str]] = set()

    def on_board(self, board: str, text: str) -> None:
        """Something begins on a board that takes time."""
        if self._status is not None:
            self._doing[board] = text
            lines = (f"[bold]{escape(name)}[/bold]  {escape(what)}" for name, what in self._doing.items())
            self._status.update("\n  ".join(lines))
            return
        told = (board, text.partition(":")[0])
        if told not in self._told:
            self._told.add(told)
            self._console.print(f"{board}: {told[1]} ...", highlight=False, markup=False)

    def test_began_on(self, board: str, suite: str, test: str) -> None:
        """A test begins on a board."""
        if self._status is not None:
            self.on_board(board, f"{suite}: {test}")

    def test_ended_on(self, board: str, suite: str, test: str, status: str, message: str, elapsed_s: float) -> None:
        """A test ended on a board; a message is shown unless it passed."""
        if message == NOT_RUN:
            self._not_run += 1
        else:
            self._verdict(f"{board}  {suite}: {test}", status, message, elapsed_s)
