"""The stream format of QEMU's `filter-redirector`: each frame with its length before it, four bytes, big-endian."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from tlsbench.measure.traffic import Direction, Frame

READ_BYTES = 1 << 18


class Pipe:
    """One way through the tap: frames come from one socket and leave by another. It owns both; neither blocks.

    Arguments:
        direction: which way its frames go.
        source: where they come from.
        sink: where they go on.
    """

    def __init__(self, direction: Direction, source: socket.socket, sink: socket.socket) -> None:
        self.direction = direction
        self.source = source
        self.sink = sink
        self.unsent = bytearray()
        self._unread = bytearray()
        source.setblocking(False)
        sink.setblocking(False)

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
        """Pass a frame on, now or as soon as there is room."""
        self.unsent += len(frame).to_bytes(4, "big") + frame
        self.flush()

    def flush(self) -> None:
        """Send as much of what waits as there is room for."""
        try:
            while self.unsent:
                del self.unsent[: self.sink.send(self.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.unsent.clear()  # the emulator is gone; `Board.alive` tells

    def shut(self) -> None:
        """End both connections: whoever waits for them wakes."""
        for end in (self.source, self.sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the emulator went first

    def close(self) -> None:
        """Let go of both sockets."""
        self.source.close()
        self.sink.close()
