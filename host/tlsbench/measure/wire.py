"""The tap on a board's Ethernet: every frame between the emulator and its network goes through here.

It counts by window, writes the capture, answers DNS queries for the bench's own names, and keeps the target from
reaching anything but this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WireCounts:
    """What crossed the target's Ethernet in one window.

    Arguments:
        bytes_tx, bytes_rx: bytes the target sent and received, Ethernet headers included, without padding and FCS.
        frames_tx, frames_rx: Ethernet frames.
        payload_tx, payload_rx: TCP payload bytes, retransmissions excluded.
        flights: runs of TCP payload segments in one direction: two are one round trip. Retransmissions excluded.
        retransmissions: TCP segments that carried only payload sent before.
    """

    bytes_tx: int = 0
    bytes_rx: int = 0
    frames_tx: int = 0
    frames_rx: int = 0
    payload_tx: int = 0
    payload_rx: int = 0
    flights: int = 0
    retransmissions: int = 0

    @property
    def packets(self) -> int:
        """Frames in both directions."""
        return self.frames_tx + self.frames_rx


class WireTap:
    """The tap of one board. `names` may be changed at any time; it maps host names to IPv4 addresses."""

    names: dict[str, str]

    def start(self, key: str) -> None:
        """Open a window: count from now on under `key`. A window of that key that is open starts again."""
        raise NotImplementedError

    def stop(self, key: str) -> WireCounts:
        """Close the window. Every frame that the target sent until now is in it.

        Errors:
            KeyError: no such window is open.
        """
        raise NotImplementedError

    def counts(self, key: str) -> WireCounts:
        """What an open window counted until now."""
        raise NotImplementedError

    @contextmanager
    def window(self, key: str) -> Iterator[WireTap]:
        """A window around a block of code; read it with `counts(key)` before the block ends."""
        self.start(key)
        try:
            yield self
        finally:
            self.stop(key)
