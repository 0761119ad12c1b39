"""The DTLS peer, against OpenSSL as a client over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest
from dtls_client import SOON_S, Client, client_of
from OpenSSL import SSL

from tlsbench.model.errors import ConfigError, PeerError
from tlsbench.peers import Authority, DtlsPeer, Stage

AUTHORITY = Authority()
IDENTITY = AUTHORITY.server(chain=2)


@pytest.mark.parametrize("cookies", [True, False])
def test_a_handshake_and_an_echo(cookies: bool, run_dir: Path) -> None:
    keylog = run_dir / "keys.log"
    with DtlsPeer(IDENTITY, cookies=cookies, keylog=keylog) as peer, client_of(peer) as client:
        client.shake_hands()
        client.send(b"one")
        client.send(b"and two")
        assert client.recv() == b"one"
        assert client.recv() == b"and two"
        session = peer.wait_for_session(SOON_S)
        assert session.version == "DTLSv1.2"
        assert (session.hello_verify_requests > 0) is cookies  # one more for each time that the client asks again
        assert session.datagrams == [b"one", b"and two"]
        assert len(peer.sessions) == 1
    assert keylog.read_text().startswith("CLIENT_RANDOM ")


def test_no_datagram_is_longer_than_its_mtu() -> None:
    with DtlsPeer(IDENTITY, mtu=300) as peer, client_of(peer) as client:
        client.shake_hands()
        assert max(map(len, client.received)) <= 300
        assert len(client.received) > 5


def test_a_flight_can_be_one_datagram() -> None:
    with DtlsPeer(IDENTITY, mtu=4096, whole_flights=True, cookies=False) as peer, client_of(peer) as client:
        client.shake_hands()
        # A flight that comes again, as after a pause of the client's, is as long as it was.
        assert len(set(map(len, client.received))) == 2


def test_what_was_not_answered_is_sent_again() -> None:
    with DtlsPeer(IDENTITY, cookies=False) as peer, client_of(peer) as client:
        with pytest.raises(SSL.WantReadError):
            client.connection.do_handshake()
        client.flush()
        first = client.socket.recv(65536)
        again = client.socket.recv(65536)
        while again[25:60] != first[25:60]:  # the same message in a new record
            again = client.socket.recv(65536)
        assert again[:13] != first[:13]


def test_it_says_something_by_itself() -> None:
    with DtlsPeer(IDENTITY, "silent") as peer, client_of(peer) as client:
        client.shake_hands()
        peer.wait_for_session(SOON_S)
        peer.say(b"hello")
        assert client.recv() == b"hello"


def test_it_needs_a_handshake_to_say_something() -> None:
    with DtlsPeer(IDENTITY, "silent") as peer, client_of(peer) as client:
        client.socket.send(b"no record")
        peer.wait_for_session(SOON_S, stage=Stage.ACCEPTED)
        with pytest.raises(PeerError, match="session 1 is not connected"):
            peer.say(b"hello")


def test_a_goodbye_ends_the_session_and_the_next_one_is_new() -> None:
    with DtlsPeer(IDENTITY) as peer, client_of(peer) as client:
        client.shake_hands()
        client.connection.shutdown()
        client.flush()
        session = peer.wait_for_session(SOON_S, stage=Stage.ENDED)
        assert session.ending == "close_notify"
        client.connection = Client(peer).connection
        client.received.clear()
        with pytest.raises(SSL.WantReadError):
            client.connection.do_handshake()
        client.flush()
        peer.wait_for_session(SOON_S, number=2, stage=Stage.ACCEPTED)


def test_a_corrupt_record_is_dropped() -> None:
    with DtlsPeer(IDENTITY) as peer, client_of(peer) as client:
        client.shake_hands()
        client.connection.send(b"corrupt")
        record = client.connection.bio_read(65536)
        client.socket.send(record[:-1] + bytes([record[-1] ^ 1]))
        client.send(b"intact")
        assert client.recv() == b"intact"


@pytest.mark.parametrize(("options", "complaint"), [({"mtu": 100}, "100 bytes"), ({"ciphers": "NONE"}, "'NONE'")])
def test_a_wrong_option_is_refused(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        DtlsPeer(IDENTITY, **options)  # type: ignore[arg-type]
