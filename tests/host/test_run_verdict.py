"""The verdict of a run is never better than what Robot Framework saw, nor than what the target did after a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli import Ended, tlsbench

SETTINGS = "*** Settings ***\nLibrary    tlsbench.Bench\n"
PASSES = "\n*** Test Cases ***\nOne Passes\n    No Operation\n"
LEFT = """
*** Test Cases ***
Leaves It Broken
    Open Socket
    Break

The Next One Finds A Fresh Board
    Open Socket

*** Keywords ***
Break
    ${bench}    Get Library Instance    tlsbench.Bench
"""


def run(text: str, folder: Path, *options: str | Path) -> Ended:
    """Run one suite as a user does."""
    file = folder / "mine.robot"
    file.write_text(text)
    return tlsbench("run", file, *options, cwd=folder)


def record(folder: Path) -> Any:
    """The record of the latest run."""
    return json.loads((folder / "out" / "latest" / "result.json").read_text())


def statuses(folder: Path) -> list[str]:
    """The status of each test in the record of the latest run."""
    return [test["status"] for test in record(folder)["tests"]]


def nothing_is_kept(folder: Path) -> bool:
    """Whether no run folder can be seen."""
    out = folder / "out"
    return not out.exists() or all(path.name.startswith(".") for path in out.iterdir())


# --- what Robot saw ---


@pytest.mark.usefixtures("agent_image")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("*** Test Cases ***\nNo Library\n    Fail    nope\n", "nope"),
        ("*** Settings ***\nLibrary    tlsbench.Bench    profile=small" + PASSES + "\nTwo\n    Get Heap\n", "Get Heap"),
        (SETTINGS + "Suite Setup    Fail    not set up\n" + PASSES, "not set up"),
        (SETTINGS + "Suite Teardown    Fail    not torn down\n" + PASSES, "not torn down"),
    ],
    ids=["a suite without the library", "a refused import", "a suite's setup", "a suite's teardown"],
)
def test_what_fails_in_robot_fails_the_run(text: str, said: str, tmp_path: Path) -> None:
    ended = run(text, tmp_path)
    assert ended.status == 1, ended.output
    assert said in ended.output
    assert "fail" in statuses(tmp_path)
    assert any(said in test["message"] for test in record(tmp_path)["tests"])


@pytest.mark.usefixtures("agent_image")
def test_the_teardown_of_a_folder_of_suites_fails_its_tests(tmp_path: Path) -> None:
    folder = tmp_path / "suites"
    folder.mkdir()
    (folder / "__init__.robot").write_text("*** Settings ***\nSuite Teardown    Fail    all of it\n")
    (folder / "one.robot").write_text(SETTINGS + PASSES)
    (folder / "two.robot").write_text(PASSES)
    ended = tlsbench("run", folder, cwd=tmp_path)
    assert ended.status == 1, ended.output
    assert statuses(tmp_path) == ["fail", "fail"]


@pytest.mark.usefixtures("agent_image")
def test_a_failure_that_only_robot_knows_of_fails_the_run(tmp_path: Path) -> None:
    after_the_bench = "ROBOT_LISTENER_API_VERSION = 3\nROBOT_LISTENER_PRIORITY = -1\n\n\n"
    (tmp_path / "late.py").write_text(
        after_the_bench + "def end_suite(data, result):\n    result.tests[0].status = 'FAIL'\n"
    )
    ended = run(PASSES, tmp_path, "--", "--listener", tmp_path / "late.py")
    assert ended.status == 1, ended.output
    assert statuses(tmp_path) == ["pass", "fail"]
    assert "1 tests failed that the bench knows nothing of" in record(tmp_path)["tests"][1]["message"]


@pytest.mark.usefixtures("agent_image")
def test_robot_says_why_it_cannot_run(tmp_path: Path) -> None:
    ended = run(PASSES, tmp_path, "--", "--test", "Nobody")
    assert ended.status == 2, ended.output
    assert "contains no tests matching name 'Nobody'" in ended.output
    assert nothing_is_kept(tmp_path)


# --- what is no run ---


@pytest.mark.usefixtures("agent_image")
def test_a_run_in_which_every_test_was_skipped_is_no_pass(tmp_path: Path) -> None:
    ended = run(SETTINGS + "\n*** Test Cases ***\nOne\n    Get Heap\n    Skip    not today\n", tmp_path)
    assert ended.status == 1, ended.output
    assert "no test passed" in ended.output
    assert statuses(tmp_path) == ["absent"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--dryrun"], "a dry run measures nothing"),
        (["--help"], "make no run"),
        (["--version"], "make no run"),
        (["--outputdir", "elsewhere"], "not --outputdir"),
        (["--output", "NONE"], "not --output"),
        (["-l", "mine.html"], "not --log"),
        (["--report", "mine.html"], "not --report"),
        (["-x", "junit.xml"], "not --xunit"),
        (["-T"], "not --timestampoutputs"),
        (["--argumentfile", "options.txt"], "not --log"),
        (
            ["--variable", "PROFILE:small"],
            "'small' in a run with 'default'; give it a run of its own (--profile",
        ),
        (["-v", "mbed_tls:2.28"], "--mbedtls 2.28"),
        (["-v", "SEED:1"], "--seed 1"),
        (["-v", "SEED:one"], "'one' is no whole number"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_would_make_another_thing_of_a_run_are_refused(
    options: list[str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "options.txt").write_text("--log mine.html\n")
    ended = run(PASSES, tmp_path, "--", *options)
    assert ended.status == 2, ended.output
    assert said in " ".join(ended.output.split())
    assert nothing_is_kept(tmp_path)


@pytest.mark.usefixtures("agent_image")
@pytest.mark.parametrize(
    ("asks", "said"),
    [
        ("*** Variables ***\n${PROFILE}    small\n", "'small' in a run with 'default'"),
        ("*** Settings ***\nLibrary    tlsbench.Bench    seed=2\n", "asks for 2 in a run with 1"),
    ],
    ids=["by a variable", "by its import"],
)
def test_a_suite_that_asks_for_another_set_up_fails(asks: str, said: str, tmp_path: Path) -> None:
    text = ("" if "Library" in asks else SETTINGS) + asks + "\n*** Test Cases ***\nOne\n    Get Heap\n"
    ended = run(text, tmp_path, "--seed", "1")
    assert ended.status == 1, ended.output
    assert said in " ".join(ended.output.split())


# --- what the target did after a test ---


@pytest.mark.usefixtures("agent_image")
@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        (
            "    VAR    ${calls}    ${{ __import__('tlsbench.link', fromlist=['calls']).calls }}\n"
            "    Evaluate    $bench.session.agent.begin($calls.fault($calls.FaultKind.HARD_FAULT))\n"
            "    Evaluate    $bench.session.agent.link.console_since(0, lambda lines: False, 20)\n",  # until it stops
            "the firmware stopped: HardFault in thread worker0",
        ),
        ("    Evaluate    $bench.session.sockets.kinds.update(gone='tcp')\n", "gone"),
        ("    Evaluate    $bench.session.at_end_of_test(lambda: 1 / 0)\n", "internal error: ZeroDivisionError"),
    ],
    ids=["a fault", "a socket that cannot be deleted", "an error of the bench itself"],
)
def test_what_goes_wrong_after_a_test_fails_it(keyword: str, said: str, tmp_path: Path) -> None:
    ended = run(SETTINGS + LEFT + keyword, tmp_path)
    assert ended.status == 1, ended.output
    assert statuses(tmp_path) == ["fail", "pass"]
    assert said in record(tmp_path)["tests"][0]["message"]
    assert 'status="FAIL"' in (tmp_path / "out" / "latest" / "output.xml").read_text()
