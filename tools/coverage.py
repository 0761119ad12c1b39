"""Tell which lines of the socket API no test reaches: `make coverage`.

Builds the firmware for this machine with gcov's counters, runs what tests it there (the checks of the secure socket,
the Robot suites on the native board, those for TLS that the network stack does, the fuzz targets on their corpus), adds
up the counts, and prints a table by file and every line that was never reached. The status is 1 when a run failed, when
a source was part of none, or when the share of lines that were reached, in all, is below the floor.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
COVERED = "firmware/netsocket/"
FLOOR = 99.0  # percent of the lines
GENERATIONS = ("3.6", "2.28")
OWNED = ("setpriv", "--pdeathsig", "TERM", "--")
ON_LINE = ("env", "TLSBENCH_PLATFORMS=tests/firmware/platforms")
"""Has a command find `native-serial`, a process whose network is the serial line."""
RUNS = (
    (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "tests/host/test_tls_socket.py",
        "tests/host/test_tls_nonblocking.py",
        "tests/host/test_tls_trace.py",
        "tests/host/test_dtls_socket.py",
    ),
    # Not those about sanitizers, which are not there.
    (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "tests/host/test_native.py",
        "-k",
        "names_are or lease or listener or options or interfaces or lookup",
    ),
    (sys.executable, "-m", "pytest", "-q", "tests/host/test_network_own.py", "-k", "with_tls"),
    (
        *ON_LINE,
        sys.executable,
        "-m",
        "tlsbench.cli",
        "run",
        *("offload", "hostname", "blocking", "close"),
        "--board",
        "native-serial",
        "--configuration",
        "offload-tls",
        "--out",
        "out/coverage",
    ),
    *(
        (
            sys.executable,
            "-m",
            "tlsbench.cli",
            "run",
            "--board",
            "native",
            "--mbedtls",
            generation,
            "--out",
            "out/coverage",
        )
        for generation in GENERATIONS
    ),
    (sys.executable, "tools/fuzz.py", "--replay"),
)

Counts = dict[str, dict[int, int]]
"""By file and line, how often a line ran; a line without code is not there."""


def folders() -> list[Path]:
    """The build folders with counters."""
    found = (*BUILD.glob("*-coverage"), *BUILD.glob("elsewhere-*/*-coverage"))
    return [folder for folder in found if folder.is_dir()]


def run_tests() -> list[str]:
    """Run everything, from counts of 0; the commands that failed."""
    for folder in folders():
        for file in folder.rglob("*.gcda"):
            file.unlink()
    failed = []
    for number, command in enumerate(RUNS, 1):
        said = shlex.join(command).replace(sys.executable, "python")
        print(f"coverage: {number} of {len(RUNS)}: {said}", flush=True)
        done = subprocess.run([*OWNED, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout + done.stderr)
            failed.append(shlex.join(command))
    return failed


def add_counts(folder: Path, counts: Counts) -> None:
    """Add what gcov tells of one build folder's programs that ran; others may be older than the sources."""
    ran = [str(file) for file in folder.rglob("*.gcda")]
    if not ran:
        return
    done = subprocess.run(
        ["gcov", "--json-format", "--stdout", *ran], cwd=folder, capture_output=True, text=True, check=True
    )
    for text in done.stdout.splitlines():
        for file in json.loads(text)["files"]:
            _, ours, name = file["file"].partition(COVERED)
            if ours and file["lines"]:
                lines = counts[name]
                for line in file["lines"]:
                    number = line["line_number"]
                    lines[number] = lines.get(number, 0) + line["count"]


def report(counts: Counts) -> float:
    """Print the table and the lines that were never reached; the share of the others in percent."""
    print(f"\n{'file in ' + COVERED:<36} {'lines':>6} {'reached':>8}")
    all_lines = all_reached = 0
    missed = []
    for name, lines in sorted(counts.items()):
        source = (ROOT / COVERED / name).read_text().splitlines()
        reached = sum(count > 0 for count in lines.values())
        all_lines += len(lines)
        all_reached += reached
        print(f"{name:<36} {len(lines):>6} {100 * reached / len(lines):>6.1f} %")
        missed += [f"{COVERED}{name}:{at}: {source[at - 1].strip()}" for at in sorted(lines) if not lines[at]]
    share = 100 * all_reached / all_lines if all_lines else 0.0
    print(f"{'all':<36} {all_lines:>6} {share:>6.1f} %\n")
    print(f"never reached: {len(missed)} lines" if missed else "every line was reached")
    print("\n".join(missed))
    return share


def never_run(counts: Counts) -> list[str]:
    """Sources that are part of no program that ran, of which the table therefore says nothing."""
    return sorted({str(file.relative_to(ROOT / COVERED)) for file in (ROOT / COVERED).rglob("*.cpp")} - counts.keys())


def main() -> int:
    """Entry point."""
    os.environ["TLSBENCH_INSTRUMENT"] = "coverage"
    failed = run_tests()
    counts: Counts = defaultdict(dict)
    for folder in folders():
        add_counts(folder, counts)
    share = report(counts)
    left_out = never_run(counts)
    for command in failed:
        print(f"coverage: failed: {command}", file=sys.stderr)
    for name in left_out:
        print(f"coverage: no run has {COVERED}{name}", file=sys.stderr)
    if share < FLOOR:
        print(
            f"coverage: {share:.1f} % of the lines of {COVERED} were reached; the floor is {FLOOR} %", file=sys.stderr
        )
    return 1 if failed or left_out or share < FLOOR else 0


if __name__ == "__main__":
    sys.exit(main())
