"""The keywords for certificates, peers and blocking calls, without a board: what they check, and how they fail."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from robot.api import SkipExecution
from tls_client import context, plain, receive, tls

from tlsbench.keywords.blocking import BlockingKeywords
from tlsbench.keywords.certificates import CertificateKeywords
from tlsbench.keywords.datagram import DatagramKeywords
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.peer import PeerKeywords
from tlsbench.link import calls
from tlsbench.link.answers import Reply
from tlsbench.measure.probe import CallCost
from tlsbench.model.errors import CallTimeout, CertificateError, ConfigError, PeerError
from tlsbench.model.nsapi import Nsapi
from tlsbench.model.result import Limit
from tlsbench.peers import Authority, TcpPeer
from tlsbench.session.sockets import RunningCall

SOON = timedelta(seconds=5)
AT_ONCE = timedelta(milliseconds=50)


@dataclass
class StandInSession:
    """As much of a run as these keywords touch."""

    keylog: Path
    kept: ExitStack = field(default_factory=ExitStack)
    limits: list[Limit] = field(default_factory=list)
    listen: str = "127.0.0.1"
    probe: Any = None
    agent: Any = None
    sockets: Any = None

    def keep(self, resource: AbstractContextManager[Any], until: str = "test") -> Any:
        return self.kept.enter_context(resource)

    def judge(self, limit: Limit) -> None:
        self.limits.append(limit)

    @property
    def board(self) -> Any:
        return SimpleNamespace(probe=self.probe)

    @property
    def target(self) -> Any:
        return SimpleNamespace(phase=None)

    @property
    def info(self) -> Any:
        return SimpleNamespace(name="a-board", network=None)


@pytest.fixture
def session(run_dir: Path) -> Iterator[StandInSession]:
    standing_in = StandInSession(run_dir / "keys.log")
    with standing_in.kept:
        yield standing_in


@pytest.fixture
def certificates(session: StandInSession) -> CertificateKeywords:
    return CertificateKeywords(session)  # type: ignore[arg-type]


@pytest.fixture
def peers(session: StandInSession) -> PeerKeywords:
    return PeerKeywords(session)  # type: ignore[arg-type]


@pytest.fixture
def blocking(session: StandInSession) -> BlockingKeywords:
    return BlockingKeywords(session)  # type: ignore[arg-type]


# --- certificates


def test_certificates_are_made_by_an_authority(certificates: CertificateKeywords) -> None:
    authority = certificates.create_authority("rsa", name="meters")
    assert len(certificates.create_server_certificate(authority, chain=3).chain) == 3
    client = certificates.create_client_certificate(authority, name="meter 7", key="ec")
    assert client.certificate.subject.rfc4514_string() == "CN=meter 7,O=meters"


def test_a_certificate_file_is_read_and_one_that_is_none_is_named(
    certificates: CertificateKeywords, tmp_path: Path
) -> None:
    file = tmp_path / "root.pem"
    file.write_bytes(Authority().root_pem)
    assert certificates.read_certificate(file) == file.read_bytes()
    file.write_text("to do: buy milk")
    with pytest.raises(CertificateError, match=r"root\.pem is no X\.509 certificate"):
        certificates.read_certificate(file)
    with pytest.raises(CertificateError, match=r"nowhere\.pem cannot be read: No such file"):
        certificates.read_certificate(tmp_path / "nowhere.pem")


# --- peers


def test_a_peer_tells_what_it_saw(peers: PeerKeywords, session: StandInSession) -> None:
    authority = Authority()
    peer = peers.start_tls_peer(authority.server(), "echo")
    with tls(peer, context(authority)) as client:
        seen = peers.peer_should_have_seen(
            peer, version="TLSv1.2", cipher_suite="ECDHE-ECDSA-*", server_name="*.test", client_certificate="none"
        )
        assert seen.round_trips == 2
        client.sendall(b"12345")
        peers.peer_should_have_received(peer, 5)
        assert receive(client, 5) == b"12345"
        client.unwrap()
    assert peers.get_peer_session(peer, ended=True).ending == "close_notify"
    assert "CLIENT_RANDOM" in session.keylog.read_text()


def test_what_a_peer_did_not_see_fails_with_what_it_saw(peers: PeerKeywords) -> None:
    authority = Authority()
    peer = peers.start_tls_peer(authority.server())
    with tls(peer, context(authority)) as client:
        client.sendall(b"123456")
        with pytest.raises(PeerError, match=r"in vain for server_name to be other") as info:
            peers.peer_should_have_seen(peer, server_name="other", within=AT_ONCE)
        assert "server name server.tlsbench.test" in str(info.value)
        with pytest.raises(KeywordFailure, match=r"6 bytes came, not 5"):
            peers.peer_should_have_received(peer, 5)
        with pytest.raises(PeerError, match=r"in vain for 7 bytes to arrive"):
            peers.peer_should_have_received(peer, 7, within=AT_ONCE)
        with pytest.raises(KeywordFailure, match=r"a peer cannot tell 'colour' of a connection; it can tell version, "):
            peers.peer_should_have_seen(peer, colour="blue")


def test_a_client_certificate_is_asked_for(peers: PeerKeywords, tmp_path: Path) -> None:
    authority = Authority()
    client = authority.client(name="meter 7")
    peer = peers.start_tls_peer(authority.server(), client_certificate="required", client_root=authority)
    with tls(peer, context(authority, client, tmp_path)):
        peers.peer_should_have_seen(peer, client_certificate="CN=meter 7,*")


def test_a_sink_is_paused_and_resumed(peers: PeerKeywords) -> None:
    peer = peers.start_tcp_peer("sink", paused="True", receive_buffer=4096)
    with plain(peer) as client:
        client.sendall(b"abc")
        with pytest.raises(PeerError):
            peers.peer_should_have_received(peer, 3, within=AT_ONCE)
        peers.resume_peer(peer)
        peers.peer_should_have_received(peer, 3)
        peers.pause_peer(peer)
    with pytest.raises(KeywordFailure, match=r"only a sink can be paused; this is a TCP peer on .* \(echo\)"):
        peers.pause_peer(peers.start_tcp_peer("echo"))


def test_a_prompted_peer_sends_what_it_is_told(peers: PeerKeywords) -> None:
    peer = peers.start_tcp_peer("prompted")
    with plain(peer) as client:
        peers.let_peer_send(peer, "grüezi")
        assert receive(client, 7) == "grüezi".encode()
    with pytest.raises(
        KeywordFailure, match=r"only a prompted peer sends what it is told; this is a TCP peer on .* \(ec"
    ):
        peers.let_peer_send(peers.start_tcp_peer("echo"), "hello")


def test_datagrams_are_counted_once_they_have_come(session: StandInSession) -> None:
    keywords = DatagramKeywords(session)  # type: ignore[arg-type]
    peer = keywords.start_udp_peer("silent")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, ThreadPoolExecutor() as others:
        client.connect((peer.address, peer.port))
        client.send(b"one")
        peer.wait_for_session(SOON.total_seconds())
        checked = others.submit(keywords.peer_should_have_received_datagrams, peer, count=2)
        client.send(b"other")
        checked.result()
    with pytest.raises(KeywordFailure, match="came, not 1 datagrams"):
        keywords.peer_should_have_received_datagrams(peer, count=1)
    with pytest.raises(PeerError, match="3 datagrams to arrive"):
        keywords.peer_should_have_received_datagrams(peer, count=3, within=AT_ONCE)
    with pytest.raises(KeywordFailure, match="not both"):
        keywords.peer_should_have_received_datagrams(peer, "one", count=1)


def test_peers_end_with_the_test(peers: PeerKeywords, session: StandInSession) -> None:
    peer, port = peers.start_tcp_peer(), peers.reserve_refused_port()
    session.kept.close()
    for number in (peer.port, port):
        with TcpPeer(port=number):
            pass


def test_a_peer_that_cannot_be_made_is_refused(peers: PeerKeywords) -> None:
    with pytest.raises(ConfigError, match="no peer behaves like 'shout'"):
        peers.start_tcp_peer("shout")
    with pytest.raises(ConfigError, match="drip has no such option; it has: interval, size"):
        peers.start_tcp_peer("drip", speed="slow")


# --- blocking


class StandInPending:
    """A request to the agent, answered or not."""

    id = 7

    def __init__(self, reply: Reply | None) -> None:
        self.reply = reply

    def wait(self, timeout_s: float) -> Reply:
        if self.reply is None:
            time.sleep(min(timeout_s, 0.02))
            raise CallTimeout(f"no answer in {timeout_s:g} s")
        return self.reply


def answer(call: calls.Call, result: int, blocked_us: int) -> RunningCall:
    """A call that has returned."""
    reply = Reply(7, call.text, result, started_us=1000, finished_us=1000 + blocked_us)
    return RunningCall(call, 0, StandInPending(reply))  # type: ignore[arg-type]


def going_on(elapsed_us: Callable[[], int], session: StandInSession) -> RunningCall:
    """A call that has not returned; the agent says for how long it goes on."""

    def status() -> Any:
        return SimpleNamespace(workers=[SimpleNamespace(request=7, elapsed_us=elapsed_us())])

    session.agent = SimpleNamespace(status=status)
    return RunningCall(calls.recv("tls", 10), 0, StandInPending(None))  # type: ignore[arg-type]


def test_a_call_blocks_for_as_long_as_the_target_says(blocking: BlockingKeywords, session: StandInSession) -> None:
    elapsed = iter([10_000, 150_000, 200_000])
    blocking.call_should_block(going_on(lambda: next(elapsed), session))
    assert not list(elapsed)


def test_a_call_that_returned_does_not_block(blocking: BlockingKeywords) -> None:
    with pytest.raises(KeywordFailure, match=r"the call does not block: recv\('tls', 10\) gave 3 after 0\.1 ms"):
        blocking.call_should_block(answer(calls.recv("tls", 10), 3, 100))


def test_a_call_that_the_target_does_not_make_is_told(
    blocking: BlockingKeywords, session: StandInSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tlsbench.keywords.blocking.WITHIN", AT_ONCE)
    with pytest.raises(KeywordFailure, match=r"should block for 50\.0 ms; the target says .* busy with it for 0 us"):
        blocking.call_should_block(going_on(lambda: 0, session), AT_ONCE)


def counts_sigio(session: StandInSession, counts: list[int]) -> list[calls.Call]:
    """A target whose callback was called so often, from one look to the next; gives the calls that it gets."""
    looks = iter(counts)
    made: list[calls.Call] = []

    def status() -> Any:
        return SimpleNamespace(socket=lambda name: SimpleNamespace(sigio_count=next(looks)))

    def call(call: calls.Call) -> Reply:
        made.append(call)
        return Reply(7, call.text, 0, started_us=0, finished_us=0)

    session.agent = SimpleNamespace(status=status)
    session.sockets = SimpleNamespace(call=call)
    return made


def test_sigio_is_at_rest_also_after_what_was_told_late(blocking: BlockingKeywords, session: StandInSession) -> None:
    made = counts_sigio(session, [1, 0])
    blocking.sigio_should_be_at_rest()
    assert [call.name for call in made] == ["sigio"]  # counted anew


def test_sigio_without_end_is_told(blocking: BlockingKeywords, session: StandInSession) -> None:
    counts_sigio(session, [1] * 100)
    with pytest.raises(KeywordFailure, match="sigio of 'tls' fired 1 times, and does so again and again"):
        blocking.sigio_should_be_at_rest(within=AT_ONCE)


def test_the_blocked_time_is_held_against_both_limits(blocking: BlockingKeywords, session: StandInSession) -> None:
    call = answer(calls.recv("tls", 10), Nsapi.WOULD_BLOCK, 500_300)
    low, high = timedelta(milliseconds=500), timedelta(milliseconds=600)
    assert blocking.call_should_have_blocked(call, at_least=low, at_most=high) == timedelta(microseconds=500_300)
    for limits in ({"at_least": high}, {"at_most": low}):
        with pytest.raises(
            KeywordFailure, match=r"NSAPI_ERROR_WOULD_BLOCK \(-3001\) after 500\.3 ms; that is not betw"
        ):
            blocking.call_should_have_blocked(call, **limits)
    assert next((limit.value, limit.at_most) for limit in session.limits) == (500_300, 600_000)


def test_a_call_that_goes_on_cannot_be_judged(blocking: BlockingKeywords, session: StandInSession) -> None:
    with pytest.raises(KeywordFailure, match=r"recv\('tls', 10\) has not returned yet"):
        blocking.call_should_have_blocked(going_on(lambda: 0, session))


def test_waiting_is_told_from_spinning(blocking: BlockingKeywords, session: StandInSession) -> None:
    call = answer(calls.recv("tls", 10), Nsapi.WOULD_BLOCK, 500_000)
    session.probe = SimpleNamespace(call=lambda _: CallCost(instructions=150_000, idle=9, thread=140_000))
    assert blocking.call_should_have_waited(call, 150_000) == 150_000
    with pytest.raises(
        KeywordFailure, match=r"executed 150000 instructions .* \(140000 of them in the thread that wai"
    ):
        blocking.call_should_have_waited(call, 149_999)


def test_what_a_board_cannot_count_is_absent(blocking: BlockingKeywords) -> None:
    with pytest.raises(SkipExecution, match="absent: a-board cannot measure the instructions of one call"):
        blocking.call_should_have_waited(answer(calls.recv("tls", 10), 0, 1))
