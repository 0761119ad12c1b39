"""A stand-in for a target at the other end of the line, for tests of the link."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tlsbench.link import Agent, Link, codec
from tlsbench.link.schema import PROTOCOL_VERSION, pb

NONCE = 0xFEDCBA9876543210


class FakeTarget:
    """A byte stream whose other end the test plays: `says` puts bytes on the line, `hears` gets each request.

    By default it answers a start with a Hello and everything else with an empty reply.
    """

    def __init__(self, hears: Callable[[FakeTarget, pb.Request], None] | None = None) -> None:
        self._changed = threading.Condition()
        self._line: deque[bytes] = deque()
        self._ended: Exception | None = None
        self._decoder = codec.FrameDecoder()
        self._hears = hears or (lambda target, request: target.answers(request))
        self.requests: list[pb.Request] = []
        self.hello = pb.Hello(board="fake", workers=4, data_bytes=512, blob_bytes=8192)

    # --- the stream that the link reads and writes ---

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not self._line:
                if self._ended is not None:
                    raise self._ended
                left = deadline - time.monotonic()
                if left <= 0:
                    return b""
                self._changed.wait(left)
            data = self._line.popleft()
            if len(data) > max_bytes:
                self._line.appendleft(data[max_bytes:])
            return data[:max_bytes]

    def write(self, data: bytes) -> None:
        for event in self._decoder.feed(data):
            assert isinstance(event, codec.Frame), event
            request = pb.Request()
            request.ParseFromString(event.message)
            self.requests.append(request)
            self._hears(self, request)

    # --- what the target does ---

    def says(self, data: bytes) -> None:
        with self._changed:
            self._line.append(data)
            self._changed.notify_all()

    def sends(self, notice: pb.Notice, version: int = PROTOCOL_VERSION) -> None:
        self.says(codec.encode(version, notice.SerializeToString()))

    def is_ready(self) -> None:
        self.sends(pb.Notice(ready=pb.Ready(uptime_us=1000)))

    def answers(self, request: pb.Request, **fields: object) -> None:
        reply = pb.Reply(id=request.id, **fields)  # type: ignore[arg-type]
        if request.WhichOneof("op") == "start":
            reply.hello.CopyFrom(self.hello)
        self.sends(pb.Notice(nonce=request.nonce, reply=reply))

    def ends(self, error: Exception) -> None:
        with self._changed:
            self._ended = error
            self._changed.notify_all()


@contextmanager
def started(target: FakeTarget, log: Path | None = None) -> Iterator[Agent]:
    """An agent whose target has said Hello."""
    with Link(target, log) as link:
        target.is_ready()
        agent = Agent(link)
        agent.start(NONCE, bytes(32), 1_700_000_000, timeout_s=5)
        yield agent


def silent(target: FakeTarget, request: pb.Request) -> None:
    """Answer the start only."""
    if request.WhichOneof("op") == "start":
        target.answers(request)
