"""Breaks the connection off."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Behaviour, Moment, Size
from tlsbench.peers.behaviours.close import echo_some
from tlsbench.peers.connection import Connection
from tlsbench.peers.stream import Stream


@dataclass(frozen=True, config=OPTIONS)
class Reset(Behaviour):
    """Breaks the connection off with RST at a chosen moment."""

    name: ClassVar[str] = "reset"
    when: Moment = "accept"
    """``accept``, ``handshake`` or ``established``."""
    after: Size = 0
    """With ``established``: echo that many bytes first."""

    def on_accept(self, connection: Connection) -> None:
        """Resets, if this is the moment."""
        if self.when == "accept":
            connection.reset()

    def on_send(self, connection: Connection, data: bytes) -> None:
        """Resets instead of answering, if this is the moment."""
        if self.when == "handshake":
            connection.reset()
            raise ConnectionAbortedError("the peer reset the connection instead of answering")
        connection.write(data)

    def serve(self, stream: Stream) -> None:
        """Echoes for a while and resets."""
        echo_some(stream, self.after)
        stream.connection.reset()
