"""Sends what a client has to skip, without end."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Behaviour, Moment, Size
from tlsbench.peers.behaviours.close import echo_some
from tlsbench.peers.connection import Connection
from tlsbench.peers.stream import Stream

WARNING = bytes((21, 3, 3, 0, 2, 1, 90))
"""A TLS 1.2 record with the alert user_canceled as a warning, which changes nothing (RFC 5246, section 7.2)."""
AT_ONCE = WARNING * 200


@dataclass(frozen=True, config=OPTIONS)
class Flood(Behaviour):
    """Sends warning alerts in the clear, as fast as the client takes them, and reads nothing.

    A client always has something to read, none of which brings it on.
    """

    name: ClassVar[str] = "flood"
    when: Moment = "accept"
    """``accept``, ``handshake`` or ``established``; inside TLS, the client refuses what is not encrypted."""
    after: Size = 0
    """With ``established``: bytes to receive first; they are sent back."""

    def on_accept(self, connection: Connection) -> None:
        """Floods, if this is the moment."""
        if self.when == "accept":
            _flood(connection)

    def on_send(self, connection: Connection, data: bytes) -> None:
        """Floods instead of answering, if this is the moment."""
        if self.when == "handshake":
            _flood(connection)
        connection.write(data)

    def serve(self, stream: Stream) -> None:
        """Floods."""
        echo_some(stream, self.after)
        _flood(stream.connection)


def _flood(connection: Connection) -> None:
    """Ends when the client is gone."""
    while True:
        connection.write(AT_ONCE)
