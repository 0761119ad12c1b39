"""The host's end of the offload stack: connections that do not come about, and what the next one is then."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest
from offload_target import StandIn, session

from tlsbench.model.nsapi import Nsapi
from tlsbench.offload.base import NSAPI_SOCKET
from tlsbench.offload.schema import pb
from tlsbench.offload.tls import LEVEL, OffloadedTls, Option
from tlsbench.peers import Authority
from tlsbench.peers.ports import free_port

LOOPBACK = 0x7F000001
KEEPALIVE = 1
YES, NO, ON = b"\1", b"\0", (1).to_bytes(4, "little")


@pytest.fixture
def target() -> Iterator[StandIn]:
    with session() as (target, _):
        target.opens(2)
        yield target


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


@pytest.fixture
def nobody() -> Iterator[socket.socket]:
    """Has a port where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock


def sets(target: StandIn, name: int, value: bytes, level: int = LEVEL) -> int:
    """Set an option of socket 2; the result."""
    ask = pb.Ask(level=level, name=name, total=len(value))
    return target.asks(2, data=value, set_option=ask).answer.result


def connects(target: StandIn, to: socket.socket) -> int:
    """Connect socket 2; the result."""
    before = len(target.of(2, "connected"))
    target.says(2, connect=pb.Endpoint(address=LOOPBACK, port=to.getsockname()[1]))
    target.wait(lambda: len(target.of(2, "connected")) > before)
    return target.of(2, "connected")[-1].connected


def secure(target: StandIn) -> None:
    """Have socket 2 do TLS."""
    for name, value in (
        (Option.SET_HOSTNAME, b"server.test"),
        (Option.SET_CACERT, Authority().root_der),
        (Option.ENABLE, YES),
    ):
        assert sets(target, name, value) == Nsapi.OK


def test_the_socket_after_a_failure_has_the_address_and_the_options(
    target: StandIn, listener: socket.socket, nobody: socket.socket
) -> None:
    port = free_port()
    assert target.asks(2, bind=pb.Ask(endpoint=pb.Endpoint(port=port))).answer.result == Nsapi.OK
    assert sets(target, KEEPALIVE, ON, NSAPI_SOCKET) == Nsapi.OK
    assert connects(target, nobody) == Nsapi.NO_CONNECTION
    assert target.asks(2, get_option=pb.Ask(level=NSAPI_SOCKET, name=KEEPALIVE, total=4)).data == ON
    with socket.create_server(("127.0.0.1", port)):  # somebody else has it meanwhile
        assert connects(target, listener) == Nsapi.ADDRESS_IN_USE
    assert connects(target, listener) == Nsapi.OK
    peer, address = listener.accept()
    with peer:
        assert address[1] == port
    assert target.asks(2, bind=pb.Ask(endpoint=pb.Endpoint())).answer.result == Nsapi.PARAMETER


def test_options_can_be_set_and_read_after_a_failure(
    target: StandIn, listener: socket.socket, nobody: socket.socket
) -> None:
    assert connects(target, nobody) == Nsapi.NO_CONNECTION
    assert sets(target, KEEPALIVE, ON, NSAPI_SOCKET) == Nsapi.OK
    assert connects(target, listener) == Nsapi.OK
    assert target.asks(2, get_option=pb.Ask(level=NSAPI_SOCKET, name=KEEPALIVE, total=4)).data == ON


def test_a_handshake_that_is_switched_off_leaves_a_socket_without_tls(target: StandIn, listener: socket.socket) -> None:
    secure(target)
    target.says(2, connect=pb.Endpoint(address=LOOPBACK, port=listener.getsockname()[1]))
    silent, _ = listener.accept()
    with silent:
        silent.settimeout(10)
        assert silent.recv(1) == b"\x16"  # the ClientHello's record (RFC 5246, section 6.2.1)
        assert sets(target, Option.SET_HOSTNAME, b"other.test") == Nsapi.BUSY
        assert sets(target, Option.ENABLE, NO) == Nsapi.OK
    assert connects(target, listener) == Nsapi.OK
    peer, _ = listener.accept()
    with peer:
        target.says(2, data=b"clear")
        assert peer.recv(5, socket.MSG_WAITALL) == b"clear"


def test_a_connection_whose_tls_cannot_begin_is_all_that_fails(
    target: StandIn, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def context(_: OffloadedTls) -> ssl.SSLContext:
        raise ssl.SSLError("ee key too small")

    secure(target)
    monkeypatch.setattr(OffloadedTls, "_context", context)
    assert connects(target, listener) == Nsapi.AUTH_FAILURE
    assert any("ee key too small" in note for note in target.notes)
    peer, _ = listener.accept()
    with peer:
        peer.settimeout(10)
        assert peer.recv(1) == b""
    assert sets(target, Option.ENABLE, NO) == Nsapi.OK
    assert connects(target, listener) == Nsapi.OK
