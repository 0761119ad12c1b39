"""Keywords about peers: the servers that the target talks to, and what they saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase

from robot.api.deco import keyword

from tlsbench.keywords.converters import Size
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.topic import Topic
from tlsbench.peers import Authority, Identity, Peer, PeerSession, RefusedPort, Stage, TcpPeer, TlsPeer, UdpPeer
from tlsbench.peers.behaviours import Prompted, Sink
from tlsbench.peers.tls import DEFAULT_CIPHERS, LARGEST_RECORD, ClientCertificate, Version
from tlsbench.session.session import Until

WITHIN = timedelta(seconds=5)

FACTS: Mapping[str, Callable[[PeerSession], list[str | None]]] = {
    "version": lambda session: [session.version],
    "cipher_suite": lambda session: [session.cipher_suite],
    "server_name": lambda session: [session.sni],
    "client_certificate": lambda session: [session.client_certificate],
    "alert": lambda session: [alert.description for alert in session.alerts_rx] or [None],
    "ending": lambda session: [session.ending],
    "handshake_error": lambda session: [session.handshake_error],
}
"""What `Peer Should Have Seen` can check. An alert is one of several; any of them will do."""


class PeerKeywords(Topic):
    """Servers on this machine that the target talks to. They stop by themselves when the test ends.

    What a peer does with a connection is its *behaviour*:

    | =Behaviour= | =What it does= | =Options= |
    | ``echo`` | sends everything back | |
    | ``source`` | sends pattern data | ``length``, ``seed``, ``chunk``, ``close`` |
    | ``sink`` | receives; can be paused | ``seed`` (then the data must be the pattern), ``paused`` |
    | ``silent`` | accepts the connection and never says anything | |
    | ``silent-after-handshake`` | takes part in the handshake, then reads and says nothing | |
    | ``slow`` | echoes, and waits before each answer | ``delay`` |
    | ``drip`` | echoes; sends everything, the handshake too, in tiny pieces | ``interval``, ``size`` |
    | ``close`` | closes the connection in good order | ``when``, ``after``, ``notify`` |
    | ``reset`` | breaks the connection off | ``when``, ``after`` |
    | ``flood`` | sends warning alerts without end, in the clear, and reads nothing | ``when`` |
    | ``prompted`` | receives, and sends what `Let Peer Send` tells it to | |
    | ``half-open`` | ends its own sending side and goes on receiving | ``after``, ``notify`` |
    | ``http`` | answers a GET with a page and closes | ``path``, ``body`` |
    | ``starttls`` | greets in the clear, turns to TLS when asked to, echoes | ``greeting``, ``answer``, ``lives_on`` |

    ``when`` is ``accept``, ``handshake`` or ``established``; ``after`` is how much it echoes before.
    """

    @keyword(name="Start TLS Peer", tags=["peer", "tls"])
    def start_tls_peer(
        self,
        identity: Identity,
        behaviour: str = "echo",
        *,
        min_version: Version = "1.2",
        max_version: Version = "1.2",
        ciphers: str = DEFAULT_CIPHERS,
        client_certificate: ClientCertificate = "none",
        client_root: Authority | None = None,
        record_limit: Size = Size(LARGEST_RECORD),
        receive_buffer: Size | None = None,
        resumption: bool = False,
        layers: int = 1,
        port: int = 0,
        until: Until = "test",
        **options: str,
    ) -> TlsPeer:
        """Starts a TLS server. Its secrets go into the run's ``keys.log``, with which Wireshark reads the capture.

        | =Argument= | =Meaning= |
        | ``identity`` | its certificate and key, see `Create Server Certificate` |
        | ``behaviour`` | what it does with a connection, see the table of behaviours |
        | ``min_version``, ``max_version`` | protocols that it accepts, ``1.2`` or ``1.3`` |
        | ``ciphers`` | suites in OpenSSL's notation, its favourite first |
        | ``client_certificate`` | ``none`` (not asked for), ``optional`` or ``required`` |
        | ``client_root`` | authority that client certificates must come from |
        | ``record_limit`` | largest record of data that it sends |
        | ``receive_buffer`` | size of its receive buffer: with a small one the target's window fills soon |
        | ``resumption`` | let the target resume an earlier session |
        | ``layers`` | 2: TLS inside TLS |
        | ``port`` | port to listen on; 0 takes a free one |
        | ``until`` | how long it runs: to the end of the ``test``, ``suite`` or ``run`` |
        | ``options`` | options of the behaviour |

        Example:
        | ${peer}    `Start TLS Peer`    ${identity}
        | ${peer}    `Start TLS Peer`    ${identity}    source    length=64 KiB
        | ${peer}    `Start TLS Peer`    ${identity}    drip    interval=50 ms
        | ${peer}    `Start TLS Peer`    ${identity}    client_certificate=required    client_root=${authority}
        | `Connect`    ${peer}
        """
        peer = TlsPeer(
            identity,
            behaviour,
            min_version=min_version,
            max_version=max_version,
            ciphers=ciphers,
            client_certificate=client_certificate,
            client_ca=client_root.root_pem if client_root else None,
            record_limit=record_limit,
            receive_buffer=receive_buffer,
            resumption=resumption,
            layers=layers,
            keylog=self.session.keylog,
            address=self.session.listen,
            port=port,
            **options,
        )
        return self.session.keep(peer, until)

    @keyword(name="Start TCP Peer", tags=["peer"])
    def start_tcp_peer(
        self,
        behaviour: str = "echo",
        *,
        receive_buffer: Size | None = None,
        port: int = 0,
        until: Until = "test",
        **options: str,
    ) -> TcpPeer:
        """Starts a TCP server without TLS. Arguments as for `Start TLS Peer`.

        Example:
        | ${peer}    `Start TCP Peer`    echo
        | `Open Socket`    tcp
        | `Connect`    ${peer}
        """
        return self.session.keep(
            TcpPeer(behaviour, receive_buffer=receive_buffer, address=self.session.listen, port=port, **options), until
        )

    @keyword(tags=["peer"])
    def reserve_refused_port(self) -> int:
        """Gives a port that nobody listens on, and keeps it so until the test ends: connecting to it is refused.

        Example:
        | ${port}    `Reserve Refused Port`
        | `Connect`    ${port}    expect=NSAPI_ERROR_NO_CONNECTION
        """
        return self.session.keep(RefusedPort(self.session.listen)).port

    @keyword(tags=["peer"])
    def stop_peer(self, peer: Peer) -> None:
        """Stops a peer at once: it closes its connections and its port. At the end of a test this happens by itself.

        Example:
        | `Stop Peer`    ${peer}
        """
        peer.stop()

    @keyword(tags=["peer"])
    def pause_peer(self, peer: TcpPeer) -> None:
        """Lets a ``sink`` stop reading, so that the window of the target fills. See `Resume Peer`.

        Example:
        | ${peer}    `Start TLS Peer`    ${identity}    sink    receive_buffer=4 KiB
        | `Pause Peer`    ${peer}
        """
        _sink(peer).pause()

    @keyword(tags=["peer"])
    def resume_peer(self, peer: TcpPeer) -> None:
        """Lets a ``sink`` read again that was paused.

        Example:
        | `Resume Peer`    ${peer}
        """
        _sink(peer).resume()

    @keyword(tags=["peer"])
    def let_peer_send(self, peer: TcpPeer | UdpPeer, data: str | bytes) -> None:
        """Lets a ``prompted`` peer send something now; a UDP peer sends it in one datagram. Text goes as UTF-8.

        Example:
        | ${peer}    `Start TLS Peer`    ${identity}    prompted
        | `Connect`    ${peer}
        | ${call}    `Begin Receive`
        | `Let Peer Send`    ${peer}    hello
        | `Call Should Return`    ${call}
        """
        if isinstance(peer, UdpPeer):
            peer.say(_bytes(data))
            return
        if not isinstance(peer.behaviour, Prompted):
            raise KeywordFailure(f"only a prompted peer sends what it is told; this is a {peer}")
        peer.behaviour.say(_bytes(data))

    @keyword(tags=["peer"])
    def peer_should_have_seen(
        self, peer: Peer, *, number: int | None = None, within: timedelta = WITHIN, **facts: str
    ) -> PeerSession:
        """Checks what a peer saw of a connection; waits for it a while. Gives all that the peer saw.

        | =Argument= | =Meaning= |
        | ``peer`` | the peer |
        | ``number`` | which connection, counted from 1; left out: the newest |
        | ``within`` | how long to wait until it is so |
        | ``facts`` | what to check, see below |

        | =Fact= | =Meaning= |
        | ``version`` | protocol: ``TLSv1.2`` |
        | ``cipher_suite`` | OpenSSL's name of the suite |
        | ``server_name`` | name that the target asked for (SNI) |
        | ``client_certificate`` | subject of the certificate that the target showed |
        | ``alert`` | an alert that the target sent: ``unknown_ca``, ``bad_certificate``, ... |
        | ``ending`` | how the connection ended: ``close_notify``, ``fin``, ``reset``, ... |
        | ``handshake_error`` | why the handshake failed, as the peer tells it |

        A value may have the wildcards ``*`` and ``?``; ``none`` means that there is none.

        Example:
        | `Peer Should Have Seen`    ${peer}    version=TLSv1.2    cipher_suite=ECDHE-ECDSA-*
        | `Peer Should Have Seen`    ${peer}    server_name=server.tlsbench.test    client_certificate=none
        | `Peer Should Have Seen`    ${peer}    alert=unknown_ca
        """
        for name in facts:
            if name not in FACTS:
                raise KeywordFailure(f"a peer cannot tell {name!r} of a connection; it can tell {', '.join(FACTS)}")
        wanted = ", ".join(f"{name} to be {value}" for name, value in facts.items()) or "a connection"
        return peer.wait_until(
            lambda session: all(_is(FACTS[name](session), value) for name, value in facts.items()),
            within.total_seconds(),
            wanted,
            number=number,
        )

    @keyword(tags=["peer"])
    def peer_should_have_received(
        self, peer: Peer, size: Size, *, number: int | None = None, within: timedelta = WITHIN
    ) -> None:
        """Checks that exactly so much application data came from the target; waits for it a while.

        A ``sink`` with a ``seed`` fails here if the data was not the pattern.

        | =Argument= | =Meaning= |
        | ``peer`` | the peer |
        | ``size`` | how much, TLS overhead not counted |
        | ``number`` | which connection, counted from 1; left out: the newest |
        | ``within`` | how long to wait until it has come |

        Example:
        | `Send Pattern`    64 KiB
        | `Peer Should Have Received`    ${peer}    64 KiB
        """
        session = peer.wait_until(
            lambda session: session.received >= size, within.total_seconds(), f"{size} bytes to arrive", number=number
        )
        if session.received != size:
            raise KeywordFailure(f"{session.received} bytes came, not {size}\n{session.summary()}")

    @keyword(tags=["peer"])
    def get_peer_session(
        self, peer: Peer, *, number: int | None = None, ended: bool = False, within: timedelta = WITHIN
    ) -> PeerSession:
        """Gives what a peer saw of a connection, once it is established, or has ended.

        It has ``version``, ``cipher_suite``, ``sni``, ``client_certificate``, ``round_trips``, ``handshake_s``,
        ``bytes_rx``, ``bytes_tx``, ``received``, ``sent``, ``records_rx``, ``records_tx``, ``ending`` and more.

        | =Argument= | =Meaning= |
        | ``peer`` | the peer |
        | ``number`` | which connection, counted from 1; left out: the newest |
        | ``ended`` | wait until it has ended, whether or not its handshake succeeded |
        | ``within`` | how long to wait |

        Example:
        | ${seen}    `Get Peer Session`    ${peer}
        | Should Be Equal As Integers    ${seen.round_trips}    2
        """
        stage = Stage.ENDED if ended else Stage.ESTABLISHED
        return peer.wait_for_session(within.total_seconds(), number=number, stage=stage)


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _sink(peer: TcpPeer) -> Sink:
    if not isinstance(peer.behaviour, Sink):
        raise KeywordFailure(f"only a sink can be paused; this is a {peer}")
    return peer.behaviour


def _is(values: list[str | None], wanted: str) -> bool:
    return any(fnmatchcase("none" if value is None else value, wanted) for value in values)
