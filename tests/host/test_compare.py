"""Runs beside each other: what is subtracted, what is not and why, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sample_result import BUDGET_TEST, HANDSHAKE, RAM, sample
from test_report import Page, only_inside, printed

from tlsbench.model.metric import Metric, Phase
from tlsbench.model.result import Emulator, Library, Result, TestRecord
from tlsbench.report.compare import html, markdown, record, rows, terminal
from tlsbench.report.compare.comparison import Comparison, compare
from tlsbench.report.compare.rows import Row
from tlsbench.report.terminal import show_result

OLD, NEW = "Mbed TLS 2.28.3", "Mbed TLS 3.6.6"
LIBRARIES = (Library("mbedtls", 89_000, 8), Library("lwip", 43_000, 49_000), Library("netsocket", 5_000, 100))


def other(scale: float = 1.25, **changes: object) -> Result:
    """A run like the sample, with another generation of Mbed TLS, whose handshakes cost more instructions."""
    result = sample()
    made = result.run.firmware
    assert made is not None
    firmware = replace(made, mbedtls="2.28.3", sha256="ab" * 32, libraries=(Library("mbedtls", 80_000, 66),))
    result.run = replace(result.run, **({"id": "20261121-080000-2b3c", "firmware": firmware} | changes))  # type: ignore[arg-type]
    result.metrics = [
        replace(x, value=round(x.value * scale)) if (x.name, x.phase) == ("instructions", Phase.HANDSHAKE) else x
        for x in result.metrics
    ]
    return result


def first() -> Result:
    """The sample, with the split of its image."""
    result = sample()
    assert result.run.firmware is not None
    result.run = replace(result.run, firmware=replace(result.run.firmware, libraries=LIBRARIES))
    return result


def of(comparison: Comparison, what: str, phase: Phase | None = Phase.HANDSHAKE) -> Row:
    """The row of this quantity."""
    (row,) = (row for row in (*comparison.image, *comparison.phases) if (row.what, row.phase) == (what, phase))
    return row


def test_a_value_is_held_against_the_first_run_s() -> None:
    row = of(compare([first(), other()]), "instructions")
    difference = row.difference(1)
    assert difference is not None
    assert (difference.absolute, difference.percent) == (18_575_000, 25)
    assert of(compare([first(), other()]), "heap, peak").same


def test_of_three_runs_each_is_held_against_the_first() -> None:
    row = of(compare([first(), other(), other(0.5, id="3")]), "instructions")
    assert [difference and difference.percent for difference in map(row.difference, (1, 2))] == [25, -50]


def test_nothing_has_no_per_cent() -> None:
    before, after = first(), other()
    for result, value in ((before, 0), (after, 7)):
        result.metrics.append(Metric("bytes_tx", value, "tap", Phase.CLOSED, suite=RAM, test=BUDGET_TEST))
    difference = of(compare([before, after]), "bytes sent", Phase.CLOSED).difference(1)
    assert difference == rows.Difference(7, None)


def test_what_one_run_has_not_measured_is_absent_and_not_zero() -> None:
    after = other()
    after.metrics = [x for x in after.metrics if x.name != "heap_peak"]
    row = of(compare([first(), after]), "heap, peak")
    assert (row.metrics[1], row.difference(1), row.not_compared) == (None, None, ("", ""))


def test_instructions_never_meet_cycles() -> None:
    after = other()
    after.metrics = [replace(x, name="cycles") if x.name == "instructions" else x for x in after.metrics]
    comparison = compare([first(), after])
    assert [of(comparison, what).difference(1) for what in ("instructions", "cycles")] == [None, None]
    assert "instructions are never compared with cycles" in " ".join(comparison.notes)


def physical() -> Result:
    """The sample as a board on a desk gives it: cycles and real time, and nobody sees its wire."""
    result = sample()
    result.run = replace(result.run, id="20261121-090000-3c4d", kind="serial", clock="real", emulator=None)
    result.metrics = [
        replace(x, name="cycles", value=x.value * 2, method="DWT cycle counter") if x.name == "instructions" else x
        for x in result.metrics
        if x.name not in ("bytes_tx", "bytes_rx", "packets", "flights", "blocked_instructions")
    ]
    return result


def test_an_emulated_and_a_physical_run_stand_beside_each_other() -> None:
    comparison = compare([sample(), physical()])
    assert comparison.names == ["qemu", "serial"]  # all else is the same
    for row in comparison.rows:  # a row is of one quantity
        assert len({(x.name, x.unit) for x in row.metrics if x is not None}) == 1
    for what, absent in (("instructions", 1), ("cycles", 0), ("bytes sent", 1)):
        row = of(comparison, what)
        assert [x is None for x in row.metrics] == [at == absent for at in (0, 1)]
        assert row.difference(1) is None
    heap = of(comparison, "heap, peak").difference(1)
    assert heap is not None
    assert heap.absolute == 0
    assert of(comparison, "duration").not_compared[1] == rows.CLOCKS
    counted = sum(x.name == "instructions" and x.phase == Phase.HANDSHAKE for x in sample().metrics)
    assert counted > 1
    assert comparison.handshakes["cycles"] == []  # one run alone is nothing beside another
    methods = dict(comparison.methods)
    assert methods["instructions"] == ["counted by the emulator between two marks", ""]
    assert methods["cycles"] == ["", "DWT cycle counter"]
    text = markdown.render(comparison)
    assert "| cycles | absent | DWT cycle counter |" in text
    assert "| handshake: cycles | absent |" in text
    page = html.render(comparison)
    assert "DWT cycle counter" in page
    assert [reference for reference in Page(page).fetched if not only_inside(reference)] == []
    assert "not compared" in printed(lambda console: terminal.show(console, comparison))


def test_two_physical_runs_are_compared_by_their_cycles() -> None:
    other_board = physical()
    other_board.run = replace(other_board.run, id="4", board="another")
    row = of(compare([physical(), other_board]), "cycles")
    assert row.difference(1) == rows.Difference(0, 0)


def test_instructions_and_cycles_in_one_row_are_a_mistake() -> None:
    found = [[Metric("instructions", 1, "counted")], [Metric("cycles", 1, "counted")]]
    with pytest.raises(ValueError, match="never set in one row: cycles, instructions"):
        rows.row("work", [sample(), physical()], found)


def test_a_handshake_measured_around_its_call_and_by_its_phase_is_no_row() -> None:
    around, by_phase = sample(), sample()
    test = sample().tests[0]
    call = {"phase": Phase.HANDSHAKE, "thread": "worker0", "call": "connect", "suite": test.suite, "test": test.name}
    around.metrics += [
        Metric("blocked", 180_000, "clock", **call),
        Metric("blocked_instructions", 7, "counted", **call),
    ]
    tests = {row.what for row in compare([by_phase, by_phase]).handshakes["instructions"]}
    assert test.name in tests
    assert {row.what for row in compare([around, by_phase]).handshakes["instructions"]} == tests - {test.name}
    assert {row.what for row in compare([around, by_phase, around]).handshakes["instructions"]} == tests


@pytest.mark.parametrize(
    ("clocks", "emulator", "reason"),
    [
        (("virtual", "real"), "QEMU", rows.CLOCKS),
        (("real", "real"), "QEMU", rows.HOSTS_CLOCK),
        (("virtual", "virtual"), "QEMU", ""),
        (("real", "real"), "", ""),
    ],
)
def test_times_are_compared_only_by_clocks_that_tell_the_target_s_time(
    clocks: tuple[str, str], emulator: str, reason: str
) -> None:
    runs = [first(), other()]
    for result, clock in zip(runs, clocks, strict=True):
        result.run = replace(result.run, clock=clock, emulator=Emulator(emulator, "1") if emulator else None)
        result.metrics = [replace(x, value=x.value + len(clock)) if x.name == "duration" else x for x in result.metrics]
    row = of(compare(runs), "duration")
    assert row.not_compared[1] == reason
    assert (row.difference(1) is None) == bool(reason)
    assert all(row.metrics), "it is shown in any case"


def test_a_process_never_meets_a_board() -> None:
    comparison = compare([first(), other(kind="native", board="native")])
    assert {row.not_compared[1] for row in comparison.phases if all(row.metrics)} == {rows.PROCESS}


def test_values_measured_in_other_ways_are_not_compared() -> None:
    after = other()
    after.metrics = [replace(x, method="guessed") if x.name == "heap_peak" else x for x in after.metrics]
    comparison = compare([first(), after])
    assert of(comparison, "heap, peak").difference(1) is None
    assert "heap peak: measured in another way (allocator's own count; guessed)" in comparison.not_compared


def test_of_values_by_several_methods_those_by_the_same_one_are_compared() -> None:
    before, after = first(), other()
    stack = Metric("stack_peak", 9_000, "lowest store", Phase.HANDSHAKE, "worker0", suite=RAM, test=BUDGET_TEST)
    before.metrics.append(stack)
    row = of(compare([before, after]), "worker's stack")
    assert [x and x.method for x in row.metrics] == ["painted high-water mark"] * 2


def test_the_image_is_split_by_whose_code_it_is_and_by_library() -> None:
    comparison = compare([first(), other()])
    split = {row.what: [x and x.value for x in row.metrics] for row in comparison.makers["flash"]}
    assert split == {"Mbed TLS": [89_000, 80_000], "lwIP": [43_000, 0], "tlsbench": [5_000, 0]}
    assert [row.what for row in comparison.libraries["static_ram"]] == ["lwip", "netsocket", "mbedtls"]


def test_an_image_without_a_link_map_says_nothing_of_its_libraries() -> None:
    comparison = compare([first(), replace_libraries(other())])
    assert [row.metrics[1] for row in comparison.makers["flash"]] == [None] * 3


def replace_libraries(result: Result) -> Result:
    """The run, of an image whose map is lost."""
    assert result.run.firmware is not None
    result.run = replace(result.run, firmware=replace(result.run.firmware, libraries=()))
    return result


def test_tests_that_came_out_differently_are_named_with_their_reasons() -> None:
    failed = sample(failed=True)
    failed.run = replace(failed.run, id="2")
    failed.tests.append(TestRecord(RAM, "A test of one run", "pass"))
    comparison = compare([first(), failed])
    (test,) = comparison.tests
    assert (test.suite, test.statuses) == (HANDSHAKE, ("pass", "fail"))
    assert "NSAPI_ERROR_AUTH_FAILURE" in test.messages[1]
    assert "1 tests were not run in all of the runs" in comparison.notes


def test_runs_without_a_common_connection_show_one_of_each() -> None:
    after = other()
    after.metrics = [replace(x, test=x.test and f"{x.test} again") for x in after.metrics]
    after.limits = []
    comparison = compare([first(), after])
    assert comparison.connections[0] != comparison.connections[1]
    assert "no connection is in all of the runs" in comparison.notes[0]


def shown(comparison: Comparison, width: int = 80) -> str:
    return printed(lambda console: terminal.show(console, comparison, Path("/somewhere/page.html")), width)


def test_every_report_shows_the_difference_and_who_is_who() -> None:
    comparison = compare([first(), other()])
    for text in (shown(comparison), markdown.render(comparison), " ".join(Page(html.render(comparison)).text.split())):
        for words in (OLD, NEW, "92.9 M", "+18.6 M", "+25.0 %", "20261121-080000-2b3c", "lwIP"):
            assert words in text


def test_the_terminal_tables_fit_80_columns() -> None:
    text = shown(compare([first(), other()]))
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize(("width", "more"), [(80, 0), (140, 2)])
def test_many_runs_have_numbers_and_differences_where_there_is_room(width: int, more: int) -> None:
    text = shown(compare([first(), *(other(id=name) for name in ("20261121-09", "20261121-10", "20261121-11"))]), width)
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= width
    assert "4  " in text
    assert text.count("+25.0 %") == (3 if more else 0)


def test_the_page_needs_no_network_and_escapes() -> None:
    failed = sample(failed=True)
    failed.run = replace(failed.run, id="2")
    page = html.render(compare([first(), failed]))
    assert [reference for reference in Page(page).fetched if not only_inside(reference)] == []
    assert "not &lt;NSAPI_ERROR_AUTH_FAILURE&gt; &amp; the peer" in page


def test_runs_with_nothing_measured_make_every_report() -> None:
    empty = [Result(replace(sample().run, id=name, firmware=None, emulator=None)) for name in "ab"]
    comparison = compare(empty)
    for text in (shown(comparison), markdown.render(comparison), html.render(comparison)):
        assert "no test passed in a, so that run shows nothing" in text


def test_a_program_gets_every_row() -> None:
    comparison = compare([first(), other()])
    told = json.loads(record.render(comparison))
    assert [run["name"] for run in told["runs"]] == [NEW, OLD]
    (row,) = [row for row in told["phases"] if (row["phase"], row["what"]) == ("handshake", "instructions")]
    assert row["values"] == [74_300_000, 92_875_000]
    assert row["differences"][1] == {"absolute": 18_575_000, "percent": 25}
    assert len(row["methods"]) == 2


def test_a_terminal_shows_a_record_s_texts_as_they_stand() -> None:
    odd = "[/red] [bold]x :bug:"
    results = [first(), other(board=f"{odd} board", id=f"{odd} id")]
    for result in results:
        assert result.run.firmware is not None
        firmware = replace(result.run.firmware, libraries=(Library(f"{odd} library", 10, 10),))
        result.run = replace(result.run, firmware=firmware)
    results[1].tests[0] = replace(results[1].tests[0], status="fail")
    for result in results:
        result.tests[0] = replace(result.tests[0], suite=f"{odd} suite", name=f"{odd} test")
        result.tests[1] = replace(result.tests[1], suite=f"{odd} suite")
    text = printed(lambda console: terminal.show(console, compare(results)), 250)
    for what in ("board", "id", "suite: [/red]"):
        assert f"{odd} {what}" in text
    result = replace(results[1], limits=[replace(x, thread=odd) for x in results[1].limits])
    assert f"{odd} suite" in printed(lambda console: show_result(console, result), 250)
