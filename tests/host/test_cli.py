"""The `tlsbench` command: what it prints, what it leaves, and its exit status."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cli import TLSBENCH, tlsbench

from tlsbench.model.metric import QUANTITIES

BOARD = "mps2-an385"
FILES = {
    "capture.pcapng",
    "console.log",
    "junit.xml",
    "keys.log",
    "log.html",
    "output.xml",
    "report.html",
    "result.json",
    "summary.md",
}

SUITE = """*** Settings ***
Library    tlsbench.Bench

*** Test Cases ***
A Connection Is Made
    ${authority}    Create Authority
    ${identity}    Create Server Certificate    ${authority}    chain=1
    ${peer}    Start TLS Peer    ${identity}
    Open Socket
    Set Root CA    ${authority}
    Connect    ${peer}
    Echo Should Work
    Close Socket
    LIMIT

A Second Test Finds A Fresh Socket
    Open Socket
"""


def suite(folder: Path, limit: str = "Heap Peak Should Be At Most    1 MiB") -> Path:
    """A small suite file."""
    file = folder / "mine.robot"
    file.write_text(SUITE.replace("LIMIT", limit))
    return file


def test_help_tells_every_command(tmp_path: Path) -> None:
    ended = tlsbench("--help", cwd=tmp_path)
    assert ended.status == 0
    for command in ("boards", "run", "measure", "peer", "console", "report", "compare", "table", "app"):
        assert f"  {command} " in ended.output


def test_boards_are_listed_for_a_person(tmp_path: Path) -> None:
    ended = tlsbench("boards", cwd=tmp_path)
    assert ended.status == 0
    for words in (BOARD, "usable", "cortex-m3", "4.00 MiB", "heap_peak"):
        assert words in ended.output


def test_boards_are_listed_for_a_program(tmp_path: Path) -> None:
    boards = json.loads(tlsbench("boards", "--json", cwd=tmp_path).output)
    (board,) = [board for board in boards if board["name"] == BOARD]
    keys = ["name", "kind", "core", "ram_bytes", "flash_bytes", "usable", "why_not", "measures"]
    assert list(board) == keys
    assert (board["usable"], board["why_not"]) == (True, "")
    assert set(board["measures"]) <= set(QUANTITIES)


def test_a_broken_board_is_listed_beside_those_that_work(tmp_path: Path, platforms: Path) -> None:
    broken = platforms / "odd-board"
    broken.mkdir()
    (broken / "board.toml").write_text("name = 7\n")
    ended = tlsbench("boards", cwd=tmp_path)
    assert ended.status == 0
    told = " ".join(ended.output.split())
    assert f"{BOARD} usable" in told
    assert "odd-board not usable: " in told
    assert "odd-board/board.toml:1" in "".join(ended.output.split())
    boards = json.loads(tlsbench("boards", "--json", cwd=tmp_path).output)
    (odd,) = [board for board in boards if board["name"] == "odd-board"]
    assert (odd["kind"], odd["usable"], odd["measures"]) == (None, False, [])
    assert "name: should be a string" in odd["why_not"]


def test_a_folder_without_boards_is_named(tmp_path: Path) -> None:
    for folder, said in ((tmp_path / "nowhere", "is no folder"), (tmp_path, "has no board")):
        ended = tlsbench("boards", cwd=tmp_path, environment={"TLSBENCH_PLATFORMS": str(folder)})
        assert ended.status == 2
        told = f"TLSBENCH_PLATFORMS: {folder} {said}"
        assert "".join(told.split()) in "".join(ended.output.split())  # a long path is broken anywhere


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "handshek"], "there is no suite 'handshek'; there are: handshake, ram, blocking, network"),
        (["run", "--profile", "tiny"], "'tiny' is not one of 'default', 'small'"),
        (["run", "ram", "--", "--nosuchoption"], "nosuchoption"),
        (["measure", "--seed", "-1"], "out of range"),
        (["measuer"], "No such command"),
        (["report", "nowhere"], "there is no run nowhere; out holds no finished run"),
        (["report", "."], ".: holds no result.json: it is no run"),
        (["peer", "tls", "--flaw", "rotten"], "choose one of"),
        (["peer", "dtls", "--mtu", "100"], "mtu: no peer sends datagrams of 100 bytes"),
        (["peer", "tls", "--keylog", "/nonexistent/k"], "/nonexistent/k: keys cannot be logged here (No such file"),
        (["peer", "dtls", "--keylog", "/nonexistent/k"], "/nonexistent/k: keys cannot be logged here (No such file"),
        (["app", "https-hello", "--set", "nokey=1"], "nokey: https-hello has no such key; it has: secure, host"),
        (["peer", "tls", "--address", "nonsense"], "address: 'nonsense' is no IPv4 address; choose one of this"),
        (["peer", "tls", "--address", "192.0.2.1"], "address: cannot listen on 192.0.2.1:0: Cannot assign"),
    ],
)
def test_wrong_usage_is_status_2_and_says_what_would_be_right(arguments: list[str], said: str, tmp_path: Path) -> None:
    ended = tlsbench(*arguments, cwd=tmp_path)
    assert ended.status == 2, ended.output
    assert said in ended.output
    assert "Traceback" not in ended.output


@pytest.mark.usefixtures("agent_image")
def test_measure_prints_the_phases(tmp_path: Path) -> None:
    ended = tlsbench("measure", "--board", BOARD, cwd=tmp_path)
    assert ended.status == 0, ended.output
    for words in ("boot", "handshake", "transfer", "closed", "PASS", "entropy: injected"):
        assert words in ended.output


@pytest.mark.usefixtures("agent_image")
def test_measure_json_prints_the_record_and_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [TLSBENCH, "measure", "--json", "--seed", "7"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    record = json.loads(done.stdout)
    assert record == json.loads((tmp_path / "out" / "latest" / "result.json").read_text())
    assert (record["run"]["board"], record["run"]["seed"], record["run"]["entropy"]) == (BOARD, 7, "injected")
    handshake = {metric["name"] for metric in record["metrics"] if metric["phase"] == "handshake"}
    assert handshake >= {"instructions", "duration", "heap_peak", "stack_peak", "bytes_tx", "bytes_rx", "flights"}
    assert all(metric["method"] for metric in record["metrics"])


@pytest.mark.usefixtures("agent_image")
def test_a_run_that_passes_is_status_0_and_leaves_everything(tmp_path: Path) -> None:
    ended = tlsbench("run", suite(tmp_path), "--board", BOARD, "--seed", "1", cwd=tmp_path)
    assert ended.status == 0, ended.output
    for words in ("A Connection Is Made", "pass", "PASS", "report.html"):
        assert words in ended.output
    run = tmp_path / "out" / "latest"
    assert {path.name for path in run.iterdir()} == FILES
    assert "CLIENT_RANDOM" in (run / "keys.log").read_text()
    assert "tlsbench agent on mps2-an385" in (run / "console.log").read_text()
    assert ET.parse(run / "junit.xml").getroot().find("testsuite").get("tests") == "2"  # type: ignore[union-attr]
    record = json.loads((run / "result.json").read_text())
    assert [(test["name"], test["status"]) for test in record["tests"]] == [
        ("A Connection Is Made", "pass"),
        ("A Second Test Finds A Fresh Socket", "pass"),
    ]


@pytest.mark.usefixtures("agent_image")
def test_a_broken_limit_is_status_1_and_is_named(tmp_path: Path) -> None:
    file = suite(tmp_path, "Heap Peak Should Be At Most    1 KiB")
    ended = tlsbench("run", file, "--board", BOARD, cwd=tmp_path)
    assert ended.status == 1, ended.output
    assert "at most 1.0 KiB" in ended.output
    assert "FAIL" in ended.output
    record = json.loads((tmp_path / "out" / "latest" / "result.json").read_text())
    assert [test["status"] for test in record["tests"]] == ["fail", "pass"]
    assert "too much" in record["tests"][0]["message"]
    assert tlsbench("report", tmp_path / "out" / "latest", cwd=tmp_path).status == 1


@pytest.mark.usefixtures("agent_image")
def test_options_behind_two_dashes_go_to_robot(tmp_path: Path) -> None:
    ended = tlsbench("run", suite(tmp_path), "--board", BOARD, "--", "--test", "*Second*", cwd=tmp_path)
    assert ended.status == 0, ended.output
    assert "A Connection Is Made" not in ended.output


@pytest.mark.usefixtures("agent_image")
def test_a_fault_fails_its_test_by_name_and_the_next_one_finds_a_fresh_board(tmp_path: Path) -> None:
    text = SUITE.replace("    LIMIT\n", "    Stop The Firmware\n")
    text += """
*** Keywords ***
Stop The Firmware
    ${bench}    Get Library Instance    tlsbench.Bench
    VAR    ${calls}    ${{ __import__('tlsbench.link', fromlist=['calls']).calls }}
    Evaluate    $bench.session.agent.call($calls.fault($calls.FaultKind.HARD_FAULT), timeout_s=10)
"""
    file = tmp_path / "mine.robot"
    file.write_text(text)
    ended = tlsbench("run", file, "--board", BOARD, cwd=tmp_path)
    assert ended.status == 1, ended.output
    assert "the firmware stopped: HardFault in thread worker0" in " ".join(ended.output.split())
    record = json.loads((tmp_path / "out" / "latest" / "result.json").read_text())
    assert [test["status"] for test in record["tests"]] == ["fail", "pass"]


def test_a_peer_by_hand_serves_and_tells_what_it_saw(tmp_path: Path) -> None:
    with subprocess.Popen(
        [TLSBENCH, "peer", "tls"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as peer:
        assert peer.stdout is not None
        told = dict(peer.stdout.readline().strip().split(": ", 1) for _ in range(2))
        context = ssl.create_default_context(cafile=told["CA file"])
        with (
            socket.create_connection(("127.0.0.1", int(told["port"])), timeout=60) as raw,
            context.wrap_socket(raw, server_hostname="server.tlsbench.test") as client,
        ):
            client.sendall(b"hello")
            assert client.recv(5) == b"hello"
        seen = ""
        while "ended:" not in seen:
            line = peer.stdout.readline()
            assert line, seen
            seen += line
        peer.terminate()
        assert peer.wait(timeout=60) == 143
    assert "TLSv1.2 ECDHE-ECDSA" in seen
    assert "server name server.tlsbench.test" in seen


def test_a_peer_by_hand_tells_of_a_connection_while_an_earlier_one_still_is(tmp_path: Path) -> None:
    with subprocess.Popen(
        [TLSBENCH, "peer", "tls"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as peer:
        assert peer.stdout is not None
        port = int(peer.stdout.readline().removeprefix("port: "))
        deadline = threading.Timer(30, peer.kill)
        deadline.start()
        with socket.create_connection(("127.0.0.1", port), timeout=60):
            for number in (2, 3):
                socket.create_connection(("127.0.0.1", port), timeout=60).close()
                while f"session {number} from" not in (line := peer.stdout.readline()):
                    assert line, f"nothing is told of session {number}"
        deadline.cancel()
        peer.terminate()
        assert peer.wait(timeout=60) == 143


def test_a_datagram_peer_by_hand_serves_too(tmp_path: Path) -> None:
    with subprocess.Popen(
        [TLSBENCH, "peer", "dtls", "--mtu", "600"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as peer:
        assert peer.stdout is not None
        told = dict(peer.stdout.readline().strip().split(": ", 1) for _ in range(4))
        command = [*told["try"].split(), "-quiet", "-verify_return_error"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
            assert client.stdin is not None
            assert client.stdout is not None
            client.stdin.write("hello\n")
            client.stdin.flush()
            assert client.stdout.readline() == "hello\n"
            client.terminate()
        peer.terminate()
        assert peer.wait(timeout=60) == 143


@pytest.mark.usefixtures("agent_image")
def test_the_console_shows_what_the_board_prints(tmp_path: Path) -> None:
    with subprocess.Popen(
        [TLSBENCH, "console", "--board", BOARD],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as console:
        assert console.stdout is not None
        assert console.stdout.readline().startswith("tlsbench agent on mps2-an385, profile default")
        console.terminate()
        assert console.wait(timeout=60) == 143
