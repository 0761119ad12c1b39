"""Measure every promised figure, print them with method and limit, and fail if one is over its limit.

    python -m benchmark [--runs 10] [--board mps2-an385]

Leaves `out/benchmark.json` and `out/benchmark.md`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmark.figure import HEADER, Figure, markdown
from benchmark.handshake import Handshake, Server, handshake, power_on_to_ready
from benchmark.parallel import two_against_one
from tlsbench import boards, firmware
from tlsbench.measure import elf
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BenchError, BuildError
from tlsbench.progress import Progress

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out"
SEED = 2026
KB = 1024
NATIVE = "native"

# Limits of the issue that asked for them, per profile.
HEAP_PEAK = {"small": 11 * KB, "default": 42 * KB}
INSTRUCTIONS = {"small": 150e6, "default": 76e6}


class Benchmark:
    """All measurements on one board.

    Arguments:
        info: the board.
        runs: how often a handshake is repeated with one seed.
        progress: told what is being measured.
    """

    def __init__(self, info: BoardInfo, runs: int, progress: Progress) -> None:
        self.info = info
        self.runs = runs
        self.progress = progress
        self.server = Server.make()

    def image(self, profile: str, target: str = "agent", configuration: str = "") -> Path:
        """The firmware, built if need be."""
        return firmware.image(
            self.info.name, profile, target=target, configuration=configuration, progress=self.progress.step
        )

    def handshakes(self, profile: str, target: str, kind: str, runs: int) -> list[Handshake]:
        """Equal handshakes, each on a freshly booted board, with one seed."""
        image = self.image(profile, target)
        self.progress.step(f"{runs} handshakes with a {kind} socket, profile {profile}")
        results = []
        for _ in range(runs):
            with tempfile.TemporaryDirectory(prefix="tlsbench-benchmark-") as folder:
                results.append(handshake(self.info, image, kind, self.server, SEED, Path(folder)))
        return results

    def figures(self) -> Iterator[Figure]:
        """Every figure, in the order they are told."""
        yield self.ready()
        for profile in ("small", "default"):
            yield from self.of_profile(profile)
        yield self.flash()
        yield self.whole_bench()
        for board in (self.info.name, NATIVE):
            self.progress.step(f"timing all suites on two {board} and on one")
            yield two_against_one(board)

    def ready(self) -> Figure:
        """Power on to agent ready."""
        image = self.image("default")
        seconds = []
        for _ in range(3):
            with tempfile.TemporaryDirectory(prefix="tlsbench-benchmark-") as folder:
                seconds.append(power_on_to_ready(self.info, image, Path(folder)))
        return Figure(
            "power on to agent ready", max(seconds), 1.0, "s", f"this machine's clock, worst of {len(seconds)}"
        )

    def of_profile(self, profile: str) -> Iterator[Figure]:
        """What a handshake costs in one profile, and against Mbed TLS called directly."""
        ours = self.handshakes(profile, "agent", "tls", self.runs)
        bare = self.handshakes(profile, "bare", "bare", 3)
        counts = [one.instructions for one in ours]
        typical = statistics.median(counts)
        typical_bare = statistics.median(one.instructions for one in bare)
        runs = f"of {len(ours)} runs, one seed"
        seconds = [one.wall_s for one in ours]
        yield Figure(
            f"{profile}: one handshake",
            statistics.median(seconds),
            1.0,
            "s",
            f"this machine's clock around connect(), median {runs}; worst {max(seconds):.2f} s",
        )
        yield Figure(
            f"{profile}: heap peak in the handshake",
            max(one.heap_peak for one in ours),
            HEAP_PEAK[profile],
            "bytes",
            "allocator's count with its overhead, TLSSocket object included",
        )
        yield Figure(
            f"{profile}: heap left after close()",
            max(one.heap_left for one in ours),
            0,
            "bytes",
            "allocator's count after close(), before delete, less that before open()",
        )
        yield Figure(
            f"{profile}: worker's stack peak",
            max(one.stack_peak for one in ours),
            3.5 * KB,
            "bytes",
            "deeper of painted mark and lowest store seen by the emulator",
        )
        yield Figure(
            f"{profile}: instructions of the handshake",
            typical,
            INSTRUCTIONS[profile],
            "instructions",
            f"counted by the emulator, idle loop excluded, median {runs}",
        )
        yield Figure(
            f"{profile}: more than bare Mbed TLS",
            (typical / typical_bare - 1) * 100,
            3.0,
            "%",
            f"same build, board, server and seed; bare takes {typical_bare / 1e6:.1f} M (median of {len(bare)})",
        )
        yield Figure(
            f"{profile}: spread of instructions",
            (max(counts) - min(counts)) / typical * 100,
            1.0,
            "%",
            f"most less least, to the median, {runs}",
        )

    def flash(self) -> Figure:
        """Flash that TLS adds to a TCP-only image."""
        with_tls, without = (
            next(int(metric.value) for metric in elf.metrics(image) if metric.name == "flash")
            for image in (self.image("small"), self.image("small", configuration="tcp"))
        )
        method = f"ELF sections, {with_tls / KB:.1f} KiB with TLS less {without / KB:.1f} KiB without"
        return Figure("small: flash that TLS adds", with_tls - without, 100 * KB, "bytes", method)

    def whole_bench(self) -> Figure:
        """The whole of `make bench`, with everything set up."""
        command = ["make", "bench", f"BOARD={self.info.name}"]
        self.progress.step(f"timing {' '.join(command)}")
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - began
        if done.returncode != 0:
            raise BuildError("make bench failed", command=command, status=done.returncode, received=done.stdout)
        return Figure("make bench, everything set up", seconds, 90, "s", "this machine's clock, one run")


def main() -> int:
    """Entry point: 0 if every figure is within its limit, 1 if one is not, 2 if something could not be measured."""
    parser = argparse.ArgumentParser(description="Measure the promised figures; see the top of benchmark/__main__.py")
    parser.add_argument("--board", default="mps2-an385", help="a folder of platforms/ (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=10, help="handshakes per profile (default: %(default)s)")
    options = parser.parse_args()
    try:
        with Progress(Console(stderr=True)) as progress:
            figures = list(Benchmark(boards.load(options.board), options.runs, progress).figures())
    except BenchError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("benchmark: stopped", file=sys.stderr)
        return 130
    OUT.mkdir(exist_ok=True)
    (OUT / "benchmark.json").write_text(json.dumps([figure.record() for figure in figures], indent=2) + "\n")
    (OUT / "benchmark.md").write_text(markdown(figures))
    table = Table(*HEADER, title=f"Figures on {options.board}")
    for figure in figures:
        table.add_row(*figure.row(), style=None if figure.held else "bold red")
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    over = [figure.what for figure in figures if not figure.held]
    print(f"over the limit: {', '.join(over)}" if over else "every figure is within its limit")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
