"""The STM32F4 family's drivers, on the emulated board that has them: `test_kernel.py` for the kernel upon them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import tlsbench
from test_kernel import CHECKS, FAULTS, Target, run_checks, running

from tlsbench import boards, firmware

BOARD = "netduinoplus2"


@pytest.fixture(scope="module")
def image() -> Path:
    return firmware.image(BOARD, "small", target="kernel_test")


@pytest.fixture
def target(image: Path) -> Iterator[Target]:
    with running(image, BOARD) as target:
        yield target


def test_all_checks_of_the_kernel_hold(image: Path) -> None:
    results = run_checks(image, BOARD)
    assert {name: results.get(name) for name in CHECKS} == dict.fromkeys(CHECKS, "ok")


# One of each way that leads to a report: the MPU's guards, the core's own faults, an interrupt, no room on the stack.
@pytest.mark.parametrize(
    "fault",
    ["null-read", "bus", "divide", "overflow", "overflow-interrupt", "overflow-unguarded", "unexpected-interrupt"],
)
def test_fault_is_reported(target: Target, fault: str) -> None:
    kind, thread, reason = FAULTS[fault]
    target.send(f"fault {fault}\n".encode())
    target.read_until("++ tlsbench fault ++\n", 10)
    report = target.read_until("-- tlsbench fault --\n", 10)
    lines = dict(line.split(": ", 1) for line in report.splitlines()[:-1])
    assert (lines["kind"], lines["thread"]) == (kind, thread)
    assert re.fullmatch(reason, lines["reason"])


def test_serial_input_waits_until_it_is_read(target: Target) -> None:
    """More than the driver's buffer holds; the emulated sender is held up."""
    target.send(b"listen\n")
    target.read_until("send 3000 bytes\n", 10)
    target.send(bytes(i % 251 for i in range(3000)))
    assert target.read_until("more\n", 10) == "3000 bytes, 0 of them wrong, 0 more\n"


def clock_s(target: Target) -> tuple[float, float, float]:
    """The target's clock, and this machine's before and after it was read."""
    before = time.monotonic()
    target.send(b"clock\n")
    text = target.read_until(" us\n", 10)
    return int(text.split()[-2]) / 1e6, before, time.monotonic()


def test_the_clock_goes_as_real_time_does(target: Target) -> None:
    """Whatever speed the emulator runs the timer at: the driver has measured it."""
    first, first_before, first_after = clock_s(target)
    time.sleep(1.5)
    second, second_before, second_after = clock_s(target)
    assert 0.98 * (second_before - first_after) < second - first < 1.02 * (second_after - first_before)


def test_a_handshake_over_the_serial_line_in_128_kb(tmp_path: Path) -> None:
    """The whole way: agent, offload stack, TLS on the board. What the emulator does not have is absent."""
    firmware.image(BOARD, "small")
    ended = tlsbench("measure", "--board", BOARD, "--profile", "small", cwd=tmp_path)
    assert ended.status == 0, ended.output
    record = json.loads((tmp_path / "out" / "latest" / "result.json").read_text())
    assert record["run"]["entropy"] == "injected"
    handshake = {metric["name"]: metric for metric in record["metrics"] if metric["phase"] == "handshake"}
    assert handshake["heap_peak"]["value"] < 12 * 1024
    assert 1e6 < handshake["instructions"]["value"] < 1e9
    assert not {"cycles", "idle_cycles"} & {metric["name"] for metric in record["metrics"]}
    needed = next(metric["value"] for metric in record["metrics"] if metric["name"] == "ram_needed")
    assert needed < record["run"]["ram_bytes"] == 128 * 1024


def test_bytes_of_a_socket_are_given_the_time_that_the_line_takes() -> None:
    """115200 baud are 11520 bytes a second; what needs no line needs no time for it."""
    assert boards.load(BOARD).line_s(11_520) == 2.0
    assert boards.load("mps2-an385").line_s(11_520) == 0.0
