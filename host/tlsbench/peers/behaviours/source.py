"""Sends pattern data."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.link.pattern import pattern
from tlsbench.peers.behaviours.base import OPTIONS, Behaviour, Piece, Seed, Size
from tlsbench.peers.stream import Stream


@dataclass(frozen=True, config=OPTIONS)
class Source(Behaviour):
    """Sends pattern data as soon as the connection is established, then waits for the client to close."""

    name: ClassVar[str] = "source"
    length: Size = 65536
    """Bytes to send."""
    seed: Seed = 0
    """Seed of the pattern, 0 to 255."""
    chunk: Piece = 16384
    """Bytes per write. With TLS, each write of up to 16384 bytes is a record of its own."""
    close: bool = False
    """Close after the last byte instead of waiting for the client."""

    def serve(self, stream: Stream) -> None:
        """Sends it all."""
        for data in self._chunks():
            stream.write(data)
        if not self.close:
            while stream.read():
                pass

    def _chunks(self) -> Iterator[bytes]:
        for offset in range(0, self.length, self.chunk):
            yield pattern(min(self.chunk, self.length - offset), self.seed, offset)
