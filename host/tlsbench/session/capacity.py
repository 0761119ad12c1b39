"""What a call needs of the target, held against what a small board has of it: its agent tells (`Hello`)."""

from __future__ import annotations

from tlsbench.link import Hello
from tlsbench.link.calls import Call
from tlsbench.model.errors import BoardTooSmall

FULL = {"workers": 4, "sockets": 8, "blob_bytes": 8192, "data_bytes": 512, "buffer_bytes": 1024}
"""What every agent has unless its board says less: the values in firmware/agent/mbed_lib.json. A test that asks for
more than that is wrong on any board, and is told so by the target."""

WORDS = {
    "workers": "{} threads that make calls",
    "sockets": "{} sockets at once",
    "blob_bytes": "{} bytes for certificates and keys",
    "data_bytes": "{} bytes of data in one call",
    "buffer_bytes": "{} bytes of pattern in one call",
}


def require(hello: Hello, what: str, need: int) -> None:
    """See that the target has as much of something as is needed.

    Arguments:
        hello: what the target has.
        what: a key of FULL.
        need: how much.

    Errors:
        BoardTooSmall: it has less, which others have.
    """
    have = getattr(hello, what)
    if have < need <= FULL[what]:
        needed = WORDS[what].format(f"{need:,}")
        raise BoardTooSmall(f"{hello.board} is too small: this takes {needed}, and it has {have:,}")


def check(call: Call, worker: int, sockets: int, hello: Hello) -> None:
    """See that the target can make a call.

    Arguments:
        call: from `link.calls`.
        worker: the thread that is to make it, from 0.
        sockets: how many there are before.
        hello: what the target has.

    Errors:
        BoardTooSmall.
    """
    require(hello, "workers", worker + 1)
    message = call.message
    match call.name:
        case "create" | "accept":
            require(hello, "sockets", sockets + 1)
        case "send":
            require(hello, "data_bytes", len(message.send.data))
        case "sendto":
            require(hello, "data_bytes", len(message.sendto.data))
        case "recv":
            require(hello, "data_bytes", message.recv.size)
        case "recvfrom":
            require(hello, "data_bytes", message.recvfrom.size)
        case "send_pattern":
            require(hello, "buffer_bytes", message.send_pattern.chunk)
        case "recv_pattern":
            require(hello, "buffer_bytes", message.recv_pattern.chunk)
