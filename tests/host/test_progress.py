"""What a person sees while a run goes on."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tlsbench.progress import NOT_RUN, Progress


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=80)


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_without_a_terminal_there_are_plain_lines(console: Console) -> None:
    with Progress(console) as progress:
        progress.test_began("Ram", "Heap [small] is measured")
        progress.test_ended("Ram", "Heap [small] is measured", "pass", "", 0.25)
        progress.test_ended("Ram", "Cycles are counted", "absent", "absent: a-board cannot measure cycles", 0.0)
    assert text(console).splitlines() == [
        "Ram",
        "pass    Heap [small] is measured 0.2 s",
        "absent  Cycles are counted 0.0 s",
        "        absent: a-board cannot measure cycles",
    ]


def test_a_step_that_counts_is_one_line(console: Console) -> None:
    with Progress(console) as progress:
        for number in range(1, 4):
            progress.step(f"building agent.elf: {number} of 3")
        progress.step("switching a-board on")
    assert text(console).splitlines() == ["building agent.elf ...", "switching a-board on ..."]


def test_a_failure_shows_all_of_its_message(console: Console) -> None:
    with Progress(console) as progress:
        progress.test_ended("Ram", "One", "fail", "too much\nreceived: [1] nothing", 1.0)
    assert text(console).splitlines() == [
        "FAIL    One 1.0 s",
        "        too much",
        "        received: [1] nothing",
    ]


def test_tests_that_were_not_run_are_counted_and_not_listed(console: Console) -> None:
    with Progress(console) as progress:
        progress.test_ended("Ram", "One", "fail", "no board", 1.0)
        for name in ("Two", "Three"):
            progress.test_ended("Ram", name, "fail", NOT_RUN, 0.0)
    assert "Two" not in text(console)
    assert text(console).splitlines()[-1] == "2 further tests were not run"


def test_quiet_is_quiet(console: Console) -> None:
    with Progress(console, quiet=True) as progress:
        progress.step("building")
        progress.test_began("Ram", "One")
        progress.test_ended("Ram", "One", "fail", "too much", 1.0)
    assert text(console) == ""


def test_on_a_terminal_the_step_moves_and_the_tests_stay() -> None:
    terminal = {"TERM": "xterm"}  # whatever the tests run in
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None, _environ=terminal)
    with Progress(console) as progress:
        progress.step("building: 1 of 3")
        progress.test_began("Ram", "One")
        progress.test_ended("Ram", "One", "pass", "", 1.0)
    shown = text(console)
    assert "\x1b[2K" in shown  # the moving line is erased
    assert "pass" in shown
    assert "building ..." not in shown
