"""What a peer saw of one connection: the record that keywords, tests and the report read."""

import time
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

from tlsbench.peers.records import Alert, ClientHello

HEAD_BYTES = 4096


class Stage(IntEnum):
    """How far a connection has come. It never goes back."""

    ACCEPTED = 1
    """TCP is connected; in a TLS peer the handshake has not finished."""
    ESTABLISHED = 2
    """The handshake succeeded (at once for a peer without TLS); the behaviour serves."""
    ENDED = 3
    """The peer has closed its side. `PeerSession.ending` says how it came."""


@dataclass
class PeerSession:
    """One connection, as the peer saw it. Written by the connection's thread, read by anybody.

    All byte counts are TCP payload at the peer, so headers and retransmissions are not in them.
    """

    number: int
    """1 for the first connection that the peer accepted."""
    client: str
    """Where it came from, ``address:port``. Behind the emulator's network this is not the target's own address."""
    accepted_at: float = field(default_factory=time.monotonic)
    stage: Stage = Stage.ACCEPTED
    was_established: bool = False
    """It got through the handshake, whatever came later."""

    bytes_rx: int = 0
    """Bytes from the client, TLS overhead included."""
    bytes_tx: int = 0
    """Bytes to the client, TLS overhead included."""
    flights: int = 0
    """Uninterrupted runs of bytes in one direction; a full TLS 1.2 handshake has 4 (RFC 5246, figure 1)."""
    records_rx: Counter[str] = field(default_factory=Counter)
    """TLS records from the client by content type (``handshake``, ``application_data``, ...)."""
    records_tx: Counter[str] = field(default_factory=Counter)
    """TLS records to the client by content type."""

    hello: ClientHello | None = None
    """What the client offered, once its ClientHello was complete."""
    version: str | None = None
    """Negotiated protocol, ``TLSv1.2``."""
    cipher_suite: str | None = None
    """Negotiated suite, OpenSSL's name for it."""
    resumed: bool = False
    """The handshake resumed an earlier session."""
    client_certificate: str | None = None
    """Subject of the certificate that the client showed (RFC 4514), None if it showed none."""
    handshake_s: float | None = None
    """Seconds from the client's first byte to the end of the handshake, at the peer."""
    handshake_bytes_rx: int | None = None
    """Bytes from the client until the handshake had succeeded."""
    handshake_bytes_tx: int | None = None
    """Bytes to the client until the handshake had succeeded."""
    handshake_flights: int | None = None
    """Flights until the handshake had succeeded; two of them are a round trip."""
    handshake_error: str | None = None
    """Why the handshake failed, in OpenSSL's words or those of the transport."""
    alerts_rx: list[Alert] = field(default_factory=list)
    """Alerts that the client sent."""

    received: int = 0
    """Bytes of application data from the client."""
    sent: int = 0
    """Bytes of application data to the client."""
    received_head: bytearray = field(default_factory=bytearray)
    """The first 4096 bytes of application data from the client."""
    hello_verify_requests: int = 0
    """How often a DTLS peer asked the client to prove its address (RFC 6347, section 4.2.1)."""
    longest_datagram_rx: int = 0
    """Bytes of the longest datagram from the client, at a peer over UDP."""
    datagrams: list[bytes] = field(default_factory=list)
    """Application data from the client, datagram by datagram, at a peer over UDP."""
    ending: str | None = None
    """How the connection ended: ``close_notify``, ``fin``, ``reset``, ``closed by the peer``, ``peer stopped``, ..."""
    failure: str | None = None
    """What the behaviour found wrong, for example data that is not the pattern."""

    @property
    def sni(self) -> str | None:
        """Server name that the client asked for (RFC 6066, section 3), None if it sent none."""
        return self.hello.server_name if self.hello else None

    @property
    def round_trips(self) -> float | None:
        """Round trips of the handshake: half its flights. 2 for a full TLS 1.2 handshake, 1.5 for a resumed one."""
        return None if self.handshake_flights is None else self.handshake_flights / 2

    def summary(self) -> str:
        """The session in a few lines of plain text, as evidence in errors and for a person at a terminal."""
        lines = [f"session {self.number} from {self.client}: {self.stage.name.lower()}"]
        if self.version:
            lines.append(f"{self.version} {self.cipher_suite}, handshake {1000 * (self.handshake_s or 0):.0f} ms")
        if self.hello:
            lines.append(self.hello.summary())
        if self.client_certificate:
            lines.append(f"client certificate: {self.client_certificate}")
        lines.append(
            f"{self.bytes_rx} bytes from the client, {self.bytes_tx} to it, {self.flights} flights; "
            f"application data: {self.received} from the client, {self.sent} to it"
        )
        for direction, records in (("from the client", self.records_rx), ("to the client", self.records_tx)):
            if records:
                lines.append(f"records {direction}: " + ", ".join(f"{n} {kind}" for kind, n in records.items()))
        lines += [f"alert from the client: {alert}" for alert in self.alerts_rx]
        for label, text in (("handshake failed", self.handshake_error), ("failure", self.failure)):
            if text:
                lines.append(f"{label}: {text}")
        if self.ending:
            lines.append(f"ended: {self.ending}")
        return "\n".join(lines)
