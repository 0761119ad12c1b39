"""A serial line that does harm to the frames of the offload stack, and to no others."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tlsbench.boards import ByteStream
from tlsbench.offload.schema import CHANNEL

Harm = Callable[[random.Random, bytes], bytes]


def _garbled(chance: random.Random, frame: bytes) -> bytes:
    at = chance.randrange(1, len(frame) - 1)
    return frame[:at] + bytes([frame[at] ^ 1 << chance.randrange(8)]) + frame[at + 1 :]


def _byte_lost(chance: random.Random, frame: bytes) -> bytes:
    at = chance.randrange(len(frame))
    return frame[:at] + frame[at + 1 :]


def _byte_doubled(chance: random.Random, frame: bytes) -> bytes:
    at = chance.randrange(len(frame))
    return frame[: at + 1] + frame[at:]


HARMS: dict[str, Harm] = {
    "garbled": _garbled,
    "byte lost": _byte_lost,
    "byte doubled": _byte_doubled,
    "lost": lambda _, frame: b"",
    "doubled": lambda _, frame: frame * 2,
}


class BadLine:
    """A `ByteStream` over another.

    Arguments:
        stream: the line.
        share: how many of the frames come to harm, of 1.
    """

    def __init__(self, stream: ByteStream, share: float, seed: int = 1) -> None:
        self._stream = stream
        self.share = share
        self.cut = False
        """Whether no frame of the stack gets through."""
        self.done: dict[str, int] = dict.fromkeys(HARMS, 0)
        self._chance = random.Random(seed)
        self._coming = b""

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        self._coming += self._stream.read(max_bytes, timeout_s)
        return b"".join(self._harmed(piece) for piece in self._whole())

    def write(self, data: bytes) -> None:
        self._stream.write(self._harmed(data))

    def close(self) -> None:
        self._stream.close()

    def _whole(self) -> Iterator[bytes]:
        """Frames that are complete, and the text between them."""
        while self._coming:
            if self._coming[0]:
                text, zero, rest = self._coming.partition(b"\0")
                self._coming = zero + rest
                yield text
                continue
            end = self._coming.find(b"\0", 1)
            if end < 0:
                return
            frame, self._coming = self._coming[: end + 1], self._coming[end + 1 :]
            yield frame

    def _harmed(self, frame: bytes) -> bytes:
        if len(frame) < 4 or frame[0] or frame[2] != CHANNEL:
            return frame
        if self.cut:
            return b""
        if self._chance.random() >= self.share:
            return frame
        name = self._chance.choice(list(HARMS))
        self.done[name] += 1
        return HARMS[name](self._chance, frame)
