"""Each behaviour of a peer, as a client meets it: on plain TCP, and inside TLS where that makes a difference."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from tls_client import context, plain, receive, tls

from tlsbench.link.pattern import pattern
from tlsbench.model.errors import ConfigError, PeerError
from tlsbench.peers import Authority, Stage, TcpPeer, TlsPeer, make_behaviour
from tlsbench.peers.behaviours import BEHAVIOURS, Drip, Prompted, Sink, Source, options_of

ENDED = Stage.ENDED
AUTHORITY = Authority()
IDENTITY = AUTHORITY.server()

Open = Callable[[TcpPeer], AbstractContextManager[socket.socket]]


def open_tls(peer: TcpPeer) -> AbstractContextManager[ssl.SSLSocket]:
    return tls(peer, context(AUTHORITY))


def tcp_peer(behaviour: str, **options: object) -> TcpPeer:
    return TcpPeer(behaviour, **options)  # type: ignore[arg-type]


def tls_peer(behaviour: str, **options: object) -> TcpPeer:
    return TlsPeer(IDENTITY, behaviour, **options)  # type: ignore[arg-type]


def send_until_full(client: socket.socket, data: bytes) -> int:
    """Sends until nothing has gone for the socket's timeout; returns what went."""
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < len(data):
            sent += client.send(data[sent : sent + 4096])
    return sent


both = pytest.mark.parametrize(("make", "connect"), [(tcp_peer, plain), (tls_peer, open_tls)], ids=["tcp", "tls"])
Make = Callable[..., TcpPeer]


@both
def test_echo_sends_everything_back(make: Make, connect: Open) -> None:
    data = pattern(100_000)
    with make("echo") as peer, connect(peer) as client:
        for start in range(0, len(data), 20_000):
            client.sendall(data[start : start + 20_000])
            assert receive(client, 20_000) == data[start : start + 20_000]
        session = peer.wait_until(lambda session: session.sent == len(data), 5, "all of it")
        assert session.received == len(data)
        assert session.received_head == data[:4096]


@pytest.mark.parametrize("when", ["accept", "handshake", "established"])
def test_flood_sends_warnings_without_end(when: str) -> None:
    """Well-formed ones, so that a client can't take them for an error."""
    with tcp_peer("flood", when=when) as peer, plain(peer) as client:
        data = receive(client, 70_000)
        assert data == b"\x15\x03\x03\x00\x02\x01\x5a" * 10_000
        client.close()
        assert peer.wait_for_session(5, stage=ENDED).ending == "reset"


def test_flood_comes_after_what_it_waits_for() -> None:
    with tls_peer("flood", when="established", after=5) as peer, open_tls(peer) as client:
        client.sendall(b"hello")
        assert client.recv(5) == b"hello"
        with pytest.raises(ssl.SSLError):
            client.recv(1)


def test_flood_comes_in_place_of_the_handshake() -> None:
    with tls_peer("flood", when="handshake") as peer, plain(peer) as client:
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)
    with tls_peer("flood", when="established") as peer, open_tls(peer) as client, pytest.raises(ssl.SSLError):
        client.recv(1)


@both
def test_source_sends_the_pattern_and_waits(make: Make, connect: Open) -> None:
    with make("source", length=50_000, seed=7, chunk=1000) as peer, connect(peer) as client:
        assert receive(client, 50_000) == pattern(50_000, 7)
        session = peer.wait_until(lambda session: session.sent == 50_000, 5, "all of it")
        assert session.stage is Stage.ESTABLISHED


@both
def test_source_closes_when_told_to(make: Make, connect: Open) -> None:
    with make("source", length=10, close=True) as peer, connect(peer) as client:
        assert receive(client, 100) == pattern(10)
        client.close()
        assert peer.wait_for_session(5, stage=ENDED).ending == "closed by the peer"


@both
def test_sink_accepts_the_pattern(make: Make, connect: Open) -> None:
    with make("sink", seed=3) as peer:
        with connect(peer) as client:
            client.sendall(pattern(70_000, 3))
            if isinstance(client, ssl.SSLSocket):
                client.unwrap()
        assert peer.wait_for_session(5, stage=ENDED).received == 70_000


@both
def test_sink_names_the_first_wrong_byte(make: Make, connect: Open) -> None:
    data = bytearray(pattern(70_000, 3))
    data[65_537] ^= 0xFF
    with make("sink", seed=3) as peer, connect(peer) as client:
        client.sendall(data)
        with pytest.raises(PeerError, match=r"session 1: byte 65537 from the client is 0x") as info:
            peer.wait_for_session(5, stage=ENDED)
        assert "application data:" in str(info.value)


@both
def test_a_paused_sink_fills_the_senders_window_until_it_is_resumed(make: Make, connect: Open) -> None:
    sink = Sink(seed=0, paused=True)
    make_it: Callable[..., TcpPeer] = TcpPeer if make is tcp_peer else lambda *a, **k: TlsPeer(IDENTITY, *a, **k)
    with make_it(sink, receive_buffer=4096) as peer, connect(peer) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        client.settimeout(0.2)
        data = pattern(4_000_000)
        sent = send_until_full(client, data)
        assert sent < len(data)
        assert peer.wait_for_session(5, stage=Stage.ACCEPTED).received == 0
        sink.resume()
        client.settimeout(5)
        for _ in range(8):
            sent += client.send(data[sent : sent + 4096])
        peer.wait_until(lambda session: session.received >= sent, 5, "everything that was sent")
        sink.pause()
        client.settimeout(0.2)
        assert sent + send_until_full(client, data[sent:]) < len(data)


def test_a_silent_peer_reads_and_never_answers() -> None:
    with TlsPeer(IDENTITY, "silent") as peer:
        with plain(peer) as sock:
            sock.settimeout(0.3)
            client = context(AUTHORITY).wrap_socket(sock, do_handshake_on_connect=False, server_hostname="a.example")
            with pytest.raises(TimeoutError):
                client.do_handshake()
            session = peer.wait_until(lambda session: session.hello is not None, 5, "a ClientHello")
            assert (session.sni, session.bytes_tx, session.stage) == ("a.example", 0, Stage.ACCEPTED)
            client.close()
        assert peer.wait_for_session(5, stage=ENDED).ending == "fin"


@both
def test_silent_after_the_handshake_takes_data_and_says_nothing(make: Make, connect: Open) -> None:
    with make("silent-after-handshake") as peer, connect(peer) as client:
        client.sendall(b"anybody there?")
        peer.wait_until(lambda session: session.received == 14, 5, "the question")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)


@both
def test_a_prompted_peer_speaks_when_it_is_told_to(make: Make, connect: Open) -> None:
    with make("prompted") as peer, connect(peer) as client:
        prompted = peer.behaviour
        assert isinstance(prompted, Prompted)
        client.sendall(b"say something")
        peer.wait_until(lambda session: session.received == 13, 5, "the demand")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(5)
        for line in (b"one", b"two"):
            prompted.say(line)
            assert receive(client, 3) == line
        client.close()
        peer.wait_for_session(5, stage=ENDED)


def test_drip_sends_the_handshake_byte_by_byte() -> None:
    with TlsPeer(IDENTITY, "drip", interval="1 ms") as peer, plain(peer) as sock:
        sock.settimeout(5)
        client = context(AUTHORITY)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        half = client.wrap_bio(incoming, outgoing, server_hostname="server.tlsbench.test")
        pieces = []
        while True:
            try:
                half.do_handshake()
                break
            except ssl.SSLWantReadError:
                if data := outgoing.read():
                    sock.sendall(data)
                piece = sock.recv(65536)
                pieces.append(len(piece))
                incoming.write(piece)
        session = peer.wait_for_session(5)
        assert session.handshake_flights == 4
        assert session.handshake_bytes_tx == sum(pieces)
        # A machine that was busy may join any of them, but all of them took their time.
        assert 1 in pieces
        assert session.handshake_s is not None
        assert session.handshake_s >= 0.001 * sum(pieces)


def test_slow_keeps_a_client_waiting() -> None:
    with TcpPeer("slow", delay="300 ms") as peer, plain(peer) as client:
        started = time.monotonic()
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        assert 0.3 <= time.monotonic() - started < 15


@pytest.mark.parametrize("make", [tcp_peer, tls_peer])
def test_close_after_accept_is_a_fin(make: Make) -> None:
    with make("close") as peer:
        with plain(peer) as client:
            assert client.recv(1) == b""
        assert peer.wait_for_session(5, stage=ENDED).ending == "closed by the peer"


@pytest.mark.parametrize("make", [tcp_peer, tls_peer])
def test_reset_after_accept_is_a_rst(make: Make) -> None:
    with make("reset") as peer:
        with pytest.raises(ConnectionResetError), plain(peer) as client:  # the reset may be as quick as the connect
            client.recv(1)
        assert peer.wait_for_session(5, stage=ENDED).ending == "reset by the peer"


@pytest.mark.parametrize(
    ("behaviour", "error"), [("close", ssl.SSLError), ("reset", ConnectionResetError)], ids=["close", "reset"]
)
def test_the_end_can_come_in_the_handshake(behaviour: str, error: type[Exception]) -> None:
    with TlsPeer(IDENTITY, behaviour, when="handshake") as peer:
        with pytest.raises(error), open_tls(peer):
            pass
        session = peer.wait_for_session(10, stage=ENDED)
        assert session.records_rx["handshake"] == 1
        assert session.bytes_tx == 0
        assert session.handshake_error is not None
        assert "instead of answering" in session.handshake_error


@both
def test_reset_can_come_after_some_data(make: Make, connect: Open) -> None:
    with make("reset", when="established", after=3) as peer, connect(peer) as client:
        client.sendall(b"abc")
        assert receive(client, 3) == b"abc"
        # The ssl module tells a reset as an EOF that breaks the protocol.
        with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
            client.recv(1)
        assert peer.wait_for_session(5, stage=ENDED).ending == "reset by the peer"


def test_close_notify_can_come_after_some_data() -> None:
    with TlsPeer(IDENTITY, "close", when="established", after="3 B") as peer, open_tls(peer) as client:
        client.sendall(b"abc")
        assert receive(client, 3) == b"abc"
        assert client.recv(1) == b""
        peer.wait_until(lambda session: session.records_tx["alert"] == 1, 5, "a close_notify to the client")


def test_close_without_close_notify_cuts_the_data_short() -> None:
    with TlsPeer(IDENTITY, "close", when="established", notify=False) as peer, open_tls(peer) as client:
        with pytest.raises(ssl.SSLError, match=r"UNEXPECTED_EOF|EOF occurred"):  # SSLEOFError in newer Pythons
            client.recv(1)
        client.close()
        assert peer.wait_for_session(5, stage=ENDED).records_tx["alert"] == 0


@both
def test_a_half_open_peer_goes_on_receiving(make: Make, connect: Open) -> None:
    with make("half-open", after=1) as peer, connect(peer) as client:
        client.sendall(b"x")
        assert client.recv(10) == b"x"
        assert client.recv(10) == b""
        client.sendall(b"still here")
        assert peer.wait_until(lambda session: session.received == 11, 5, "the rest").stage is Stage.ESTABLISHED


@pytest.mark.parametrize("name", BEHAVIOURS)
@pytest.mark.parametrize("make", [tcp_peer, tls_peer])
def test_every_behaviour_stops_at_once_with_a_client_connected(name: str, make: Make) -> None:
    with make(name) as peer, contextlib.ExitStack() as connected:
        with contextlib.suppress(ConnectionError):  # some behaviours are quicker
            client = connected.enter_context(plain(peer))
            client.sendall(b"\x16\x03\x01\x02\x00")  # the beginning of a handshake that never goes on
        peer.wait_for_session(5, stage=Stage.ACCEPTED)
        started = time.monotonic()
        peer.stop()
        assert time.monotonic() - started < 4  # a close lingers for 5 s
        assert peer.sessions[0].stage is ENDED


@pytest.mark.parametrize(
    ("name", "known"), [("Half Open", "half-open"), ("silent_after_handshake",) * 2, ("SINK",) * 2]
)
def test_a_behaviour_is_known_by_its_name(name: str, known: str) -> None:
    assert make_behaviour(name).name == known.replace("_", "-").lower()


def test_options_may_be_text() -> None:
    assert make_behaviour("source", length="64 KiB", seed="9", close="yes") == Source(length=65536, seed=9, close=True)
    assert make_behaviour("drip", interval="50 ms") == Drip(interval=0.05)
    assert options_of("drip") == ["interval", "size"]
    assert options_of("sink") == ["seed", "paused"]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("shout", {}, "behaviour: no peer behaves like 'shout'; choose one of: close, drip, echo"),
        ("echo", {"loud": True}, "echo.loud: echo has no such option; it has: none"),
        ("close", {"delay": 1}, "close.delay: close has no such option; it has: when, after, notify"),
        ("close", {"when": "never"}, "close.when: 'never' will not do: Input should be 'accept', 'handshake' or 'est"),
        ("source", {"length": "a lot"}, "source.length: 'a lot' will not do: 'a lot' cannot be read as bytes; write"),
        ("source", {"seed": 256}, "source.seed: 256 will not do: Input should be less than or equal to 255"),
        ("drip", {"size": 0}, "drip.size: 0 will not do: Input should be greater than or equal to 1"),
        ("slow", {"delay": "-1 s"}, "slow.delay: '-1 s' will not do:"),
    ],
)
def test_a_bad_behaviour_or_option_is_named(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as info:
        make_behaviour(name, **options)
    assert message in str(info.value)


def test_options_go_with_a_name_only() -> None:
    with pytest.raises(ConfigError, match=r"options \(length\) go with the name of a behaviour only"):
        TcpPeer(Sink(), length=3)
