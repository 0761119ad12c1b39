"""A stand-in for a target with the stack `offload`, for tests of the host's end without any firmware."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tlsbench.link import Link
from tlsbench.link.receiver import Channel
from tlsbench.offload import Host
from tlsbench.offload.schema import CHANNEL, pb

FRAME_BYTES = 128
WITHIN_S = 10.0
NAMES = {"server.test": "127.0.0.1"}


class StandIn(Link):
    """The link and the target behind it: what it says is given to the host's end, what that says is kept in order."""

    def __init__(self) -> None:  # no line, no thread
        self._changed = threading.Condition()
        self._host: Channel | None = None
        self.notes: list[str] = []
        self.session = 0
        self.heard: list[pb.ToTarget] = []
        """Every message, in order and each once, but for those without a sequence."""
        self.loose: list[pb.ToTarget] = []
        """Messages without a sequence, and those that came again or too early."""
        self.acknowledges = True
        self.acked = 0
        self._sequence = 0

    # --- what the host's end uses of a link ---

    def set_channel(self, number: int, channel: Channel | None) -> None:
        assert number == CHANNEL
        self._host = channel

    def note(self, text: str) -> None:
        self.notes.append(text)

    def send_on(self, number: int, message: bytes) -> None:
        assert number == CHANNEL
        assert len(message) <= FRAME_BYTES
        came = pb.ToTarget()
        came.ParseFromString(message)
        with self._changed:
            self.acked = max(self.acked, came.ack)
            if came.WhichOneof("what") == "welcome" and came.session != self.session:
                self.session = came.session
                self.heard.clear()
            # What the host's end still says in an earlier session is none of this one's.
            in_order = came.session == self.session and came.sequence == len(self.heard) + 1
            (self.heard if in_order else self.loose).append(came)
            self._changed.notify_all()
        if came.sequence and self.acknowledges:
            self.says_raw(ack=len(self.heard))

    # --- what the target does ---

    def says_raw(self, **fields: Any) -> None:
        """A message as it is, without a sequence unless it has one."""
        if self._host is not None:  # its thread may say something while it ends
            self._host.take(pb.ToHost(**{"session": self.session, **fields}).SerializeToString())

    def says(self, socket: int, **what: Any) -> None:
        """The next message in order."""
        self._sequence += 1
        self.says_raw(sequence=self._sequence, ack=len(self.heard), socket=socket, **what)

    def damages(self) -> None:
        """A frame comes to the host that is none."""
        assert self._host is not None, "the host's end is not there"
        self._host.damaged()

    def greets(self) -> int:
        """Begin a session; its number."""
        known = self.session
        self.session = 0
        self._sequence = 0
        self.says_raw(hello=pb.Hello(frame_bytes=FRAME_BYTES))
        self.wait(lambda: self.session != 0)
        assert self.session != known
        return self.session

    def opens(self, socket: int, limit: int = 1 << 20, *, datagrams: bool = False) -> None:
        """Open a socket."""
        self.says(socket, open=pb.Open(datagrams=datagrams, limit=limit))

    def connects(self, socket: int, port: int, limit: int = 1 << 20, address: int = 0x7F000001) -> int:
        """Open a socket and connect it; the result."""
        self.opens(socket, limit)
        self.says(socket, connect=pb.Endpoint(address=address, port=port))
        return self.answer(socket, "connected").connected

    # --- what it heard ---

    def of(self, socket: int, what: str | None = None) -> list[pb.ToTarget]:
        """What was said of a socket; by default its data."""
        return [one for one in list(self.heard) if one.socket == socket and one.WhichOneof("what") == what]

    def data(self, socket: int) -> bytes:
        """A connection's data so far."""
        return b"".join(one.data for one in self.of(socket))

    def answer(self, socket: int, what: str) -> pb.ToTarget:
        """Wait for the newest message of a kind."""
        self.wait(lambda: self.of(socket, what))
        return self.of(socket, what)[-1]

    def asks(self, socket: int, data: bytes = b"", **what: Any) -> pb.ToTarget:
        """Ask a question, and wait for the answer."""
        ask = next(iter(what.values()))
        ask.id = self._sequence + 1
        self.says(socket, data=data, **what)
        self.wait(lambda: any(one.answer.id == ask.id for one in self.of(0, "answer")))
        return next(one for one in self.of(0, "answer") if one.answer.id == ask.id)

    def wait(self, condition: Any, within_s: float = WITHIN_S) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + within_s
        with self._changed:
            while not condition():
                left = deadline - time.monotonic()
                assert left > 0, f"heard {self.heard[-5:]}, loose {self.loose[-5:]}, notes {self.notes}"
                self._changed.wait(min(left, 0.05))


@contextmanager
def session(baud: int | None = None) -> Iterator[tuple[StandIn, Host]]:
    """A target and the host's end, with a session over a line of that rate."""
    target = StandIn()
    with Host(target, NAMES, baud) as host:
        target.greets()
        yield target, host
