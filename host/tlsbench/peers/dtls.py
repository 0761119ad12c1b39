"""A DTLS server on this machine, on pyOpenSSL: handshakes with or without cookies, and what it saw of each."""

from __future__ import annotations

import hmac
import secrets
import time
from pathlib import Path
from typing import Any, ClassVar

from OpenSSL import SSL
from OpenSSL.crypto import X509

from tlsbench.model.errors import CertificateError, ConfigError, PeerError
from tlsbench.peers.dtls_records import dtls_records
from tlsbench.peers.pki import Authority, Identity
from tlsbench.peers.ports import LOOPBACK
from tlsbench.peers.records import Alert, alert_name
from tlsbench.peers.seen import PeerSession, Stage
from tlsbench.peers.tls import DEFAULT_CIPHERS, keylog_refused
from tlsbench.peers.udp import DatagramBehaviour, UdpPeer

DEFAULT_MTU = 1400
SMALLEST_MTU = 228
_READ_BYTES = 65536
_READ_ALERT = 0x4004  # SSL_CB_READ_ALERT
_COOKIE_EXCHANGE = 0x2000  # SSL_OP_COOKIE_EXCHANGE


class DtlsPeer(UdpPeer):
    """A DTLS 1.2 server. Each client's address is a session, until the client says goodbye.

    Example::

        authority = Authority()
        with DtlsPeer(authority.server(chain=2), keylog=run_folder / "keys.log") as peer:
            target.connect("10.0.2.2", peer.port)
            session = peer.wait_for_session(timeout_s=10)
            assert session.version == "DTLSv1.2"

    Args:
        identity: certificate chain and key that it shows; None makes a good one.
        behaviour: ``echo`` or ``silent``, once the handshake is done.
        client_root: authority that the client must show a certificate of; None asks for none.
        cookies: ask the client to prove its address first, by a HelloVerifyRequest (RFC 6347, section 4.2.1).
        mtu: longest datagram that it sends, bytes.
        whole_flights: send each flight in one datagram, however long; the network cuts it into fragments.
        ciphers: suites in OpenSSL's notation, its own favourite first.
        keylog: file that the secrets are appended to, in the format that Wireshark reads (SSLKEYLOGFILE).
        address: address of this machine to listen on.
        port: port to listen on; 0 takes a free one.

    Raises:
        ConfigError: a value that does not exist.
        CertificateError: OpenSSL does not take the certificate and key.
    """

    kind: ClassVar[str] = "DTLS"

    def __init__(
        self,
        identity: Identity | None = None,
        behaviour: DatagramBehaviour = "echo",
        *,
        client_root: Authority | None = None,
        cookies: bool = True,
        mtu: int = DEFAULT_MTU,
        whole_flights: bool = False,
        ciphers: str = DEFAULT_CIPHERS,
        keylog: Path | None = None,
        address: str = LOOPBACK,
        port: int = 0,
    ) -> None:
        super().__init__(behaviour, address=address, port=port)
        if not SMALLEST_MTU <= mtu <= _READ_BYTES:
            raise ConfigError(f"no peer sends datagrams of {mtu} bytes; choose {SMALLEST_MTU} or more", key="mtu")
        self.identity = identity or Authority().server()
        self.client_root = client_root
        self.cookies = cookies
        self.mtu = mtu
        self.whole_flights = whole_flights
        self._keylog = keylog
        self._secret = secrets.token_bytes(16)
        self._context = self._new_context(ciphers)
        self._associations: dict[int, _Association] = {}

    def say(self, data: bytes, *, number: int | None = None) -> None:
        """Sends a datagram to a client now, in a record of its own.

        Args:
            data: its payload.
            number: whose session, counted from 1; None takes the newest.

        Raises:
            PeerError: that client is not connected.
        """
        with self._lock:
            self._association(number).say(data)

    def say_goodbye(self, *, number: int | None = None) -> None:
        """Sends a client close_notify now; what it says after that is still read.

        Args:
            number: whose session, counted from 1; None takes the newest.

        Raises:
            PeerError: that client is not connected.
        """
        with self._lock:
            self._association(number).say_goodbye()

    # --- at work

    def _association(self, number: int | None) -> _Association:
        session = self._session(number)
        association = self._associations.get(session.number)
        if association is None or session.stage is not Stage.ESTABLISHED:
            raise PeerError(f"{self}: session {session.number} is not connected", received=self.report())
        return association

    def _new_context(self, ciphers: str) -> SSL.Context:
        context = SSL.Context(SSL.DTLS_METHOD)
        options = SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET | (_COOKIE_EXCHANGE if self.cookies else 0)
        context.set_options(options)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        try:
            context.set_cipher_list(ciphers.encode())
        except SSL.Error as error:
            raise ConfigError(f"OpenSSL knows no cipher suite in {ciphers!r}", key="ciphers") from error
        try:
            context.use_certificate(self.identity.certificate)
            context.use_privatekey(self.identity.key)
            for issuer in self.identity.chain[1:]:
                context.add_extra_chain_cert(issuer)
        except (SSL.Error, TypeError) as error:
            raise CertificateError(f"OpenSSL does not take the peer's certificate and key: {error}") from error
        if self.client_root is not None:
            store = context.get_cert_store()
            assert store is not None
            store.add_cert(X509.from_cryptography(self.client_root.root))
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
        context.set_cookie_generate_callback(self._cookie)
        context.set_cookie_verify_callback(
            lambda connection, cookie: hmac.compare_digest(self._cookie(connection), cookie)
        )
        context.set_info_callback(_note_alert)
        if self._keylog is not None:
            try:
                self._keylog.open("ab").close()  # at once: an error in OpenSSL's callback reaches nobody
            except OSError as error:
                raise keylog_refused(self._keylog, error) from error
            context.set_keylog_callback(self._log_keys)
        return context

    def _cookie(self, connection: SSL.Connection) -> bytes:
        session: PeerSession = connection.get_app_data()
        return hmac.digest(self._secret, session.client.encode(), "sha256")

    def _log_keys(self, _connection: SSL.Connection, line: bytes) -> None:
        assert self._keylog is not None
        with self._keylog.open("ab") as file:
            file.write(line + b"\n")

    def _handle(self, session: PeerSession, data: bytes) -> None:
        with self._lock:
            association = self._associations.get(session.number)
            if association is None:
                association = self._associations[session.number] = _Association(self, self._context, session)
            association.take(data)
            if session.stage is Stage.ENDED:  # whoever comes from that address next is somebody new
                del self._associations[session.number]
                self._forget(session)

    def _tick(self) -> int | None:
        with self._lock:
            due = [wait for association in self._associations.values() if (wait := association.tick()) is not None]
        return round(min(due) * 1000) + 1 if due else None


class _Association:
    """One client: OpenSSL's side of it, between memory and the peer's socket."""

    def __init__(self, peer: DtlsPeer, context: SSL.Context, session: PeerSession) -> None:
        self._peer = peer
        self._session = session
        self._connection = connection = SSL.Connection(context, None)
        connection.set_app_data(session)
        connection.set_accept_state()
        connection.set_ciphertext_mtu(peer.mtu)
        self._verified = not peer.cookies

    def take(self, data: bytes) -> None:
        """A datagram came from the client."""
        session = self._session
        for record in dtls_records(data):
            session.records_rx[record.kind] += 1
        self._connection.bio_write(data)
        try:
            if session.stage is Stage.ACCEPTED:
                self._shake_hands()
            while session.stage is Stage.ESTABLISHED:
                received = self._connection.recv(_READ_BYTES)
                self._peer._deliver(session, received)
                if self._peer.echoes:
                    self.say(received)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self._connection.shutdown()
            self._end("close_notify")
        except SSL.Error as error:
            if not session.was_established:
                session.handshake_error = str(error.args[0][-1][-1] if error.args and error.args[0] else error)
            self._end(f"alert {session.alerts_rx[-1].description}" if session.alerts_rx else "failed")
        self._flush()

    def say(self, data: bytes) -> None:
        """Send application data in one record."""
        self._session.sent += len(data)
        self._connection.send(data)
        self._flush()

    def say_goodbye(self) -> None:
        """Send close_notify."""
        self._connection.shutdown()
        self._flush()

    def tick(self) -> float | None:
        """Send again what is due, and give the seconds until more is; None: nothing waits for an answer."""
        if self._session.stage is not Stage.ACCEPTED or not self._verified:
            return None
        left = self._connection.DTLSv1_get_timeout()
        if left is not None and left <= 0:
            try:
                self._connection.DTLSv1_handle_timeout()
            except SSL.Error as error:  # sent too often already
                self._session.handshake_error = str(error)
                self._end("failed")
                return None
            self._flush()
            left = self._connection.DTLSv1_get_timeout()
        return left

    def _shake_hands(self) -> None:
        session = self._session
        if not self._verified:
            self._connection.DTLSv1_listen()
            self._verified = True
        self._connection.do_handshake()
        session.version = self._connection.get_protocol_version_name()
        session.cipher_suite = self._connection.get_cipher_name()
        session.handshake_s = time.monotonic() - session.accepted_at
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is not None:
            session.client_certificate = certificate.subject.rfc4514_string()
        session.handshake_error = None
        self._flush()
        session.handshake_bytes_rx = session.bytes_rx
        session.handshake_bytes_tx = session.bytes_tx
        session.handshake_flights = session.flights
        self._peer._book.advance(session, Stage.ESTABLISHED)

    def _end(self, how: str) -> None:
        self._session.ending = how
        self._peer._book.advance(self._session, Stage.ENDED)

    def _flush(self) -> None:
        """Send what OpenSSL wrote. It forgets where one datagram ended and the next began, but records say how long
        they are.
        """
        written = b""
        while True:
            try:
                written += self._connection.bio_read(_READ_BYTES)
            except SSL.WantReadError:
                break
        limit = _READ_BYTES if self._peer.whole_flights else self._peer.mtu
        datagram = b""
        for record in dtls_records(written):
            self._session.records_tx[record.kind] += 1
            self._session.hello_verify_requests += record.asks_for_cookie
            if datagram and (len(datagram) + len(record.data) > limit or record.kind == "application_data"):
                self._peer._send(self._session, datagram)
                datagram = b""
            datagram += record.data
        if datagram:
            self._peer._send(self._session, datagram)


def _note_alert(connection: Any, where: int, value: int) -> None:
    if where == _READ_ALERT:
        session: PeerSession = connection.get_app_data()
        level = {1: "warning", 2: "fatal"}.get(value >> 8, "unknown")
        session.alerts_rx.append(Alert(level, alert_name(value & 0xFF)))
