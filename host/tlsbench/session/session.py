"""The state of one run, shared by all keyword topics and by the command line."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeVar

from tlsbench import boards
from tlsbench.link import Agent
from tlsbench.measure.wire import WireTap
from tlsbench.model.budget import Budget
from tlsbench.model.errors import BoardError
from tlsbench.model.metric import Metric, Phase
from tlsbench.model.result import Limit, Result, Status
from tlsbench.session.bringup import BoardOfRun, Progress
from tlsbench.session.config import Config
from tlsbench.session.folder import PartFolder
from tlsbench.session.image import ram_needed, run_info
from tlsbench.session.printed import Printed
from tlsbench.session.problems import Problems
from tlsbench.session.sockets import Sockets

T = TypeVar("T")
Until = Literal["test", "suite", "run"]

BUDGETS = Path(__file__).resolve().parents[3] / "robot" / "budgets.toml"


class Observer(Protocol):
    """Told what goes on in a run."""

    def test_began(self, suite: str, test: str) -> None:
        """A test begins."""

    def test_ended(self, suite: str, test: str, status: Status, message: str, elapsed_s: float) -> None:
        """A test ended."""


class Session(BoardOfRun):
    """One run. Nothing starts before it is needed; `close` ends all of it, however the run went.

    Arguments:
        config: what the run is asked to do.
        progress: called with a line of text while something takes time.
        folder: where its files go, if it is a part of a larger run; its own one by default.

    Errors:
        ConfigError: no such board, or its `board.toml` is wrong.
    """

    def __init__(self, config: Config, progress: Progress | None = None, folder: PartFolder | None = None) -> None:
        super().__init__(config, progress or (lambda _: None), folder)
        self.sockets = Sockets(self)
        self.printed = Printed(lambda: running.link if (running := self._target or self._application) else None)
        self.interrupted = 0
        """Number of the signal that stopped the run from outside, if one did: its folder is thrown away."""
        self.watched = False
        """Set when `interrupt.watch` looks after it."""
        self.observer: Observer | None = None
        """Told when tests begin and end."""
        self._undo: list[Callable[[], None]] = []
        self._began = time.monotonic()
        self._kept: dict[Until, ExitStack] = {"test": ExitStack(), "suite": ExitStack(), "run": ExitStack()}

    def prepare(self) -> None:
        """Do first what can be wrong with the set-up: the board's data, this machine, the build.

        Errors:
            BenchError: what is wrong, before any test has failed for it.
        """
        why_not = boards.kind_of(self.info).why_not(self.info)
        if why_not:
            raise BoardError(f"{self.info.name} cannot be used here: {why_not}")
        self.budget()
        if self.config.image is not None:  # one that is built is one for this board
            self.board.flash(self.config.image)
        _ = self.image

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    @property
    def agent(self) -> Agent:
        """The agent on the target."""
        return self.target.agent

    @property
    def wire(self) -> WireTap | None:
        """The tap on the target's network; None where the bench cannot see it."""
        return self.board.wire

    def switch_off(self) -> None:
        """Switch the board off; the next use brings it up afresh. Does nothing if it is off."""
        self.sockets.kinds.clear()
        super().switch_off()

    # --- phases and metrics ---

    def enter(self, phase: Phase | None) -> None:
        """The target goes into this phase; what the one before cost is recorded. None: no phase."""
        self.target.enter(phase)
        self.take_phases(self.target)

    def leave(self) -> None:
        """End the current phase and record what it cost."""
        self.enter(None)

    def record(self, *metrics: Metric) -> None:
        """Record values of the running test."""
        self.recorder.record(*metrics)

    def find(self, name: str, phase: Phase | None = None, thread: str | None = None) -> Metric | None:
        """The worst value in the running test; None where the board cannot measure it, or nothing was measured.

        Asking for the phase that the target is in ends that phase: a value is only known then.
        """
        if phase is not None and self._target is not None and self._target.phase == phase:
            self.leave()
        if name == "ram_needed" and phase is None:
            return self._ram_needed()
        return self.recorder.find(name, phase, thread)

    def judge(self, limit: Limit) -> None:
        """Record a limit and the value held against it."""
        self.recorder.judge(limit)

    def budget(self) -> Budget:
        """The budget of this profile, for the image that the running suite needs.

        Errors:
            ConfigError: the budget file is wrong.
        """
        return Budget.load(BUDGETS, self.config.profile, self.config.mbedtls, self.configuration)

    # --- life ---

    def keep(self, resource: AbstractContextManager[T], until: Until = "test") -> T:
        """Enter a context manager (a peer, a capture) and leave it when the test, the suite or the run ends."""
        return self._kept[until].enter_context(resource)

    def at_end_of_test(self, undo: Callable[[], None]) -> None:
        """Have something undone when the test ends, on a target that still lives."""
        self._undo.append(undo)

    def begin_suite(self, suite: str) -> None:
        """A suite begins; its board starts afresh."""
        self.recorder.suite, self.recorder.test = suite, ""

    def begin_test(self, suite: str, test: str) -> None:
        """A test begins; whatever is measured from now on belongs to it."""
        self.recorder.begin_test(suite, test)
        self.printed.forget()
        if self.observer is not None and not self.interrupted:
            self.observer.test_began(suite, test)

    def end_test(self, status: Status, message: str, elapsed_s: float) -> str:
        """A test ended: leave the target as the next one wants to find it, and record the verdict.

        Returns:
            What went wrong only now: it fails the test, whatever its status was. Empty if nothing did.
        """
        problem = self._tidy(failed=status == "fail")
        if problem:
            status, message = "fail", f"{message}\n{problem}".strip()
        if self.observer is not None and not self.interrupted:
            self.observer.test_ended(self.recorder.suite, self.recorder.test, status, message, elapsed_s)
        self.recorder.end_test(status, message, elapsed_s)
        return problem

    def change_verdict(self, at: int, status: Status, message: str) -> None:
        """The test that was recorded as number `at` turns out otherwise: its suite's teardown failed, for example."""
        changed = self.recorder.change_verdict(at, status, message)
        if changed is not None and self.observer is not None and not self.interrupted:
            self.observer.test_ended(changed.suite, changed.name, changed.status, changed.message, changed.elapsed_s)

    def _tidy(self, failed: bool) -> str:
        """Delete the test's sockets; where that is not possible, or the test failed, the next one boots afresh.

        Returns:
            What went wrong, or nothing.
        """
        problems = Problems("after the test")
        busy = False
        if self._target is not None and not failed:
            with problems:
                self.leave()
                self._record_ram_needed()
                while self._undo:
                    self._undo.pop()()
                # A call that a test leaves blocked holds its socket: only a fresh boot gets rid of both.
                busy = any(worker.busy for worker in self.agent.status().workers)
                if not busy:
                    self.sockets.delete_all()
        self._undo.clear()
        with problems:
            self._kept["test"].close()
        if failed or busy or problems.text or self.application is not None:
            with problems:
                self.switch_off()
        return problems.text

    def _record_ram_needed(self) -> None:
        """Record the RAM that a test needed which booted the board and made a secure connection."""
        needed = self._ram_needed()
        if needed is not None and any(metric.phase == Phase.ESTABLISHED for metric in self.recorder.here()):
            self.record(needed)

    def _ram_needed(self) -> Metric | None:
        """The RAM that the running test needed so far; None unless it booted the board, with the ordinary image."""
        return ram_needed(self.recorder.here()) if self.fresh and self.ordinary else None

    def end_suite(self) -> str:
        """A suite ended: its peers stop, its board is switched off. Gives what went wrong, or nothing."""
        problems = Problems("after the suite")
        with problems:
            self.switch_off()
        self.configuration = self.config.configuration
        self.captures_line, self.line = False, None
        with problems:
            self._kept["suite"].close()
        return problems.text

    def result(self) -> Result:
        """The record so far."""
        image, hello = self._ran or (None, None)
        run = run_info(
            self.config,
            self.info,
            self.folder,
            seed=self.seed,
            hello=hello,
            image=image,
            entropy=self._entropy,
            emulator=self._board.emulator if self._board else None,
        )
        run = replace(run, elapsed_s=round(self.elapsed_s, 1))
        return Result(run, self.recorder.tests, self.recorder.metrics, self.recorder.limits)

    def finish(self) -> tuple[Result, Path]:
        """End the run: write the record, and give the folder its final name. Reports are made of it later."""
        self.switch_off()
        for stack in (self._kept["test"], self._kept["suite"], self._kept["run"], self._opened):
            stack.close()
        result = self.result()
        result.save(self.run_dir)
        return result, self.folder.finish()

    def close(self) -> None:
        """Stop everything that still runs; a run that did not `finish` leaves nothing behind."""
        try:
            self.switch_off()
        finally:
            with self._opened, self._kept["run"], self._kept["suite"], self._kept["test"]:
                pass
            if self._folder is not None:
                self._folder.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
