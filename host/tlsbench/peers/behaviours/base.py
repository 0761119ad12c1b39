"""What a behaviour is."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from tlsbench.model import quantity
from tlsbench.peers.connection import Connection
from tlsbench.peers.stream import Stream

Moment = Literal["accept", "handshake", "established"]
"""When something happens: right after TCP's accept; once the client's first flight is in and the peer would answer;
once the handshake has succeeded. Without TLS there is no handshake, and its moment is the first answer."""

OPTIONS = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
"""How the dataclass of a behaviour treats its options: it takes no unknown ones."""


def _bytes(value: object) -> object:
    return quantity.parse(value, "bytes") if isinstance(value, str) else value


def _seconds(value: object) -> object:
    return quantity.parse(value, "us") / 1e6 if isinstance(value, str) else value


Size = Annotated[int, BeforeValidator(_bytes), Field(ge=0)]
"""Bytes, as a number or as text such as ``16 KiB``."""
Piece = Annotated[int, BeforeValidator(_bytes), Field(ge=1)]
"""At least one byte, as a number or as text."""
Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=3600)]
"""Seconds as a number, or text with a unit such as ``50 ms``."""
Seed = Annotated[int, Field(ge=0, le=255)]
"""Seed of pattern data."""


class BehaviourFailed(Exception):
    """The client did what this behaviour does not allow, for example sent data that is not the pattern."""


class Behaviour:
    """What a peer does with a connection. Its dataclass fields are its options.

    One object serves all connections of a peer, each in its own thread, so what it keeps is options and controls
    only; what happened goes into the session.

    A new behaviour is one file with a frozen pydantic dataclass in this package, and one line in its ``__init__.py``.
    """

    name: ClassVar[str]
    """What users call it."""

    def on_accept(self, connection: Connection) -> None:
        """TCP is connected and nothing else has happened. Closing the connection here ends the session."""

    def on_send(self, connection: Connection, data: bytes) -> None:
        """The peer is about to send these bytes as they go on TCP, handshake included. The default sends them."""
        connection.write(data)

    def serve(self, stream: Stream) -> None:
        """The connection is established. On return the peer closes it in good order."""
        raise NotImplementedError
