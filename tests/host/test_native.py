"""The firmware as a process: what it is asked for, how its mistakes are told, and that it ends with the bench."""

from __future__ import annotations

import json
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from killed import gone, killed_bench

from tlsbench import boards, firmware
from tlsbench.boards import native
from tlsbench.boards.native import NativeBoard
from tlsbench.link import Agent, Link, calls
from tlsbench.link.calls import FaultKind
from tlsbench.model.board_file import parse_board
from tlsbench.model.errors import BoardError, ConfigError, FaultError, ImageError, LaunchError, LinkClosedError
from tlsbench.model.nsapi import Nsapi
from tlsbench.peers.ports import free_port

NAME = "native"
ROOT = Path(__file__).resolve().parents[2]
SEED = bytes(range(32))


@pytest.fixture(scope="module")
def image() -> Path:
    return firmware.image(NAME)


@pytest.fixture(scope="module")
def test_image() -> Path:
    """Does what a word on its line says; see tests/firmware/native."""
    return firmware.image(NAME, target="native_test")


@pytest.fixture
def board(run_dir: Path) -> Iterator[NativeBoard]:
    """The board, switched off."""
    with boards.open_board(boards.load(NAME), run_dir) as board:
        assert isinstance(board, NativeBoard)
        board.names["known.test"] = "127.0.0.1"
        yield board


@pytest.fixture
def agent(board: NativeBoard, image: Path, run_dir: Path) -> Iterator[Agent]:
    """An agent that was started, its network up."""
    board.power_on(image)
    with Link(board.stream, run_dir / "console.log") as link:
        agent = Agent(link)
        agent.start(1, SEED, int(time.time()), timeout_s=20)
        assert agent.call(calls.network_up(address="127.0.0.1", netmask="255.0.0.0")).ok
        yield agent


def process_of(board: NativeBoard) -> int:
    assert board._power is not None
    assert board._power.child._process is not None
    return board._power.child._process.pid


def read_to_the_end(board: NativeBoard) -> None:
    """Read the line until it is silent for long, or ends."""
    while board.stream.read(1000, timeout_s=20):
        pass


# --- the suites ---


def test_suites_pass_and_what_cannot_be_measured_is_absent(image: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tlsbench.cli", "run", "handshake", "network", "--board", NAME]
    done = subprocess.run([*command, "--out", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "latest" / "result.json").read_text())
    assert {test["status"] for test in result["tests"]} == {"pass", "absent"}
    assert sum(test["status"] == "pass" for test in result["tests"]) >= 30
    info = boards.load(NAME)
    assert {metric["name"] for metric in result["metrics"]} <= set(boards.kind_of(info).measures(info))
    assert "emulator" not in result["run"] or result["run"]["emulator"] is None


# --- its network ---


def test_the_names_are_those_that_it_was_told(agent: Agent) -> None:
    assert agent.call(calls.resolve("KNOWN.test")).address == "127.0.0.1"
    for unknown in ("known", "known.test.", "localhost", "known.test=127.0.0.1"):
        assert agent.call(calls.resolve(unknown)).result == Nsapi.DNS_FAILURE


def test_a_lease_is_not_pretended(agent: Agent) -> None:
    assert agent.call(calls.network_down()).ok
    assert agent.call(calls.network_up()).result == Nsapi.UNSUPPORTED


def test_a_listener_accepts(agent: Agent) -> None:
    port = free_port()
    for call in (calls.create("l", "tcp"), calls.open("l"), calls.bind("l", port), calls.listen("l", 1)):
        assert agent.call(call).ok
    accepting = agent.begin(calls.accept("l", "s"))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        assert accepting.wait(10).ok
        peer.sendall(b"in")
        assert agent.call(calls.recv("s", 10)).data == b"in"
        assert agent.call(calls.send("s", b"out")).ok
        assert peer.recv(10) == b"out"
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert agent.call(calls.recv("s", 10)).result == Nsapi.CONNECTION_LOST


def test_options_have_the_units_of_the_api(agent: Agent) -> None:
    keep_idle = 2  # nsapi_socket_option_t
    for call in (calls.create("s", "tcp"), calls.open("s")):
        assert agent.call(call).ok
    assert agent.call(calls.setsockopt("s", 7000, keep_idle, (4500).to_bytes(4, "little"))).ok
    got = agent.call(calls.getsockopt("s", 7000, keep_idle)).data
    assert int.from_bytes(got, "little") == 5000  # whole seconds here, and never less than asked for


# --- how its end is told ---


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (FaultKind.ASSERT, "assert", "asked for by the host"),
        (FaultKind.STACK_OVERFLOW, "sanitizer", "AddressSanitizer: stack-overflow"),
        (FaultKind.HARD_FAULT, "sanitizer", "AddressSanitizer: ILL"),
    ],
)
def test_a_fault_names_kind_thread_and_reason(agent: Agent, fault: FaultKind, kind: str, reason: str) -> None:
    with pytest.raises(FaultError) as caught:
        agent.call(calls.fault(fault), worker=1)
    assert (caught.value.kind, caught.value.thread) == (kind, "worker1")
    assert reason in caught.value.reason


def told(test_image: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the test image says to some words."""
    line = "".join(f"{word}\n" for word in words)
    return subprocess.run([test_image], input=line, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("mistake", "kind", "reason"),
    [
        ("heap-overflow", "sanitizer", "AddressSanitizer: heap-buffer-overflow"),
        ("new-overflow", "sanitizer", "AddressSanitizer: heap-buffer-overflow"),
        ("use-after-free", "sanitizer", "AddressSanitizer: heap-use-after-free"),
        ("double-free", "sanitizer", "AddressSanitizer: double-free"),
        ("int-overflow", "sanitizer", "UndefinedBehaviorSanitizer: undefined-behavior"),
        ("foreign-unlock", "assert", "a mutex unlocked by a thread that does not hold it"),
        ("wait-in-critical-section", "assert", "a wait in a critical section"),
        ("out-of-memory", "out of memory", "operator new of 1099511627776 bytes"),
    ],
)
def test_a_mistake_ends_it_with_a_report(test_image: Path, mistake: str, kind: str, reason: str) -> None:
    done = told(test_image, mistake)
    assert done.returncode != 0
    assert f"++ tlsbench fault ++\nkind: {kind}\nthread: main\nreason: {reason}" in done.stdout, done.stderr
    assert "-- tlsbench fault --\n" in done.stdout
    assert "passed" not in done.stdout
    if kind == "sanitizer":
        assert "mistakes.cpp" in done.stderr  # the stack is in the evidence


def test_what_was_left_behind_is_told_at_the_end(board: NativeBoard, test_image: Path) -> None:
    board.power_on(test_image)
    board.stream.write(b"leak\n")
    assert board.stream.read(1, timeout_s=20)
    with pytest.raises(LaunchError, match=r"(?s)did not end well.*mistakes\.cpp.*1600 byte\(s\) leaked"):
        board.power_off()
    board.power_off()  # it is off


def test_a_fault_that_the_line_has_told_is_not_told_again_at_the_end(
    board: NativeBoard, test_image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "ENDS_S", 0.5)
    monkeypatch.setenv("ASAN_OPTIONS", "sleep_before_dying=60")  # as on a machine that is too busy for it to end
    board.power_on(test_image)
    board.stream.write(b"heap-overflow\n")
    told = b""
    while b"-- tlsbench fault --" not in told:
        told += board.stream.read(1000, timeout_s=20)
    board.power_off()


def test_a_process_that_hangs_at_its_end_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "ENDS_S", 0.05)
    program = tmp_path / "hangs"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    power = native._Power(program, {})
    with pytest.raises(LaunchError, match=r"switched off, the process did not end within 0\.05 s"):
        power.off()


def test_a_race_is_told_where_threads_are_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(firmware.INSTRUMENT, "thread")
    image = firmware.image(NAME, target="native_test")
    done = told(image, "race")
    assert done.returncode != 0
    assert "kind: sanitizer\nthread: " in done.stdout
    assert "ThreadSanitizer: data race" in done.stdout
    for check in ("mutex-excludes", "flags-wake", "terminate-running"):
        done = told(image, check)
        assert done.stdout == f"passed: {check}\n", done.stdout + done.stderr


def test_an_unknown_instrument_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(firmware.INSTRUMENT, "threads")
    with pytest.raises(ConfigError, match=r"unknown TLSBENCH_INSTRUMENT 'threads'; there are: address, thread"):
        firmware.image(NAME)


def test_a_mistake_is_told_by_the_line_with_the_whole_report(board: NativeBoard, test_image: Path) -> None:
    board.power_on(test_image)
    board.stream.write(b"heap-overflow\n")
    with pytest.raises(LinkClosedError, match=r"(?s)the process ended by itself.*heap-buffer-overflow.*mistakes\.cpp"):
        read_to_the_end(board)
    assert board._power is not None
    assert board._power.child.wait(20)
    with pytest.raises(LaunchError):
        board.alive()


@pytest.mark.parametrize(
    "check",
    [
        "timed-waits",
        "mutex-excludes",
        "mutex-deadline",
        "flags-wake",
        "terminate-waiting",
        "terminate-running",
        "terminate-taken",
        "slots",
        "heap",
    ],
)
def test_the_kernel_does_over_threads_what_it_does_on_a_board(test_image: Path, check: str) -> None:
    done = told(test_image, check)
    assert done.stdout == f"passed: {check}\n", done.stdout + done.stderr


def test_threads_have_their_objects_until_the_process_has_ended(test_image: Path) -> None:
    done = told(test_image, "end-while-held")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize(
    "check", ["bare-interface", "socket-busy", "socket-accepted", "strangers", "secure-lookup", "secure-again"]
)
def test_interfaces_and_sockets_do_as_they_should_over_any_stack(test_image: Path, check: str) -> None:
    done = told(test_image, check)
    assert done.stdout == f"passed: {check}\n", done.stdout + done.stderr


def test_a_lookup_that_takes_several_calls_takes_memory() -> None:
    image = firmware.image(NAME, target="native_test", configuration="nonblocking")
    done = told(image, "secure-lookup")
    assert done.stdout == "passed: secure-lookup\n", done.stdout + done.stderr


# --- nothing outlives its owner ---


BENCH = """
import sys
from pathlib import Path
from tlsbench import boards
board = boards.open_board(boards.load("native"), Path(sys.argv[1]))
board.power_on(Path(sys.argv[2]))
assert board.stream.read(1, timeout_s=20)
print(board._power.child._process.pid, flush=True)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_process_dies_with_the_bench(image: Path, run_dir: Path, end: signal.Signals) -> None:
    with killed_bench(BENCH, str(run_dir), str(image), end=end) as process:
        assert not gone(process, within_s=0)
    assert gone(process)


def test_it_ends_when_its_line_does(test_image: Path) -> None:
    assert told(test_image, "slots").returncode == 0


def test_switched_off_and_on_it_begins_anew(board: NativeBoard, image: Path) -> None:
    board.power_on(image)
    first = process_of(board)
    assert board.stream.read(1, timeout_s=20)
    board.power_on()
    assert gone(first)
    board.alive()
    with pytest.raises(BoardError, match="no reset button"):
        board.reset()
    board.power_off()
    with pytest.raises(BoardError, match="is switched off"):
        board.alive()


# --- what it needs ---


def test_what_is_no_program_is_refused(board: NativeBoard, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="build the firmware first"):
        board.flash(tmp_path / "agent.elf")
    (tmp_path / "agent.elf").write_text("no program")
    with pytest.raises(ImageError, match="no program that this machine could run"):
        board.flash(tmp_path / "agent.elf")
    with pytest.raises(BoardError, match="has no image yet"):
        board.power_on()


def test_only_a_process_may_leave_out_what_hardware_has() -> None:
    file = ROOT / "platforms" / NAME / "board.toml"
    assert parse_board(file.read_bytes(), file).memory is None
    text = file.read_text().replace('core = "native"', 'core = "cortex-m3"')
    with pytest.raises(ConfigError) as caught:
        parse_board(text.encode(), file)
    for key in ("clock_hz", "memory", "peripherals", "serial.baud"):
        assert key in str(caught.value)
