"""A TLS server on this machine, on the standard `ssl` module, that says what it saw of each handshake."""

import functools
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from tlsbench.boards.child import MemoryFiles
from tlsbench.model.errors import CertificateError, ConfigError
from tlsbench.peers.behaviours import Behaviour
from tlsbench.peers.connection import Connection
from tlsbench.peers.pki import Authority, Identity
from tlsbench.peers.ports import LOOPBACK
from tlsbench.peers.stream import Stream
from tlsbench.peers.tcp import TcpPeer
from tlsbench.peers.tls_stream import TlsStream

T = TypeVar("T")
Version = Literal["1.2", "1.3"]
ClientCertificate = Literal["none", "optional", "required"]

DEFAULT_CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES"
"""Forward secrecy only. AES-128-GCM first, whatever the client prefers, so that measurements compare."""
DEFAULT_CURVE = "prime256v1"
LARGEST_RECORD = 16384

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_VERIFY = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


class TlsPeer(TcpPeer):
    """A TLS server with a behaviour. TLS 1.2 unless told otherwise.

    Example::

        authority = Authority()
        with TlsPeer(authority.server(chain=2), "echo", keylog=run_folder / "keys.log") as peer:
            target.connect(network.host, peer.port)
            session = peer.wait_for_session(timeout_s=10)
            assert session.version == "TLSv1.2"

    Args:
        identity: certificate chain and key that it shows; None makes a good one.
        behaviour: what it does with a connection, see `TcpPeer`.
        address: address of this machine to listen on.
        port: port to listen on; 0 takes a free one.
        receive_buffer: bytes of the socket's receive buffer, see `TcpPeer`.
        min_version: lowest protocol it accepts, ``1.2`` or ``1.3``.
        max_version: highest protocol it accepts.
        ciphers: TLS 1.2 suites in OpenSSL's notation, its own favourite first.
        curve: the one group for the key exchange, OpenSSL's name; None leaves it to the client.
        client_certificate: ``none`` (not asked for), ``optional`` or ``required``.
        client_ca: PEM of the root that client certificates must come from.
        resumption: let clients resume earlier sessions, by session ID or ticket (RFC 5077); otherwise each handshake
            is a full one.
        record_limit: largest application record that it sends, in bytes of plaintext. A client that negotiates
            max_fragment_length gets that anyway; this is for those with small buffers that do not ask.
        layers: how many TLS connections lie in each other; 2 is TLS inside TLS, with the same certificate.
        keylog: file that the secrets are appended to, in the format that Wireshark reads (SSLKEYLOGFILE).
        options: options of the behaviour, when it is given by name.

    Raises:
        ConfigError: a value that does not exist; the message lists those that do.
        CertificateError: OpenSSL does not take the certificate, the key or the client's root.
    """

    kind: ClassVar[str] = "TLS"
    reads_records: ClassVar[bool] = True

    def __init__(
        self,
        identity: Identity | None = None,
        behaviour: Behaviour | str = "echo",
        *,
        address: str = LOOPBACK,
        port: int = 0,
        receive_buffer: int | None = None,
        min_version: Version = "1.2",
        max_version: Version = "1.2",
        ciphers: str = DEFAULT_CIPHERS,
        curve: str | None = DEFAULT_CURVE,
        client_certificate: ClientCertificate = "none",
        client_ca: bytes | None = None,
        resumption: bool = False,
        record_limit: int = LARGEST_RECORD,
        layers: int = 1,
        keylog: Path | None = None,
        **options: object,
    ) -> None:
        super().__init__(behaviour, address=address, port=port, receive_buffer=receive_buffer, **options)
        if not 1 <= record_limit <= LARGEST_RECORD:
            raise ConfigError(
                f"no record can hold {record_limit} bytes; choose 1 to {LARGEST_RECORD}", key="record_limit"
            )
        if layers < 1:
            raise ConfigError(f"{layers} layers of TLS are none; choose 1 or more", key="layers")
        self._layers = layers
        self.identity = identity or Authority().server()
        self._record_limit = record_limit
        self._new_context = functools.partial(
            _make_context,
            self.identity,
            versions=(min_version, max_version),
            ciphers=ciphers,
            curve=curve,
            client_certificate=client_certificate,
            client_ca=client_ca,
            resumption=resumption,
            keylog=keylog,
        )
        self._context = self._new_context()  # at once, so that a bad value is told here
        self._resumption = resumption

    def _establish(self, connection: Connection, send: Callable[[bytes], None]) -> Stream:
        # OpenSSL keeps its sessions in the context: with a new one there is nothing to resume.
        context = self._context if self._resumption else self._new_context()
        stream = TlsStream(connection, send, context, self._record_limit)
        stream.handshake()
        for _ in range(1, self._layers):
            stream = TlsStream(connection, send, context, self._record_limit, outer=stream)
            stream.handshake()
        return stream


def _make_context(
    identity: Identity,
    *,
    versions: tuple[Version, Version],
    ciphers: str,
    curve: str | None,
    client_certificate: ClientCertificate,
    client_ca: bytes | None,
    resumption: bool,
    keylog: Path | None,
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _known(_VERSIONS, versions[0], "min_version")
    context.maximum_version = _known(_VERSIONS, versions[1], "max_version")
    if context.minimum_version > context.maximum_version:
        raise ConfigError(f"there is no version from {versions[0]} up to {versions[1]}", key="max_version")
    # A second handshake inside a connection would spoil the measurement of the first, and is a known hole.
    context.options |= ssl.OP_NO_RENEGOTIATION
    # Python before 3.11.4 takes an end without close_notify for a clean one; a truncated stream must not look whole.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    if not resumption:
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
    _set_ciphers(context, ciphers, curve)
    _load_identity(context, identity)
    _check_clients(context, client_certificate, client_ca)
    if keylog is not None:
        try:
            context.keylog_filename = str(keylog)
        except OSError as error:
            raise keylog_refused(keylog, error) from error
    return context


def keylog_refused(keylog: Path, error: OSError) -> ConfigError:
    """What is told about a file that no secrets can be appended to."""
    return ConfigError(f"keys cannot be logged here ({error.strerror})", file=keylog)


def _known(known: Mapping[str, T], value: str, key: str) -> T:
    if value not in known:
        raise ConfigError(f"{value!r} does not exist; choose one of: {', '.join(known)}", key=key)
    return known[value]


def _set_ciphers(context: ssl.SSLContext, ciphers: str, curve: str | None) -> None:
    try:
        context.set_ciphers(ciphers)
    except ssl.SSLError as error:
        raise ConfigError(f"OpenSSL knows no cipher suite in {ciphers!r}", key="ciphers") from error
    if curve is not None:
        try:
            context.set_ecdh_curve(curve)
        except ValueError as error:
            raise ConfigError(f"OpenSSL knows no curve {curve!r}; prime256v1 is P-256", key="curve") from error


def _load_identity(context: ssl.SSLContext, identity: Identity) -> None:
    with MemoryFiles() as files:  # the ssl module reads certificates and keys from files only
        try:
            context.load_cert_chain(files.add(identity.key_pkcs8_pem + identity.chain_pem))
        except ssl.SSLError as error:
            raise CertificateError(f"OpenSSL does not take the peer's certificate and key: {error}") from error


def _check_clients(context: ssl.SSLContext, wanted: ClientCertificate, root: bytes | None) -> None:
    context.verify_mode = _known(_VERIFY, wanted, "client_certificate")
    if wanted != "none" and root is None:
        raise ConfigError("client certificates can only be checked against a root; give client_ca", key="client_ca")
    if root is not None:
        try:
            context.load_verify_locations(cadata=root.decode("ascii"))
        except (ssl.SSLError, UnicodeDecodeError) as error:
            raise CertificateError(f"client_ca is no PEM certificate: {error}", received=root[:256]) from error
