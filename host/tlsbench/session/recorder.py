"""Collects what a run finds out, under the suite and test that is running."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from tlsbench.model.metric import Metric, Phase
from tlsbench.model.result import Limit, Status, TestRecord


class Recorder:
    """The tests, metrics and limits of one run, in the order they came.

    A value taken again in the same test, phase and thread replaces the first one only when it is larger: the
    worst case counts, and a hundred connections leave one row each and not a hundred.
    """

    def __init__(self) -> None:
        self.suite = ""
        self.test = ""
        self.tests: list[TestRecord] = []
        self.limits: list[Limit] = []
        self._metrics: defaultdict[tuple[str, str], dict[tuple[str, ...], Metric]] = defaultdict(dict)

    @property
    def metrics(self) -> list[Metric]:
        """All values so far, the worst of each."""
        return [metric for here in self._metrics.values() for metric in here.values()]

    def begin_test(self, suite: str, test: str) -> None:
        """Whatever is recorded from now on belongs to this test."""
        self.suite, self.test = suite, test

    def end_test(self, status: Status, message: str, elapsed_s: float) -> None:
        """Record the verdict of the running test."""
        self.tests.append(TestRecord(self.suite, self.test, status, message, round(elapsed_s, 3)))
        self.test = ""

    def forget_test(self) -> None:
        """Drop what the running test measured: values of two images would be taken for one's, and the worse kept."""
        if self.test:
            self._metrics.pop((self.suite, self.test), None)

    def change_verdict(self, at: int, status: Status, message: str) -> TestRecord | None:
        """A test that ended got another verdict; gives its new record, or None if that says nothing new."""
        known = self.tests[at]
        if known.status == status:
            return None
        self.tests[at] = replace(known, status=status, message=message)
        return self.tests[at]

    def record(self, *metrics: Metric, of_run: bool = False) -> None:
        """Add values to the running test (or to the suite, between tests), or to the run as a whole."""
        for metric in metrics:
            mine = metric if of_run else self._of_test(metric)
            here = self._metrics[mine.suite, mine.test]
            known = here.get(_key(mine))
            if known is None or mine.value > known.value:
                here[_key(mine)] = mine

    def record_call(self, blocked: Metric, *spent: Metric) -> None:
        """Add how long one call kept its caller, and what was spent meanwhile.

        The values of one call stay together: of several calls alike, the one that took longest is kept.
        """
        mine = self._of_test(blocked)
        here = self._metrics[mine.suite, mine.test]
        known = here.get(_key(mine))
        if known is None or mine.value > known.value:
            here.update({_key(x): x for x in (mine, *map(self._of_test, spent))})

    def judge(self, limit: Limit) -> None:
        """Add one limit with the value held against it."""
        self.limits.append(replace(limit, suite=self.suite, test=self.test))

    def find(self, name: str, phase: Phase | None, thread: str | None = None) -> Metric | None:
        """The worst value of this name in the running test; what was measured of the whole run counts everywhere."""
        found = (x for x in self.here() if x.name == name and x.phase == phase and thread in (None, x.thread))
        return max(found, key=lambda metric: metric.value, default=None)

    def here(self) -> Iterator[Metric]:
        """What was measured in the running test, and of the whole run."""
        for place in dict.fromkeys(((self.suite, self.test), ("", ""))):
            yield from self._metrics[place].values()

    def _of_test(self, metric: Metric) -> Metric:
        return replace(metric, suite=self.suite, test=self.test)


def _key(metric: Metric) -> tuple[str, ...]:
    return (metric.name, metric.phase or "", metric.thread or "", metric.call or "", metric.method)
