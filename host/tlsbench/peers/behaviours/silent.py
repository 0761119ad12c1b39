"""Takes connections and never says anything."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Behaviour
from tlsbench.peers.connection import Connection
from tlsbench.peers.stream import Stream


@dataclass(frozen=True, config=OPTIONS)
class Silent(Behaviour):
    """Accepts TCP, reads, and never sends a byte: a handshake with it does not end."""

    name: ClassVar[str] = "silent"

    def on_accept(self, connection: Connection) -> None:
        """Reads until the client closes."""
        connection.swallow()
        connection.close()


@dataclass(frozen=True, config=OPTIONS)
class SilentAfterHandshake(Behaviour):
    """Takes part in the handshake, then reads and never sends application data."""

    name: ClassVar[str] = "silent-after-handshake"

    def serve(self, stream: Stream) -> None:
        """Reads until the client closes."""
        while stream.read():
            pass
