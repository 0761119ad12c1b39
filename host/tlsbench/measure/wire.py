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
from pathlib import Path
from threading import RLock, Thread

from tlsbench.measure import names
from tlsbench.measure.frames import ARP, Datagram, dotted, ethertype, packet_of
from tlsbench.measure.pcapng import Capture
from tlsbench.measure.redirector import Pipe
from tlsbench.measure.traffic import Direction, Frame, Traffic, WireCounts, metrics
from tlsbench.model.board import NetworkPlan
from tlsbench.model.errors import WireError

__all__ = ["Direction", "Filter", "Forward", "Frame", "WireCounts", "WireTap", "metrics"]

DNS_PORT = 53
BROADCAST = "255.255.255.255"

Forward = Callable[[Frame], None]
Filter = Callable[[Frame, Forward], None]
"""What may happen to a frame between target and network: it goes on by calling `forward`, now or later and from any
thread, once, twice or never. A filter that holds a frame for a time is a delay, one that drops it a loss."""


class WireTap:
    """The tap of one board.

    Arguments:
        plan: addresses on the board's network; the target reaches `plan.host` and nothing else.
        capture: file for the frames, in the pcapng format; None for no capture.
        interface: name of the interface in the capture.

    Attributes:
        names: host names that the tap answers for, in lower case, with their IPv4 addresses; may change at any time.
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
        self._traffic = Traffic()
        self._lock = RLock()
        self._pipes: dict[Direction, Pipe] = {}
        self._selector: selectors.BaseSelector | None = None
        self._thread: Thread | None = None
        self._broke: Exception | None = None

    def check(self) -> None:
        """Return if every frame until now was passed on and counted as it should be.

        Errors:
            WireError: something broke while it was attached last; no frame has passed since. All that asks for counts
                raises this too.
        """
        if self._broke is not None:
            error = self._broke
            raise WireError(f"the tap on the board's network broke: {type(error).__name__}: {error}") from error

    # --- windows ---

    def start(self, key: str) -> None:
        """Open a window: count from now on under `key`. A window of that key that is open starts again."""
        with self._lock:
            self._pump()
            self._traffic.start(key)

    def counts(self, key: str) -> WireCounts:
        """What an open window counted. Every frame that the target sent until now is in it.

        Errors:
            KeyError: no such window is open.
        """
        with self._lock:
            self._pump()
            return self._traffic.counts(key)

    def stop(self, key: str) -> WireCounts:
        """Close a window and return its counts.

        Errors:
            KeyError: no such window is open.
        """
        with self._lock:
            self._pump()
            return self._traffic.stop(key)

    def restart(self, key: str) -> WireCounts | None:
        """Close a window and open it again with no frame between; returns the counts, or None if it was not open."""
        with self._lock:
            self._pump()
            return self._traffic.restart(key)

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
        selector = selectors.DefaultSelector()
        with self._lock:
            self._pipes = {
                Direction.TX: Pipe(Direction.TX, from_target, to_network),
                Direction.RX: Pipe(Direction.RX, from_network, to_target),
            }
            for pipe in self._pipes.values():
                selector.register(pipe.source, selectors.EVENT_READ)
            self._selector = selector
            self._broke = None
        self._thread = Thread(target=self._run, args=(selector,), name="wire tap", daemon=True)
        self._thread.start()

    def detach(self) -> None:
        """Take what is still there, stop forwarding and close the sockets."""
        if self._selector is None or self._thread is None:
            return
        with self._lock:
            with suppress(WireError):  # kept for whoever asks for the counts
                self._pump()
            for pipe in self._pipes.values():
                pipe.shut()
        self._thread.join()
        with self._lock:
            for pipe in self._pipes.values():
                pipe.close()
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
        there = True
        with suppress(WireError):  # kept for whoever asks for the counts
            while there:
                selector.select()
                with self._lock:
                    there = self._pump()

    def _pump(self) -> bool:
        """Take every frame that is there and pass it on; the answer is whether the emulator is still there."""
        self.check()
        try:
            return self._forward()
        except Exception as error:
            self._broke = error
            self.check()
            raise

    def _forward(self) -> bool:
        there = bool(self._pipes)
        for pipe in self._pipes.values():
            frames, more = pipe.receive()
            there = there and more
            for frame in frames:
                if frame.direction is Direction.TX:
                    self._count(frame)
                self._pass(frame)
        for pipe in self._pipes.values():
            pipe.flush()
            self._watch(pipe)
        return there

    def _watch(self, pipe: Pipe) -> None:
        """Wake up for room in the sink as long as something waits for it."""
        if self._selector is None:
            return
        watched = pipe.sink in self._selector.get_map()
        if pipe.unsent and not watched:
            self._selector.register(pipe.sink, selectors.EVENT_WRITE)
        elif watched and not pipe.unsent:
            self._selector.unregister(pipe.sink)

    # --- the way of a frame ---

    def _pass(self, frame: Frame, stage: int = 0) -> None:
        """Lead a frame through the filters from `stage` on, then out."""
        if stage < len(self.filters):
            self.filters[stage](frame, lambda passed: self._pass(passed, stage + 1))
            return
        with self._lock:
            if not self._pipes:
                return
            if frame.direction is Direction.TX:
                self._to_network(frame)
            else:
                self._count(frame)
                self._send(frame)

    def _to_network(self, frame: Frame) -> None:
        """The network that the target sees: this machine, and a DNS server that knows the bench's names."""
        packet = packet_of(frame.data)
        if packet is None:
            if ethertype(frame.data) == ARP:
                self._send(frame)
            else:
                self.refused[f"ethertype 0x{ethertype(frame.data):04x}"] += 1
            return
        datagram = Datagram.read(frame.data, packet)
        if datagram is not None and datagram.destination_port == DNS_PORT:
            answer = names.answer(datagram.payload, self.names)
            if answer is not None:
                self._pass(Frame(Direction.RX, datagram.answer(answer)))
        elif dotted(packet.destination) in (self._plan.host, BROADCAST):
            self._send(frame)
        else:
            self.refused[dotted(packet.destination)] += 1

    def _send(self, frame: Frame) -> None:
        pipe = self._pipes[frame.direction]
        pipe.send(frame.data)
        self._watch(pipe)

    def _count(self, frame: Frame) -> None:
        if self._capture:
            self._capture.add(frame.data, time.time_ns(), outbound=frame.direction is Direction.TX)
        self._traffic.add(frame)
