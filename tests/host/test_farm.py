"""Several boards at once: who gets which suite, what is recorded, and that nothing outlives a run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest
from cli import TLSBENCH, meeting, tlsbench
from conftest import MARK, marked_processes
from rich.console import Console
from sample_result import HANDSHAKE, RAM, sample

from tlsbench import listing
from tlsbench.farm import order, pool, runner
from tlsbench.farm.run import SeveralBoards
from tlsbench.model.errors import BoardError, ConfigError
from tlsbench.model.metric import Metric
from tlsbench.model.result import RECORD, Result
from tlsbench.progress import BoardsProgress
from tlsbench.report import junit
from tlsbench.session.config import Config

TCP = """*** Settings ***
Library    tlsbench.Bench

*** Test Cases ***
A Socket Is Opened
    Open Socket    tcp
    Sleep    {seconds}
    {then}
"""


def suites(folder: Path, seconds: float, *then: str) -> list[Path]:
    """One suite for each of `then`: what it does once it has opened a socket and slept."""
    folder.mkdir()
    files = [folder / f"number_{at}.robot" for at in range(len(then))]
    for file, what in zip(files, then, strict=True):
        file.write_text(TCP.format(seconds=f"{seconds} s", then=what))
    return files


# --- which boards ---


def test_a_board_that_is_named_twice_is_used_twice() -> None:
    assert [place.label for place in pool.places(["a", "b", "a"])] == ["a 1", "b", "a 2"]


def test_boards_come_from_names_then_from_pools_then_from_the_environment() -> None:
    environment = {"TLSBENCH_BOARD": "native mps2-an385"}
    assert pool.chosen((), (), environment) == ["native", "mps2-an385"]
    assert pool.chosen((), (), {"TLSBENCH_BOARD_POOL": "native"}) == ["native"]
    assert pool.chosen(("mps2-an385",), ("native",), environment) == ["mps2-an385", "native"]
    assert pool.chosen((), (), {}) == ["mps2-an385"]


def test_a_pool_has_the_boards_with_its_tag_and_leaves_out_what_cannot_be_used(platforms: Path) -> None:
    file = platforms / "native" / "board.toml"
    file.write_text(file.read_text().replace('core = "native"', 'core = "native"\ntags = ["ci"]'))
    broken = platforms / "mps2-an385" / "board.toml"
    text = broken.read_text().replace('core = "cortex-m3"', 'core = "cortex-m3"\ntags = ["ci", "broken"]')
    broken.write_text(text.replace('program = "qemu-system-arm"', 'program = "qemu-of-nobody"'))
    assert pool.pooled(["ci"]) == ["native"]
    with pytest.raises(BoardError, match="qemu-of-nobody is not installed"):
        pool.pooled(["broken"])


def test_a_board_that_does_not_say_where_it_is_is_one_that_cannot_be_used(platforms: Path) -> None:
    """It keeps no other board of its pool back, and is listed with all that is known of it."""
    native = platforms / "native" / "board.toml"
    native.write_text(native.read_text().replace('core = "native"', 'core = "native"\ntags = ["ci"]'))
    desk = platforms / "nucleo-f429zi" / "board.toml"
    text = re.sub('port = "hwgrep.*', "", desk.read_text())
    desk.write_text(text.replace('core = "cortex-m4f"', 'core = "cortex-m4f"\ntags = ["ci"]'))
    assert pool.pooled(["ci"]) == ["native"]
    name, info, why_not, measures = listing._look_at("nucleo-f429zi")
    assert info is not None
    assert (name, info.core, "cycles" in measures) == ("nucleo-f429zi", "cortex-m4f", True)
    assert "serial.port: a board of kind 'serial' needs to know its port" in why_not


def test_a_pool_that_is_not_there_is_refused_with_those_there_are(tmp_path: Path) -> None:
    ended = tlsbench("run", "--board-pool", "qemo", "--out", tmp_path, cwd=tmp_path)
    assert ended.status == 2
    assert "no board is in the pool 'qemo'; did you mean 'qemu'?; there are: cortex-m" in ended.output


# --- in which order ---


def test_the_longest_suite_goes_first_by_the_newest_run_that_has_it(tmp_path: Path) -> None:
    long, short, unknown = (order.Suite(name, f"Robot.{name}", tmp_path, 4.0) for name in (RAM, HANDSHAKE, "Other"))
    for at, (of_ram, of_handshake) in enumerate(((1.0, 50.0), (9.0, 3.0))):
        result = sample()
        took = {RAM: of_ram, HANDSHAKE: of_handshake}
        result.tests = [replace(test, elapsed_s=took.get(test.suite, 0.0)) for test in result.tests]
        folder = tmp_path / f"2026112{at}-000000-0000"
        folder.mkdir()
        (folder / order.REPORT).write_text(junit.render(result), "utf-8")
    assert order.longest_first([short, unknown, long], tmp_path) == [long, short, unknown]


def test_without_any_run_suites_say_what_they_take_or_are_judged_by_their_tests(tmp_path: Path) -> None:
    (tmp_path / "long.robot").write_text(
        "*** Settings ***\nMetadata    Takes    1 min 2 s\n\n*** Test Cases ***\nOne\n    No Operation\n"
    )
    many = "".join(f"Test {number}\n    No Operation\n" for number in range(9))
    (tmp_path / "many.robot").write_text(f"*** Test Cases ***\n{many}")
    (tmp_path / "few.robot").write_text("*** Test Cases ***\nOne\n    No Operation\n")
    found = order.longest_first(order.suites([tmp_path]), tmp_path)
    assert [(suite.name, suite.takes_s) for suite in found] == [
        ("Long", 62.0),
        ("Many", 9 * order.TEST_S),
        ("Few", order.TEST_S),
    ]
    (tmp_path / "few.robot").write_text(
        "*** Settings ***\nMetadata    Takes    long\n\n*** Test Cases ***\nOne\n    No Operation\n"
    )
    with pytest.raises(ConfigError, match="metadata Takes: Invalid time string 'long'"):
        order.suites([tmp_path])


def test_files_that_are_all_of_a_folder_are_the_folder_and_others_are_not(tmp_path: Path) -> None:
    all_three = suites(tmp_path / "suites", 0, "No Operation", "No Operation", "No Operation")
    assert order.folder_of(all_three) == [tmp_path / "suites"]
    assert order.folder_of(all_three[:2]) == all_three[:2]
    (tmp_path / "suites" / "__init__.robot").touch()
    assert order.folder_of(all_three) == all_three, "a folder would have a set-up that its files do not"


def test_a_board_reads_only_the_suite_that_it_is_handed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pabot hands its arguments over in a file."""
    given: list[Any] = []
    monkeypatch.setattr("tlsbench.session.suites.run_robot", lambda _, sources, options, __: given.append(options) or 0)
    arguments = tmp_path / "arguments.txt"
    for name, only in (("Robot.Tcp", ["/robot/tcp.robot"]), ("Robot.Unknown", None)):
        arguments.write_text(f"--suite {name}\n/robot\n")
        files = {"Robot.Tcp": "/robot/tcp.robot", "Robot.Udp": "/robot/udp.robot"}
        runner._run_suite(cast("Any", None), cast("Any", None), ["-A", str(arguments)], files)
        assert given.pop().get("parseinclude") == only


def test_the_suites_of_the_bench_go_the_longest_first() -> None:
    suites = order.suites([Path(__file__).parents[2] / "robot"])
    assert [suite.name for suite in suites[:4]] == ["Handshake", "Ram", "Blocking", "Network"]  # one after the other
    found = order.longest_first(suites, Path("/nonexistent"))
    assert {suite.name for suite in found[:4]} == {"Dtls Network", "Applications", "Blocking", "Ram"}


# --- the record ---


def test_the_parts_of_a_board_make_one_record_in_the_order_of_an_ordinary_run() -> None:
    whole = sample()

    def part(suite: str, flash: int) -> Result:
        image = Metric("flash", flash, "ELF sections")
        metrics = [image, *(x for x in whole.metrics if x.suite == suite)]
        tests = [x for x in whole.tests if x.suite == suite]
        return replace(whole, tests=tests, metrics=metrics, limits=[x for x in whole.limits if x.suite == suite])

    made = Result.of_parts([part(RAM, 7), part(HANDSHAKE, 7)], [HANDSHAKE, RAM])
    assert [x.suite for x in made.tests] == [HANDSHAKE] * 3 + [RAM] * 2
    assert [x.value for x in made.select("flash")] == [7]
    assert {x for x in made.metrics if x.suite} == {x for x in whole.metrics if x.suite in (HANDSHAKE, RAM)}
    assert made.limits == [x for x in whole.limits if x.suite == RAM]


# --- runs ---


def test_two_of_one_board_share_the_suites_and_leave_one_record(tmp_path: Path) -> None:
    what = ("No Operation", "No Operation", "Fail    on purpose", "No Operation")
    files = suites(tmp_path / "mine", 0, *(meeting(tmp_path / "met") + each for each in what))
    ended = tlsbench("run", *files, "--board", "native", "--board", "native", cwd=tmp_path)
    assert ended.status == 1, ended.output
    assert "FAIL    native" in ended.output
    assert "on purpose" in ended.output
    folder = tmp_path / "out" / "latest"
    result = Result.load(folder / RECORD)
    assert [(test.suite, test.status) for test in result.tests] == [
        ("Number 0", "pass"),
        ("Number 1", "pass"),
        ("Number 2", "fail"),
        ("Number 3", "pass"),
    ]
    assert {path.name for path in folder.iterdir()} == {
        *("1", "2", "log.html", "output.xml", "result.json", "report.html", "summary.md", "junit.xml")
    }
    assert set(re.findall(r"^(?:pass|FAIL) +native (\d)  Number", ended.output, re.MULTILINE)) == {"1", "2"}
    statuses = [test.find("status") for test in ET.parse(folder / "output.xml").getroot().iter("test")]
    attributes = [status.attrib for status in statuses if status is not None]
    starts = [datetime.fromisoformat(each["start"]) for each in attributes]
    spans = [(at, at + timedelta(seconds=float(each["elapsed"]))) for at, each in zip(starts, attributes, strict=True)]
    assert len(spans) == 4
    assert any(one[0] < other[0] < one[1] for one in spans for other in spans)  # two at the same time


def test_different_boards_have_a_record_each_and_a_table_of_all(tmp_path: Path) -> None:
    files = suites(tmp_path / "mine", 0, "No Operation", "Skip    absent: no reason")
    ended = tlsbench("run", "--each", *files, "--board", "native", "--board", "mps2-an385", cwd=tmp_path)
    assert ended.status == 0, ended.output
    folder = tmp_path / "out" / "latest"
    for board in ("native", "mps2-an385"):
        result = Result.load(folder / board / RECORD)
        assert (result.run.board, [test.status for test in result.tests]) == (board, ["pass", "absent"])
        assert (folder / board / "log.html").exists()
    assert 'href="mps2-an385/report.html"' in (folder / "report.html").read_text()
    names = [suite.get("name") for suite in ET.parse(folder / "junit.xml").getroot()]
    assert names == ["native.Number 0", "native.Number 1", "mps2-an385.Number 0", "mps2-an385.Number 1"]

    table = json.loads(tlsbench("table", folder, "--json", cwd=tmp_path).output)
    assert [(row["board"], [cell["pass"] for cell in row["cells"]]) for row in table["rows"]] == [
        ("mps2-an385", [1, 0]),
        ("native", [1, 0]),
    ]
    assert table["reasons"][0]["message"] == "no reason"
    again = tlsbench("report", folder, cwd=tmp_path)
    assert again.status == 0
    assert "2 pass, 2 absent" in again.output
    refused = tlsbench("compare", folder, folder / "mps2-an385", cwd=tmp_path)
    assert refused.status == 2
    assert "is a run of several boards; name one" in refused.output
    assert tlsbench("compare", folder / "native", folder / "mps2-an385", cwd=tmp_path).status == 0


def test_what_robot_cannot_run_is_told_before_a_board_starts(tmp_path: Path) -> None:
    (tmp_path / "bad.robot").write_text("*** Test Cases ***\n")
    ended = tlsbench("run", "bad.robot", "--board", "native", "--board", "native", cwd=tmp_path)
    assert ended.status == 2
    assert "Suite 'Bad' contains no tests" in ended.output
    assert not list((tmp_path / "out").glob("[0-9]*"))


def test_a_test_that_is_nowhere_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    files = suites(tmp_path / "mine", 0, "No Operation", "No Operation")
    boards = ("--board", "native", "--board", "native")
    ended = tlsbench("run", *files, *boards, "--", "--test", "Nowhere", cwd=tmp_path)
    assert ended.status == 2
    assert "Nowhere" in ended.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]


@contextmanager
def two_busy_boards(folder: Path, mark: str) -> Iterator[subprocess.Popen[str]]:
    """A run on two boards, each of which is in the middle of a suite."""
    files = suites(folder / "mine", 60, "No Operation", "No Operation", "No Operation")
    command = [str(TLSBENCH), "run", *map(str, files), "--board", "native", "--board", "native"]
    environment = {**os.environ, MARK: mark}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        assert run.stdout is not None
        until = time.monotonic() + 100
        while len(list((folder / "out").glob(".*.partial/*/console.log"))) < 2:
            assert run.poll() is None, run.stdout.read()
            assert time.monotonic() < until
            time.sleep(0.1)
        yield run
        until = time.monotonic() + 20
        while marked_processes(mark) and time.monotonic() < until:
            time.sleep(0.1)
        assert not marked_processes(mark)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_process_and_no_folder(tmp_path: Path, number: signal.Signals) -> None:
    with two_busy_boards(tmp_path, f"farm-{number.name}-{os.getpid()}") as run:
        run.send_signal(number)
        assert run.stdout is not None
        output, status = run.stdout.read(), run.wait(60)
    if number == signal.SIGINT:
        assert (status, [path.name for path in (tmp_path / "out").iterdir()]) == (130, [".lock"])
        assert "stopped by SIGINT" in output
    else:  # the next run sweeps
        tlsbench("run", "--board", "native", tmp_path / "mine", "--", "--test", "Nowhere", cwd=tmp_path)
        assert not list((tmp_path / "out").glob(".*.partial"))


def test_a_board_whose_process_is_killed_ends_the_run_with_a_word(tmp_path: Path) -> None:
    mark = f"farm-killed-{os.getpid()}"
    with two_busy_boards(tmp_path, mark) as run:
        os.kill(next(pid for pid, line in marked_processes(mark).items() if "farm.runner" in line), signal.SIGKILL)
        assert run.stdout is not None
        output, status = run.stdout.read(), run.wait(60)
    assert (status, "the process of this board ended by itself" in output) == (2, True)


def test_a_board_that_cannot_be_had_keeps_no_other_one_back(tmp_path: Path) -> None:
    emulator = tmp_path / "bin" / "qemu-system-arm"
    emulator.parent.mkdir()
    emulator.write_text("#!/bin/sh\necho no emulator\n")
    emulator.chmod(0o755)
    (file,) = suites(tmp_path / "mine", 0, "No Operation")
    path = {"PATH": f"{emulator.parent}:{os.environ['PATH']}"}
    boards = ("--board", "native", "--board", "mps2-an385")
    ended = tlsbench("run", "--each", file, *boards, cwd=tmp_path, environment=path)
    assert ended.status == 1, ended.output
    (broken,) = Result.load(tmp_path / "out/latest/mps2-an385" / RECORD).tests
    assert (broken.suite, broken.status) == ("Image", "fail")
    assert f"{emulator} does not say its version: is it QEMU?" in broken.message
    assert Result.load(tmp_path / "out/latest/native" / RECORD).verdict == "pass"
    ended = tlsbench("run", file, *boards, cwd=tmp_path, environment=path)  # shared out: what is missing is told first
    assert (ended.status, "mps2-an385 cannot be used here" in ended.output) == (2, True)


def test_a_board_takes_a_profile_that_fits_it_where_all_run_everything(platforms: Path) -> None:
    file = platforms / "mps2-an385" / "board.toml"
    file.write_text(file.read_text().replace('kind = "qemu"', 'kind = "qemu"\nprofiles = ["small"]'))
    places = pool.places(["mps2-an385", "native"])
    for each, profiles in ((True, ["small", "default"]), (False, ["default", "default"])):
        run = SeveralBoards(Config(profile="default"), places, BoardsProgress(Console(quiet=True)), each=each)
        assert [run.config_of(place.board).profile for place in places] == profiles


def test_two_boards_cannot_share_one_image(tmp_path: Path) -> None:
    image = tmp_path / "mine.elf"
    image.write_bytes(b"")
    boards = ("--board", "native", "--board", "mps2-an385")
    ended = tlsbench("run", *boards, "--image", image, cwd=tmp_path)
    assert ended.status == 2
    assert "one image cannot be that of several boards" in ended.output
