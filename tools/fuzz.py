"""Fuzz what of the firmware reads what others send: `make fuzz SECONDS=60`.

    python tools/fuzz.py [--seconds S] [--only TARGET]   look for inputs that break a target, with libFuzzer
    python tools/fuzz.py --replay [--only TARGET]        run every target on its kept corpus, with gcc's sanitizers
    python tools/fuzz.py --keep                          put what was found so far into the kept corpus, minimised

The targets are in tests/firmware/fuzz, each with its kept corpus in corpus/<target>. What a run finds beyond that lies
in build/fuzz-corpus, from where the next run goes on. The status is 1 when an input broke a target: the input is then
in out/fuzz, and the last lines say how to run it again.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tests/firmware/fuzz"
KEPT = SOURCE / "corpus"
FOUND = ROOT / "build/fuzz-corpus"
BROKEN = ROOT / "out/fuzz"
LONGEST_INPUT = 4096  # bytes; a server's whole side of a handshake is 2,000
ONE_INPUT_S = 120  # more is a find; most take a millisecond, but a busy machine may stand still
START_S = 60  # to read the corpus, and to stop
GENERATIONS = ("3.6", "2.28")
# Ends with this process, however that ends.
OWNED = ("setpriv", "--pdeathsig", "TERM", "--")


@dataclass(frozen=True)
class Target:
    """A fuzz target: one program for each generation of Mbed TLS that it is built with."""

    name: str
    generations: tuple[str, ...]
    share: int  # of the time, against the others
    configuration: str = "mbed_app"  # the file that says what is built


TARGETS = (
    Target("address", ("3.6",), 1),
    Target("frames", ("3.6",), 1),
    Target("offload", ("3.6",), 2, "offload"),
    Target("dtls", GENERATIONS, 2),
    Target("tls", GENERATIONS, 2),
    Target("tls_bytes", GENERATIONS, 1),
    Target("nonblocking", GENERATIONS, 2, "nonblocking"),
)


class FuzzError(Exception):
    """A target was broken, or could not be built; the message is for the user."""


def build(generation: str, configuration: str, names: Iterable[str], *, fuzzer: bool) -> Path:
    """Build targets with one generation of Mbed TLS and one configuration; the folder that holds the programs.

    Raises:
        FuzzError: with the whole output of what failed.
    """
    instrument = "address" if fuzzer else os.environ.get("TLSBENCH_INSTRUMENT", "address")
    kind = "fuzz" if fuzzer else "fuzz-replay"
    variant = "" if configuration == Target.configuration else f"-{configuration}"
    folder = ROOT / f"build/{kind}-{generation}{variant}-{instrument}"
    configure = ["cmake", "-S", str(SOURCE), "-B", str(folder), "-G", "Ninja", f"-DMBEDTLS={generation}"]
    configure += [f"-DINSTRUMENT={instrument}", f"-DAPP_CONFIG={SOURCE / configuration}.json"]
    configure += [f"-DPython3_EXECUTABLE={sys.executable}"]
    if fuzzer:
        configure += ["-DCMAKE_C_COMPILER=clang-14", "-DCMAKE_CXX_COMPILER=clang++-14"]
    for command in (configure, ["ninja", "-C", str(folder), *names]):
        done = subprocess.run([*OWNED, *command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise FuzzError(f"{done.stdout}{done.stderr}\n{shlex.join(command)} failed with status {done.returncode}")
    return folder


def programs(targets: Iterable[Target], *, fuzzer: bool) -> Iterator[tuple[Target, str, Path]]:
    """Every target with each generation of Mbed TLS, and its program, built if it has to be.

    Raises:
        FuzzError: one could not be built.
    """
    for generation in GENERATIONS:
        for configuration in dict.fromkeys(target.configuration for target in targets):
            chosen = [
                target
                for target in targets
                if generation in target.generations and target.configuration == configuration
            ]
            if chosen:
                folder = build(generation, configuration, (target.name for target in chosen), fuzzer=fuzzer)
                yield from ((target, generation, folder / target.name) for target in chosen)


def run(command: list[str], limit_s: float) -> tuple[int, str]:
    """Run a target; its status and the end of what it said. A target that hangs is stopped and has status 124."""
    with tempfile.TemporaryFile(mode="w+", errors="replace") as output:
        try:
            status = subprocess.run(
                [*OWNED, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=limit_s, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            status = 124
        output.seek(0)
        return status, output.read()


def broken(target: Target, generation: str, what: str, said: str, again: list[str]) -> FuzzError:
    """The error for an input that broke a target."""
    return FuzzError(
        f"{said[-6000:]}\nfuzz: {target.name} (Mbed TLS {generation}) was broken by {what}\n"
        f"fuzz: to run it again: {shlex.join(again)}"
    )


@contextmanager
def seeds(program: Path) -> Iterator[list[str]]:
    """Folders of inputs that the target itself can make: a real server's bytes, which change with the firmware."""
    if program.name != "tls_bytes":
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="tlsbench-seeds-") as folder:
        subprocess.run([program, "--seeds", folder], stdin=subprocess.DEVNULL, check=True)
        yield [folder]


# --- what can be done ---


def fuzz(targets: list[Target], seconds: float) -> None:
    """Fuzz the targets one after the other, for so long in all.

    Raises:
        FuzzError: one was broken; the others after it did not run.
    """
    BROKEN.mkdir(parents=True, exist_ok=True)
    shares = sum(target.share * len(target.generations) for target in targets)
    for target, generation, program in programs(targets, fuzzer=True):
        found = FOUND / target.name
        kept = KEPT / target.name
        for corpus in (found, kept):
            corpus.mkdir(parents=True, exist_ok=True)
        time_s = max(1, round(seconds * target.share / shares))
        prefix = BROKEN / f"{target.name}-{generation}-"
        before = set(BROKEN.iterdir())
        with seeds(program) as made:
            status, said = run(
                [
                    *(str(program), str(found), str(kept), *made),
                    *(f"-max_total_time={time_s}", f"-max_len={LONGEST_INPUT}", f"-timeout={ONE_INPUT_S}"),
                    *(f"-artifact_prefix={prefix}", "-print_final_stats=1", "-report_slow_units=1000"),
                ],
                time_s + ONE_INPUT_S + START_S,
            )
        if status != 0:
            inputs = sorted(set(BROKEN.iterdir()) - before)
            what = ", ".join(map(str, inputs)) or f"something that was not written down (status {status})"
            raise broken(target, generation, what, said, [str(program), *map(str, inputs)])
        runs = next((line.split()[-1] for line in said.splitlines() if "number_of_executed_units" in line), "?")
        print(f"fuzz: {target.name:<11} Mbed TLS {generation:<5} {time_s:>5} s {int(runs):>9,} runs", flush=True)


def replay(targets: list[Target]) -> None:
    """Run every target on its kept corpus.

    Raises:
        FuzzError: one was broken, or has no corpus.
    """
    for target, generation, program in programs(targets, fuzzer=False):
        started = time.monotonic()
        with seeds(program) as made:
            inputs = [str(file) for place in (KEPT / target.name, *map(Path, made)) for file in sorted(place.glob("*"))]
            if not inputs:
                raise FuzzError(f"fuzz: there is no corpus {KEPT / target.name}")
            status, said = run([str(program), *inputs], 300)
            if status != 0:
                last = [line for line in said.splitlines() if line in inputs][-1:]
                raise broken(target, generation, last[0] if last else "its start", said, [str(program), *last])
        took_s = time.monotonic() - started
        print(f"fuzz: {target.name:<11} Mbed TLS {generation:<5} {len(inputs):>5} inputs {took_s:5.1f} s", flush=True)


def keep(targets: list[Target]) -> None:
    """Put what was found into the kept corpora, as few and as short inputs as reach the same.

    Raises:
        FuzzError: a target was broken.
    """
    for target in targets:
        kept = KEPT / target.name
        with tempfile.TemporaryDirectory(dir=ROOT / "build") as before:
            shutil.copytree(kept, before, dirs_exist_ok=True)
            for file in kept.iterdir():
                file.unlink()
            for _, generation, program in programs([target], fuzzer=True):
                command = [
                    str(program),
                    "-set_cover_merge=1",
                    "-use_counters=0",
                    str(kept),
                    before,
                    str(FOUND / target.name),
                ]
                status, said = run([*command, f"-max_len={LONGEST_INPUT}", f"-timeout={ONE_INPUT_S}"], 3600)
                if status != 0:
                    raise broken(target, generation, "one of its corpus", said, command)
        files = list(kept.iterdir())
        print(f"fuzz: {target.name:<11} keeps {len(files)} inputs, {sum(f.stat().st_size for f in files):,} bytes")


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description="Fuzz the firmware; see the top of tools/fuzz.py")
    parser.add_argument("--seconds", type=float, default=60, help="how long in all; 60 if nothing is said")
    parser.add_argument("--only", metavar="TARGET", action="append", choices=[target.name for target in TARGETS])
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--replay", action="store_true", help="run the kept corpus and nothing else")
    what.add_argument("--keep", action="store_true", help="put what was found into the kept corpus")
    options = parser.parse_args()
    if options.seconds <= 0:
        parser.error("--seconds must be more than 0")
    targets = [target for target in TARGETS if not options.only or target.name in options.only]
    try:
        if options.replay:
            replay(targets)
        elif options.keep:
            keep(targets)
        else:
            fuzz(targets, options.seconds)
    except FuzzError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.environ.setdefault("ASAN_OPTIONS", "detect_stack_use_after_return=1")
    sys.exit(main())
