"""The offload stack on a target, a process under sanitizers: suites, a line that does harm, a dead one."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from cli import tlsbench
from offload_line import NAME, SEED, connected, on

from tlsbench import boards, firmware
from tlsbench.link import calls
from tlsbench.model.nsapi import Nsapi
from tlsbench.offload import Host
from tlsbench.peers import Authority, TcpPeer, TlsPeer
from tlsbench.peers.ports import free_port
from tlsbench.session.application import Application, Launch

BYTES = 100_000
HARMED = 0.05
SILENCE_S = 3.0
"""`offload.silence-ms` of the board."""


@pytest.fixture(scope="module")
def image(platforms_of_tests: None) -> Path:
    return firmware.image(NAME)


def test_the_suites_pass(image: Path, tmp_path: Path) -> None:
    """Those in which the network does something; what a process measures is tested with the board `native`."""
    ended = tlsbench("run", "network", "tcp", "udp", "close", "failures", "data", "--board", NAME, cwd=tmp_path)
    assert ended.status == 0, ended.output


@pytest.mark.parametrize("receives", [True, False], ids=["to the target", "from the target"])
def test_data_is_whole_and_in_order_whatever_the_line_does(image: Path, run_dir: Path, receives: bool) -> None:
    peer = TcpPeer("source", seed=0, length=BYTES) if receives else TcpPeer("sink", seed=0)
    with on(image, run_dir, HARMED) as (target, line), peer:
        connected(target.agent, "s", peer.port)
        make = calls.recv_pattern if receives else calls.send_pattern
        reply = target.agent.call(make("s", BYTES), timeout_s=120)
        assert reply.result == BYTES, target.link.evidence()
        assert all(line.done.values()), line.done
        assert target.offload is not None
        counts = target.offload.counts[-1]
        assert (counts.resent if receives else counts.repeated + counts.gaps) > 0, counts
        assert counts.damaged > 0
    assert "sent again to the target" in (run_dir / "console.log").read_text()


def test_calls_end_by_their_timeouts_on_a_dead_line_and_the_network_goes_down(image: Path, run_dir: Path) -> None:
    with on(image, run_dir) as (target, line), TcpPeer("echo") as peer:
        agent = target.agent
        not_yet_silent = time.monotonic()  # the host's end says something from now on: that it is connected
        connected(agent, "s", peer.port)
        assert agent.call(calls.create("u", "udp")).ok
        assert agent.call(calls.open("u")).ok
        assert agent.call(calls.set_timeout("s", 300)).ok
        line.cut = True
        began = time.monotonic()
        receive = agent.call(calls.recv("s", 1))
        assert receive.result == Nsapi.WOULD_BLOCK
        assert 299_000 <= receive.blocked_us <= 2_500_000
        while (sent := agent.call(calls.send_pattern("s", 8192))).ok:
            assert time.monotonic() - began < SILENCE_S
        assert sent.result == Nsapi.WOULD_BLOCK
        assert agent.call(calls.set_timeout("s", -1)).ok
        lost = agent.call(calls.recv("s", 1), timeout_s=SILENCE_S * 5)
        assert lost.result == Nsapi.CONNECTION_LOST
        assert time.monotonic() - not_yet_silent >= SILENCE_S
        assert agent.call(calls.resolve("known.test")).result == Nsapi.NO_CONNECTION
        assert agent.call(calls.bind("u", 0)).result == Nsapi.NO_CONNECTION
        assert agent.call(calls.network_up(), timeout_s=20).result == Nsapi.NO_CONNECTION
        line.cut = False
        assert agent.call(calls.network_up(), timeout_s=20).ok
        assert agent.call(calls.resolve("known.test")).address == "127.0.0.1"
        assert agent.call(calls.bind("u", 0)).ok  # what was only opened is the new session's
        assert agent.call(calls.recv("s", 1)).result == Nsapi.CONNECTION_LOST
        assert agent.call(calls.close("s")).ok
        assert agent.call(calls.open("s")).ok
        assert agent.call(calls.connect("s", "127.0.0.1", peer.port)).ok


def test_another_host_s_end_is_no_end_of_the_old_session(image: Path, run_dir: Path) -> None:
    with on(image, run_dir) as (target, _), TcpPeer("echo") as peer:
        connected(target.agent, "s", peer.port)
        assert target.offload is not None
        target.offload.close()
        with Host(target.link, {}):
            target.agent.call(calls.send("s", b"x"))
            assert target.agent.call(calls.recv("s", 1), timeout_s=30).result == Nsapi.CONNECTION_LOST
            assert target.agent.call(calls.network_up(), timeout_s=20).ok


def test_a_listener_accepts_and_tells_who_came(image: Path, run_dir: Path) -> None:
    port = free_port()
    with on(image, run_dir) as (target, _):
        agent = target.agent
        for call in (calls.create("l", "tcp"), calls.open("l"), calls.bind("l", port), calls.listen("l", 2)):
            assert agent.call(call).ok
        assert agent.call(calls.set_timeout("l", 0)).ok
        assert agent.call(calls.accept("l", "one")).result == Nsapi.WOULD_BLOCK
        assert agent.call(calls.set_timeout("l", 10_000)).ok
        for name in ("one", "two"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                reply = agent.call(calls.accept("l", name), timeout_s=20)
                assert reply.ok, reply
                assert agent.call(calls.getpeername(name)).port == client.getsockname()[1]
                client.sendall(b"ping")
                assert agent.call(calls.recv(name, 4)).data == b"ping"
                assert agent.call(calls.send(name, b"pong")).result == 4
                assert client.recv(4, socket.MSG_WAITALL) == b"pong"
                assert agent.call(calls.close(name)).ok
                assert client.recv(1) == b""


def test_what_the_host_refuses_is_refused(image: Path, run_dir: Path) -> None:
    with on(image, run_dir) as (target, _):
        agent = target.agent
        assert agent.call(calls.create("s", "tcp")).ok
        assert agent.call(calls.open("s")).ok
        assert agent.call(calls.setsockopt("s", 1234, 1, bytes(4))).result == Nsapi.UNSUPPORTED
        assert agent.call(calls.getsockopt("s", 1234, 1)).result == Nsapi.UNSUPPORTED
        assert agent.call(calls.bind("s", 0, "192.0.2.1")).result == Nsapi.PARAMETER
        assert agent.call(calls.connect("s", "192.0.2.1", 80)).result == Nsapi.NO_CONNECTION
        assert "192.0.2.1" in target.link.console
        assert agent.call(calls.resolve("x" * 120)).result == Nsapi.PARAMETER


@pytest.mark.usefixtures("platforms_of_tests")
def test_an_application_without_the_agent_reads_the_line_itself(run_dir: Path) -> None:
    authority = Authority(key="ec")
    with (
        TlsPeer(authority.server(chain=2), "http", body="no agent") as peer,
        boards.open_board(boards.load(NAME), run_dir) as board,
    ):
        image = firmware.image(
            NAME, target="https-hello", values={"port": peer.port, "root-ca": authority.root_pem}, into=run_dir
        )
        launch = Launch("https-hello", image, SEED, {"server.tlsbench.test": "127.0.0.1"})
        with Application(board, run_dir / "console.log", launch) as application:
            application.wait_for_line("no agent", 60)
            assert application.wait_for_end(60) == 0
