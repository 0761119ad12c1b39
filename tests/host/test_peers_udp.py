"""The UDP peer: datagrams stay apart, and each client is a session."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tlsbench.model.errors import ConfigError, PeerError, PortInUse
from tlsbench.peers import Stage, UdpPeer

SOON_S = 5.0


@contextmanager
def client_of(peer: UdpPeer) -> Iterator[socket.socket]:
    """A UDP socket connected to the peer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(SOON_S)
        sock.connect((peer.address, peer.port))
        yield sock


def test_an_echo_sends_each_datagram_back() -> None:
    with UdpPeer() as peer, client_of(peer) as client:
        for data in (b"one", b"", b"and two"):
            client.send(data)
            assert client.recv(100) == data
        session = peer.wait_for_session(SOON_S)
        assert session.datagrams == [b"one", b"", b"and two"]
        assert (session.received, session.sent) == (10, 10)
        assert (session.bytes_rx, session.bytes_tx) == (10, 10)


def test_each_client_is_a_session() -> None:
    with UdpPeer("silent") as peer, client_of(peer) as first, client_of(peer) as second:
        first.send(b"first")
        peer.wait_for_session(SOON_S, number=1)
        second.send(b"second")
        peer.wait_for_session(SOON_S, number=2)
        assert [session.datagrams for session in peer.sessions] == [[b"first"], [b"second"]]
        peer.say(b"to the first", number=1)
        peer.say(b"to the newest")
        assert first.recv(100) == b"to the first"
        assert second.recv(100) == b"to the newest"
    assert [session.stage for session in peer.sessions] == [Stage.ENDED, Stage.ENDED]


def test_the_silent_one_does_not_answer() -> None:
    with UdpPeer("silent") as peer, client_of(peer) as client:
        client.send(b"hello")
        peer.wait_for_session(SOON_S)
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(100)


def test_it_needs_a_client_to_send_to() -> None:
    with UdpPeer("silent") as peer, pytest.raises(PeerError, match="no client 0 to send to"):
        peer.say(b"hello")


def test_a_client_that_has_gone_does_not_stop_it() -> None:
    with UdpPeer() as peer:
        with client_of(peer) as gone:
            gone.send(b"hello")
            peer.wait_for_session(SOON_S)
        peer.say(b"to nobody", number=1)
        with client_of(peer) as client:
            client.send(b"hello")
            assert client.recv(100) == b"hello"


def test_an_unknown_behaviour_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="a UDP peer cannot be 'drip'; choose one of: echo, silent"):
        UdpPeer("drip")  # type: ignore[arg-type]


def test_a_port_in_use_is_told() -> None:
    with UdpPeer() as peer, pytest.raises(PortInUse, match=f"port {peer.port} on 127.0.0.1 is "):
        UdpPeer(port=peer.port).start()
