"""Answers late."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Seconds
from tlsbench.peers.behaviours.echo import Echo
from tlsbench.peers.connection import Connection


@dataclass(frozen=True, config=OPTIONS)
class Slow(Echo):
    """An echo server that waits before each answer, its handshake flights included."""

    name: ClassVar[str] = "slow"
    delay: Seconds = 0.5
    """Seconds before each answer."""

    def on_send(self, connection: Connection, data: bytes) -> None:
        """Waits, then sends."""
        connection.pause(self.delay)
        connection.write(data)
