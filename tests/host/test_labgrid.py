"""A board that a labgrid place holds: an emulated one, exported by a real exporter to a real coordinator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli import TLSBENCH, meeting, tlsbench
from conftest import BOARD, MARK, marked_processes
from killed import soon
from lab import EXPORTER, PLACE, TTY, Lab

from tlsbench import boards
from tlsbench.boards import Board
from tlsbench.boards.labgrid import names
from tlsbench.boards.labgrid.board import LabgridBoard
from tlsbench.measure.image import build_id
from tlsbench.model.errors import BoardError, LinkClosedError
from tlsbench.session.target import Start, Target, entropy_seed

RELEASED_S = 60.0
SUITE = (
    "*** Settings ***\nLibrary    tlsbench.Bench\n\n"
    "*** Test Cases ***\nA Socket Is Opened\n    Open Socket    tcp\n    Sleep    {seconds}\n"
)


@pytest.fixture(autouse=True)
def flashed(shared_lab: Lab, agent_image: Path) -> None:
    """Both boards run the agent's image already."""
    for station in shared_lab.stations.values():
        if agent_image not in station.rig.flashed[-1:]:
            station.rig.flash(str(agent_image))
            station.rig.emulated.power_off()


def start(image: Path) -> Start:
    return Start(image, entropy_seed(1, "test"))


@contextmanager
def running(image: Path, run_dir: Path) -> Iterator[tuple[Board, Target]]:
    """The board, with its agent started."""
    with (
        boards.open_board(boards.load(BOARD), run_dir) as board,
        Target(board, run_dir / "console.log", start(image)) as target,
    ):
        yield board, target


def watch(board: Board) -> None:
    """Look at the board until it is not alive, or for long enough."""
    until = time.monotonic() + RELEASED_S
    while time.monotonic() < until:
        board.alive()


# --- runs ---


def test_the_handshake_suite_runs_on_it_as_on_any_board(lab: Lab, agent_image: Path, tmp_path: Path) -> None:
    """On the place whose line is a device of the exporter, which ser2net serves by RFC 2217."""
    lab.edit(f'place = "{PLACE}"', f'place = "{TTY}"')
    station = lab.stations[TTY]
    station.rig.flashed.clear()  # an empty chip
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
    assert station.rig.flashed[-1] == agent_image
    assert not station.is_on  # switched off when the place was given back


def test_two_places_with_one_tag_share_the_suites(lab: Lab, agent_image: Path, tmp_path: Path) -> None:
    lab.edit(f'place = "{PLACE}"', 'tags = { board = "mps2" }')
    suites = [tmp_path / "one.robot", tmp_path / "two.robot"]
    for suite in suites:
        suite.write_text(SUITE.format(seconds="0 s") + f"    {meeting(tmp_path / 'met')}No Operation\n")
    boards_twice = ["--board", BOARD, "--board", BOARD, "--image", agent_image]
    run = tlsbench("run", *suites, *boards_twice, cwd=tmp_path)
    assert run.status == 0, run.output
    consoles = sorted((tmp_path / "out/latest").glob("**/console.log"))
    assert len(consoles) == 2
    assert all("tlsbench agent on" in console.read_text() for console in consoles)


def test_an_image_that_is_there_is_not_written_again(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    flashed = len(lab.bench.rig.flashed)
    with running(agent_image, run_dir) as (board, target):
        assert target.hello.firmware_id == build_id(agent_image)
        assert ".tlsbench." in lab.holders[PLACE]
        board.alive()
    assert len(lab.bench.rig.flashed) == flashed


# --- ends ---


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_bench_that_is_ended_holds_the_place_no_longer(
    lab: Lab, agent_image: Path, tmp_path: Path, how: signal.Signals
) -> None:
    suite = tmp_path / "long.robot"
    suite.write_text(SUITE.format(seconds="60 s"))
    mark = f"labgrid-{os.getpid()}-{how}"
    command = [str(TLSBENCH), "run", str(suite), "--board", BOARD, "--image", str(agent_image)]
    with subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, MARK: mark}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        assert soon(lambda: lab.bench.is_on or run.poll() is not None, RELEASED_S)
        assert run.poll() is None
        assert f".tlsbench.{names.here()}.{run.pid}." in lab.holders[PLACE]
        run.send_signal(how)
    assert soon(lambda: not lab.holders and not marked_processes(mark), RELEASED_S), lab.holders
    assert not lab.bench.is_on


def test_an_exception_in_the_middle_gives_the_place_back(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    with pytest.raises(ZeroDivisionError), running(agent_image, run_dir):
        raise ZeroDivisionError
    assert lab.holders == {}
    assert not lab.bench.is_on


def test_what_dead_benches_still_hold_is_taken_over(
    lab: Lab, agent_image: Path, run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holder was killed with its bench: nobody gave the place back, nor cancelled a reservation."""
    with subprocess.Popen(["true"]) as gone:
        pass
    user = names.user()
    with monkeypatch.context() as dead:
        dead.setenv("LG_USERNAME", f"{user}.tlsbench.{names.here()}.{gone.pid}.{gone.pid}")
        lab.client("reserve", f"name={PLACE}")
        lab.client("-p", PLACE, "acquire")
    assert lab.holders[PLACE].endswith(f".{gone.pid}.{gone.pid}")
    with boards.open_board(boards.load(BOARD), run_dir) as board:
        board.power_on(agent_image)
        assert f"{user}.tlsbench.{names.here()}.{os.getpid()}." in lab.holders[PLACE]
    assert list(lab.ask("GetReservations").reservations) == []


def test_a_holder_that_is_killed_is_told_of_and_replaced(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    with boards.open_board(boards.load(BOARD), run_dir) as board:
        board.power_on(agent_image)
        first = lab.holders[PLACE].rpartition(".")[2]
        os.kill(int(first), signal.SIGKILL)
        with pytest.raises(BoardError, match="the process that holds it ended by itself"):
            watch(board)
        board.power_on(agent_image)
        assert lab.holders[PLACE].rpartition(".")[2] != first


def test_a_place_that_is_taken_away_ends_the_run_with_a_word(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    with running(agent_image, run_dir) as (board, _):
        lab.ask("ReleasePlace", placename=PLACE)
        with pytest.raises(BoardError, match="somebody took it away"):
            watch(board)


def test_a_board_that_cannot_be_switched_off_is_told_of(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    with (  # noqa: PT012 - the error comes when the board is left
        pytest.raises(BoardError, match=f"'{PLACE}': it was not given back as it should be: .*503 Server Error"),
        boards.open_board(boards.load(BOARD), run_dir) as board,
    ):
        board.power_on(agent_image)
        lab.bench.socket_sticks = True
    lab.bench.socket_sticks = False
    lab.bench.switch(False)
    assert lab.holders == {}


def test_an_exporter_that_goes_in_the_middle(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    with running(agent_image, run_dir) as (board, _):
        lab.exporter.kill()
        with pytest.raises(BoardError, match=f"the exporter {EXPORTER} does not give its "):
            watch(board)
    assert lab.holders == {}
    with (
        boards.open_board(boards.load(BOARD), run_dir) as board,
        pytest.raises(BoardError, match=f"no exporter exports what its match '{EXPORTER}/{PLACE}/.*' wants; is its"),
    ):
        board.power_on(agent_image)
    lab.start_exporter()


def test_a_coordinator_that_goes_in_the_middle_and_comes_back(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    with boards.open_board(boards.load(BOARD), run_dir) as board:
        assert isinstance(board, LabgridBoard)
        with Target(board, run_dir / "console.log", start(agent_image)) as target:
            lab.stop()
            with pytest.raises(BoardError, match="the coordinator is gone"):
                watch(board)
            lab.bench.pull()
            with pytest.raises(LinkClosedError, match="the coordinator is gone"):
                target.agent.status()
        lab.start()
        with Target(board, run_dir / "console.log", start(agent_image)):
            assert f".tlsbench.{names.here()}.{os.getpid()}." in lab.holders[PLACE]


# --- doctor ---


def test_the_doctor_says_what_the_lab_has_for_the_board(lab: Lab, agent_image: Path, tmp_path: Path) -> None:
    ended = tlsbench("doctor", "--board", BOARD, "--image", agent_image, "--json", cwd=tmp_path)
    assert ended.status == 0, ended.output
    checks = {check["check"]: check for check in json.loads(ended.output)["checks"]}
    assert list(checks)[:7] == ["file", "usable", "place", "drivers", "image", "flash", "line"]
    assert checks["place"]["said"] == f"{PLACE} is held for this bench; all that it matches is there"
    assert checks["drivers"]["said"].startswith("console: SerialDriver (raw, 127.0.0.1:")
    assert "; flash: RigFlasher, which does not read back what it wrote: the agent's" in checks["drivers"]["said"]
    assert checks["line"]["state"] == "ok"


def test_the_doctor_says_what_a_place_lacks(lab: Lab, agent_image: Path, tmp_path: Path) -> None:
    lab.use(SerialDriver={})
    ended = tlsbench("doctor", "--board", BOARD, "--image", agent_image, "--json", cwd=tmp_path)
    assert ended.status == 1
    failed = [check for check in json.loads(ended.output)["checks"] if check["state"] == "failed"]
    assert [check["check"] for check in failed] == ["drivers"]
    assert "labgrid has no driver to reset or to flash the board" in failed[0]["said"]
    assert "ResetProtocol" in failed[0]["do"]
