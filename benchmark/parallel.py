"""Two boards at once against one: all suites, with everything built before."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmark.figure import Figure
from tlsbench.model.errors import BenchError
from tlsbench.model.result import Result

TIMES = 1.8
"""How many times as fast two boards are to be."""
TURNS = 2
"""How often each is timed."""
TLSBENCH = Path(sys.prefix, "bin", "tlsbench")


def took(board: str, number: int, out: Path) -> float:
    """Seconds that all suites take on several of one board, from the command to its end.

    Arguments:
        board: its name.
        number: how many of it share the suites out.
        out: folder of all runs.

    Errors:
        BenchError: a test failed.
    """
    command = [str(TLSBENCH), "run", *["--board", board] * number, "--out", str(out)]
    began = time.monotonic()
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise BenchError("a run of all suites failed", command=command, status=done.returncode, received=done.stdout)
    return seconds


def two_against_one(board: str) -> Figure:
    """The time of two boards, as a part of that of one, in turns: other users make this machine faster and slower.

    The first run builds what is missing, and is not counted.

    Arguments:
        board: its name.
    """
    with tempfile.TemporaryDirectory(prefix="tlsbench-benchmark-") as folder:
        out = Path(folder)
        took(board, 2, out)
        seconds = {1: 0.0, 2: 0.0}
        for boards in (1, 2) * TURNS:
            seconds[boards] += took(board, boards, out) / TURNS
        tests = len(Result.load(out / "latest" / "result.json").tests)
    one, two = seconds.values()
    method = f"this machine's clock, mean of {TURNS}, all {tests} tests, {one:.1f} s on one, {two:.1f} s on two: "
    method += f"{one / two:.2f} times as fast"
    return Figure(f"two {board}, time of one", 100 * two / one, 100 / TIMES, "%", method)
