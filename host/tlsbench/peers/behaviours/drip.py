"""Feeds the client drop by drop."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Piece, Seconds
from tlsbench.peers.behaviours.echo import Echo
from tlsbench.peers.connection import Connection


@dataclass(frozen=True, config=OPTIONS)
class Drip(Echo):
    """An echo server that sends everything, its handshake flights included, a few bytes at a time.

    Each piece keeps a client's wait for "some data" short, though the whole takes for ever.
    """

    name: ClassVar[str] = "drip"
    interval: Seconds = 0.1
    """Seconds before each piece."""
    size: Piece = 1
    """Bytes of a piece."""

    def on_send(self, connection: Connection, data: bytes) -> None:
        """Sends piece by piece."""
        for start in range(0, len(data), self.size):
            connection.pause(self.interval)
            connection.write(data[start : start + self.size])
