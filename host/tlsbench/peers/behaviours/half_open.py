"""Ends its own side and goes on listening."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.peers.behaviours.base import OPTIONS, Behaviour, Size
from tlsbench.peers.behaviours.close import echo_some
from tlsbench.peers.stream import Stream


@dataclass(frozen=True, config=OPTIONS)
class HalfOpen(Behaviour):
    """Closes its sending side only, and keeps receiving: the connection is half open until the client closes."""

    name: ClassVar[str] = "half-open"
    after: Size = 0
    """Echo that many bytes first."""
    notify: bool = True
    """With TLS: send close_notify before the FIN."""

    def serve(self, stream: Stream) -> None:
        """Echoes for a while, ends its side, and receives until the client closes."""
        echo_some(stream, self.after)
        stream.finish(notify=self.notify)
        while stream.read():
            pass
