"""TLS over a counted connection: the `ssl` module works in memory, and every byte passes through the peer's hands."""

import contextlib
import ssl
import time
from collections.abc import Callable

from cryptography import x509

from tlsbench.peers.connection import READ_BYTES, Connection, HandshakeFailed
from tlsbench.peers.records import Alert, alert_from_reason
from tlsbench.peers.seen import PeerSession
from tlsbench.peers.stream import note_received, note_sent


class TlsStream:
    """The server's side of one TLS connection.

    Args:
        connection: the connection below.
        send: how bytes get onto it; a behaviour may shape them.
        context: the server's settings.
        record_limit: most bytes of plaintext in an application record.
        outer: the TLS stream that this one goes through, if it is not straight on the connection.
    """

    def __init__(
        self,
        connection: Connection,
        send: Callable[[bytes], None],
        context: ssl.SSLContext,
        record_limit: int,
        outer: "TlsStream | None" = None,
    ) -> None:
        self.connection = connection
        self._send = outer._encrypt if outer else send
        self._source = outer._decrypt if outer else connection.read
        self._record_limit = record_limit
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    @property
    def session(self) -> PeerSession:
        """What was seen of the connection."""
        return self.connection.session

    def handshake(self) -> None:
        """Takes the server's part in the handshake and notes in the session what came of it.

        Raises:
            HandshakeFailed: it did not succeed.
            ConnectionError: the client is gone.
            PeerStopped: the peer is being stopped.
        """
        started: float | None = None
        while True:
            try:
                self._tls.do_handshake()
                self._flush()
                break
            except ssl.SSLWantReadError:
                self._flush()
                if not self._receive():
                    self._failed("the client closed the connection before the handshake was done")
                    raise HandshakeFailed from None
                started = started or time.monotonic()
            except ssl.SSLError as error:
                self._note_alert(error)
                self._failed(_reason(error))
                with contextlib.suppress(ConnectionError):
                    self._flush()  # our alert, which tells the client why
                    self.connection.close()
                raise HandshakeFailed from error
        self._note_handshake(time.monotonic() - (started or time.monotonic()))

    def read(self, limit: int = READ_BYTES) -> bytes:
        """Waits for data; nothing means that the client has ended its side."""
        data = self._decrypt(limit)
        if data:
            note_received(self.connection, data)
        return data

    def write(self, data: bytes) -> None:
        """Sends all of it, in records of at most the limit."""
        view = memoryview(data)
        while view:
            record = view[: self._record_limit]
            self._encrypt(record)
            note_sent(self.connection, len(record))
            view = view[len(record) :]

    def _decrypt(self, limit: int = READ_BYTES) -> bytes:
        while True:
            try:
                data = self._tls.read(limit)
            except ssl.SSLWantReadError:
                self._flush()
                if not self._receive():
                    self.connection.ended_by("fin without close_notify")
                    return b""
                continue
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLError as error:
                self._note_alert(error)
                raise self._broken(error) from error
            if not data:
                self._note(Alert("warning", "close_notify"))
                self.connection.ended_by("close_notify")
            return data

    def _encrypt(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[self._tls.write(view) :]
            except ssl.SSLError as error:
                raise self._broken(error) from error
            self._flush()

    def unread(self) -> bytes:
        """What came behind the client's close_notify and is not TLS any more."""
        return self._incoming.read()

    def finish(self, *, notify: bool = True) -> None:
        """Sends close_notify, unless told not to, and FIN; reading goes on."""
        if notify:
            self._notify_close()
        self.connection.finish()

    def close(self) -> None:
        """Sends close_notify, then closes in good order."""
        if self.connection.is_open:
            self._notify_close()
            self.connection.close()

    def _notify_close(self) -> None:
        with contextlib.suppress(ssl.SSLError):  # it wants the client's close_notify too; nobody waits for that
            self._tls.unwrap()
        self._flush()

    def _flush(self) -> None:
        if data := self._outgoing.read():
            self._send(data)

    def _receive(self) -> bool:
        data = self._source()
        self._incoming.write(data)
        return bool(data)

    def _note_handshake(self, seconds: float) -> None:
        session, tls = self.session, self._tls
        cipher = tls.cipher()
        session.version = tls.version()
        session.cipher_suite = cipher[0] if cipher else None
        session.resumed = bool(tls.session_reused)
        if certificate := tls.getpeercert(binary_form=True):
            session.client_certificate = x509.load_der_x509_certificate(certificate).subject.rfc4514_string()
        session.handshake_s = seconds
        session.handshake_bytes_rx = session.bytes_rx
        session.handshake_bytes_tx = session.bytes_tx
        session.handshake_flights = session.flights

    def _failed(self, why: str) -> None:
        self.session.handshake_error = why
        self.connection.changed()

    def _note_alert(self, error: ssl.SSLError) -> None:
        if alert := alert_from_reason(error.reason):
            self._note(alert)

    def _note(self, alert: Alert) -> None:
        """Notes an alert, unless it came in the clear and was read from its record already."""
        if alert.description not in (seen.description for seen in self.session.alerts_rx):
            self.session.alerts_rx.append(alert)

    def _broken(self, error: ssl.SSLError) -> ConnectionError:
        self.connection.ended_by(_reason(error))
        return ConnectionAbortedError(_reason(error))


def _reason(error: ssl.SSLError) -> str:
    """OpenSSL's reason in plain words: ``TLSV1_ALERT_UNKNOWN_CA`` is ``the client sent the alert unknown_ca``."""
    if alert := alert_from_reason(error.reason):
        return f"the client sent the alert {alert.description}"
    verify = getattr(error, "verify_message", None)
    if verify:
        return f"the client's certificate is refused: {verify}"
    return (error.reason or str(error)).replace("_", " ").lower()
