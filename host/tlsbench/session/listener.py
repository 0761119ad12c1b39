"""Tells a run what Robot Framework does: every test of every suite, whether or not its suite got the library."""

from __future__ import annotations

from typing import ClassVar

from robot import result, running
from tlsbench.model.result import Status
from tlsbench.session.interrupt import watch
from tlsbench.session.session import Session

STATUS: dict[str, Status] = {"PASS": "pass", "FAIL": "fail", "SKIP": "absent"}


class Listener:
    """Robot's listener interface (version 3) for one run.

    Arguments:
        session: the run.
    """

    ROBOT_LISTENER_API_VERSION: ClassVar[int] = 3

    def __init__(self, session: Session) -> None:
        self.session = session
        self._recorded: dict[str, int] = {}

    def start_suite(self, data: running.TestSuite, result: result.TestSuite) -> None:
        """A suite begins."""
        watch(self.session)
        if data.tests:
            self.session.begin_suite(data.name)

    def start_test(self, data: running.TestCase, result: result.TestCase) -> None:
        """A test begins."""
        self.session.begin_test(data.parent.name, data.name)

    def end_test(self, data: running.TestCase, result: result.TestCase) -> None:
        """A test ended. What it left on the target may still make a failure of it."""
        status = STATUS.get(result.status, "absent")
        self._recorded[result.id] = len(self.session.recorder.tests)
        problem = self.session.end_test(status, result.message, result.elapsed_time.total_seconds())
        if problem:
            result.status, result.message = "FAIL", f"{result.message}\n{problem}".strip()

    def end_suite(self, data: running.TestSuite, result: result.TestSuite) -> None:
        """A suite ended. Its teardown, or what became of its board, may still have failed its tests."""
        problem = self.session.end_suite() if data.tests else ""
        for test in result.all_tests:
            if problem and test.passed:
                test.status, test.message = "FAIL", problem
            at = self._recorded.get(test.id)
            if at is not None:
                self.session.change_verdict(at, STATUS.get(test.status, "absent"), test.message)
