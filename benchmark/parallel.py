"""Two boards at once against one: all suites, with everything built before."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Set
from pathlib import Path

from benchmark.figure import Figure
from tlsbench.boards.core import EVERY, shares
from tlsbench.model.errors import BenchError
from tlsbench.model.result import Result

TIMES = 1.8
"""How many times as fast two boards are to be."""
TIMES_OF_ALL = 1.6
"""The same, where the one board has more of this machine than each of two."""
TURNS = 2
"""How often each is timed."""
TLSBENCH = Path(sys.prefix, "bin", "tlsbench")


def took(board: str, number: int, cores: Set[int], out: Path) -> float:
    """Seconds that all suites take on several of one board, from the command to its end.

    Arguments:
        board: its name.
        number: how many of it share the suites out.
        cores: of this machine, that all of it may use.
        out: folder of all runs.

    Errors:
        BenchError: a test failed.
    """
    command = ["taskset", "--cpu-list", ",".join(map(str, sorted(cores)))]
    command += [str(TLSBENCH), "run", *["--board", board] * number, "--out", str(out)]
    began = time.monotonic()
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise BenchError("a run of all suites failed", command=command, status=done.returncode, received=done.stdout)
    return seconds


def two_against_one(board: str, *, emulated: bool) -> Iterator[Figure]:
    """The time of two boards, as a part of that of one, in turns: other users make this machine faster and slower.

    The first run builds what is missing, and is not counted.

    An emulator and the bench's process that talks with it use more than one core of two. So one emulated board is timed
    twice: with the cores that each of two has, as a board that brings its own processor along, and with all of them.

    Arguments:
        board: its name.
        emulated: whether an emulator computes what it does.
    """
    share = shares(2)[0]
    one, alike = f"one on all {len(EVERY)} cores", f"one on {len(share)}, as each of two has"
    ways: dict[str, tuple[int, Set[int]]] = {"two": (2, EVERY), one: (1, EVERY)}
    if emulated:
        ways[alike] = (1, share)
    seconds = dict.fromkeys(ways, 0.0)
    with tempfile.TemporaryDirectory(prefix="tlsbench-benchmark-") as folder:
        out = Path(folder)
        took(board, 2, EVERY, out)
        for _ in range(TURNS):
            for way, (number, cores) in ways.items():
                seconds[way] += took(board, number, cores, out) / TURNS
        tests = len(Result.load(out / "latest" / "result.json").tests)
    two = seconds.pop("two")
    for way, took_one in seconds.items():
        times = TIMES_OF_ALL if emulated and way == one else TIMES
        method = f"this machine's clock, mean of {TURNS}, all {tests} tests, {took_one:.1f} and {two:.1f} s: "
        method += f"{took_one / two:.2f} times as fast"
        yield Figure(f"two {board}, time of {way}", 100 * two / took_one, 100 / times, "%", method)
