"""A board that a labgrid place holds: an emulated one, exported by a real exporter to a real coordinator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import TLSBENCH, tlsbench
from conftest import BOARD, MARK, marked_processes
from lab import EXPORTER, PLACE, Lab

from tlsbench import boards
from tlsbench.boards import Board
from tlsbench.boards.labgrid import LabgridKind
from tlsbench.measure.image import build_id
from tlsbench.model.errors import BenchError, BoardError, ConfigError, LinkClosedError
from tlsbench.session.target import Start, Target, entropy_seed

RELEASED_S = 20.0


@pytest.fixture(scope="module")
def shared() -> Iterator[Lab]:
    """One lab for all tests that leave it as it was."""
    with tempfile.TemporaryDirectory(prefix="lab-") as folder, Lab(Path(folder)) as made:
        yield made


@pytest.fixture
def lab(shared: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """The boards of the bench are that of the lab alone."""
    monkeypatch.setenv("TLSBENCH_PLATFORMS", str(shared.platforms))
    text = shared.file.read_text()
    yield shared
    shared.file.write_text(text)
    assert shared.holder == ""


@pytest.fixture
def own_lab(agent_image: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab that a test may break."""
    with tempfile.TemporaryDirectory(prefix="lab-") as folder, Lab(Path(folder)) as made:
        monkeypatch.setenv("TLSBENCH_PLATFORMS", str(made.platforms))
        made.rig.flash(str(agent_image))
        yield made


def start(image: Path) -> Start:
    return Start(image, entropy_seed(1, "test"))


def edit(lab: Lab, old: str, new: str) -> None:
    text = lab.file.read_text()
    assert old in text
    lab.file.write_text(text.replace(old, new))


def watch(board: Board) -> None:
    """Look at the board until it is not alive, or for long enough."""
    until = time.monotonic() + RELEASED_S
    while time.monotonic() < until:
        board.alive()


def test_the_handshake_suite_runs_on_it_as_on_any_board(lab: Lab, agent_image: Path, tmp_path: Path) -> None:
    assert tlsbench("boards", cwd=tmp_path).output.startswith(f"{BOARD}  usable")
    run = tlsbench("run", "handshake", "--board", BOARD, "--image", agent_image, cwd=tmp_path)
    assert run.status == 0, run.output
    record = json.loads((tmp_path / "out/latest/result.json").read_text())
    assert (record["run"]["kind"], record["run"]["clock"], record["run"]["emulator"]) == ("labgrid", "real", None)
    status = {test["name"]: test["status"] for test in record["tests"]}
    assert len(status) == 30
    assert [name for name, each in status.items() if each == "absent"] == [
        "A Handshake Takes Two Round Trips",
        "The Instructions Of A Handshake Are Counted",
        "The Bytes Of A Handshake Are Those That The Peer Saw",
    ]
    assert {metric["name"] for metric in record["metrics"]} >= {"duration", "heap_peak", "stack_peak", "flash"}
    assert lab.rig.flashed[-1] == agent_image
    assert not lab.is_on  # switched off when the place was given back


def test_an_image_that_is_there_is_not_written_again(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    lab.rig.flash(str(agent_image))
    flashed = len(lab.rig.flashed)
    with boards.open_board(boards.load(BOARD), run_dir) as board:
        with Target(board, run_dir / "console.log", start(agent_image)) as target:
            assert target.hello.firmware_id == build_id(agent_image)
            assert ".tlsbench." in lab.holder
            board.alive()
        with Target(board, run_dir / "console.log", start(agent_image)):
            pass
    assert len(lab.rig.flashed) == flashed


def test_a_place_that_somebody_holds_is_not_taken(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    lab.client("-p", PLACE, "acquire")
    try:
        with (
            boards.open_board(boards.load(BOARD), run_dir) as board,
            pytest.raises(BoardError, match=rf"{BOARD}: labgrid's place '{PLACE}': it is held by \S+/\S+"),
        ):
            board.power_on(agent_image)
    finally:
        lab.client("-p", PLACE, "release")


def test_a_place_that_is_missing_is_told_with_those_there_are(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    edit(lab, f'place = "{PLACE}"', 'place = "bnech"')
    with (
        boards.open_board(boards.load(BOARD), run_dir) as board,
        pytest.raises(BoardError, match=f"'bnech': the coordinator has no such place; there are: {PLACE}"),
    ):
        board.power_on(agent_image)


def test_a_lab_that_cannot_flash_says_so(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    edit(lab, 'environment = "lab.yaml"\n', "always = true\n")
    with (
        boards.open_board(boards.load(BOARD), run_dir) as board,
        pytest.raises(BenchError, match="nothing can flash its board: name a driver in the file"),
    ):
        board.power_on(agent_image)


def test_a_coordinator_that_is_down_makes_the_board_unusable(lab: Lab, agent_image: Path, tmp_path: Path) -> None:
    edit(lab, f'coordinator = "{lab.address}"', 'coordinator = "127.0.0.1:1"')
    assert LabgridKind().why_not(boards.load(BOARD)) == (
        "no labgrid coordinator answers at 127.0.0.1:1 (Connection refused)"
    )
    run = tlsbench("run", "handshake", "--board", BOARD, "--image", agent_image, cwd=tmp_path)
    assert run.status == 2
    assert "cannot be used here: no labgrid coordinator answers at 127.0.0.1:1" in run.output


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[labgrid]", "[labgird]", r"labgird: unknown key; did you mean 'labgrid'\?"),
        (f'place = "{PLACE}"', f'plaec = "{PLACE}"', r"labgrid.plaec: unknown key; did you mean 'place'\?"),
        ('"lab.yaml"', '"no.yaml"', r"labgrid.environment: there is no file \S+/no.yaml"),
        ('coordinator = "127.0.0.1:', 'coordinator = "127.0.0.1:x', r"labgrid.coordinator: '\S+' should be a host and"),
    ],
)
def test_a_mistake_is_told_with_its_line(lab: Lab, old: str, new: str, message: str) -> None:
    edit(lab, old, new)
    with pytest.raises(ConfigError, match=rf"board.toml:\d+: {message}"):
        LabgridKind().why_not(boards.load(BOARD))


def test_a_bench_that_is_killed_holds_the_place_no_longer(lab: Lab, agent_image: Path, tmp_path: Path) -> None:
    suite = tmp_path / "long.robot"
    suite.write_text(
        "*** Settings ***\nLibrary    tlsbench.Bench\n\n"
        "*** Test Cases ***\nLong\n    Open Socket    tcp\n    Sleep    60\n"
    )
    mark = f"labgrid-{os.getpid()}"
    command = [str(TLSBENCH), "run", str(suite), "--board", BOARD, "--image", str(agent_image)]
    with subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, MARK: mark}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        until = time.monotonic() + 60
        while not lab.holder:
            assert run.poll() is None
            assert time.monotonic() < until
        assert lab.holder.endswith(f".tlsbench.{run.pid}")
        run.send_signal(signal.SIGKILL)
    until = time.monotonic() + RELEASED_S
    while lab.holder or marked_processes(mark):
        assert time.monotonic() < until, (lab.holder, marked_processes(mark))


def test_what_a_dead_bench_still_holds_is_taken_over(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    """The holder was killed with the bench: nobody gave the place back."""
    with subprocess.Popen(["true"]) as gone:
        pass
    user = lab.client("-p", PLACE, "acquire") and lab.holder.partition("/")[2]
    lab.client("-p", PLACE, "release")
    os.environ["LG_USERNAME"] = f"{user}.tlsbench.{gone.pid}"
    try:
        lab.client("-p", PLACE, "acquire")
    finally:
        del os.environ["LG_USERNAME"]
    assert lab.holder.endswith(f".tlsbench.{gone.pid}")
    with boards.open_board(boards.load(BOARD), run_dir) as board:
        board.power_on(agent_image)
        assert lab.holder.endswith(f".tlsbench.{os.getpid()}")


def test_a_place_that_is_taken_away_ends_the_run_with_a_word(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    with (
        boards.open_board(boards.load(BOARD), run_dir) as board,
        Target(board, run_dir / "console.log", start(agent_image)),
    ):
        lab.client("-p", PLACE, "release", "--kick")
        with pytest.raises(BoardError, match="somebody took it away"):
            watch(board)


def test_an_exporter_that_goes_in_the_middle(own_lab: Lab, agent_image: Path, run_dir: Path) -> None:
    with (
        boards.open_board(boards.load(BOARD), run_dir) as board,
        Target(board, run_dir / "console.log", start(agent_image)),
    ):
        own_lab.exporter.kill()
        with pytest.raises(BoardError, match=f"the exporter {EXPORTER} no longer gives its Network"):
            watch(board)
    assert own_lab.holder == ""
    with (
        boards.open_board(boards.load(BOARD), run_dir) as board,
        pytest.raises(BoardError, match="no exporter that is there exports what it matches"),
    ):
        board.power_on(agent_image)


def test_a_coordinator_that_goes_in_the_middle(own_lab: Lab, agent_image: Path, run_dir: Path) -> None:
    with (
        boards.open_board(boards.load(BOARD), run_dir) as board,
        Target(board, run_dir / "console.log", start(agent_image)) as target,
    ):
        own_lab.coordinator.kill()
        with pytest.raises(BoardError, match="the coordinator is gone"):
            watch(board)
        own_lab.pull()
        with pytest.raises(LinkClosedError, match="the coordinator is gone"):
            target.agent.status()
