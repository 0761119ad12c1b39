"""A board with 16 KB of RAM, whose TLS the host does, from end to end."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from cli import Ended, tlsbench
from conftest import ROOT

from tlsbench.model.result import Result

BOARD = "microbit"
GUARD_BYTES = 32
MARGIN_BYTES = 64
"""Left of a stack at its deepest, so that the next change does not use it up."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Result]:
    folder = tmp_path_factory.mktemp(BOARD)
    ended = tlsbench("run", "handshake", "tcp", "--board", BOARD, "--out", folder, cwd=folder)
    return ended, Result.load(Path(folder, "latest", "result.json"))


def test_handshakes_and_plain_sockets_work(run: tuple[Ended, Result]) -> None:
    ended, result = run
    assert ended.status == 0, ended.output
    assert sum(test.status == "pass" for test in result.tests) > 30
    said = r"absent: (TLS is offloaded here|microbit is too small|microbit cannot measure|the configuration)"
    assert [test.name for test in result.tests if test.status == "absent" and not re.match(said, test.message)] == []


def test_randomness_is_the_chips_own(run: tuple[Ended, Result]) -> None:
    assert run[1].run.entropy == "hardware"


def test_each_stack_has_a_margin(run: tuple[Ended, Result]) -> None:
    config = tomllib.loads((ROOT / "platforms" / BOARD / "board.toml").read_text())["config"]
    sizes = {
        "worker0": config["agent.worker-stack-bytes"],
        "agent": config["agent.agent-stack-bytes"],
        "main": config["rtos.main-thread-stack-size"],
        "isr": config["rtos.interrupt-stack-size"],
    }
    for thread, size in sizes.items():
        peaks = [m.value for m in run[1].metrics if m.name == "stack_peak" and m.thread == thread and m.value]
        assert peaks, f"no stack of {thread} was measured"
        assert max(peaks) + MARGIN_BYTES <= size - GUARD_BYTES, thread


def test_it_needs_no_more_than_there_is(run: tuple[Ended, Result]) -> None:
    needed = [metric.value for metric in run[1].metrics if metric.name == "ram_needed" and metric.value]
    assert needed
    assert max(needed) <= 16_384
