"""The line's framing code, built for this machine under sanitizers, against the host's."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from tlsbench.link import codec
from tlsbench.link.pattern import pattern

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"
SOURCE = ROOT / "tests" / "firmware" / "agent" / "frames.cpp"
RESULTS = ["NOTHING", "FRAME", "BAD_FRAME", "BAD_CRC", "TOO_LONG"]


@pytest.fixture(scope="session")
def target_frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program of the target's framing code, under address and undefined-behaviour sanitizers."""
    folder = tmp_path_factory.mktemp("frames")
    program = folder / "frames"
    command = ["g++", "-std=c++17", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wall"]
    command += ["-Wextra", "-Werror", f"-I{FIRMWARE}", "-o", str(program), str(SOURCE)]
    command += [str(FIRMWARE / "line" / "frame.cpp")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return program


def run_target(program: Path, line: bytes) -> tuple[list[tuple[str, int, bytes]], list[bytes], bytes]:
    """What the target's code makes of a line: results, the frames it makes of the messages, 1000 pattern bytes."""
    done = subprocess.run([program], input=line, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    taken, made = done.stdout.decode().split("\n\n" if not done.stdout.startswith(b"\n") else "\n", 1)
    rows = [row.split(" ") for row in taken.splitlines()]
    results = [(RESULTS[int(result)], int(channel), bytes.fromhex(message)) for result, channel, message in rows]
    *frames, pattern_row = made.splitlines()
    return results, [bytes.fromhex(row) for row in frames], bytes.fromhex(pattern_row)


def test_the_target_reads_and_makes_the_frames_that_the_host_makes(target_frames: Path) -> None:
    messages = [bytes([fill]) * size for fill in (0, 1, 255) for size in (0, 1, 248, 249, 250, 253, 254, 255, 508, 700)]
    messages += [bytes(i * 7 & 255 for i in range(700))]
    line = b"".join(codec.encode(1, message) for message in messages)
    results, frames, _ = run_target(target_frames, line)
    assert results == [("FRAME", 1, message) for message in messages]
    assert frames == [codec.encode(1, message) for message in messages]


def test_the_target_survives_noise_and_counts_it(target_frames: Path) -> None:
    generator = random.Random(3)
    flood = generator.randbytes(20_000).replace(b"\0", b"\1")
    damaged = bytearray(codec.encode(1, b"damaged"))
    damaged[4] ^= 1
    line = flood + b"\0" + bytes(damaged) + codec.encode(2, b"newer") + b"\0\xff\x01\0" + codec.encode(1, b"good")
    results, _, _ = run_target(target_frames, line)
    assert [name for name, _, _ in results] == ["TOO_LONG", "BAD_CRC", "FRAME", "BAD_FRAME", "FRAME"]
    assert results[2][1:] == (2, b"newer")
    assert results[-1][1:] == (1, b"good")


def test_random_bytes_never_break_the_target_s_reader(target_frames: Path) -> None:
    results, _, _ = run_target(target_frames, random.Random(4).randbytes(200_000))
    assert results
    assert all(name in ("BAD_FRAME", "BAD_CRC", "TOO_LONG") for name, _, _ in results)


def test_pattern_data_is_the_same_on_both_sides(target_frames: Path) -> None:
    assert run_target(target_frames, b"")[2] == pattern(1000, seed=77)
