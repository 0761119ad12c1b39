"""A line that is as slow as its baud rate says."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tlsbench.boards.paced import PacedStream


class Loop:
    """A line whose other end sends back what comes, at once."""

    def __init__(self) -> None:
        self.held = b""

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        data, self.held = self.held[:max_bytes], self.held[max_bytes:]
        if not data:
            time.sleep(timeout_s)
        return data

    def write(self, data: bytes) -> None:
        self.held += data

    def close(self) -> None:
        """Nothing to let go of."""


def seconds(do: Callable[[], object]) -> float:
    began = time.monotonic()
    do()
    return time.monotonic() - began


@pytest.mark.parametrize(("baud", "count"), [(115_200, 2304), (921_600, 18_432)])
def test_bytes_take_their_time_both_ways(baud: int, count: int) -> None:
    """So many that the line takes 200 ms for them."""
    line = PacedStream(Loop(), baud)
    sent = bytes(index & 255 for index in range(count))
    came = bytearray()

    def read_all() -> None:
        while len(came) < count:
            came.extend(line.read(65536, 1.0))

    # The time since the last byte before is made up for, to some length.
    assert seconds(lambda: line.write(sent)) >= 0.14
    assert seconds(read_all) >= 0.14
    assert came == sent


def test_a_silent_line_is_read_no_longer_than_asked_for() -> None:
    line = PacedStream(Loop(), 9600)
    assert 0.09 <= seconds(lambda: line.read(10, 0.1)) <= 2
