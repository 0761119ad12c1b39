"""Closes where the client does not expect it."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Behaviour, Moment, Size
from tlsbench.peers.connection import Connection
from tlsbench.peers.stream import Stream


@dataclass(frozen=True, config=OPTIONS)
class Close(Behaviour):
    """Closes the connection with FIN at a chosen moment."""

    name: ClassVar[str] = "close"
    when: Moment = "accept"
    """``accept``, ``handshake`` or ``established``."""
    after: Size = 0
    """With ``established``: echo that many bytes first."""
    notify: bool = True
    """With TLS and ``established``: send close_notify first. Without it the data is cut short (RFC 5246, 7.2.1)."""

    def on_accept(self, connection: Connection) -> None:
        """Closes, if this is the moment."""
        if self.when == "accept":
            connection.close()

    def on_send(self, connection: Connection, data: bytes) -> None:
        """Closes instead of answering, if this is the moment."""
        if self.when == "handshake":
            connection.close()
            raise ConnectionAbortedError("the peer closed instead of answering")
        connection.write(data)

    def serve(self, stream: Stream) -> None:
        """Echoes for a while and closes."""
        echo_some(stream, self.after)
        if not self.notify:
            stream.connection.close()


def echo_some(stream: Stream, count: int) -> None:
    """Sends back the next `count` bytes, or fewer if the client closes before."""
    while count and (data := stream.read(count)):
        stream.write(data)
        count -= len(data)
