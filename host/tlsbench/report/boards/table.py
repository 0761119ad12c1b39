"""The table that every report of several boards shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tlsbench.model.result import Result, Status, TestRecord, Verdict
from tlsbench.report import view
from tlsbench.report.compare import facts

SET_UP = re.compile(r"(?:Skipped in parent suite setup|Parent suite setup failed):\n")
"""What Robot Framework puts above the reason that a whole suite has."""
NOT_RUN = "\N{EN DASH}"
"""A cell whose suite did not run on that board."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One suite on one board."""

    tests: Sequence[TestRecord]

    @property
    def count(self) -> Counter[Status]:
        """How many tests passed, failed, or were absent."""
        return Counter(test.status for test in self.tests)

    @property
    def status(self) -> Status | None:
        """The worst that is to be said of it: a failure, then what passed; None where it did not run."""
        count = self.count
        return next((status for status in ("fail", "pass", "absent") if count[status]), None)

    @property
    def words(self) -> str:
        """The counts, as short as can be: `30`, `29, 1 absent`, `12 of 14 fail`, `absent`."""
        count, total = self.count, len(self.tests)
        if not total:
            return NOT_RUN
        if count["fail"]:
            return f"{count['fail']} of {total} fail"
        if count["absent"] == total:
            return "absent"
        return f"{count['pass']}, {count['absent']} absent" if count["absent"] else str(total)


@dataclass(frozen=True, slots=True)
class Row:
    """One board, or one run of it.

    Arguments:
        name: what to call it.
        result: its record.
        cells: one for each suite of the table.
    """

    name: str
    result: Result
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why tests failed or were absent: one message, and the tests that it is the message of.

    Arguments:
        status: `fail` or `absent`.
        message: its first line that tells a reason.
        where: board, suite and test of each.
    """

    status: Status
    message: str
    where: Sequence[tuple[str, str, str]]

    @property
    def places(self) -> str:
        """The boards and suites, in words: `microbit: Ram (3), Dtls`."""
        boards: dict[str, Counter[str]] = {}
        for board, suite, _ in self.where:
            boards.setdefault(board, Counter())[suite] += 1
        return "; ".join(
            f"{board}: {', '.join(f'{suite} ({n})' if n > 1 else suite for suite, n in suites.items())}"
            for board, suites in boards.items()
        )


@dataclass(frozen=True, slots=True)
class BoardsTable:
    """Boards by suites.

    Arguments:
        shared: what the names of the rows have in common.
        suites: names of the columns.
        rows: one for each record.
        reasons: why something failed or was absent; failures first.
    """

    shared: str
    suites: Sequence[str]
    rows: Sequence[Row]
    reasons: Sequence[Reason]

    @property
    def verdict(self) -> Verdict:
        """`pass` when no record tells of a failure or a broken limit, and at least one test passed."""
        results = [row.result for row in self.rows]
        return "fail" if any(x.broken for x in results) or all(x.empty for x in results) else "pass"

    @property
    def count(self) -> Counter[Status]:
        """Of all tests."""
        return sum((cell.count for row in self.rows for cell in row.cells), start=Counter[Status]())


def table(results: Sequence[Result]) -> BoardsTable:
    """The table of these records, one or more."""
    boards = [result.run.board for result in results]
    names = boards if len(set(boards)) == len(boards) else facts.names(results)
    by_suite = [{row.name: row.tests for row in view.suites(result)} for result in results]
    suites = list(dict.fromkeys(name for each in by_suite for name in each))
    rows = [
        Row(name, result, [Cell(tests.get(suite, ())) for suite in suites])
        for name, result, tests in zip(names, results, by_suite, strict=True)
    ]
    reasons: dict[tuple[Status, str], list[tuple[str, str, str]]] = {}
    for row in rows:
        for test in row.result.tests:
            if test.status != "pass":
                key = (test.status, _why(test, row.result.run.board))
                reasons.setdefault(key, []).append((row.name, test.suite, test.name))
    found = [Reason(status, message, where) for (status, message), where in reasons.items()]
    return BoardsTable(
        facts.shared_name(results), suites, rows, sorted(found, key=lambda reason: reason.status != "fail")
    )


def _why(test: TestRecord, board: str) -> str:
    """The reason in the words that any board would have; its name in that of a file stays."""
    reason = SET_UP.sub("", test.message, count=1).partition("\n")[0]
    return re.sub(rf"\b{re.escape(board)}(?![\w-])", "the board", reason.removeprefix(f"{test.status}: "))
