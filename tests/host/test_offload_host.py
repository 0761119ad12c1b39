"""The host's end of the offload stack by itself: sockets on behalf of a stand-in target."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from offload_target import StandIn, session

from tlsbench.model.nsapi import Nsapi
from tlsbench.offload import Host
from tlsbench.offload.host import RESERVED
from tlsbench.offload.schema import pb
from tlsbench.offload.session import WINDOW
from tlsbench.offload.tcp import LIMIT
from tlsbench.peers.ports import free_port

LOOPBACK = 0x7F000001
LEVEL = 7000
KEEPALIVE, KEEPIDLE = 1, 2


@pytest.fixture
def pair() -> Iterator[tuple[StandIn, Host]]:
    with session() as both:
        yield both


@pytest.fixture
def target(pair: tuple[StandIn, Host]) -> StandIn:
    return pair[0]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where the target connects to. Its connections have little room: a peer that does not read is soon full."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        server.settimeout(10)
        yield server


def port_of(sock: socket.socket) -> int:
    port: int = sock.getsockname()[1]
    return port


# --- the session ---


def test_a_hello_that_is_said_twice_is_one_session(target: StandIn) -> None:
    first = target.session
    target.says_raw(session=0, hello=pb.Hello(frame_bytes=128, id=7))
    target.wait(lambda: len([one for one in target.loose if one.HasField("welcome")]) == 2)
    assert target.loose[-1].welcome.id == 7
    assert target.session == first


def test_another_hello_ends_what_was_open(target: StandIn, listener: socket.socket) -> None:
    assert target.connects(2, port_of(listener)) == Nsapi.OK
    peer, _ = listener.accept()
    old = target.session
    target.greets()
    with peer:
        peer.settimeout(10)
        assert peer.recv(1) == b""
    target.says_raw(session=old, sequence=1, socket=2)
    target.wait(lambda: any(one.unknown and one.session == old for one in target.loose))


def test_a_message_of_no_session_is_told_so() -> None:
    target = StandIn()
    with Host(target, {}):
        target.says_raw(session=77, sequence=1, socket=2)
        target.wait(lambda: any(one.unknown and one.session == 77 for one in target.loose))


def test_the_target_hears_something_every_second(target: StandIn) -> None:
    before = len(target.loose)
    target.wait(lambda: len(target.loose) >= before + 2, within_s=20)


def test_what_is_not_acknowledged_comes_again_and_what_comes_again_is_taken_once(
    pair: tuple[StandIn, Host], listener: socket.socket
) -> None:
    target, host = pair
    target.acknowledges = False
    target.opens(2)
    target.says(2, connect=pb.Endpoint(address=LOOPBACK, port=port_of(listener)))
    target.answer(2, "connected")
    target.wait(lambda: [one for one in target.loose if one.connected == 0 and one.HasField("connected")])
    assert host.counts[-1].resent > 0
    target.says(2, data=b"once")
    target.says_raw(sequence=3, socket=2, data=b"once")
    target.acknowledges = True
    target.says(2, data=b" and again")
    peer, _ = listener.accept()
    with peer:
        peer.settimeout(10)
        came = b""
        while len(came) < 14:
            came += peer.recv(100)
        assert came == b"once and again"


def test_what_is_missing_is_asked_for_at_once(pair: tuple[StandIn, Host]) -> None:
    target, host = pair
    target.says_raw(sequence=2, socket=2, data=b"too early")
    target.wait(lambda: any(one.again and one.ack == 0 for one in target.loose))
    target.damages()
    target.wait(lambda: host.counts[-1].damaged == 1)
    target.wait(lambda: any("1 frames were damaged" in note for note in target.notes))


def test_what_the_target_asks_for_again_comes_at_once() -> None:
    with session(baud=100) as (target, host):  # so slow that nothing comes again by itself for minutes
        target.acknowledges = False
        target.says(0, resolve=1, data=b"server.test")
        target.wait(lambda: target.heard)
        target.says_raw(ack=0, again=True)
        target.wait(lambda: host.counts[-1].resent == 1)


# --- TCP ---


def test_data_goes_both_ways_and_the_ends_are_told(target: StandIn, listener: socket.socket) -> None:
    assert target.connects(2, port_of(listener)) == Nsapi.OK
    peer, _ = listener.accept()
    with peer:
        peer.settimeout(10)
        target.says(2, data=b"ping")
        assert peer.recv(10) == b"ping"
        peer.sendall(b"pong" * 100)
        target.wait(lambda: len(target.data(2)) == 400)
        assert target.data(2) == b"pong" * 100
        peer.shutdown(socket.SHUT_WR)
        assert target.answer(2, "ended").ended == 0
        target.says(2, data=b"still there")
        target.says(2, close=True)
        assert peer.recv(20, socket.MSG_WAITALL) == b"still there"


def test_a_refused_and_a_reset_connection_are_told(target: StandIn, listener: socket.socket) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert target.connects(2, port_of(nobody)) == Nsapi.NO_CONNECTION
    assert target.connects(4, port_of(listener)) == Nsapi.OK
    peer, _ = listener.accept()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.close()
    assert target.answer(4, "ended").ended == Nsapi.CONNECTION_LOST


def test_whoever_waits_for_an_unknown_socket_hears_that_it_is_none(target: StandIn) -> None:
    target.says(88, connect=pb.Endpoint(address=LOOPBACK, port=80))
    assert target.answer(88, "connected").connected == Nsapi.NO_SOCKET
    for what in ("bind", "listen", "set_option", "get_option"):
        assert target.asks(88, **{what: pb.Ask(level=LEVEL)}).answer.result == Nsapi.NO_SOCKET


def test_the_board_reaches_this_machine_only(target: StandIn) -> None:
    assert target.connects(2, 80, address=0x08080808) == Nsapi.NO_CONNECTION
    assert any("8.8.8.8" in note for note in target.notes)
    target.opens(4, datagrams=True)
    target.says(4, datagram=pb.Endpoint(address=0x08080808, port=53, size=1), data=b"x")
    target.wait(lambda: sum("8.8.8.8" in note for note in target.notes) == 2)
    assert target.asks(4, bind=pb.Ask(endpoint=pb.Endpoint(address=0x08080808))).answer.result == Nsapi.PARAMETER


def test_a_peer_that_floods_is_read_only_as_far_as_the_target_takes_it(
    target: StandIn, listener: socket.socket
) -> None:
    assert target.connects(2, port_of(listener), limit=1000) == Nsapi.OK
    peer, _ = listener.accept()
    with peer:
        peer.settimeout(0.3)
        sent = 0
        with suppress(TimeoutError):
            while sent < 50_000_000:
                sent += peer.send(bytes(65536))
        assert sent < 50_000_000
        target.wait(lambda: len(target.data(2)) == 1000)
        target.says(2, limit=3000)
        target.wait(lambda: len(target.data(2)) == 3000)
        time.sleep(0.1)
        assert len(target.data(2)) == 3000


def test_a_peer_that_does_not_read_stops_the_target(target: StandIn, listener: socket.socket) -> None:
    assert target.connects(2, port_of(listener)) == Nsapi.OK
    peer, _ = listener.accept()
    limit = target.answer(2, "limit").limit
    sent = 0
    with peer:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            while left := min(1000, target.of(2, "limit")[-1].limit - sent):
                target.says(2, data=bytes(left))
                sent += left
            before = target.of(2, "limit")[-1].limit
            time.sleep(0.3)
            if target.of(2, "limit")[-1].limit == before:
                break
        assert limit == LIMIT
        assert sent < 5_000_000
        peer.settimeout(10)
        left = sent
        while left:  # all of it came, and the target may go on
            left -= len(peer.recv(65536))
        target.wait(lambda: target.of(2, "limit")[-1].limit >= sent + LIMIT // 2)


def test_a_target_that_keeps_to_no_limit_loses_its_connection(target: StandIn, listener: socket.socket) -> None:
    assert target.connects(2, port_of(listener)) == Nsapi.OK
    target.says(2, data=bytes(LIMIT + 1))
    assert target.answer(2, "ended").ended == Nsapi.DEVICE_ERROR
    target.says(2, close=True)
    target.opens(4, datagrams=True)
    target.says(4, datagram=pb.Endpoint(address=LOOPBACK, port=9, size=1 << 30), data=bytes(1000))
    target.says(4, data=bytes(1000))
    assert target.asks(4, bind=pb.Ask(endpoint=pb.Endpoint())).answer.result == Nsapi.OK


def test_data_that_nobody_acknowledges_fills_no_memory(pair: tuple[StandIn, Host], listener: socket.socket) -> None:
    target, host = pair
    assert target.connects(2, port_of(listener)) == Nsapi.OK
    peer, _ = listener.accept()
    with peer:
        target.says_raw(ack=len(target.heard))
        target.acknowledges = False
        most = host.counts[-1].sent + WINDOW - RESERVED
        peer.sendall(bytes(5000))
        target.wait(lambda: host.counts[-1].sent >= most)
        for rounds in (1, 2, 3):  # in each the host's end looks whether there is something to read
            target.damages()
            target.wait(lambda rounds=rounds: host.counts[-1].damaged == rounds)
        assert host.counts[-1].sent == most


def test_what_was_sent_before_close_still_goes_out(target: StandIn, listener: socket.socket) -> None:
    assert target.connects(2, port_of(listener)) == Nsapi.OK
    peer, _ = listener.accept()
    with peer:
        for _ in range(80):
            target.says(2, data=bytes(100))
        target.says(2, close=True)
        time.sleep(0.2)
        peer.settimeout(10)
        came = 0
        while data := peer.recv(1000):
            came += len(data)
        assert came == 8000


def test_a_listener_s_connections_come_one_after_the_other(target: StandIn) -> None:
    port = free_port()
    target.opens(2)
    assert target.asks(2, bind=pb.Ask(endpoint=pb.Endpoint(port=port))).answer.result == Nsapi.OK
    assert target.asks(2, listen=pb.Ask(value=2)).answer.result == Nsapi.OK
    target.opens(4)
    bind = pb.Ask(endpoint=pb.Endpoint(port=port))
    assert target.asks(4, bind=bind).answer.result == Nsapi.ADDRESS_IN_USE
    with socket.create_connection(("127.0.0.1", port)) as one, socket.create_connection(("127.0.0.1", port)) as two:
        incoming = target.answer(2, "incoming").incoming
        assert incoming.peer.port == port_of(one)
        assert incoming.connection % 2 == 1
        one.sendall(b"hello")
        time.sleep(0.1)
        assert not target.data(incoming.connection)
        target.says(incoming.connection, accept=100)
        target.wait(lambda: target.data(incoming.connection) == b"hello")
        target.wait(lambda: len(target.of(2, "incoming")) == 2)
        assert target.answer(2, "incoming").incoming.peer.port == port_of(two)
        target.says(target.answer(2, "incoming").incoming.connection, accept=100)
        with socket.create_connection(("127.0.0.1", port)) as three:
            target.wait(lambda: len(target.of(2, "incoming")) == 3)
            target.says(2, close=True)  # who was not accepted is sent away
            three.settimeout(10)
            assert three.recv(1) == b""
        target.says(target.of(2, "incoming")[1].incoming.connection, close=True)
        two.settimeout(10)
        assert two.recv(1) == b""
        target.says(incoming.connection, data=b"still there")
        one.settimeout(10)
        assert one.recv(20) == b"still there"


# --- UDP ---


def test_datagrams_stay_whole(target: StandIn) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(10)
        target.opens(2, limit=1000, datagrams=True)
        target.says(2, datagram=pb.Endpoint(address=LOOPBACK, port=port_of(peer), size=250), data=b"a" * 100)
        target.says(2, data=b"b" * 100)
        target.says(2, data=b"c" * 50)
        data, home = peer.recvfrom(2000)
        assert data == b"a" * 100 + b"b" * 100 + b"c" * 50
        peer.sendto(b"z" * 600, home)
        peer.sendto(b"y" * 600, home)  # there is no room for this one yet
        peer.sendto(b"", home)
        head = target.answer(2, "datagram")
        assert (head.datagram.port, head.datagram.size) == (port_of(peer), 600)
        target.wait(lambda: len(head.data) + len(target.data(2)) == 600)
        time.sleep(0.1)
        assert len(target.of(2, "datagram")) == 1
        target.says(2, limit=608 + 1000)
        target.wait(lambda: len(target.of(2, "datagram")) == 3)
        assert target.of(2, "datagram")[-1].datagram.size == 0
        peer.sendto(b"x" * 1000, home)
        target.wait(lambda: any("1000 bytes is lost" in note for note in target.notes))


# --- names and options ---


@pytest.mark.parametrize(
    ("name", "result", "address"),
    [(b"SERVER.test", 0, LOOPBACK), (b"server.test.", Nsapi.DNS_FAILURE, 0), (b"\xff", Nsapi.DNS_FAILURE, 0)],
)
def test_names_are_those_that_the_board_was_given(target: StandIn, name: bytes, result: int, address: int) -> None:
    target.says(0, resolve=7, data=name)
    answer = target.answer(0, "resolved").resolved
    assert (answer.query, answer.result, answer.address) == (7, result, address)


def test_options_keep_their_values_and_others_are_refused(target: StandIn) -> None:
    target.opens(2)
    value = (1).to_bytes(4, "little")
    ask = pb.Ask(level=LEVEL, name=KEEPALIVE, total=4)
    assert target.asks(2, get_option=ask).data == bytes(4)
    target.says(2, set_option=pb.Ask(id=90, level=LEVEL, name=KEEPALIVE, total=4), data=value[:3])
    astray = pb.Ask(level=LEVEL, name=KEEPALIVE, total=4, offset=1)  # is not kept, or it would fill memory
    assert target.asks(2, set_option=astray, data=value[:2]).answer.result == Nsapi.PARAMETER
    target.says(2, set_option=pb.Ask(id=91, level=LEVEL, name=KEEPALIVE, total=4, offset=3), data=value[3:])
    target.wait(lambda: {one.answer.id for one in target.of(0, "answer")} >= {90, 91})
    assert all(one.answer.result == Nsapi.OK for one in target.of(0, "answer") if one.answer.id in (90, 91))
    answer = target.asks(2, get_option=ask)
    assert (answer.data, answer.answer.total) == (value, 4)
    assert target.asks(2, get_option=pb.Ask(level=LEVEL, name=99, total=4)).answer.result == Nsapi.UNSUPPORTED
    assert target.asks(2, get_option=pb.Ask(level=1, name=1, total=4)).answer.result == Nsapi.UNSUPPORTED
    too_long = pb.Ask(level=LEVEL, name=KEEPALIVE, total=9000)
    assert target.asks(2, set_option=too_long).answer.result == Nsapi.NO_MEMORY
    target.opens(4, datagrams=True)  # there is none of TCP's
    assert target.asks(4, get_option=pb.Ask(level=LEVEL, name=KEEPIDLE, total=4)).answer.result == Nsapi.UNSUPPORTED


# --- ends ---


def test_nothing_outlives_the_host_s_end(listener: socket.socket) -> None:
    gc.collect()  # what the tests before have left may be closed at any time
    files = len(list(Path("/proc/self/fd").iterdir()))
    with session() as (target, _):
        for number in (2, 4, 6):
            assert target.connects(number, port_of(listener)) == Nsapi.OK
        target.opens(8, datagrams=True)
        peers = [listener.accept()[0] for _ in range(3)]
    for peer in peers:
        with peer:
            peer.settimeout(10)
            assert peer.recv(1) == b""
    assert len(list(Path("/proc/self/fd").iterdir())) == files
    assert not [thread for thread in threading.enumerate() if thread.name == "offload host"]
