"""Keywords for the calls of a socket that neither connect it nor move data."""

from __future__ import annotations

from enum import IntEnum

from robot.api.deco import keyword

from tlsbench.keywords.converters import Outcome
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.socket import SOCKET, SocketTopic
from tlsbench.link import calls
from tlsbench.link.calls import Manner
from tlsbench.peers import Peer
from tlsbench.peers.ports import free_port

LEVEL = 7000
"""``NSAPI_SOCKET``, the level of the options that every stack may have."""
INT_BYTES = 4
UNTOUCHED = ("192.0.2.1", 9)
"""What the target hands to ``recvfrom``: firmware/agent/agent.proto, ``Receive``."""


class SocketOption(IntEnum):
    """Options whose value is a number (``nsapi_socket_option_t``)."""

    REUSEADDR = 0
    KEEPALIVE = 1
    KEEPIDLE = 2
    KEEPINTVL = 3


class OptionKeywords(SocketTopic):
    """Local addresses, options, and who is at the other end. Arguments by name as for `Open Socket`."""

    @keyword(tags=["socket"])
    def find_free_port(self) -> int:
        """Gives a port that a socket of the target can be bound to.

        A target may have its sockets from this machine: nobody here has the port. One with a network stack of its own
        has all its ports free.

        Example:
        | ${port}    `Find Free Port`
        | `Bind Socket`    ${port}
        """
        return free_port()

    @keyword(tags=["socket"])
    def bind_socket(
        self, port: int, address: str = "", *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> None:
        """Gives a socket a local port.

        | =Argument= | =Meaning= |
        | ``port`` | the port, see `Find Free Port` |
        | ``address`` | one of the target's addresses; left out: all of them |

        Example:
        | `Bind Socket`    ${port}
        """
        self.call(calls.bind(socket, port, address), worker, expect)

    @keyword(tags=["socket"])
    def listen(self, backlog: int = 1, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None) -> None:
        """Lets a socket wait for connections.

        | =Argument= | =Meaning= |
        | ``backlog`` | connections that may wait |

        Example:
        | `Listen`    expect=NSAPI_ERROR_UNSUPPORTED
        """
        self.call(calls.listen(socket, backlog), worker, expect)

    @keyword(tags=["socket"])
    def accept(
        self, name: str = "accepted", *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> None:
        """Accepts a connection of a listening socket.

        | =Argument= | =Meaning= |
        | ``name`` | what the new socket is called |

        Example:
        | `Accept`    expect=NSAPI_ERROR_UNSUPPORTED
        """
        self.call(calls.accept(socket, name), worker, expect)

    @keyword(tags=["socket"])
    def set_socket_option(
        self,
        option: SocketOption,
        value: int,
        *,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> None:
        """Sets an option whose value is a number.

        | =Argument= | =Meaning= |
        | ``option`` | ``REUSEADDR``, ``KEEPALIVE``, ``KEEPIDLE`` (ms) or ``KEEPINTVL`` (ms) |

        Example:
        | `Set Socket Option`    KEEPALIVE    1
        """
        data = value.to_bytes(INT_BYTES, "little", signed=True)
        self.call(calls.setsockopt(socket, LEVEL, option, data), worker, expect)

    @keyword(tags=["socket"])
    def get_socket_option(
        self, option: SocketOption, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> int:
        """Gives the value of an option. Arguments as for `Set Socket Option`.

        Example:
        | ${on}    `Get Socket Option`    KEEPALIVE
        """
        reply = self.call(calls.getsockopt(socket, LEVEL, option, INT_BYTES), worker, expect)
        return int.from_bytes(reply.data, "little", signed=True)

    @keyword(tags=["socket"])
    def other_end_should_be(
        self, peer: Peer | int, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> None:
        """Asks a socket who is at its other end (``getpeername``), and checks that it is this peer.

        | =Argument= | =Meaning= |
        | ``peer`` | a peer of the bench, or a port |

        Example:
        | `Connect`    ${peer}
        | `Other End Should Be`    ${peer}
        """
        reply = self.call(calls.getpeername(socket), worker, expect)
        plan = self.session.info.network
        wanted = (plan.host if plan else "", peer if isinstance(peer, int) else peer.port)
        if reply.ok and (reply.address, reply.port) != wanted:
            raise KeywordFailure(f"port {reply.port} of {reply.address} is at the other end, not {wanted[1]}")

    @keyword(tags=["socket"])
    def send_message(
        self,
        data: str | bytes,
        *,
        control: bool = False,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> int:
        """Sends with ``sendmsg`` and gives the count that was taken. The address is that of nobody.

        | =Argument= | =Meaning= |
        | ``control`` | hand over control data |

        Example:
        | `Send Message`    hello
        | `Send Message`    hello    control=True    expect=NSAPI_ERROR_UNSUPPORTED
        """
        payload = data.encode() if isinstance(data, str) else data
        manner = Manner.WITH_CONTROL if control else Manner.MESSAGE
        return self.call(calls.sendto(socket, "", 0, payload, manner), worker, expect).result

    @keyword(tags=["socket"])
    def receive_message(
        self, *, control: bool = False, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> bytes:
        """Receives with ``recvmsg`` and gives what came. Arguments as for `Send Message`."""
        manner = Manner.WITH_CONTROL if control else Manner.MESSAGE
        return self.call(calls.recvfrom(socket, self.at_once(None), manner), worker, expect).data

    @keyword(tags=["socket"])
    def receive_and_learn_nothing(
        self, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> bytes:
        """Receives with ``recvfrom``, and checks that the address is left as it was. Gives what came.

        Example:
        | ${data}    `Receive And Learn Nothing`
        """
        reply = self.call(calls.recvfrom(socket, self.at_once(None)), worker, expect)
        if (reply.address, reply.port) != UNTOUCHED:
            raise KeywordFailure(f"recvfrom wrote over the address: port {reply.port} of {reply.address or 'nobody'}")
        return reply.data
