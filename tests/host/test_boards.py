"""The life of an emulated board: what it needs, how it starts and ends, and that nothing of it is left behind."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import probe_image
import pytest
from killed import gone, killed_bench

from tlsbench import boards
from tlsbench.boards import core
from tlsbench.boards.qemu import QemuBoard
from tlsbench.measure.wire import WireTap
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BoardError, ImageError, LaunchError, LinkClosedError, WireError

NAME = "mps2-an385"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Says `.` and waits."""
    return probe_image.build(tmp_path_factory.mktemp("image"))


@pytest.fixture
def info() -> BoardInfo:
    return boards.load(NAME)


@pytest.fixture
def board(info: BoardInfo, run_dir: Path) -> Iterator[QemuBoard]:
    """The board, switched off."""
    with boards.open_board(info, run_dir) as board:
        assert isinstance(board, QemuBoard)
        yield board


def emulator_of(board: QemuBoard) -> int:
    """Process id of its emulator."""
    assert board._power is not None
    assert board._power.child._process is not None
    return board._power.child._process.pid


def changed(info: BoardInfo, **emulator: object) -> BoardInfo:
    assert info.emulator is not None
    return info.model_copy(update={"emulator": info.emulator.model_copy(update=emulator)})


# --- what it needs ---


def fake_qemu(folder: Path, says: str) -> None:
    program = folder / "qemu-system-arm"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)


def test_it_can_be_used_here(info: BoardInfo) -> None:
    assert boards.kind_of(info).why_not(info) == ""
    assert {"instructions", "flights", "stack_peak"} <= set(boards.kind_of(info).measures(info))


def test_without_a_network_chip_it_measures_no_network(info: BoardInfo) -> None:
    assert "flights" not in boards.kind_of(info).measures(changed(info, nic_model=None))


def test_without_qemu_the_package_is_named(info: BoardInfo, run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(run_dir))
    assert boards.kind_of(info).why_not(info) == (
        "qemu-system-arm is not installed: install the Debian package qemu-system-arm"
    )
    with pytest.raises(BoardError, match="board mps2-an385 cannot be used here: qemu-system-arm is not installed"):
        boards.open_board(info, run_dir)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("QEMU emulator version 6.2.0 (old)", "QEMU 6.2 does not fit: 7.2 to 8.2"),
        ("QEMU emulator version 10.0.1", "QEMU 10.0 does not fit: 7.2 to 8.2"),
        ("hello", "does not say its version"),
    ],
)
def test_another_qemu_is_refused(
    info: BoardInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, why: str
) -> None:
    fake_qemu(tmp_path, says)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert why in boards.kind_of(info).why_not(info)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "missing.elf", "there is no image .*missing.elf: build the firmware first"),
        (lambda folder: Path(__file__), "is no ELF file"),
        (lambda folder: Path("/bin/true"), "no program for an Arm Cortex-M core: machine X86_64, 64 bits"),
        (
            lambda folder: probe_image.build(folder, source=".global reset_handler; reset_handler: .word 0, 0"),
            "no vector table at 0x00000000",
        ),
    ],
)
def test_what_is_no_image_is_refused(board: QemuBoard, tmp_path: Path, make, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        board.power_on(make(tmp_path))


def test_an_image_without_a_probe_is_refused(board: QemuBoard, tmp_path: Path) -> None:
    source = (probe_image.SOURCES / "probe.S").read_text().replace("tlsbench_idle", "other_idle")
    with pytest.raises(ImageError, match="has no symbol 'tlsbench_idle', the idle loop"):
        board.power_on(probe_image.build(tmp_path, source=source))


def test_an_image_outside_the_flash_is_refused(info: BoardInfo, run_dir: Path, image: Path) -> None:
    small = info.model_copy(update={"memory": info.memory.model_copy(update={"flash_bytes": 64})})
    with (
        boards.open_board(small, run_dir) as board,
        pytest.raises(ImageError, match="outside the flash of mps2-an385"),
    ):
        board.flash(image)


def test_a_board_without_an_image_is_not_switched_on(board: QemuBoard) -> None:
    with pytest.raises(BoardError, match="has no image yet"):
        board.power_on()


# --- on, reset, off ---


def test_an_emulator_has_a_core_until_it_is_off(board: QemuBoard, image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other has the same one; when all are taken it may run on each."""
    monkeypatch.setattr(core, "CLAIM", f"tlsbench-test-{os.getpid()}")  # none that another run has
    every = os.sched_getaffinity(0)
    with ExitStack() as others:
        taken = [others.enter_context(core.OneCore()).cores for _ in every]
        assert sorted(taken, key=min) == [{number} for number in sorted(every)]
        board.power_on(image)
        assert os.sched_getaffinity(emulator_of(board)) == every
    board.power_on(image)
    mine = os.sched_getaffinity(emulator_of(board))
    assert len(mine) == 1
    with core.OneCore() as other:
        assert other.cores != mine or other.cores == every
    board.power_off()
    with ExitStack() as others:
        assert mine in [others.enter_context(core.OneCore()).cores for _ in every]
    assert os.sched_getaffinity(0) == every


@pytest.mark.parametrize(
    ("cores", "boards", "shares"),
    [
        ({3}, 1, [{3}]),
        ({0, 1}, 1, [{0, 1}]),
        ({0, 1}, 2, [{0}, {1}]),
        ({0, 1}, 3, [{0}, {1}, {0}]),
        ({2, 3, 4, 5, 6}, 2, [{2, 4, 6}, {3, 5}]),
    ],
)
def test_boards_that_are_used_at_the_same_time_share_the_cores(
    monkeypatch: pytest.MonkeyPatch, cores: set[int], boards: int, shares: list[set[int]]
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: cores)
    assert core.shares(boards) == shares


def test_the_first_byte_is_not_lost(board: QemuBoard, image: Path) -> None:
    for _ in range(5):
        board.power_on(image)
        assert board.stream.read(100, timeout_s=10) == b"."
        assert board.stream.read(100, timeout_s=0) == b""


def test_reset_starts_the_image_again_on_the_same_line(board: QemuBoard, image: Path) -> None:
    board.flash(image)
    board.power_on()
    stream = board.stream
    assert stream.read(1, timeout_s=10) == b"."
    for _ in range(3):
        board.reset()
        assert stream.read(1, timeout_s=10) == b"."
    board.alive()


def test_a_board_whose_network_broke_is_not_well(
    board: QemuBoard, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(tap: WireTap) -> None:
        raise WireError("the tap broke")

    board.power_on(image)
    monkeypatch.setattr(WireTap, "check", broken)
    with pytest.raises(WireError):
        board.alive()


def test_a_board_that_is_off_says_so(board: QemuBoard, image: Path) -> None:
    board.power_on(image)
    stream, pid = board.stream, emulator_of(board)
    board.power_off()
    board.power_off()
    assert gone(pid, within_s=0)
    for ask in (board.alive, board.reset, lambda: board.stream):
        with pytest.raises(BoardError, match="mps2-an385 is switched off"):
            ask()
    with pytest.raises(LinkClosedError, match="closed by the bench"):
        stream.read(1, timeout_s=1)


def test_the_emulator_is_known_by_name_and_version(board: QemuBoard, image: Path) -> None:
    board.power_on(image)
    assert board.emulator is not None
    name, version = board.emulator
    assert name == "QEMU"
    assert version.count(".") == 2


def test_a_closed_line_wakes_its_reader(board: QemuBoard, image: Path) -> None:
    board.power_on(image)
    stream, ends = board.stream, []
    assert stream.read(1, timeout_s=10) == b"."

    def read() -> None:
        try:
            stream.read(1, timeout_s=30)
        except LinkClosedError:
            ends.append("closed")

    reader = Thread(target=read)
    reader.start()
    time.sleep(0.05)
    board.power_off()
    reader.join(5)
    assert ends == ["closed"]


def test_switching_on_and_off_leaves_no_file_open(board: QemuBoard, image: Path) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    board.power_on(image)
    board.power_off()
    gc.collect()  # what the tests before have left may be closed at any time
    before = open_files()
    for _ in range(3):
        board.power_on(image)
        board.power_off()
    with pytest.raises(LaunchError):
        fail_to_start(board, image)
    assert open_files() == before


def fail_to_start(board: QemuBoard, image: Path) -> None:
    with boards.open_board(changed(board.info, machine="no-such-machine"), image.parent) as failing:
        failing.power_on(image)


def test_no_tcp_port_is_opened(board: QemuBoard, image: Path) -> None:
    board.power_on(image)
    pid = emulator_of(board)
    assert board._power is not None
    sockets = board._power.child.open_files
    assert sockets
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            assert f"socket:[{row.split()[9]}]" not in sockets


# --- when it goes wrong ---


def test_an_emulator_that_does_not_start_is_quoted(info: BoardInfo, run_dir: Path, image: Path) -> None:
    with (
        boards.open_board(changed(info, machine="no-such-machine"), run_dir) as board,
        pytest.raises(LaunchError) as caught,
    ):
        board.power_on(image)
    error = caught.value
    assert "the emulator did not start" in error.message
    assert error.status == 1
    assert error.command is not None
    assert "-machine no-such-machine" in error.command
    assert isinstance(error.received, str)
    assert "unsupported machine type" in error.received


def test_an_emulator_that_dies_is_told_wherever_one_looks(board: QemuBoard, image: Path) -> None:
    board.power_on(image)
    assert board.stream.read(1, timeout_s=10) == b"."
    os.kill(emulator_of(board), signal.SIGKILL)
    with pytest.raises(LinkClosedError, match=r"the emulator ended by itself\s+command: .*qemu-system-arm"):
        board.stream.read(1, timeout_s=10)
    assert board._power is not None
    assert board._power.child.wait(20)
    with pytest.raises(LaunchError) as caught:
        board.alive()
    assert caught.value.status == -signal.SIGKILL
    with pytest.raises(LinkClosedError):
        board.stream.write(b"x")
    assert board.probe is not None
    assert board.probe.boot().resets == 1
    board.power_on(image)
    assert board.stream.read(1, timeout_s=10) == b"."


BENCH = """
import sys, threading, time
from pathlib import Path
from tlsbench import boards
board = boards.open_board(boards.load(sys.argv[1]), Path(sys.argv[2]))
opener = threading.Thread(target=board.power_on, args=(Path(sys.argv[3]),))
opener.start()
opener.join()
assert board.stream.read(1, timeout_s=10) == b"."
time.sleep(0.2)  # the thread that switched it on is gone; the emulator must not be
board.alive()
print(board._power.child._process.pid, flush=True)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_the_bench_is_killed(image: Path, run_dir: Path, end: signal.Signals) -> None:
    scratch = run_dir / "scratch"
    scratch.mkdir()
    arguments = NAME, str(run_dir), str(image)
    with killed_bench(BENCH, *arguments, end=end, environment={"TMPDIR": str(scratch)}) as emulator:
        assert not gone(emulator, within_s=0)
    assert gone(emulator)
    assert list(scratch.iterdir()) == []
