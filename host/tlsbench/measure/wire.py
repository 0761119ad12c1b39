"""The tap on a board's Ethernet: every frame between the emulator and its network goes through here.

It counts by window, writes the capture, answers DNS queries for the bench's own names, and keeps the target from
reaching anything but this machine. What it counts and writes is what crosses the target's own Ethernet.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from threading import RLock, Thread

from tlsbench.measure import names
from tlsbench.measure.frames import ARP, SYN, Datagram, Packet, dotted, ethertype, packet_of, segment_of
from tlsbench.measure.pcapng import Capture
from tlsbench.model.board import NetworkPlan

DNS_PORT = 53
BROADCAST = "255.255.255.255"
LARGEST_FRAME = 1 << 16
READ_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class WireCounts:
    """What crossed the target's Ethernet in one window.

    Arguments:
        bytes_tx, bytes_rx: bytes the target sent and received, Ethernet headers included, without FCS.
        frames_tx, frames_rx: Ethernet frames.
        payload_tx, payload_rx: TCP payload bytes, retransmissions excluded.
        flights: runs of TCP payload segments in one direction: two are one round trip. Retransmissions excluded.
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


class Direction(Enum):
    """Which way a frame goes, as the target sees it."""

    TX = "tx"
    RX = "rx"


@dataclass(frozen=True, slots=True)
class Frame:
    """One Ethernet frame, without FCS."""

    direction: Direction
    data: bytes


Forward = Callable[[Frame], None]
Filter = Callable[[Frame, Forward], None]
"""What may happen to a frame between target and network: it goes on by calling `forward`, now or later and from any
thread, once, twice or never. A filter that holds a frame for a time is a delay, one that drops it a loss."""

Connection = tuple[int, bytes, int]
"""A TCP connection of the target: its port, the other side's address and port."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One counted frame."""

    direction: Direction
    size: int
    connection: Connection | None = None
    fresh: int = 0  # TCP payload bytes that had not been seen before
    repeated: bool = False


class _Window:
    """Counts of one window, and the direction that each connection's payload last went within it."""

    def __init__(self) -> None:
        self.counts = WireCounts()
        self._last: dict[Connection, Direction] = {}

    def add(self, seen: _Seen) -> None:
        way, old = seen.direction.value, self.counts
        changes = {
            f"bytes_{way}": getattr(old, f"bytes_{way}") + seen.size,
            f"frames_{way}": getattr(old, f"frames_{way}") + 1,
            f"payload_{way}": getattr(old, f"payload_{way}") + seen.fresh,
            "retransmissions": old.retransmissions + seen.repeated,
        }
        if seen.connection is not None and seen.fresh and self._last.get(seen.connection) is not seen.direction:
            self._last[seen.connection] = seen.direction
            changes["flights"] = old.flights + 1
        self.counts = replace(old, **changes)


class _Pipe:
    """One way through the tap: frames come from one socket and, if nothing stops them, leave by another.

    QEMU's redirector writes each frame with its length before it, four bytes, the most significant first.
    """

    def __init__(self, direction: Direction, source: socket.socket, sink: socket.socket) -> None:
        self.direction = direction
        self.source = source
        self.sink = sink
        self.unsent = bytearray()
        self._unread = bytearray()

    def receive(self) -> tuple[list[Frame], bool]:
        """All frames that are there, and whether more may come."""
        frames: list[Frame] = []
        while True:
            try:
                data = self.source.recv(READ_BYTES)
            except BlockingIOError:
                return frames, True
            except OSError:
                return frames, False
            if not data:
                return frames, False
            self._unread += data
            frames += self._split()

    def _split(self) -> Iterator[Frame]:
        at, unread = 0, self._unread
        while len(unread) - at >= 4:
            size = int.from_bytes(unread[at : at + 4], "big")
            if len(unread) - at - 4 < size:
                break
            yield Frame(self.direction, bytes(unread[at + 4 : at + 4 + size]))
            at += 4 + size
        del unread[:at]

    def send(self, frame: bytes) -> None:
        self.unsent += len(frame).to_bytes(4, "big") + frame
        self.flush()

    def flush(self) -> None:
        try:
            while self.unsent:
                del self.unsent[: self.sink.send(self.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.unsent.clear()  # the emulator is gone; `Board.alive` tells


class WireTap:
    """The tap of one board.

    Arguments:
        plan: addresses on the board's network; the target reaches `plan.host` and nothing else.
        capture: file for the frames, in the pcapng format; None for no capture.
        interface: name of the interface in the capture.

    Attributes:
        names: host names that the tap answers for, with their IPv4 addresses; may be changed at any time.
        filters: what each frame goes through on its way, in either direction.
        key_log: TLS key log (NSS format); what it holds when the tap is closed goes into the capture.
        refused: how many frames to each destination were not let through.
    """

    def __init__(self, plan: NetworkPlan, capture: Path | None = None, interface: str = "target") -> None:
        self.names: dict[str, str] = {}
        self.filters: list[Filter] = []
        self.key_log: Path | None = None
        self.refused: Counter[str] = Counter()
        self._plan = plan
        self._capture = Capture(capture, interface) if capture else None
        self._windows: dict[str, _Window] = {}
        self._ends: dict[tuple[Connection, Direction], int] = {}
        self._lock = RLock()
        self._pipes: dict[Direction, _Pipe] = {}
        self._selector: selectors.BaseSelector | None = None
        self._thread: Thread | None = None

    # --- windows ---

    def start(self, key: str) -> None:
        """Open a window: count from now on under `key`. A window of that key that is open starts again."""
        with self._lock:
            self._pump()
            self._windows[key] = _Window()

    def counts(self, key: str) -> WireCounts:
        """What an open window counted. Every frame that the target sent until now is in it.

        Errors:
            KeyError: no such window is open.
        """
        with self._lock:
            self._pump()
            return self._windows[key].counts

    def stop(self, key: str) -> WireCounts:
        """Close a window and return its counts.

        Errors:
            KeyError: no such window is open.
        """
        with self._lock:
            counts = self.counts(key)
            del self._windows[key]
            return counts

    @contextmanager
    def window(self, key: str) -> Iterator[None]:
        """A window around a block of code; read it with `counts(key)` before the block ends."""
        self.start(key)
        try:
            yield
        finally:
            self.stop(key)

    # --- life ---

    def attach(
        self,
        from_target: socket.socket,
        to_network: socket.socket,
        from_network: socket.socket,
        to_target: socket.socket,
    ) -> None:
        """Start forwarding between the four streams of an emulator. The tap owns the sockets from now on."""
        self.detach()
        self._pipes = {
            Direction.TX: _Pipe(Direction.TX, from_target, to_network),
            Direction.RX: _Pipe(Direction.RX, from_network, to_target),
        }
        self._ends.clear()
        self._selector = selectors.DefaultSelector()
        for pipe in self._pipes.values():
            pipe.source.setblocking(False)
            pipe.sink.setblocking(False)
            self._selector.register(pipe.source, selectors.EVENT_READ)
        self._thread = Thread(target=self._run, args=(self._selector,), name="wire tap", daemon=True)
        self._thread.start()

    def detach(self) -> None:
        """Take what is still there, stop forwarding and close the sockets."""
        with self._lock:
            if self._selector is None:
                return
            self._pump()
            for pipe in self._pipes.values():
                for end in (pipe.source, pipe.sink):
                    with suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)  # wakes the thread
        assert self._thread is not None
        self._thread.join()
        for pipe in self._pipes.values():
            pipe.source.close()
            pipe.sink.close()
        self._selector.close()
        self._selector, self._thread, self._pipes = None, None, {}
        if self._capture:
            self._capture.flush()

    def close(self) -> None:
        """Detach and finish the capture, with the keys that are known by now."""
        self.detach()
        if self._capture:
            keys = self.key_log.read_bytes() if self.key_log and self.key_log.exists() else b""
            self._capture.close(keys)

    def _run(self, selector: selectors.BaseSelector) -> None:
        open_ends = True
        while open_ends:
            selector.select()
            with self._lock:
                open_ends = self._pump()

    # --- the way of a frame ---

    def _pump(self) -> bool:
        """Take every frame that is there and pass it on; the answer is whether the emulator is still there."""
        open_ends = bool(self._pipes)
        for pipe in self._pipes.values():
            pipe.flush()
            frames, more = pipe.receive()
            for frame in frames:
                if frame.direction is Direction.TX:
                    self._count(frame)
                self._filtered(frame)
            open_ends = open_ends and more
        for pipe in self._pipes.values():
            self._watch_unsent(pipe)
        return open_ends

    def _watch_unsent(self, pipe: _Pipe) -> None:
        assert self._selector is not None
        watched = pipe.sink in self._selector.get_map()
        if pipe.unsent and not watched:
            self._selector.register(pipe.sink, selectors.EVENT_WRITE)
        elif watched and not pipe.unsent:
            self._selector.unregister(pipe.sink)

    def _filtered(self, frame: Frame, first: int = 0) -> None:
        if first < len(self.filters):
            self.filters[first](frame, lambda passed: self._filtered(passed, first + 1))
            return
        with self._lock:
            if not self._pipes:
                return
            if frame.direction is Direction.RX:
                self._count(frame)
                self._pipes[Direction.RX].send(frame.data)
            else:
                self._to_network(frame)

    def _to_network(self, frame: Frame) -> None:
        """The network that the target sees: this machine, and a DNS server that knows the bench's names."""
        packet = packet_of(frame.data)
        if ethertype(frame.data) == ARP:
            self._pipes[Direction.TX].send(frame.data)
        elif packet is None:
            self.refused[f"ethertype 0x{ethertype(frame.data):04x}"] += 1
        elif self._is_dns(frame.data, packet):
            self._answer_dns(frame.data, packet)
        elif dotted(packet.destination) in (self._plan.host, BROADCAST):
            self._pipes[Direction.TX].send(frame.data)
        else:
            self.refused[dotted(packet.destination)] += 1

    def _is_dns(self, frame: bytes, packet: Packet) -> bool:
        datagram = Datagram.read(frame, packet)
        return datagram is not None and datagram.destination_port == DNS_PORT

    def _answer_dns(self, frame: bytes, packet: Packet) -> None:
        query = Datagram.read(frame, packet)
        reply = names.answer(query.payload, self.names) if query else None
        if query and reply:
            self._filtered(Frame(Direction.RX, query.answer(reply)))

    def _count(self, frame: Frame) -> None:
        if self._capture:
            self._capture.add(frame.data, time.time_ns(), outbound=frame.direction is Direction.TX)
        seen = self._classify(frame)
        for window in self._windows.values():
            window.add(seen)

    def _classify(self, frame: Frame) -> _Seen:
        size = len(frame.data)
        packet = packet_of(frame.data)
        segment = segment_of(frame.data, packet) if packet else None
        if packet is None or segment is None:
            return _Seen(frame.direction, size)
        if frame.direction is Direction.TX:
            connection = segment.source, packet.destination, segment.destination
        else:
            connection = segment.destination, packet.source, segment.source
        key = connection, frame.direction
        start = segment.sequence + bool(segment.flags & SYN)
        if segment.flags & SYN or key not in self._ends:
            self._ends[key] = start & 0xFFFF_FFFF
        ahead = (start + segment.size - self._ends[key]) & 0xFFFF_FFFF
        fresh = ahead if 0 < ahead < 1 << 31 else 0
        if fresh:
            self._ends[key] = (start + segment.size) & 0xFFFF_FFFF
        return _Seen(frame.direction, size, connection, min(fresh, segment.size), segment.size > 0 and fresh == 0)
