"""A serial line that is as slow as a real one: an emulated UART knows no baud rate of its own."""

from __future__ import annotations

import time

from tlsbench.boards import ByteStream

BITS_PER_BYTE = 10
"""A start bit, eight of data, a stop bit."""
STEP_S = 0.002
"""How much time the bytes of one step take at most: the line delivers as a UART does, little by little."""
LATE_S = 0.05
"""How much of a delay is made up for: a process that was not let run does not make the line slower."""


class _Way:
    """One direction of the line."""

    def __init__(self, baud: int) -> None:
        self._byte_s = BITS_PER_BYTE / baud
        self.step = max(1, int(STEP_S / self._byte_s))
        self._free = time.monotonic()

    def pass_on(self, count: int) -> None:
        """Wait as long as so many bytes take."""
        self._free = max(self._free, time.monotonic() - LATE_S) + count * self._byte_s
        if (wait := self._free - time.monotonic()) > 0:
            time.sleep(wait)


class PacedStream:
    """A `ByteStream` that lets no more bytes through, either way, than a line of that speed would.

    Arguments:
        stream: the line; its owner closes it.
        baud: bits per second, ten of them a byte.
    """

    def __init__(self, stream: ByteStream, baud: int) -> None:
        self._stream = stream
        self._in, self._out = _Way(baud), _Way(baud)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """As `ByteStream.read`; what came is here when its last bit is."""
        data = self._stream.read(min(max_bytes, self._in.step), timeout_s)
        self._in.pass_on(len(data))
        return data

    def write(self, data: bytes) -> None:
        """As `ByteStream.write`; returns when the last bit has gone."""
        for at in range(0, len(data), self._out.step):
            step = data[at : at + self._out.step]
            self._stream.write(step)
            self._out.pass_on(len(step))

    def close(self) -> None:
        """Let go of the line."""
        self._stream.close()
