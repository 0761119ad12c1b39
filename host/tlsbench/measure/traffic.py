"""Counts Ethernet frames by window: bytes, payload, flights, retransmissions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tlsbench.measure.frames import SYN, Packet, packet_of, ports_of_datagram, segment_of
from tlsbench.model.metric import Metric, Phase

METHOD = "every Ethernet frame, counted by the wire tap"
FLIGHTS_METHOD = "runs of payload in one direction, counted by the wire tap, TCP's retransmissions excluded"

NETWORK_PORTS = {53, 67, 68}
"""DNS and DHCP: the network's own, no connection of an application's."""
HALF = 1 << 31
MASK = (1 << 32) - 1


class Direction(Enum):
    """Which way a frame goes, as the target sees it."""

    TX = "tx"
    RX = "rx"


@dataclass(frozen=True, slots=True)
class Frame:
    """One Ethernet frame, without FCS."""

    direction: Direction
    data: bytes


@dataclass(frozen=True, slots=True)
class WireCounts:
    """What crossed the target's Ethernet in one window.

    Arguments:
        bytes_tx, bytes_rx: bytes the target sent and received, Ethernet headers included, without FCS.
        frames_tx, frames_rx: Ethernet frames.
        payload_tx, payload_rx: payload bytes of TCP, retransmissions excluded, and of UDP but for DNS and DHCP.
        flights: runs of payload in one direction: two are one round trip. TCP's retransmissions excluded.
        retransmissions: TCP segments that carried only payload sent before.
    """

    bytes_tx: int = 0
    bytes_rx: int = 0
    frames_tx: int = 0
    frames_rx: int = 0
    payload_tx: int = 0
    payload_rx: int = 0
    flights: int = 0
    retransmissions: int = 0

    @property
    def packets(self) -> int:
        """Frames in both directions."""
        return self.frames_tx + self.frames_rx


def metrics(counts: WireCounts, phase: Phase | None) -> Iterator[Metric]:
    """The metrics of a window."""
    for name in ("bytes_tx", "bytes_rx", "packets"):
        yield Metric(name, getattr(counts, name), METHOD, phase)
    yield Metric("flights", counts.flights, FLIGHTS_METHOD, phase)


Connection = tuple[int, bytes, int]
"""A connection of the target, or a pair of UDP ports: its port, the other side's address and port."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One frame: its connection, if any, its payload bytes not seen before, whether all of them were."""

    direction: Direction
    size: int
    connection: Connection | None = None
    fresh: int = 0
    repeated: bool = False


class _Window:
    """Counts of one window, and the direction that each connection's payload last went within it."""

    def __init__(self) -> None:
        self.counts = WireCounts()
        self._last: dict[Connection, Direction] = {}

    def add(self, seen: _Seen) -> None:
        turned = seen.fresh > 0 and self._last.get(seen.connection or (0, b"", 0)) is not seen.direction
        if turned and seen.connection is not None:
            self._last[seen.connection] = seen.direction
        old, tx, rx = self.counts, seen.direction is Direction.TX, seen.direction is Direction.RX
        self.counts = WireCounts(
            bytes_tx=old.bytes_tx + tx * seen.size,
            bytes_rx=old.bytes_rx + rx * seen.size,
            frames_tx=old.frames_tx + tx,
            frames_rx=old.frames_rx + rx,
            payload_tx=old.payload_tx + tx * seen.fresh,
            payload_rx=old.payload_rx + rx * seen.fresh,
            flights=old.flights + turned,
            retransmissions=old.retransmissions + seen.repeated,
        )


class Traffic:
    """All windows of one tap. Not thread-safe: its owner sees to that."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._ends: dict[tuple[Connection, Direction], int] = {}

    def start(self, key: str) -> None:
        """Open a window; one of that key that is open starts again."""
        self._windows[key] = _Window()

    def counts(self, key: str) -> WireCounts:
        """What an open window counted so far; KeyError if there is none."""
        return self._windows[key].counts

    def stop(self, key: str) -> WireCounts:
        """Close a window; KeyError if there is none."""
        return self._windows.pop(key).counts

    def restart(self, key: str) -> WireCounts | None:
        """Close a window and open it again; None if it was not open."""
        ended = self._windows.get(key)
        self.start(key)
        return ended.counts if ended else None

    def add(self, frame: Frame) -> None:
        """Count a frame in every open window."""
        seen = self._look_at(frame)
        for window in self._windows.values():
            window.add(seen)

    def _look_at(self, frame: Frame) -> _Seen:
        size = len(frame.data)
        packet = packet_of(frame.data)
        if packet is None:
            return _Seen(frame.direction, size)
        segment = segment_of(frame.data, packet)
        if segment is None:
            source, destination, fresh = ports_of_datagram(frame.data, packet) or (0, 0, 0)
            if not fresh or {source, destination} & NETWORK_PORTS:
                return _Seen(frame.direction, size)
            return _Seen(frame.direction, size, _connection(frame.direction, packet, source, destination), fresh)
        connection = _connection(frame.direction, packet, segment.source, segment.destination)
        # Sequence numbers go round at 2^32; the newest end of the payload is where the next fresh byte belongs.
        key = connection, frame.direction
        start = segment.sequence + bool(segment.flags & SYN)
        end = self._ends.get(key)
        if end is None or segment.flags & SYN:
            end = self._ends[key] = start & MASK
        ahead = (start + segment.size - end) & MASK
        if segment.size == 0 or not 0 < ahead < HALF:
            return _Seen(frame.direction, size, connection, repeated=segment.size > 0)
        self._ends[key] = (start + segment.size) & MASK
        return _Seen(frame.direction, size, connection, fresh=min(ahead, segment.size))


def _connection(direction: Direction, packet: Packet, source: int, destination: int) -> Connection:
    if direction is Direction.TX:
        return source, packet.destination, destination
    return destination, packet.source, source
