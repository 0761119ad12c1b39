"""Keywords for datagrams: sockets and peers that keep each message apart."""

from __future__ import annotations

import socket as sockets
from datetime import timedelta

from robot.api.deco import keyword

from tlsbench.keywords.converters import Outcome, Size
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.peer import WITHIN
from tlsbench.keywords.socket import SOCKET, SocketTopic
from tlsbench.link import calls
from tlsbench.peers import Peer, UdpPeer
from tlsbench.peers.udp import DatagramBehaviour
from tlsbench.session.session import Until


class DatagramKeywords(SocketTopic):
    """Datagrams on the target, and the peers that they go to. Arguments by name as for `Open Socket`.

    Each `Send` on a datagram socket is one datagram, and each `Receive` takes one.
    """

    @keyword(name="Start UDP Peer", tags=["peer", "datagram"])
    def start_udp_peer(self, behaviour: DatagramBehaviour = "echo", *, port: int = 0, until: Until = "test") -> UdpPeer:
        """Starts a UDP server. Each address that it hears from is a connection of its own for `Get Peer Session`.

        | =Argument= | =Meaning= |
        | ``behaviour`` | ``echo`` or ``silent``; both send what `Let Peer Send` tells them to |
        | ``port`` | port to listen on; 0 takes a free one |
        | ``until`` | how long it runs: to the end of the ``test``, ``suite`` or ``run`` |

        Example:
        | ${peer}    `Start UDP Peer`
        | `Open Socket`    udp
        | `Send To`    ${peer}    hello
        """
        return self.session.keep(UdpPeer(behaviour, address=self.session.listen, port=port), until)

    @keyword(tags=["datagram", "socket"])
    def send_to(
        self,
        peer: UdpPeer | int,
        data: str | bytes,
        host: str | None = None,
        *,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> int:
        """Sends one datagram, at most 512 bytes, to a peer or a port. Text goes as UTF-8.

        | =Argument= | =Meaning= |
        | ``peer`` | a peer of the bench, or a port |
        | ``host`` | an address; left out: that of the bench |

        Example:
        | `Send To`    ${peer}    hello
        """
        port = peer if isinstance(peer, int) else peer.port
        payload = data.encode() if isinstance(data, str) else data
        return self.call(calls.sendto(socket, host or self._host, port, payload), worker, expect).result

    @keyword(tags=["datagram", "socket"])
    def receive_from(
        self,
        peer: Peer | int,
        size: Size | None = None,
        *,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> bytes:
        """Receives one datagram, checks that the target was told that it came from this peer, and gives it.

        | =Argument= | =Meaning= |
        | ``peer`` | a peer of the bench, or a port |

        Example:
        | ${data}    `Receive From`    ${peer}
        """
        reply = self.call(calls.recvfrom(socket, self.at_once(size)), worker, expect)
        port = peer if isinstance(peer, int) else peer.port
        if reply.ok and (reply.address, reply.port) != (self._host, port):
            sender = f"port {reply.port} of {reply.address}"
            raise KeywordFailure(f"the datagram came from {sender}, not from port {port} of {self._host}")
        return reply.data

    @keyword(tags=["datagram", "socket"])
    def datagram_should_come(
        self, data: str | bytes, *, size: Size | None = None, socket: str = SOCKET, worker: int = 0
    ) -> None:
        """Receives once, and checks that exactly this came.

        Example:
        | `Let Peer Send`    ${peer}    one
        | `Datagram Should Come`    one
        """
        wanted = data.encode() if isinstance(data, str) else data
        came = self.call(calls.recv(socket, self.at_once(size)), worker).data
        if came != wanted:
            raise KeywordFailure(f"{came!r} came, not {wanted!r}")

    @keyword(tags=["datagram", "peer"])
    def peer_should_have_received_datagrams(
        self,
        peer: UdpPeer,
        *datagrams: str,
        count: int | None = None,
        number: int | None = None,
        within: timedelta = WITHIN,
    ) -> None:
        """Checks that exactly these datagrams came from the target, in this order; waits for them a while.

        | =Argument= | =Meaning= |
        | ``peer`` | the peer |
        | ``datagrams`` | text of each |
        | ``count`` | how many, whatever is in them; then without their texts |
        | ``number`` | which client, counted from 1; left out: the newest |
        | ``within`` | how long to wait until they have come |

        Example:
        | `Peer Should Have Received Datagrams`    ${peer}    one    two
        | `Peer Should Have Received Datagrams`    ${peer}    count=3
        """
        if datagrams and count is not None:
            raise KeywordFailure("either the datagrams' texts or their count is checked, not both")
        wanted = [text.encode() for text in datagrams]
        awaited = len(wanted) if count is None else count
        session = peer.wait_until(
            lambda session: len(session.datagrams) >= awaited,
            within.total_seconds(),
            f"{awaited} datagrams to arrive",
            number=number,
        )
        if count is not None and len(session.datagrams) != count:
            raise KeywordFailure(f"{session.datagrams} came, not {count} datagrams")
        if count is None and session.datagrams != wanted:
            raise KeywordFailure(f"{session.datagrams} came, not {wanted}")

    @keyword(tags=["datagram", "peer"])
    def let_stranger_send(self, peer: UdpPeer, data: str | bytes) -> None:
        """Sends a datagram to where the newest client of a peer sends from, but from another port than the peer's.

        Example:
        | `Connect`    ${peer}
        | `Send`    hello
        | `Let Stranger Send`    ${peer}    forged
        """
        host, _, port = peer.wait_for_session(WITHIN.total_seconds()).client.rpartition(":")
        with sockets.socket(sockets.AF_INET, sockets.SOCK_DGRAM) as stranger:
            stranger.sendto(data.encode() if isinstance(data, str) else data, (host, int(port)))

    @property
    def _host(self) -> str:
        """What the target knows this machine by."""
        plan = self.session.info.network
        if plan is None:
            raise self.session.info.error("this board has no network", "network")
        return plan.host
