"""Keywords for a transport of the test's own: one that counts what reaches it, and can be made awkward."""

from __future__ import annotations

import struct
from datetime import timedelta
from enum import IntEnum

from robot.api.deco import keyword

from tlsbench.keywords.converters import Outcome, Size
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.socket import SocketTopic
from tlsbench.link import calls

TRANSPORT = "odd"
"""Kind of the awkward transport, and the name that it has when it is told none."""
LEVEL = 9000
"""Level of its options; they and the counts are those of firmware/agent/odd_socket.h."""
COUNTS = (
    "connect",
    "close",
    "bind",
    "set_timeout",
    "sigio",
    "setsockopt",
    "getsockopt",
    "send",
    "recv",
    "listener",
    "timeout",
)
COUNTS_FORMAT = f"<{len(COUNTS) - 1}Ii"
"""Counts, and the timeout that was set last, which may be negative."""


class TransportOption(IntEnum):
    """Options of the awkward transport."""

    COUNTS = 0
    DELAY = 1
    HALTING = 2
    PIECE = 3
    FAILURE = 4


class TransportKeywords(SocketTopic):
    """A socket on the target that passes every call on to another one, counts it, and can be made awkward.

    Only images with the key ``agent.odd-transports`` have it: the suite begins with ``Use Configuration
    odd-transports``.
    """

    @keyword(tags=["transport"])
    def create_odd_transport(self, below: str = "plain", *, socket: str = TRANSPORT, worker: int = 0) -> None:
        """Creates an awkward transport over a TCP socket that it opens.

        | =Argument= | =Meaning= |
        | ``below`` | name of the TCP socket; it is created if there is none |

        Example:
        | `Create Odd Transport`
        | `Create Socket`    tls-wrapper    transport=odd    hostname=server.tlsbench.test
        """
        if below not in self.session.sockets.kinds:
            self.call(calls.create(below, "tcp"), worker)
            self.call(calls.open(below), worker)
        self.call(calls.create(socket, TRANSPORT, transport=below), worker)

    @keyword(tags=["transport"])
    def let_transport(
        self,
        *,
        delay: timedelta | None = None,
        halting: bool | None = None,
        piece: Size | None = None,
        failure: Outcome | None = None,
        socket: str = TRANSPORT,
    ) -> None:
        """Makes an awkward transport so, from the next call on.

        | =Argument= | =Meaning= |
        | ``delay`` | each send and receive sleeps that long before it does anything |
        | ``halting`` | every other send and receive gives ``NSAPI_ERROR_WOULD_BLOCK`` |
        | ``piece`` | most bytes that one send or receive moves; 0: any |
        | ``failure`` | result of each send and receive; ``NSAPI_ERROR_OK``: what the socket below gives |

        Example:
        | `Let Transport`    halting=True    piece=100
        """
        wanted = {
            TransportOption.DELAY: None if delay is None else round(delay / timedelta(milliseconds=1)),
            TransportOption.HALTING: halting,
            TransportOption.PIECE: piece,
            TransportOption.FAILURE: failure,
        }
        for option, value in wanted.items():
            if value is not None:
                self.call(calls.setsockopt(socket, LEVEL, option, struct.pack("<i", int(value))), 0)

    @keyword(tags=["transport"])
    def transport_should_have_been_asked(self, *, socket: str = TRANSPORT, **counts: int) -> None:
        """Checks how often calls of the socket above reached an awkward transport since it was created.

        | =Argument= | =Meaning= |
        | ``counts`` | ``connect``, ``close``, ``bind``, ``set_timeout``, ``sigio``, ``setsockopt``, ``getsockopt``, |
        | | ``send``, ``recv``; ``listener``, 1 while it has a callback for ``sigio``, else 0; and ``timeout``, the |
        | | one that was set last, in milliseconds |

        Example:
        | `Transport Should Have Been Asked`    connect=1    close=0
        """
        found = self.get_transport_counts(socket=socket)
        for name, wanted in counts.items():
            if name not in found:
                raise KeywordFailure(f"a transport does not count {name!r}; it counts {', '.join(COUNTS)}")
            if found[name] != int(wanted):
                raise KeywordFailure(f"{name} of {socket!r} should be {wanted}; counted was {found}")

    @keyword(tags=["transport"])
    def get_transport_counts(self, *, socket: str = TRANSPORT) -> dict[str, int]:
        """Gives all counts of an awkward transport, by their names.

        Example:
        | ${counts}    `Get Transport Counts`
        | Should Be True    ${counts}[recv] > 100
        """
        size = struct.calcsize(COUNTS_FORMAT)
        data = self.call(calls.getsockopt(socket, LEVEL, TransportOption.COUNTS, size), 0).data
        return dict(zip(COUNTS, struct.unpack(COUNTS_FORMAT, data), strict=True))
