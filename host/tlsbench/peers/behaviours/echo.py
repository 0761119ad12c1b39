"""Sends everything back."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Behaviour
from tlsbench.peers.stream import Stream


@dataclass(frozen=True, config=OPTIONS)
class Echo(Behaviour):
    """Sends back what it receives, at once, until the client closes."""

    name: ClassVar[str] = "echo"

    def serve(self, stream: Stream) -> None:
        """Answers each piece of data with itself."""
        while data := stream.read():
            stream.write(data)
