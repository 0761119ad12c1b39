"""Speaks in the clear first, and turns to TLS when the client asks for it."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Behaviour, BehaviourFailed
from tlsbench.peers.connection import Connection
from tlsbench.peers.stream import Stream

LONGEST_LINE = 512


@dataclass(frozen=True, config=OPTIONS)
class StartTls(Behaviour):
    """Greets, answers ``STARTTLS`` as a mail server does (RFC 3207, section 4), and echoes inside TLS."""

    name: ClassVar[str] = "starttls"
    greeting: str = "220 tlsbench ready"
    """The first line, in the clear."""
    answer: str = "220 go ahead"
    """The line that says yes; one with another number says no, and the connection stays in the clear and ends."""
    lives_on: bool = False
    """After the client's close_notify go on in the clear, and echo there too."""

    def on_accept(self, connection: Connection) -> None:
        """The talk in the clear."""
        connection.write(f"{self.greeting}\r\n".encode())
        line = _line(connection)
        if line != b"STARTTLS":
            raise BehaviourFailed(f"the client should say STARTTLS and said {line!r}")
        connection.write(f"{self.answer}\r\n".encode())
        if self.answer.startswith("220"):
            connection.expect_records()
        else:
            connection.swallow()
            connection.drop()

    def serve(self, stream: Stream) -> None:
        """Answers each piece of data with itself."""
        while data := stream.read():
            stream.write(data)
        if self.lives_on:
            # Its own close_notify would lie in the way of what is said next; nobody waits for it.
            data = stream.unread()
            while data or (data := stream.connection.read()):
                stream.connection.write(data)
                data = b""
            stream.connection.drop()


def _line(connection: Connection) -> bytes:
    """What the client says up to its line's end; nothing may follow, for nobody would know who said it."""
    said = b""
    while b"\n" not in said:
        data = connection.read()
        if not data or len(said) > LONGEST_LINE:
            raise BehaviourFailed(f"the client should say a line and said {said!r}")
        said += data
    line, _, behind = said.partition(b"\r\n")
    if behind:
        raise BehaviourFailed(f"the client went on before the answer, with {behind!r}")
    return line
