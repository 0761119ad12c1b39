"""Keywords for DTLS: its peers, its timers, and what may happen to datagrams on their way."""

from __future__ import annotations

from datetime import timedelta

from robot.api.deco import keyword

from tlsbench.keywords.converters import Outcome, Size
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.socket import SOCKET, SocketTopic
from tlsbench.link import calls
from tlsbench.peers import Authority, DtlsPeer, DtlsProgram, Identity, Impairment, UdpPeer
from tlsbench.peers.dtls import DEFAULT_MTU
from tlsbench.peers.dtls_program import Program
from tlsbench.peers.impair import Damage, Way
from tlsbench.peers.udp import DatagramBehaviour
from tlsbench.session.session import Until


class DtlsKeywords(SocketTopic):
    """Secure datagrams. Sockets of kind ``dtls`` need an image that has them: `Use Configuration`    dtls."""

    @keyword(name="Start DTLS Peer", tags=["peer", "dtls"])
    def start_dtls_peer(
        self,
        identity: Identity,
        behaviour: DatagramBehaviour = "echo",
        *,
        client_root: Authority | None = None,
        cookies: bool = True,
        mtu: Size = Size(DEFAULT_MTU),
        whole_flights: bool = False,
        port: int = 0,
        until: Until = "test",
    ) -> DtlsPeer:
        """Starts a DTLS 1.2 server. Its secrets go into the run's ``keys.log``.

        | =Argument= | =Meaning= |
        | ``identity`` | its certificate and key, see `Create Server Certificate` |
        | ``behaviour`` | ``echo`` or ``silent``; both send what `Let Peer Send` tells them to |
        | ``client_root`` | authority that the target must show a certificate of; left out: none is asked for |
        | ``cookies`` | have the target prove its address first (HelloVerifyRequest) |
        | ``mtu`` | longest datagram that it sends |
        | ``whole_flights`` | send each flight in one datagram, however long |
        | ``port`` | port to listen on; 0 takes a free one |
        | ``until`` | how long it runs: to the end of the ``test``, ``suite`` or ``run`` |

        Example:
        | ${peer}    `Start DTLS Peer`    ${identity}
        | ${peer}    `Start DTLS Peer`    ${identity}    cookies=False    mtu=300
        """
        peer = DtlsPeer(
            identity,
            behaviour,
            client_root=client_root,
            cookies=cookies,
            mtu=mtu,
            whole_flights=whole_flights,
            keylog=self.session.keylog,
            address=self.session.listen,
            port=port,
        )
        return self.session.keep(peer, until)

    @keyword(tags=["dtls"])
    def set_handshake_timeouts(
        self, first: timedelta, last: timedelta, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> None:
        """Sets how long the handshake waits for an answer at first, and at most: the time doubles when it passes.

        Example:
        | `Set Handshake Timeouts`    200 ms    800 ms
        """
        milliseconds = [round(time / timedelta(milliseconds=1)) for time in (first, last)]
        self.call(calls.set_handshake_timeouts(socket, *milliseconds), worker, expect)

    @keyword(name="Set MTU", tags=["dtls"])
    def set_mtu(self, size: Size, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None) -> None:
        """Sets the longest datagram that the target sends.

        Example:
        | `Set MTU`    300
        """
        self.call(calls.set_mtu(socket, size), worker, expect)

    @keyword(name="Start DTLS Program", tags=["peer", "dtls"])
    def start_dtls_program(
        self, program: Program, identity: Identity, *, mtu: Size = Size(DEFAULT_MTU), until: Until = "test"
    ) -> DtlsProgram:
        """Starts somebody else's DTLS 1.2 server, which sends back what it receives, for a second opinion.

        | =Argument= | =Meaning= |
        | ``program`` | ``openssl`` (``openssl s_server``) or ``gnutls`` (``gnutls-serv``); both ask for a cookie |
        | ``identity`` | its certificate and key, see `Create Server Certificate` |
        | ``mtu`` | longest datagram that it sends |
        | ``until`` | how long it runs: to the end of the ``test``, ``suite`` or ``run`` |

        Example:
        | ${peer}    `Start DTLS Program`    gnutls    ${identity}
        """
        return self.session.keep(DtlsProgram(program, identity, mtu=mtu, address=self.session.listen), until)

    @keyword(tags=["peer", "dtls"])
    def let_peer_say_goodbye(self, peer: DtlsPeer) -> None:
        """Lets a DTLS peer send close_notify to its newest client.

        Example:
        | `Let Peer Say Goodbye`    ${peer}
        | `Datagram Should Come`    ${EMPTY}
        """
        peer.say_goodbye()

    @keyword(tags=["datagram", "peer"])
    def inject_datagram(self, peer: UdpPeer, data: str | bytes) -> None:
        """Sends a datagram to the newest client of a peer, as somebody who forges the peer's address could.

        Example:
        | ${alert}    Evaluate    bytes.fromhex('15fefd0000000000000063000202 28')
        | `Inject Datagram`    ${peer}    ${alert}
        """
        peer.inject(data.encode() if isinstance(data, str) else data)

    @keyword(tags=["datagram", "peer"])
    def impair_datagrams(
        self, peer: UdpPeer, way: Way, damage: Damage, *numbers: int, beginning: bytes = b""
    ) -> Impairment:
        """Lets something happen to datagrams on their way, from now on to the end of the test.

        | =Argument= | =Meaning= |
        | ``peer`` | whose datagrams |
        | ``way`` | ``to target`` or ``from target`` |
        | ``damage`` | ``lose``, ``duplicate``, ``swap`` (with the next one), ``corrupt`` (the last byte) |
        | ``numbers`` | which ones, counted from 1; none means all |
        | ``beginning`` | bytes that a datagram begins with that is counted; others go by |

        Example:
        | `Impair Datagrams`    ${peer}    to target    lose    1    2
        | `Impair Datagrams`    ${peer}    from target    duplicate
        """
        return self.session.keep(peer.path.impaired(Impairment(way, damage, numbers, beginning)))

    @keyword(tags=["datagram"])
    def impairment_should_have_happened(self, impairment: Impairment, at_least: int = 1) -> None:
        """Checks that there were datagrams for something to happen to: otherwise a test would prove nothing.

        Example:
        | ${loss}    `Impair Datagrams`    ${peer}    to target    lose    1
        | `Impairment Should Have Happened`    ${loss}
        """
        if impairment.touched < at_least:
            raise KeywordFailure(f"of {impairment.count} datagrams {impairment.touched} were impaired, not {at_least}")
