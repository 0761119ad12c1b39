"""What went over a board's serial line, byte for byte."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Lock

from tlsbench.boards import ByteStream
from tlsbench.link.codec import Frame, FrameDecoder


class LineTap:
    """Listens in on a serial line, both ways.

    Arguments:
        stream: the line.
        log: file that gets a line per piece: seconds since the tap was set, direction, and the bytes in hexadecimal.
            Another tap of the same run goes on with it.
    """

    def __init__(self, stream: ByteStream, log: Path) -> None:
        self._stream = stream
        self._log = log.open("a", encoding="ascii", buffering=1)
        self._began = time.monotonic()
        self._lock = Lock()
        self._seen = {">": bytearray(), "<": bytearray()}

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """As the line's own."""
        return self._note("<", self._stream.read(max_bytes, timeout_s))

    def write(self, data: bytes) -> None:
        """As the line's own."""
        self._stream.write(self._note(">", data))

    def close(self) -> None:
        """As the line's own; the log ends with it."""
        self._stream.close()
        with self._lock:
            self._log.close()

    def messages(self, channel: int) -> bytes:
        """What the frames of one channel carried, one after the other: first what the target said, then the host."""
        with self._lock:
            ways = [bytes(self._seen[way]) for way in "<>"]
        return b"".join(
            event.message
            for way in ways
            for event in FrameDecoder().feed(way)
            if isinstance(event, Frame) and event.version == channel
        )

    def _note(self, way: str, data: bytes) -> bytes:
        with self._lock:
            if data and not self._log.closed:
                self._seen[way] += data
                self._log.write(f"{time.monotonic() - self._began:.6f} {way} {data.hex()}\n")
        return data
