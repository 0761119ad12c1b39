"""Receives, checks, and can stop receiving."""

from dataclasses import field
from typing import ClassVar

from pydantic.dataclasses import dataclass

from tlsbench.link.pattern import first_difference
from tlsbench.peers.behaviours.base import OPTIONS, Behaviour, BehaviourFailed, Seed
from tlsbench.peers.connection import Signal
from tlsbench.peers.stream import Stream


@dataclass(frozen=True, config=OPTIONS)
class Sink(Behaviour):
    """Receives and answers nothing. While it is paused it reads nothing, so that the sender's window fills.

    Give the peer a small `receive_buffer` to make that happen soon.
    """

    name: ClassVar[str] = "sink"
    seed: Seed | None = None
    """Seed of the pattern that the data must be, 0 to 255; None accepts any data."""
    paused: bool = False
    """Start paused, as soon as the connection is established."""
    _reading: Signal = field(default_factory=Signal, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.paused:
            self._reading.set()

    def pause(self) -> None:
        """Stops reading on all connections, until `resume`."""
        self._reading.clear()

    def resume(self) -> None:
        """Reads again."""
        self._reading.set()

    def serve(self, stream: Stream) -> None:
        """Receives until the client closes.

        Raises:
            BehaviourFailed: a byte is not the pattern's.
        """
        offset = 0
        while True:
            stream.connection.wait_for(self._reading)
            data = stream.read()
            if not data:
                return
            if self.seed is not None and (wrong := first_difference(data, self.seed, offset)) is not None:
                raise BehaviourFailed(
                    f"byte {offset + wrong} from the client is 0x{data[wrong]:02x}, not that of the pattern with seed "
                    f"{self.seed}; the data around it: {data[max(0, wrong - 8) : wrong + 8].hex(' ')}"
                )
            offset += len(data)
