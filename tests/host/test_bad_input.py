"""What a user sees when something is wrong: an exit status, a message that helps, and nothing left behind.

Every test runs the `tlsbench` command. conftest.py fails the session if one of them leaves a process behind.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import stand_in_image
from cli import TLSBENCH, Ended, tlsbench
from conftest import MARK, marked_processes

from tlsbench.link import codec

BOARD = "mps2-an385"


def refused(ended: Ended, *said: str) -> None:
    """Check that the command failed with words, all of `said` among them, and not with a traceback."""
    assert ended.status not in (0, None), ended.output
    assert "Traceback" not in ended.output
    assert "internal error" not in ended.output
    output = "".join(ended.output.split())  # lines may be broken anywhere, a long path also in a word
    for words in said:
        assert "".join(words.split()) in output, ended.output


def no_result(folder: Path) -> None:
    """Check that nothing in a run folder can be taken for a result."""
    out = folder / "out"
    seen = sorted(path.name for path in out.iterdir() if not path.name.startswith(".")) if out.exists() else []
    assert seen == [], f"left in {out}: {seen}"


# --- the board ---


def test_an_unknown_board_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    refused(tlsbench("measure", "--board", "mps2-an387", cwd=tmp_path), "unknown board 'mps2-an387'", "mps2-an385")
    no_result(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('core = "cortex-m3"', 'core = "cortex-m3"\ncolour = "red"', "colour"),
        ("clock_hz = 25_000_000", 'clock_hz = "fast"', "clock_hz"),
        ("[serial]", "[serial", "board.toml:"),
        ('core = "cortex-m3"\n', "", "core"),
    ],
    ids=["unknown key", "wrong type", "no TOML", "missing key"],
)
def test_a_broken_board_file_is_named_with_its_line(
    old: str, new: str, said: str, tmp_path: Path, platforms: Path
) -> None:
    file = platforms / BOARD / "board.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    ended = tlsbench("measure", "--board", BOARD, cwd=tmp_path)
    refused(ended, f"{file}", said)
    no_result(tmp_path)


# --- the machine ---


@pytest.mark.parametrize(
    ("program", "package"), [("qemu-system-arm", "qemu-system-arm"), ("arm-none-eabi-g++", "gcc-arm-none-eabi")]
)
def test_a_missing_program_is_named_with_its_package(program: str, package: str, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for folder in ("/usr/bin", "/bin"):
        for tool in Path(folder).iterdir():
            if tool.name != program and not (tools / tool.name).exists():
                (tools / tool.name).symlink_to(tool)
    ended = tlsbench("measure", "--board", BOARD, cwd=tmp_path, environment={"PATH": str(tools)})
    refused(ended, program, f"Debian package {package}")
    no_result(tmp_path)


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(tlsbench("peer", "tls", "--port", str(port), cwd=tmp_path), f"port {port} on 127.0.0.1 is used by")


@pytest.mark.usefixtures("platforms")  # a build folder that is not configured yet
def test_a_download_with_a_wrong_hash_is_refused(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "mbedtls_3.6.6.orig.tar.bz2").write_bytes(b"not what upstream released")
    ended = tlsbench("measure", "--board", BOARD, cwd=tmp_path, environment={"MBEDTLS_DIR": str(sources)})
    refused(ended, "mbedtls_3.6.6.orig.tar.bz2: wrong SHA-256", "expected", "got")
    no_result(tmp_path)


# --- the firmware ---

FAULT = b"""starting\r
++ tlsbench fault ++\r
kind: HardFault\r
thread: main\r
reason: precise data bus error at 0x60000000\r
pc: 0x00001234\r
lr: 0x00001235\r
-- tlsbench fault --\r
"""

GOOD_FRAME = codec.encode(1, bytes(range(1, 40)))


@pytest.mark.parametrize(
    ("bytes_said", "words"),
    [
        (b"", ["never said that it is ready", "0 bytes in all"]),
        (b"Hello, I am another program\r\n", ["never said that it is ready", "Hello, I am another program"]),
        (FAULT, ["HardFault in thread main", "precise data bus error at 0x60000000", "pc 0x00001234"]),
        (codec.encode(3, b"anything"), ["version 3 ", "this bench speaks version 1"]),
        (GOOD_FRAME[:-8] + b"\x55" + GOOD_FRAME[-7:], ["never said that it is ready", "damaged frame", "CRC"]),
        (GOOD_FRAME[:20], ["never said that it is ready", "a frame that has not ended"]),
    ],
    ids=["silent", "another program", "faults", "another version", "corrupt frame", "truncated frame"],
)
def test_firmware_that_is_not_the_agent(bytes_said: bytes, words: list[str], tmp_path: Path) -> None:
    image = stand_in_image.build(tmp_path / "image", bytes_said)
    refused(tlsbench("measure", "--board", BOARD, "--image", image, cwd=tmp_path), *words)
    no_result(tmp_path)


def test_an_image_that_is_no_program(tmp_path: Path) -> None:
    image = tmp_path / "notes.elf"
    image.write_text("not an ELF file")
    refused(tlsbench("measure", "--board", BOARD, "--image", image, cwd=tmp_path), f"{image} is no ELF file")
    no_result(tmp_path)


def test_an_image_for_another_machine_is_refused_before_any_test(agent_image: Path, tmp_path: Path) -> None:
    ended = tlsbench("run", "handshake", "--board", "native", "--image", agent_image, cwd=tmp_path)
    refused(ended, "is no program that this machine could run: it is for ARM, 32 bits, this is")
    no_result(tmp_path)


def test_a_certificate_file_that_is_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text("Dear reader, this is no certificate")
    (tmp_path / "trust.robot").write_text(
        "*** Settings ***\nLibrary    tlsbench.Bench\n\n*** Test Cases ***\n"
        "A Root From A File Is Trusted\n    Read Certificate    ${CURDIR}/root.pem\n"
    )
    ended = tlsbench("run", "trust.robot", "--board", BOARD, cwd=tmp_path)
    refused(ended, "A Root From A File Is Trusted", "root.pem is no X.509 certificate", "Dear reader")


# --- the run, ended in the middle ---


def emulator_of_this_session() -> int | None:
    """Process id of an emulator that the bench under test has started."""
    for pid, command in marked_processes(os.environ[MARK]).items():
        # A process that has just been made or is ending shows no command line.
        if Path(command.partition(" ")[0]).name == "qemu-system-arm":
            return pid
    return None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_run_ended_in_the_middle_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [TLSBENCH, "run", "--board", BOARD],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as bench:
        deadline = time.monotonic() + 60
        while emulator_of_this_session() is None:
            assert bench.poll() is None, bench.communicate()[0]
            assert time.monotonic() < deadline, "the bench started no emulator"
            time.sleep(0.02)
        bench.send_signal(number)
        output, _ = bench.communicate(timeout=30)
    # Whoever ends in the middle says so: killed by SIGKILL, and 128 plus the number of a signal that it can answer.
    assert bench.returncode == (-number if number is signal.SIGKILL else 128 + number), output
    assert "Traceback" not in output
    deadline = time.monotonic() + 10
    while left := marked_processes(os.environ[MARK]):
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.02)
    no_result(tmp_path)
    # What a killed run could not tidy up itself, the next one does.
    ended = tlsbench("measure", "--board", BOARD, cwd=tmp_path)
    assert ended.status == 0, ended.output
    assert sorted(path.name for path in (tmp_path / "out").glob(".*partial")) == []
