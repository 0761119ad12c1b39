"""The wire tap with a real target behind it: the firmware's own stack on the emulated board."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tlsbench import boards
from tlsbench.boards import Board
from tlsbench.link import Agent, Link, calls
from tlsbench.measure import cpu, stack
from tlsbench.measure.wire import WireTap
from tlsbench.peers import Authority, TlsPeer

NAME = "server.tlsbench.test"
SECRET = b"nobody on the wire can read this"


@contextmanager
def started(board: Board, run_dir: Path, nonce: int = 1) -> Iterator[Agent]:
    """The board's agent, started, with its network up."""
    with Link(board.stream, run_dir / f"console{nonce}.log") as link:
        agent = Agent(link)
        agent.start(nonce, bytes(64), int(time.time()) + 1)
        assert board.network is not None
        addresses = board.network.model_dump(include={"address", "netmask", "gateway", "dns"})
        assert agent.call(calls.network_up(**addresses)).ok
        yield agent


@contextmanager
def target(image: Path, run_dir: Path) -> Iterator[tuple[Agent, Board, WireTap]]:
    """The board, switched on, with its agent started and its network up."""
    with boards.open_board(boards.load("mps2-an385"), run_dir) as board:
        assert board.wire is not None
        assert board.network is not None
        board.wire.names[NAME] = board.network.host
        board.power_on(image)
        with started(board, run_dir) as agent:
            yield agent, board, board.wire


def handshake(agent: Agent, authority: Authority, port: int) -> None:
    [root] = agent.store(authority.root_pem + b"\0")
    for call in (
        calls.create("s", "tls"),
        calls.open("s"),
        calls.set_root_ca_cert("s", root),
        calls.connect_host("s", NAME, port),
    ):
        reply = agent.call(call)
        assert reply.ok, reply


def test_the_capture_of_a_handshake_opens_with_the_keys_inside(agent_image: Path, run_dir: Path) -> None:
    authority = Authority()
    with (
        TlsPeer(authority.server(chain=2), "echo", keylog=run_dir / "keys.log") as peer,
        target(agent_image, run_dir) as (agent, _, _),
    ):
        handshake(agent, authority, peer.port)
        agent.call(calls.send("s", SECRET))
        assert agent.call(calls.recv("s", 100)).data == SECRET
    capture = run_dir / "capture.pcapng"
    assert SECRET not in capture.read_bytes()
    command = ["tshark", "-r", str(capture), "-q", "-z", "follow,tls,raw,0"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.count(SECRET.hex()) == 2, "what was sent, and its echo"


def test_a_handshake_is_four_flights_and_its_two_stack_measures_agree(agent_image: Path, run_dir: Path) -> None:
    authority = Authority()
    with TlsPeer(authority.server(chain=2), "echo") as peer, target(agent_image, run_dir) as (agent, board, wire):
        assert board.probe is not None
        for mark in (1, 3, 5):
            agent.mark(mark)
            wire.start("handshake")
            handshake(agent, authority, peer.port)
            counts, stats = wire.stop("handshake"), agent.mark(mark + 1)
            if not counts.retransmissions:
                break
            for call in (calls.close("s"), calls.delete("s")):  # this machine stopped for a while: once more
                assert agent.call(call).ok
        assert (counts.flights, counts.retransmissions) == (4, 0)
        assert counts.bytes_tx > counts.payload_tx > 200
        assert counts.bytes_rx > counts.payload_rx > 1000
        peaks = list(stack.metrics(stats.threads, board.probe.at_mark(mark + 1), None, fpu=False))
        exact = {metric.thread: metric.value for metric in peaks if metric.method == stack.EXACT}
        assert {"worker0", "agent", "lwip", "isr"} <= set(exact)
        work, idle = cpu.metrics(board.probe.at_mark(mark), board.probe.at_mark(mark + 1), None)
        assert 20_000_000 < work.value < 200_000_000
        assert idle.value < work.value / 1000, "while it waits it sleeps"


def test_the_target_knows_no_name_and_reaches_no_address_outside(agent_image: Path, run_dir: Path) -> None:
    with target(agent_image, run_dir) as (agent, _, wire):
        reply = agent.call(calls.resolve("www.debian.org"))
        assert "DNS_FAILURE" in str(reply)
        for call in (
            calls.create("s", "tcp"),
            calls.open("s"),
            calls.set_blocking("s", False),
            calls.connect("s", "192.0.2.1", 80),
        ):
            agent.call(call)
        deadline = time.monotonic() + 10
        while "192.0.2.1" not in wire.refused and time.monotonic() < deadline:
            time.sleep(0.01)
        assert wire.refused["192.0.2.1"] >= 1


def test_the_network_goes_on_over_a_reset_and_over_power_off(agent_image: Path, run_dir: Path) -> None:
    with boards.open_board(boards.load("mps2-an385"), run_dir) as board:
        assert board.wire is not None
        board.wire.names[NAME] = "10.0.2.2"
        board.wire.start("all")
        board.power_on(agent_image)
        for again, nonce in ((board.reset, 1), (board.power_on, 2), (lambda: None, 3)):
            with started(board, run_dir, nonce) as agent:
                assert agent.call(calls.resolve(NAME)).ok
            frames = board.wire.counts("all").frames_tx
            assert frames >= nonce * 2
            again()
