"""The reports of a record: the page, JUnit, Markdown, the terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console
from sample_result import BLOCKING, BUDGET_TEST, HANDSHAKE, RAM, sample

from tlsbench.model.errors import ReportError
from tlsbench.model.metric import Metric, Phase
from tlsbench.model.result import Limit, Result, TestRecord
from tlsbench.report import html, junit, markdown, terminal, view, write_all


class Page(HTMLParser):
    """What a browser would fetch, and the text it would show; fails on tags that do not match."""

    VOID = ("meta", "link", "br", "img", "input", "hr")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "data", "srcset")]
        if tag in ("script", "link", "iframe", "object"):
            self.fetched.append(tag)
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data


def only_inside(reference: str) -> bool:
    """Whether a reference stays in the page: matplotlib's SVG uses glyphs and clip paths by their name."""
    return reference.startswith("#")


@pytest.fixture(scope="module")
def page() -> str:
    return html.render(sample())


def test_the_page_needs_no_network(page: str) -> None:
    assert [reference for reference in Page(page).fetched if not only_inside(reference)] == []
    assert not re.search(r"url\((?!#)|@import", page)


def test_the_page_shows_the_verdict_and_how_it_was_run(page: str) -> None:
    text = " ".join(Page(page).text.split())
    for words in ("PASS", "entropy: injected", "seed 42", "9f2c9f2c", "3.6.6", "2.2.1", "QEMU 7.2.22", "cortex-m3"):
        assert words in text


def test_the_page_shows_every_part(page: str) -> None:
    text = Page(page).text
    for part in ("RAM by phase", "Limits", "What a handshake costs", "What blocks", "Tests", "How it was measured"):
        assert part in text


def test_the_page_is_for_light_and_dark_and_paper(page: str) -> None:
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_the_picture_takes_its_colours_from_the_page(page: str) -> None:
    picture = page[page.index("<svg") : page.index("</svg>")]
    for variable in ("var(--static)", "var(--stack)", "var(--heap)", "var(--limit)"):
        assert variable in picture
    assert not re.search(r"#[0-9a-f]{6}", picture)
    assert "handshake" in picture
    assert "<style" not in picture


def test_a_failure_is_shown_escaped_with_its_evidence() -> None:
    page = html.render(sample(failed=True))
    assert "not &lt;NSAPI_ERROR_AUTH_FAILURE&gt; &amp; the peer saw no alert" in page
    assert "FAIL" in Page(page).text


def test_each_quantity_on_the_page_has_its_method(page: str) -> None:
    text = Page(page).text
    for metric in sample().metrics:
        assert metric.method in text


def test_what_is_absent_is_neither_zero_nor_passed() -> None:
    result = sample()
    result.metrics = [metric for metric in result.metrics if metric.name != "instructions"]
    text = " ".join(Page(html.render(result)).text.split())
    assert "absent" in text
    assert "4 of 6" not in text
    assert "5 of 6" in text


def test_a_record_without_any_measurement_makes_a_page() -> None:
    empty = Result(
        replace(sample().run, firmware=None, emulator=None), [TestRecord("Ram", "A test", "fail", "no board")]
    )
    text = Page(html.render(empty)).text
    assert "no board" in text
    assert "RAM by phase" not in text


def test_the_reference_connection_is_the_one_that_the_budget_judges() -> None:
    assert view.reference(sample()) == (RAM, BUDGET_TEST)


def test_of_two_connections_that_the_budget_judges_the_first_stands_for_the_run() -> None:
    result = sample()
    result.metrics += [replace(x, suite="Dtls", value=x.value + 1) for x in result.metrics if x.suite == RAM]
    result.metrics += [Metric("heap_peak", 5, "allocator", Phase.BOOT, suite="Dtls", test=BUDGET_TEST)]
    result.limits += [replace(x, suite="Dtls", at_most=x.at_most - 1) for x in result.limits if x.source == "budget"]
    assert view.reference(result) == (RAM, BUDGET_TEST)
    assert view.limit(result, "heap_peak", Phase.HANDSHAKE) == view.limit(sample(), "heap_peak", Phase.HANDSHAKE)
    assert view.limit(result, "heap_peak", Phase.HANDSHAKE) is not None
    assert {f"{RAM}: handshake heap peak", "Dtls: handshake heap peak"} < set(view.what_is_limited(result.limits))


def test_handshakes_that_cost_the_same_share_a_row() -> None:
    rows = view.handshakes(sample())
    assert [(row.test.name, row.alike) for row in rows] == [
        ("ECDHE-ECDSA with a chain of 2 completes", 1),
        ("ECDHE-RSA with a chain of 3 completes", 0),
    ]
    assert rows[0].round_trips == 2


def test_a_handshake_that_failed_is_no_handshake_cost() -> None:
    result = sample()
    refused = "An expired certificate is refused"
    result.metrics.append(Metric("instructions", 1, "counted", Phase.HANDSHAKE, suite=HANDSHAKE, test=refused))
    assert refused not in [row.test.name for row in view.handshakes(result)]


def test_blocked_time_comes_with_the_instructions_spent_meanwhile() -> None:
    (row,) = view.blocked(sample())
    assert row.blocked.suite == BLOCKING
    assert row.per_ms == pytest.approx(8_120 / 500.31)


def call(name: str, value: int, **where: str | Phase) -> Metric:
    """One value of a socket call in the test of the budget."""
    place = {"suite": RAM, "test": BUDGET_TEST, "phase": Phase.HANDSHAKE, "thread": "worker0", "call": "connect_host"}
    return Metric(name, value, "around the call", **(place | where))  # type: ignore[arg-type]


def test_each_call_that_blocked_comes_with_its_own_instructions_and_limits() -> None:
    result = sample()
    recv = {"call": "recv", "phase": Phase.TRANSFER}
    result.metrics += [
        call(name, value + at, thread=f"worker{at}", **recv)
        for at in range(2)
        for name, value in (("blocked", 600_000), ("blocked_instructions", 40))
    ]
    where = (Phase.TRANSFER, "worker1", "test", "recv")
    result.limits += [
        Limit(RAM, BUDGET_TEST, "blocked", "us", 600_001, 700_000, *where),
        Limit(RAM, BUDGET_TEST, "blocked", "us", 3, 4, *where),
    ]
    first, second = (row for row in view.blocked(result) if row.blocked.test == BUDGET_TEST)
    assert (first.blocked.value, first.instructions and first.instructions.value, first.at_most) == (600_000, 40, None)
    assert (second.blocked.value, second.instructions and second.instructions.value) == (600_001, 41)
    assert second.at_most is not None
    assert second.at_most.at_most == 700_000


def test_the_handshake_s_cost_is_that_of_its_call_where_it_was_measured() -> None:
    result = sample()
    result.tests = [test for test in result.tests if test.name == BUDGET_TEST]
    result.metrics += [call("blocked", 2_970_000), call("blocked_instructions", 74_200_000)]
    (row,) = view.handshakes(result)
    assert (row.cost["duration"].value, row.cost["instructions"].value) == (2_970_000, 74_200_000)
    assert [row.blocked.call for row in view.blocked(result)] == ["recv"], "it has a row of its own already"
    tiles = html.render(result).partition('<div class="tiles">')[2].partition("<section>")[0]
    assert "2.97 s" in tiles
    assert "74.2 M" in tiles


def test_where_several_calls_connected_none_is_taken_for_the_handshake() -> None:
    result = sample()
    result.metrics += [call("blocked", 9_000_000), call("blocked", 2_970_000, thread="worker1")]
    row = view.handshakes(result)[0]
    assert row.cost["duration"].value == 2_980_000
    assert len([row for row in view.blocked(result) if row.blocked.test == BUDGET_TEST]) == 2


def test_junit_counts_and_keeps_messages() -> None:
    result = sample(failed=True)
    result.tests.append(TestRecord(RAM, "Console noise", "fail", "received: \x00\x1b[31m ]]> end"))
    root = ET.fromstring(junit.render(result))
    handshake, ram, blocking = root.findall("testsuite")
    assert (handshake.get("tests"), handshake.get("failures"), handshake.get("skipped")) == ("3", "1", "0")
    assert (ram.get("tests"), ram.get("failures"), ram.get("skipped")) == ("3", "1", "1")
    assert blocking.get("failures") == "0"
    failure = handshake.find("testcase/failure")
    assert failure is not None
    assert "the peer saw no alert" in (failure.text or "")
    properties = {x.get("name"): x.get("value") for x in ram.findall("testcase/properties/property")}
    assert properties["handshake.heap_peak"] == "41700 bytes (at most 43008)"


def test_markdown_shows_verdict_limits_and_failures() -> None:
    text = markdown.render(sample(failed=True))
    assert text.startswith("# FAIL: mps2-an385, profile default")
    assert "| handshake heap peak | 40.7 KiB | 42.0 KiB | held |" in text
    assert "An expired certificate is refused" in text


def printed(show: Callable[[Console], None], width: int = 80) -> str:
    """What something shows on a terminal of this width."""
    text = io.StringIO()
    show(Console(file=text, width=width))
    return text.getvalue()


def shown(result: Result) -> str:
    return printed(lambda console: terminal.show_result(console, result, Path("/somewhere/out/1")))


def test_what_counts_cycles_has_a_column_of_them_and_none_of_instructions() -> None:
    result = sample()
    result.metrics = [replace(x, name="cycles") if x.name == "instructions" else x for x in result.metrics]
    for text in (shown(result), markdown.render(result)):
        head = next(line for line in text.splitlines() if "phase" in line and "heap" in line)
        assert "cycles" in head
        assert "instructions" not in head
    assert '<th class="num">cycles</th>' in html.render(result)
    assert "74.3 M" in shown(result)


def test_the_terminal_table_fits_80_columns() -> None:
    text = shown(sample())
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 80
    for words in ("Handshake", "handshake", "40.7 KiB", "74.3 M", "PASS", "report.html"):
        assert words in text


def test_the_terminal_names_a_broken_limit() -> None:
    result = sample()
    result.limits.append(Limit(RAM, BUDGET_TEST, "flash", "bytes", 300_000, 200_000))
    assert re.search(r"flash\s+293\.0 KiB\s+195\.3 KiB\s+150 %", shown(result))


def test_all_reports_are_written_beside_the_record(tmp_path: Path) -> None:
    sample().save(tmp_path)
    write_all(sample(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["junit.xml", "report.html", "result.json", "summary.md"]
    assert Result.load(tmp_path / "result.json") == sample()


def test_a_report_that_cannot_be_made_keeps_back_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "render", lambda result: result.no_such_thing)
    with pytest.raises(ReportError, match=r"report\.html: AttributeError: .*no_such_thing"):
        write_all(sample(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["junit.xml", "summary.md"]


def test_a_run_without_a_passed_test_says_so_everywhere() -> None:
    result = sample()
    result.tests = [replace(test, status="absent") for test in result.tests]
    for text in (shown(result), markdown.render(result), Page(html.render(result)).text):
        assert "o test passed, so this run shows nothing" in text
