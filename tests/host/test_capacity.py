"""What a small board has too little of is said before the target is asked."""

from __future__ import annotations

import re

import pytest

from tlsbench.link import Hello, calls
from tlsbench.link.calls import Call
from tlsbench.link.schema import pb
from tlsbench.model.errors import BoardTooSmall
from tlsbench.session import capacity

SMALL = Hello.from_message(
    pb.Hello(board="pea", workers=1, sockets=2, blob_bytes=512, data_bytes=128, buffer_bytes=256)
)


@pytest.mark.parametrize(
    ("call", "worker", "sockets", "complaint"),
    [
        (calls.open("tls"), 1, 1, "2 threads that make calls, and it has 1"),
        (calls.create("third", "tcp"), 0, 2, "3 sockets at once, and it has 2"),
        (calls.accept("tls", "third"), 0, 2, "3 sockets at once, and it has 2"),
        (calls.send("tls", bytes(129)), 0, 1, "129 bytes of data in one call, and it has 128"),
        (calls.recv("tls", 512), 0, 1, "512 bytes of data in one call, and it has 128"),
        (calls.recvfrom("tls", 512), 0, 1, "512 bytes of data in one call, and it has 128"),
        (calls.send_pattern("tls", 1 << 20, chunk=1000), 0, 1, "1,000 bytes of pattern in one call, and it has 256"),
    ],
)
def test_a_call_that_takes_more_is_refused_in_words(call: Call, worker: int, sockets: int, complaint: str) -> None:
    with pytest.raises(BoardTooSmall, match=re.escape(f"pea is too small: this takes {complaint}")):
        capacity.check(call, worker, sockets, SMALL)


@pytest.mark.parametrize("call", [calls.recv("tls", 128), calls.send_pattern("tls", 1 << 20), calls.close("tls")])
def test_a_call_that_fits_is_made(call: Call) -> None:
    capacity.check(call, 0, 2, SMALL)


def test_what_no_board_has_is_the_targets_to_refuse() -> None:
    """A suite with such a mistake fails, on small boards as on others."""
    capacity.check(calls.recv("tls", 513), 4, 1, SMALL)
