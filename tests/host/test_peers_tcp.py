"""The life of a peer: ports, threads, waiting, errors."""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from pathlib import Path

import pytest
from killed import killed_bench
from tls_client import plain, receive

from tlsbench.model.errors import ConfigError, PeerError, PortInUse
from tlsbench.peers import RefusedPort, Stage, TcpPeer, ports
from tlsbench.peers.behaviours import Behaviour, BehaviourFailed
from tlsbench.peers.connection import Connection, Signal
from tlsbench.peers.ports import owner_of_port
from tlsbench.peers.stream import Stream


def open_fds() -> set[str]:
    return {fd.name for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()}


def test_a_free_port_is_taken_and_given_back() -> None:
    with TcpPeer() as peer:
        assert peer.address == "127.0.0.1"
        assert peer.port > 0
    with TcpPeer(port=ports.free_port()) as peer:  # one that nobody else is handed meanwhile
        port = peer.port
    with pytest.raises(ConnectionRefusedError), plain(peer):
        pass
    with TcpPeer(port=port) as again:
        assert again.port == port


def test_a_port_can_be_taken_again_at_once_after_it_was_used() -> None:
    with TcpPeer("close", port=ports.free_port()) as peer, plain(peer) as client:
        assert client.recv(1) == b""
    with TcpPeer(port=peer.port) as again, plain(again) as client:
        client.sendall(b"x")
        assert receive(client, 1) == b"x"


def test_a_port_in_use_is_named_with_its_owner() -> None:
    with TcpPeer() as first, pytest.raises(PortInUse) as info:
        TcpPeer(port=first.port).start()
    assert f"port {first.port} on 127.0.0.1 is used by " in str(info.value)
    assert f"(process {os.getpid()}); choose another one" in str(info.value)


def test_nobody_owns_a_free_port() -> None:
    with RefusedPort() as refused:
        assert owner_of_port(refused.port) is None


def test_a_port_or_address_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="no port is 70000; choose 1 to 65535"):
        TcpPeer(port=70000).start()
    with pytest.raises(ConfigError, match=r"address: cannot listen on 192\.0\.2\.1:0: Cannot assign"):
        TcpPeer(address="192.0.2.1").start()
    with pytest.raises(PeerError, match="has a port only once it is started"):
        _ = TcpPeer().port


def test_a_refused_port_refuses_and_stays_reserved() -> None:
    with RefusedPort() as refused:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((refused.address, refused.port), 5)
        with pytest.raises(PortInUse):
            TcpPeer(port=refused.port).start()
    with TcpPeer(port=refused.port if refused._socket else 0):
        pass
    with pytest.raises(PeerError, match="known only once it is reserved"):
        _ = refused.port


def test_a_free_port_can_be_taken_and_is_none_that_the_system_hands_out() -> None:
    first, last = map(int, ports._HANDED_OUT.read_text().split())
    free = ports.free_port()
    assert not first <= free <= last
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as sock:
            sock.bind(("", free))


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_that_somebody_has_is_not_free(monkeypatch: pytest.MonkeyPatch, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", ports.free_port()))
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "_FIRST", port)
        monkeypatch.setattr(ports, "_LAST", port)
        with pytest.raises(PeerError, match=f"no port from {port} to {port} is free"):
            ports.free_port()


def test_nothing_is_left_after_the_stop() -> None:
    gc.collect()  # what the tests before have left may be closed at any time
    before, threads = open_fds(), set(threading.enumerate())
    for _ in range(3):
        with TcpPeer("sink") as peer, plain(peer) as client:
            client.sendall(b"x")
            peer.wait_until(lambda session: session.received == 1, 5, "a byte")
    del peer
    assert open_fds() == before
    assert set(threading.enumerate()) <= threads


def test_many_clients_are_served_at_the_same_time() -> None:
    with TcpPeer("echo") as peer:
        clients = [socket.create_connection((peer.address, peer.port), 5) for _ in range(20)]
        for number, client in enumerate(clients):
            client.sendall(bytes([number]))
        assert [receive(client, 1) for client in clients] == [bytes([number]) for number in range(20)]
        assert len(peer.sessions) == 20
        for client in clients:
            client.close()
        for number in range(1, 21):
            assert peer.wait_for_session(5, number=number, stage=Stage.ENDED).received == 1


def test_stop_may_be_called_twice_and_start_only_once() -> None:
    peer = TcpPeer().start()
    with pytest.raises(PeerError, match=r"TCP peer on 127\.0\.0\.1:\d+ \(echo\) was started before"):
        peer.start()
    peer.stop()
    peer.stop()


def test_waiting_ends_at_the_deadline_with_evidence() -> None:
    with TcpPeer() as peer:
        started = time.monotonic()
        with pytest.raises(PeerError, match=r"waited 0\.2 s in vain for a connection to be established") as info:
            peer.wait_for_session(0.2)
        assert 0.2 <= time.monotonic() - started < 15
        assert "no connection" in str(info.value)
        with plain(peer) as client:
            client.sendall(b"12345")
            peer.wait_until(lambda session: session.sent == 5, 5, "the echo")
            with pytest.raises(PeerError, match=r"in vain for six bytes") as info:
                peer.wait_until(lambda session: session.received == 6, 0.1, "six bytes")
        assert "session 1 from 127.0.0.1:" in str(info.value)
        assert "application data: 5 from the client, 5 to it" in str(info.value)


def test_a_session_can_be_waited_for_by_number() -> None:
    with TcpPeer() as peer:
        waiter: list[int] = []
        thread = threading.Thread(target=lambda: waiter.append(peer.wait_for_session(5, number=2).number))
        thread.start()
        with plain(peer):
            peer.wait_for_session(5, number=1)
            assert thread.is_alive()
            with plain(peer):
                thread.join(5)
        assert waiter == [2]


class Bug(Behaviour):
    name = "bug"

    def serve(self, stream: Stream) -> None:
        stream.read()
        raise KeyError("oops")


class Judge(Behaviour):
    name = "judge"

    def serve(self, stream: Stream) -> None:
        raise BehaviourFailed("guilty")


class Stuck(Behaviour):
    name = "stuck"

    def on_accept(self, connection: Connection) -> None:
        release.wait(5)


release = threading.Event()


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [(Bug(), r"session 1: the behaviour broke: KeyError: 'oops'"), (Judge(), r"session 1: guilty")],
)
def test_what_goes_wrong_in_a_behaviour_is_told_to_who_waits(behaviour: Behaviour, message: str) -> None:
    with TcpPeer(behaviour) as peer, plain(peer) as client:
        client.sendall(b"x")
        with pytest.raises(PeerError, match=message) as info:
            peer.wait_for_session(5, stage=Stage.ENDED)
        assert "session 1 from 127.0.0.1" in str(info.value)


def test_a_behaviour_that_does_not_end_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlsbench.peers.peer.STOP_S", 0.2)
    peer = TcpPeer(Stuck()).start()
    with plain(peer):
        peer.wait_for_session(5, stage=Stage.ACCEPTED)
        with pytest.raises(PeerError, match=r"did not stop within 0\.2 s: .*peer \d+ connection 1"):
            peer.stop()
    release.set()
    peer.stop()


def test_a_client_that_resets_is_told_from_one_that_closes() -> None:
    with TcpPeer() as peer, plain(peer) as client:
        peer.wait_for_session(5)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
        assert peer.wait_for_session(5, stage=Stage.ENDED).ending == "reset"


def test_a_killed_bench_leaves_no_port() -> None:
    script = "from tlsbench.peers import *\npeer = TlsPeer(port=int(sys.argv[1])).start()\nprint(peer.port, flush=True)"
    with killed_bench(f"import sys\n{script}", str(ports.free_port())) as port:
        pass
    with TcpPeer(port=port):
        pass


def test_a_signal_wakes_everybody_and_can_be_cleared() -> None:
    gate = Signal()
    gate.clear()
    gate.set()
    gate.set()
    gate.clear()
    gate.close()
    gate.close()
