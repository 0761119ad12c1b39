"""Boards by suites: what a cell says, why something failed or is absent, and that every report of it says the same."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from rich.console import Console
from sample_result import BLOCKING, HANDSHAKE, RAM, sample
from test_report import Page, only_inside, printed

from tlsbench.model.result import Result, TestRecord
from tlsbench.report.boards import html, markdown, record, terminal
from tlsbench.report.boards.table import NOT_RUN, BoardsTable, table

WHY = "connect returned NSAPI_ERROR_OK, not <NSAPI_ERROR_AUTH_FAILURE> & the peer saw no alert"


def on(board: str, result: Result, *without: str) -> Result:
    """The same record of another board, without some suites."""
    tests = [test for test in result.tests if test.suite not in without]
    return replace(result, run=replace(result.run, board=board), tests=tests)


@pytest.fixture
def boards() -> BoardsTable:
    """A board where all is well but one absent value, and one where a test fails and a suite did not run."""
    return table([on("first", sample()), on("second", sample(failed=True), BLOCKING)])


def test_a_cell_says_what_passed_what_failed_and_what_is_absent(boards: BoardsTable) -> None:
    assert boards.suites == [HANDSHAKE, RAM, BLOCKING]
    assert [(row.name, [cell.words for cell in row.cells]) for row in boards.rows] == [
        ("first", ["3", "1, 1 absent", "1"]),
        ("second", ["1 of 3 fail", "1, 1 absent", NOT_RUN]),
    ]
    assert [cell.status for cell in boards.rows[1].cells] == ["fail", "pass", None]
    absent = replace(sample(), tests=[TestRecord(RAM, "One", "absent", "absent: no wire")])
    assert table([absent]).rows[0].cells[0].words == "absent"


def test_the_verdict_is_that_of_all_records(boards: BoardsTable) -> None:
    assert boards.verdict == "fail"
    assert table([on("first", sample()), on("second", sample())]).verdict == "pass"
    nothing = replace(sample(), tests=[], limits=[])
    assert table([nothing]).verdict == "fail"
    assert table([nothing, sample()]).verdict == "pass"  # a board that got no suite


def test_failures_stand_before_what_is_absent_and_say_where(boards: BoardsTable) -> None:
    failed, absent = boards.reasons
    assert (failed.status, failed.message, failed.places) == ("fail", WHY, f"second: {HANDSHAKE}")
    assert (absent.message, absent.places) == (
        "this board cannot measure cycles",
        f"first: {RAM}; second: {RAM}",
    )


def test_what_a_whole_suite_lacks_is_told_as_by_one_test() -> None:
    why = "absent: it does not fit"
    whole = TestRecord(RAM, "One", "absent", f"Skipped in parent suite setup:\n{why}")
    (reason,) = table([replace(sample(), tests=[whole, TestRecord(BLOCKING, "Two", "absent", why)])]).reasons
    assert (reason.message, len(reason.where)) == ("it does not fit", 2)


def test_one_reason_is_told_once_whatever_the_boards_are_called() -> None:
    absent = [
        replace(on(name, sample()), tests=[TestRecord(RAM, "One", "absent", f"absent: {name} is too small")])
        for name in ("first", "second")
    ]
    (reason,) = table(absent).reasons
    assert (reason.message, reason.places) == ("the board is too small", f"first: {RAM}; second: {RAM}")


def test_runs_of_one_board_are_told_apart() -> None:
    runs = [sample(), replace(sample(), run=replace(sample().run, id="2", profile="small"))]
    assert [row.name for row in table(runs).rows] == ["default", "small"]


def test_a_narrow_terminal_has_a_column_per_board(boards: BoardsTable) -> None:
    wide, narrow = (printed(lambda console: terminal.show(console, boards), width) for width in (120, 35))
    assert wide.splitlines()[1].split() == ["board", HANDSHAKE, RAM, BLOCKING]
    assert narrow.splitlines()[1].split() == ["suite", "first", "second"]
    assert "FAIL" in narrow
    assert "1 fail, 2 absent" in " ".join(wide.split())


def test_a_name_is_folded_and_never_shortened() -> None:
    names = [f"netduinoplus{number}" for number in range(3)]
    text = printed(lambda console: terminal.show(console, table([on(name, sample()) for name in names])), 40)
    assert max(map(len, text.splitlines())) <= 40
    assert "…" not in text
    assert re.findall(r"lus(\d)", text)[:3] == list("012")


def test_the_page_needs_no_network_and_escapes_what_records_say(boards: BoardsTable) -> None:
    page = html.render(boards, {"first": "first/report.html"})
    assert [reference for reference in Page(page).fetched if not only_inside(reference)] == ["first/report.html"]
    assert "not &lt;NSAPI_ERROR_AUTH_FAILURE&gt; &amp; the peer" in page
    assert '<a href="first/report.html">first</a>' in page
    assert page.count('<td class="cell') == 6
    assert '<td class="cell fail"' in page


def test_markdown_and_the_record_say_the_same(boards: BoardsTable) -> None:
    text = markdown.render(boards)
    assert "| second | 1 of 3 fail | 1, 1 absent | \N{EN DASH} |" in text
    assert f"- fail: {WHY} (second: {HANDSHAKE})" in text
    told = json.loads(record.render(boards))
    assert told["verdict"] == "fail"
    assert told["rows"][1]["cells"] == [{"pass": 2, "fail": 1, "absent": 0}, {"pass": 1, "fail": 0, "absent": 1}, None]
    assert [reason["status"] for reason in told["reasons"]] == ["fail", "absent"]


def test_a_terminal_shows_names_as_they_stand() -> None:
    boards = table([on("[bold]x[/bold]", sample())])
    assert "[bold]x[/bold]" in printed(lambda console: terminal.show(Console(file=console.file, width=120), boards))
