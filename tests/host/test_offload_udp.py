"""A datagram socket of the host's end by itself: what it does when messages to the target have to wait."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tlsbench.offload.base import HostSocket, Way
from tlsbench.offload.schema import pb
from tlsbench.offload.udp import HEAD_BYTES, UdpSocket

SIZE = 600
LOOPBACK = 0x7F000001


class Wire(Way):
    """A way to the target that has as much room as it is told."""

    room = 8
    data_room = 100

    def __init__(self) -> None:
        self.sent: list[pb.ToTarget] = []

    def send(self, message: pb.ToTarget) -> None:
        self.sent.append(message)

    def note(self, text: str) -> None:
        raise AssertionError(text)

    def next_number(self) -> int:
        raise AssertionError("nothing is accepted")

    def add(self, sock: HostSocket) -> None:
        raise AssertionError("nothing is accepted")

    @property
    def heads(self) -> int:
        """How many datagrams have begun."""
        return sum(one.HasField("datagram") for one in self.sent)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def ours(wire: Wire) -> Iterator[UdpSocket]:
    """Holds one datagram of `SIZE`, not two; three are there to be read."""
    one = UdpSocket(wire, 2, SIZE + HEAD_BYTES)
    with one.sock, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        assert one.bind(pb.Endpoint(address=LOOPBACK)) == 0
        for _ in range(3):
            peer.sendto(bytes(SIZE), one.sock.getsockname())
        yield one


def test_a_datagram_goes_on_though_its_room_came_while_no_message_could_be_sent(ours: UdpSocket, wire: Wire) -> None:
    ours.readable()
    ours.readable()
    assert (wire.heads, ours.wants_read, ours.wants_write) == (1, False, False)
    wire.room = 0
    ours.limit(2 * (SIZE + HEAD_BYTES))
    assert (wire.heads, ours.wants_write) == (1, False)
    wire.room = 8
    assert ours.wants_write
    ours.writable()
    assert (wire.heads, ours.wants_read) == (2, True)
    assert sum(len(one.data) for one in wire.sent) == 2 * SIZE
    ours.readable()
    assert (wire.heads, ours.wants_write) == (2, False)  # each was counted once
