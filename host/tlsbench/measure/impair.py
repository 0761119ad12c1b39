"""What may happen to datagrams on their way: a filter of the wire tap for one port."""

from __future__ import annotations

from collections.abc import Callable, Collection
from threading import RLock
from typing import Literal

from tlsbench.measure.frames import Datagram, packet_of
from tlsbench.measure.traffic import Direction, Frame

Way = Literal["to target", "from target"]
Damage = Literal["lose", "duplicate", "swap", "corrupt"]

_UDP_CHECKSUM = 6


class Impairment:
    """A filter for `WireTap.filters`.

    Arguments:
        port: of the peer: only its datagrams are touched.
        way: which way they go.
        damage: ``lose``; ``duplicate``; ``swap`` (with the next one that comes); ``corrupt`` (the last byte changes,
            and the network does not notice).
        numbers: which ones, counted from 1 from now on; none means all.

    Attributes:
        count: datagrams that came so far.
        touched: how many of them something happened to.
    """

    def __init__(self, port: int, way: Way, damage: Damage, numbers: Collection[int] = ()) -> None:
        self.count = 0
        self.touched = 0
        self._port = port
        self._direction = Direction.RX if way == "to target" else Direction.TX
        self._damage = damage
        self._numbers = frozenset(numbers)
        self._held: list[Frame] = []
        self._lock = RLock()

    def __call__(self, frame: Frame, forward: Callable[[Frame], None]) -> None:
        """See `measure.wire.Filter`."""
        start = self._payload_of(frame)
        if start is None:
            forward(frame)
            return
        with self._lock:
            self.count += 1
            held, self._held = self._held, []
            swapped = self._damage == "swap" and bool(held)  # already, by the one before
            chosen = (not self._numbers or self.count in self._numbers) and not swapped
            self.touched += chosen
            out = [frame]
            if chosen and self._damage == "swap":
                out = []
                self._held = [frame]
            elif chosen and self._damage == "lose":
                out = []
            elif chosen and self._damage == "duplicate":
                out = [frame, frame]
            elif chosen and self._damage == "corrupt":
                out = [_corrupted(frame, start)]
        for each in out + held:
            forward(each)

    def _payload_of(self, frame: Frame) -> int | None:
        """Where the UDP header of a datagram that is meant begins."""
        packet = packet_of(frame.data) if frame.direction is self._direction else None
        datagram = packet and Datagram.read(frame.data, packet)
        if packet is None or datagram is None:
            return None
        port = datagram.source_port if self._direction is Direction.RX else datagram.destination_port
        return packet.start if port == self._port else None


def _corrupted(frame: Frame, start: int) -> Frame:
    data = bytearray(frame.data)
    packet = packet_of(frame.data)
    assert packet is not None
    data[packet.end - 1] ^= 0x55
    data[start + _UDP_CHECKSUM : start + _UDP_CHECKSUM + 2] = bytes(2)  # none (RFC 768), so that it is not dropped here
    return Frame(frame.direction, bytes(data))
