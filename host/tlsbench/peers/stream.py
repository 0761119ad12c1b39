"""Application data of a connection, with or without TLS. Behaviours are written for this."""

from collections.abc import Callable
from typing import Protocol

from tlsbench.peers.connection import READ_BYTES, Connection
from tlsbench.peers.seen import HEAD_BYTES, PeerSession


class Stream(Protocol):
    """What a behaviour can do with an established connection."""

    connection: Connection

    @property
    def session(self) -> PeerSession:
        """What was seen of the connection."""

    def read(self, limit: int = READ_BYTES) -> bytes:
        """Waits for data; nothing means that the client has ended its side in good order."""

    def write(self, data: bytes) -> None:
        """Sends all of it."""

    def unread(self) -> bytes:
        """What came behind the client's good end: no application data of this stream, but of who uses the connection
        next.
        """

    def finish(self, *, notify: bool = True) -> None:
        """Ends the peer's sending side: close_notify (TLS only, unless `notify` is false) and FIN; reading goes on."""

    def close(self) -> None:
        """Ends in good order."""


class PlainStream:
    """Application data straight on TCP.

    Args:
        connection: the connection.
        send: how bytes get onto it; a behaviour may shape them.
    """

    def __init__(self, connection: Connection, send: Callable[[bytes], None]) -> None:
        self.connection = connection
        self._send = send

    @property
    def session(self) -> PeerSession:
        """What was seen of the connection."""
        return self.connection.session

    def read(self, limit: int = READ_BYTES) -> bytes:
        """Waits for data; nothing means that the client has closed its side."""
        data = self.connection.read(limit)
        if not data:
            self.connection.ended_by("fin")
        note_received(self.connection, data)
        return data

    def write(self, data: bytes) -> None:
        """Sends all of it."""
        self._send(data)
        note_sent(self.connection, len(data))

    def unread(self) -> bytes:
        """Nothing: without TLS the connection's end is its good end."""
        return b""

    def finish(self, *, notify: bool = True) -> None:
        """Sends FIN; reading goes on. `notify` means nothing without TLS."""
        self.connection.finish()

    def close(self) -> None:
        """Ends in good order."""
        self.connection.close()


def note_received(connection: Connection, data: bytes) -> None:
    """Counts application data from the client."""
    session = connection.session
    session.received += len(data)
    session.received_head += data[: max(0, HEAD_BYTES - len(session.received_head))]
    connection.changed()


def note_sent(connection: Connection, count: int) -> None:
    """Counts application data to the client."""
    connection.session.sent += count
    connection.changed()
