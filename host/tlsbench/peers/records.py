"""Reads a TLS connection as it passes by: record headers, alerts and the ClientHello (RFC 5246, sections 6 and 7).

It never decrypts. What is encrypted is counted by its record header alone.
"""

import ssl
from collections import Counter
from dataclasses import dataclass

HEADER_BYTES = 5
HELLO_LIMIT = 1 << 16
"""A ClientHello longer than this is not put together: nobody sends one."""

CONTENT_TYPES = {
    20: "change_cipher_spec",
    21: "alert",
    22: "handshake",
    23: "application_data",
    24: "heartbeat",
}
_CLIENT_HELLO = 1
_SERVER_NAME, _MAX_FRAGMENT_LENGTH, _GROUPS = 0, 1, 10
_FRAGMENT_BYTES = {1: 512, 2: 1024, 3: 2048, 4: 4096}


@dataclass(frozen=True)
class Alert:
    """A TLS alert (RFC 5246, section 7.2)."""

    level: str
    """``warning`` or ``fatal``; ``unknown`` when it came encrypted and only its meaning could be told."""
    description: str
    """Name of the description, such as ``unknown_ca``."""

    def __str__(self) -> str:
        return f"{self.level} {self.description}"


@dataclass(frozen=True)
class ClientHello:
    """What the client offered."""

    version: str
    """The version field of the hello; TLS 1.3 hides behind ``TLSv1.2`` here."""
    cipher_suites: tuple[int, ...]
    """Offered suites, the client's favourite first (IANA numbers)."""
    server_name: str | None = None
    max_fragment_length: int | None = None
    """Bytes of plaintext per record that the client asked for (RFC 6066, section 4)."""
    groups: tuple[int, ...] = ()
    """Offered curves and groups (IANA numbers; 23 is secp256r1, 29 is x25519)."""
    extensions: tuple[int, ...] = ()
    length: int = 0
    """Bytes of the message, its header included."""

    def summary(self) -> str:
        """One line for a person."""
        parts = [f"ClientHello of {self.length} bytes: {self.version}, {len(self.cipher_suites)} suites"]
        parts.append(f"server name {self.server_name}" if self.server_name else "no server name")
        if self.max_fragment_length:
            parts.append(f"max_fragment_length {self.max_fragment_length}")
        return ", ".join(parts)


class RecordReader:
    """Counts the records of one direction of a connection, however the bytes are cut.

    Args:
        counts: where to count, by content type name.
    """

    def __init__(self, counts: "Counter[str]") -> None:
        self.counts = counts
        self.alerts: list[Alert] = []
        self.hello: ClientHello | None = None
        self.is_tls = True
        """False once something came that is no TLS record; what follows is ignored."""
        self._pending = bytearray()
        self._handshake = bytearray()
        self._encrypted = False

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the stream."""
        if not self.is_tls:
            return
        self._pending += data
        while len(self._pending) >= HEADER_BYTES:
            kind, major = self._pending[0], self._pending[1]
            length = int.from_bytes(self._pending[3:5], "big")
            if kind not in CONTENT_TYPES or major != 3:
                self.is_tls = False
                self._pending.clear()
                return
            if len(self._pending) < HEADER_BYTES + length:
                return
            body = bytes(self._pending[HEADER_BYTES : HEADER_BYTES + length])
            del self._pending[: HEADER_BYTES + length]
            self._record(CONTENT_TYPES[kind], body)

    def _record(self, kind: str, body: bytes) -> None:
        self.counts[kind] += 1
        if self._encrypted:
            return
        if kind == "change_cipher_spec":
            self._encrypted = True
        elif kind == "alert" and len(body) == 2:
            self.alerts.append(Alert({1: "warning", 2: "fatal"}.get(body[0], f"level {body[0]}"), alert_name(body[1])))
        elif kind == "handshake" and self.hello is None and len(self._handshake) < HELLO_LIMIT:
            self._handshake += body
            self._look_for_hello()

    def _look_for_hello(self) -> None:
        message = bytes(self._handshake)
        if len(message) < 4 or message[0] != _CLIENT_HELLO:
            return
        length = 4 + int.from_bytes(message[1:4], "big")
        if len(message) >= length:
            self.hello = parse_client_hello(message[:length])


def alert_from_reason(reason: str | None) -> Alert | None:
    """The alert behind OpenSSL's reason for a failure, when it is one that the client sent.

    OpenSSL names a received alert ``SSLV3_ALERT_...`` or ``TLSV1_ALERT_...``. It is the only way to learn about one
    that came encrypted.

    Args:
        reason: the ``reason`` of an ``ssl.SSLError``.
    """
    prefix, found, name = (reason or "").partition("_ALERT_")
    if not found or prefix not in ("SSLV3", "TLSV1", "TLSV13"):
        return None
    return Alert("unknown", name.lower())


def parse_client_hello(message: bytes) -> ClientHello | None:
    """Reads a ClientHello message (RFC 5246, section 7.4.1.2).

    Args:
        message: the whole handshake message with its 4-byte header.

    Returns:
        What it offers, or None if it is malformed; whether that matters is for the TLS library to say.
    """
    body = _Reader(message[4:])
    try:
        version = body.number(2)
        body.take(32)  # random
        body.vector(1)  # session id
        suites = body.vector(2).numbers(2)
        body.vector(1)  # compression methods
        extensions: dict[int, _Reader] = {}
        if body.left:
            block = body.vector(2)
            while block.left:
                kind = block.number(2)
                extensions[kind] = block.vector(2)
        name: str | None = None
        fragment: int | None = None
        groups: tuple[int, ...] = ()
        if names := extensions.get(_SERVER_NAME):
            entries = names.vector(2)
            if entries.number(1) == 0:
                name = entries.vector(2).rest().decode("ascii", "backslashreplace")
        if limit := extensions.get(_MAX_FRAGMENT_LENGTH):
            fragment = _FRAGMENT_BYTES.get(limit.number(1))
        if offered := extensions.get(_GROUPS):
            groups = offered.vector(2).numbers(2)
    except _TooShortError:
        return None
    version_name = {0x0301: "TLSv1.0", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2"}.get(version, f"0x{version:04x}")
    return ClientHello(version_name, suites, name, fragment, groups, tuple(extensions), len(message))


class _TooShortError(Exception):
    pass


class _Reader:
    """Numbers and vectors of TLS's presentation language (RFC 5246, section 4)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise _TooShortError
        self._at += count
        return self._data[self._at - count : self._at]

    def rest(self) -> bytes:
        return self.take(self.left)

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def vector(self, length_width: int) -> "_Reader":
        return _Reader(self.take(self.number(length_width)))

    def numbers(self, width: int) -> tuple[int, ...]:
        values = []
        while self.left:
            values.append(self.number(width))
        return tuple(values)


def alert_name(code: int) -> str:
    """Name of an alert by its number: ``unknown_ca``."""
    try:
        return ssl.AlertDescription(code).name.removeprefix("ALERT_DESCRIPTION_").lower()
    except ValueError:
        return f"alert {code}"
