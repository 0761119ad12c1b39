"""Speaks when it is told to."""

from collections import deque
from dataclasses import field
from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Behaviour
from tlsbench.peers.connection import Signal
from tlsbench.peers.stream import Stream


@dataclass(frozen=True, config=OPTIONS)
class Prompted(Behaviour):
    """Receives and answers nothing, but sends what `say` gives it, when it does. For one connection at a time."""

    name: ClassVar[str] = "prompted"
    _lines: deque[bytes] = field(default_factory=deque, init=False, repr=False)
    _has_lines: Signal = field(default_factory=Signal, init=False, repr=False)

    def say(self, data: bytes) -> None:
        """Sends this to the client, as soon as there is one."""
        self._lines.append(data)
        self._has_lines.set()

    def serve(self, stream: Stream) -> None:
        """Sends what is to be said until the client closes."""
        while True:
            if stream.connection.wait_for(self._has_lines, or_data=True):
                self._has_lines.clear()
                while self._lines:
                    stream.write(self._lines.popleft())
            elif not stream.read():
                return
