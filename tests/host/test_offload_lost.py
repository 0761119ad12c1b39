"""What the end of a session with the host leaves of a target's sockets: nothing that the host forgot counts as set."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from offload_line import NAME, on

from tlsbench import firmware
from tlsbench.link import Agent, Link, calls
from tlsbench.model.nsapi import Nsapi
from tlsbench.offload import Host
from tlsbench.offload.schema import pb
from tlsbench.offload.tls import LEVEL, Option
from tlsbench.peers import Authority, TcpPeer, TlsPeer
from tlsbench.peers.pki import SERVER_NAME
from tlsbench.peers.ports import free_port
from tlsbench.session.target import Target


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(key="ec")


@pytest.fixture(scope="module")
def target(platforms_of_tests: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The board whose TLS the host does."""
    image = firmware.image(NAME, configuration="offload-tls")
    with on(image, tmp_path_factory.mktemp("run")) as (target, _):
        yield target


class Watched(Host):
    """Keeps count of a connection.

    Attributes:
        all_sent: whether 1500 bytes went to the target.
        limits: of the connection, as the target told them.
    """

    def __init__(self, link: Link, names: Mapping[str, str]) -> None:
        super().__init__(link, names)
        self.all_sent = threading.Event()
        self.limits: list[int] = []
        self._sent = 0

    def send(self, message: pb.ToTarget) -> None:
        super().send(message)
        self._sent += len(message.data)
        if self._sent == 1500:
            self.all_sent.set()

    def take(self, message: bytes) -> None:
        heard = pb.ToHost.FromString(message)
        if heard.WhichOneof("what") == "limit":
            self.limits.append(heard.limit)
        super().take(message)


class Late(Host):
    """Its welcome to one session comes once more when the target has asked for the next."""

    def __init__(self, link: Link, names: Mapping[str, str]) -> None:
        super().__init__(link, names)
        self._late = b""

    def _write(self, message: bytes) -> None:
        if pb.ToTarget.FromString(message).HasField("welcome"):
            if self._late:
                super()._write(self._late)
            self._late = message
        super()._write(message)


class Evasive(Host):
    """Says of every name that the question would block."""

    def send(self, message: pb.ToTarget) -> None:
        if message.HasField("resolved"):
            message.resolved.result = Nsapi.WOULD_BLOCK
        super().send(message)


@contextmanager
def made(target: Target, name: str, kind: str, timeout_ms: int = 10_000) -> Iterator[Agent]:
    """An open socket, as long as the context lasts."""
    agent = target.agent
    for call in (calls.create(name, kind), calls.open(name), calls.set_timeout(name, timeout_ms)):
        assert agent.call(call).ok
    try:
        yield agent
    finally:
        assert agent.call(calls.delete(name)).ok


def restart(agent: Agent) -> None:
    """End the session with the host, and begin another."""
    assert agent.call(calls.network_down()).ok
    assert agent.call(calls.network_up()).ok


def trust(agent: Agent, name: str, authority: Authority) -> None:
    """Tell a TLSSocket what it has to know."""
    (root,) = agent.store(authority.root_der)
    assert agent.call(calls.set_root_ca_cert(name, root)).ok
    assert agent.call(calls.set_hostname(name, SERVER_NAME)).ok


def enable(agent: Agent, name: str, on: bool = True) -> None:
    assert agent.call(calls.setsockopt(name, LEVEL, Option.ENABLE, bytes([on]))).ok


def furnish(agent: Agent, name: str, authority: Authority) -> None:
    """Do by hand on a TCPSocket what a TLSSocket does."""
    (root,) = agent.store(authority.root_der)
    assert agent.call(calls.setsockopt(name, LEVEL, Option.SET_HOSTNAME, SERVER_NAME.encode())).ok
    assert agent.call(calls.setsockopt(name, LEVEL, Option.SET_CACERT, root)).ok
    enable(agent, name)


def test_a_socket_that_was_only_opened_is_the_next_session_s(target: Target) -> None:
    with TcpPeer("echo") as peer, made(target, "s", "tcp") as agent:
        restart(agent)
        restart(agent)
        assert agent.call(calls.connect("s", peer.address, peer.port)).ok


def test_a_socket_with_tls_enabled_never_connects_in_the_clear(target: Target, authority: Authority) -> None:
    with TcpPeer("echo") as peer, made(target, "s", "tcp") as agent:
        furnish(agent, "s", authority)
        connect = calls.connect("s", peer.address, peer.port)
        restart(agent)
        assert agent.call(connect).result == Nsapi.CONNECTION_LOST
        # One option of several: what the others said is forgotten.
        assert agent.call(calls.setsockopt("s", LEVEL, Option.SET_HOSTNAME, SERVER_NAME.encode())).ok
        for _ in range(3):
            assert agent.call(connect).result == Nsapi.CONNECTION_LOST
        assert not peer.sessions
        with TlsPeer(authority.server()) as secure:
            furnish(agent, "s", authority)
            connect = calls.connect("s", secure.address, secure.port)
            assert agent.call(connect).result == Nsapi.CONNECTION_LOST
            assert agent.call(connect).ok
            assert secure.wait_for_session(5).sni == SERVER_NAME


def test_a_bound_socket_is_lost(target: Target) -> None:
    with TcpPeer("echo") as peer, made(target, "s", "tcp") as agent:
        assert agent.call(calls.bind("s", 0)).ok
        restart(agent)
        assert agent.call(calls.connect("s", peer.address, peer.port)).result == Nsapi.CONNECTION_LOST
        assert agent.call(calls.getsockopt("s", 0, 0)).result == Nsapi.UNSUPPORTED


def test_who_waits_for_datagrams_at_a_bound_socket_is_told(target: Target) -> None:
    with made(target, "u", "udp", -1) as agent:
        assert agent.call(calls.bind("u", 0)).ok
        waiting = agent.begin(calls.recvfrom("u", 1), worker=1)
        restart(agent)
        assert waiting.wait(10).result == Nsapi.CONNECTION_LOST
        assert agent.call(calls.sendto("u", "127.0.0.1", 9, b"x")).result == Nsapi.CONNECTION_LOST
        assert agent.call(calls.bind("u", 0)).result == Nsapi.CONNECTION_LOST
        assert agent.call(calls.close("u")).ok
        assert agent.call(calls.open("u")).ok
        assert agent.call(calls.bind("u", 0)).ok


@pytest.mark.parametrize("before", ["set up", "failed", "connected"])
def test_a_tls_socket_can_be_set_up_and_connected_again(target: Target, authority: Authority, before: str) -> None:
    with TlsPeer(authority.server()) as peer, made(target, "s", "tls") as agent:
        trust(agent, "s", authority)
        connect = calls.connect("s", peer.address, peer.port)
        if before == "failed":
            with TlsPeer(authority.server(flaw="expired")) as stranger:
                bad = agent.call(calls.connect("s", stranger.address, stranger.port))
            assert bad.result == Nsapi.AUTH_FAILURE
        elif before == "connected":
            assert agent.call(connect).ok
        restart(agent)
        assert agent.call(connect).result == Nsapi.CONNECTION_LOST
        trust(agent, "s", authority)
        assert agent.call(connect).ok
        assert agent.call(calls.send("s", b"ping")).result == 4
        assert agent.call(calls.recv("s", 4)).data == b"ping"


def test_a_connect_under_way_fails_and_another_does_not_wait_for_ever(target: Target, authority: Authority) -> None:
    with TlsPeer(behaviour="silent") as peer, made(target, "s", "tls", 0) as agent:
        trust(agent, "s", authority)
        connect = calls.connect("s", peer.address, peer.port)
        assert agent.call(connect).result == Nsapi.IN_PROGRESS
        restart(agent)
        assert agent.call(connect).result == Nsapi.NO_CONNECTION
        assert agent.call(connect).result == Nsapi.IN_PROGRESS  # the host says at once that no name is set
        assert agent.call(calls.set_timeout("s", 5000)).ok
        assert agent.call(connect).result == Nsapi.PARAMETER


def test_a_connection_that_ended_is_not_connected_again(target: Target, authority: Authority) -> None:
    """Its socket has counted the bytes of the first one."""
    with TlsPeer(authority.server(), "echo") as peer, made(target, "s", "tls") as agent:
        trust(agent, "s", authority)
        connect = calls.connect("s", peer.address, peer.port)
        assert agent.call(connect).ok
        assert agent.call(connect).result == Nsapi.IS_CONNECTED
        (root,) = agent.store(authority.root_der)
        assert agent.call(calls.set_root_ca_cert("s", root)).result == Nsapi.IS_CONNECTED
        peer.stop()
        while agent.call(calls.send("s", b"x")).ok:
            pass
        for _ in range(3):
            assert agent.call(connect).result == Nsapi.CONNECTION_LOST


def test_switching_tls_off_ends_a_failure_that_nobody_has_heard_of(target: Target, authority: Authority) -> None:
    """As a TLSSocket does after its timeout: the host may have told of the failure just then."""
    with (
        TlsPeer(authority.server(flaw="expired")) as stranger,
        TlsPeer(authority.server()) as peer,
        made(target, "s", "tcp", 0) as agent,
    ):
        furnish(agent, "s", authority)
        assert agent.call(calls.connect("s", stranger.address, stranger.port)).result == Nsapi.IN_PROGRESS
        assert agent.call(calls.set_timeout("s", 10_000)).ok
        assert agent.call(calls.recv("s", 1)).result == Nsapi.AUTH_FAILURE
        assert agent.call(calls.set_timeout("s", 0)).ok
        enable(agent, "s", False)
        enable(agent, "s")
        assert agent.call(calls.connect("s", peer.address, peer.port)).result == Nsapi.IN_PROGRESS
        assert peer.wait_for_session(5).sni == SERVER_NAME


def test_a_late_welcome_is_none_to_the_next_session(platforms_of_tests: None, run_dir: Path) -> None:
    with on(firmware.image(NAME), run_dir) as (target, _):
        assert target.offload is not None
        target.offload.close()
        with Late(target.link, {"known.test": "127.0.0.1"}):
            target.agent.call(calls.network_down())  # unless it has heard by now that there is no such session
            assert target.agent.call(calls.network_up()).ok
            restart(target.agent)
            assert target.agent.call(calls.resolve("known.test")).ok


def test_a_name_that_would_block_is_not_found(platforms_of_tests: None, run_dir: Path) -> None:
    """The host says so at last, and says no more: who connects by name must not wait for it."""
    with on(firmware.image(NAME), run_dir) as (target, _):
        assert target.offload is not None
        target.offload.close()
        with Evasive(target.link, {}), made(target, "s", "tls") as agent:
            agent.call(calls.network_down())
            assert agent.call(calls.network_up()).ok
            assert agent.call(calls.connect_host("s", "known.test", 1)).result == Nsapi.DNS_FAILURE


def test_a_number_of_an_earlier_session_is_no_number_of_this_one(platforms_of_tests: None, run_dir: Path) -> None:
    """Each host counts the connections that it accepts from 3."""
    port = free_port()

    def accept(target: Target, name: str) -> socket.socket:
        with made(target, "l", "tcp") as agent:
            assert agent.call(calls.bind("l", port)).ok
            assert agent.call(calls.listen("l")).ok
            client = socket.create_connection(("127.0.0.1", port), timeout=10)
            assert agent.call(calls.accept("l", name)).ok
        return client

    image = firmware.image(NAME, configuration="offload-tls")
    with on(image, run_dir) as (target, _):
        agent = target.agent
        assert target.offload is not None
        target.offload.close()
        with Watched(target.link, {"known.test": "127.0.0.1"}) as first:
            agent.call(calls.network_down())  # unless it has heard by now that there is no such session
            assert agent.call(calls.network_up()).ok
            with accept(target, "old") as client:
                client.sendall(b"old" * 500)
                assert first.all_sent.wait(10)
                assert agent.call(calls.resolve("known.test")).ok  # the answer comes behind all that
        with Watched(target.link, {}) as second:
            agent.call(calls.network_down())
            assert agent.call(calls.network_up()).ok
            with accept(target, "new") as client:
                client.sendall(b"new")
                assert agent.call(calls.recv("new", 3)).data == b"new"
                for _ in range(3):
                    assert agent.call(calls.recv("old", 500)).result == 500
                assert agent.call(calls.recv("old", 500)).result == Nsapi.CONNECTION_LOST
                refused = agent.call(calls.setsockopt("old", LEVEL, Option.ENABLE, b"\0"))
                assert refused.result == Nsapi.CONNECTION_LOST
                assert not second.limits
