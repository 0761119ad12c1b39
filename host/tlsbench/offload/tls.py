"""TLS that this machine does on the board's behalf: what an offloaded TLSSocket asks for, with the `ssl` module.

The options are those of level 7099 that the socket documents define (nsapi_tlssocket_option_t of Mbed OS 6), and two of
our own that say why a handshake failed (firmware/netsocket/offload/options.h). It refuses what the secure socket on
Mbed TLS refuses, with the same result codes.
"""

from __future__ import annotations

import errno
import re
import ssl
import struct
from collections.abc import Sequence
from enum import IntEnum
from socket import socket

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tlsbench.boards.child import MemoryFiles
from tlsbench.model.nsapi import Nsapi, VerifyFlag

LEVEL = 7099
"""Level of the options, NSAPI_TLSSOCKET_LEVEL."""

CIPHERS = ":".join(
    f"ECDHE-{key}-{aes}" for aes in ("AES128-GCM-SHA256", "AES256-GCM-SHA384") for key in ("ECDSA", "RSA")
)
"""Those of the secure socket on Mbed TLS, in its order (firmware/tls_config/mbedtls_config.h)."""

X509_CERT_VERIFY_FAILED, SSL_CONN_EOF, SSL_INVALID_RECORD, SSL_INVALID_MAC = -0x2700, -0x7280, -0x7200, -0x7180
SSL_CA_CHAIN_REQUIRED, SSL_FATAL_ALERT_MESSAGE, SSL_HANDSHAKE_FAILURE = -0x7680, -0x7780, -0x6E00
SSL_UNEXPECTED_MESSAGE, SSL_BAD_CERTIFICATE = -0x7700, -0x7A00
"""Mbed TLS's codes for what happens here, too."""

VERIFY_FLAGS = {
    9: VerifyFlag.FUTURE,
    10: VerifyFlag.EXPIRED,
    18: VerifyFlag.NOT_TRUSTED,
    19: VerifyFlag.NOT_TRUSTED,
    20: VerifyFlag.NOT_TRUSTED,
    21: VerifyFlag.NOT_TRUSTED,
    26: VerifyFlag.EXT_KEY_USAGE,
    62: VerifyFlag.CN_MISMATCH,
    64: VerifyFlag.CN_MISMATCH,
    66: VerifyFlag.BAD_KEY,
    67: VerifyFlag.BAD_KEY,
    68: VerifyFlag.BAD_MD,
}
"""OpenSSL's reasons to refuse a certificate (X509_V_ERR_..., x509_vfy.h), as Mbed TLS names them."""

REFUSES_CERTIFICATE = re.compile(
    "ALERT_(NO_CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(REVOKED|EXPIRED|UNKNOWN|REQUIRED)"
    "|UNKNOWN_CA|ACCESS_DENIED)"
)
"""Alerts by which the server says that it does not like the client's certificate (RFC 5246, section 7.2.2)."""


class Option(IntEnum):
    """Options of level 7099."""

    SET_HOSTNAME = 0
    SET_CACERT = 1
    SET_CLCERT = 2
    SET_CLKEY = 3
    ENABLE = 4
    GET_TLS_ERROR = 100
    GET_VERIFY_FLAGS = 101


class TlsRefused(Exception):
    """TLS cannot begin, and why. `result` is what connect() gives."""

    def __init__(self, result: Nsapi, why: str) -> None:
        super().__init__(why)
        self.result = result


class OffloadedTls:
    """What one socket of the board wants of TLS. It keeps over a handshake that failed, and ends with the socket.

    Attributes:
        enabled: whether the socket's next connection is a secure one.
        tls_error: why the last handshake failed, as one of Mbed TLS's codes; 0: it did not.
        verify_flags: what was wrong with the server's certificate in it.
    """

    def __init__(self) -> None:
        self.enabled = False
        self.tls_error = 0
        self.verify_flags = 0
        self._hostname: str | None = None
        self._named = False
        self._roots: Sequence[x509.Certificate] = ()
        self._client: tuple[Sequence[x509.Certificate], PrivateKeyTypes] | None = None
        self._certificate: Sequence[x509.Certificate] = ()

    def set(self, option: int, value: bytes) -> Nsapi:
        """setsockopt().

        Arguments:
            option: one of `Option`.
            value: as the board gave it; PEM has its final zero byte.

        Result:
            OK; PARAMETER: the value is none for this option, and what was set before still holds; UNSUPPORTED.
        """
        try:
            match option:
                case Option.SET_HOSTNAME:
                    self._hostname = host_name(value)
                    self._named = True
                case Option.SET_CACERT:
                    self._roots = certificates(value)
                case Option.SET_CLCERT:
                    self._certificate = certificates(value)
                case Option.SET_CLKEY:
                    self._set_key(value)
                case Option.ENABLE:
                    if len(value) != 1:
                        return Nsapi.PARAMETER
                    self.enabled = value != b"\0"
                case _:
                    return Nsapi.UNSUPPORTED
        except (ValueError, UnsupportedAlgorithm):
            return Nsapi.PARAMETER
        return Nsapi.OK

    def _set_key(self, value: bytes) -> None:
        """The certificate that came before it and this key are a pair, or neither is taken."""
        chain, self._certificate = self._certificate, ()
        if not chain and self._client is not None:
            chain = self._client[0]
        key = private_key(value)
        if not chain or _public(chain[0].public_key()) != _public(key.public_key()):
            raise ValueError("the key is not the certificate's")
        self._client = (chain, key)

    def get(self, option: int) -> bytes | Nsapi:
        """getsockopt(): the value, four bytes in the board's order; UNSUPPORTED: it is none to read."""
        match option:
            case Option.GET_TLS_ERROR:
                return struct.pack("<i", self.tls_error)
            case Option.GET_VERIFY_FLAGS:
                return struct.pack("<I", self.verify_flags)
        return Nsapi.UNSUPPORTED

    def check(self) -> None:
        """Return if there is all that a handshake needs.

        Errors:
            TlsRefused: nothing was said about the host name, or no root certificate is set.
        """
        self.tls_error = self.verify_flags = 0
        if not self._named:
            raise TlsRefused(Nsapi.PARAMETER, "nothing was said about the host name")
        if not self._roots:
            self.tls_error = SSL_CA_CHAIN_REQUIRED
            raise TlsRefused(Nsapi.AUTH_FAILURE, "no root certificate is set")

    def wrap(self, transport: socket) -> ssl.SSLSocket:
        """A connection that is to shake hands: `do_handshake` does it, and `failed` says what came of it.

        Arguments:
            transport: the TCP connection; belongs to the result from now on.

        Errors:
            TlsRefused: as `check`; or a certificate is one that `ssl` does not work with: its key is too short, say.
            OSError: the connection has ended.
        """
        self.check()
        try:
            context = self._context()
        except ssl.SSLError as error:
            self.tls_error = SSL_BAD_CERTIFICATE
            raise TlsRefused(Nsapi.AUTH_FAILURE, str(error)) from None
        return context.wrap_socket(
            transport, do_handshake_on_connect=False, suppress_ragged_eofs=False, server_hostname=self._hostname
        )

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2  # as the secure socket on Mbed TLS
        context.set_ciphers(CIPHERS)
        context.check_hostname = self._hostname is not None
        # A certificate that is trusted is trusted, whether it signed itself or not: as with Mbed TLS.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=b"".join(root.public_bytes(Encoding.DER) for root in self._roots))
        if self._client is not None:
            chain, key = self._client
            with MemoryFiles() as files:
                pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                pem += b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
                context.load_cert_chain(files.add(pem))
        return context

    def failed(self, error: OSError) -> int:
        """What the board's call gives for an error of the secure connection, in the handshake or after it.

        Arguments:
            error: what `ssl` raised; not one of those that want more input or output.

        Result:
            A code of the socket API, or one of Mbed TLS's where the socket API has none.
        """
        if isinstance(error, ssl.SSLCertVerificationError):
            self.tls_error = X509_CERT_VERIFY_FAILED
            self.verify_flags = int(VERIFY_FLAGS.get(error.verify_code, VerifyFlag.OTHER))
            return Nsapi.AUTH_FAILURE
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            self.tls_error = SSL_CONN_EOF
            return Nsapi.CONNECTION_LOST
        if isinstance(error, ssl.SSLError):
            reason = error.reason or ""
            if reason == "TOO_MANY_WARN_ALERTS":
                self.tls_error = SSL_UNEXPECTED_MESSAGE
                return self.tls_error
            if "ALERT" in reason:
                self.tls_error = SSL_FATAL_ALERT_MESSAGE
                return Nsapi.AUTH_FAILURE if REFUSES_CERTIFICATE.search(reason) else self.tls_error
            if "BAD_RECORD_MAC" in reason:
                self.tls_error = SSL_INVALID_MAC
                return self.tls_error
            broken = ("WRONG_VERSION", "RECORD", "HTTP", "LENGTH", "MAC", "UNEXPECTED_MESSAGE", "DECRYPTION")
            record = any(word in reason for word in broken)
            self.tls_error = SSL_INVALID_RECORD if record else SSL_HANDSHAKE_FAILURE
            return self.tls_error
        if error.errno == errno.ETIMEDOUT:
            return Nsapi.CONNECTION_TIMEOUT
        return Nsapi.CONNECTION_LOST


def host_name(data: bytes) -> str | None:
    """The name that a certificate must carry; None for no text.

    Errors:
        ValueError: it is none that `ssl` would ask a server for.
    """
    name = data.rstrip(b"\0").decode("ascii")
    if not name:
        return None
    try:  # by its own rules, which are those of a later connection
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)
    except (ssl.SSLError, TypeError) as error:
        raise ValueError(str(error)) from None
    return name


def certificates(data: bytes) -> Sequence[x509.Certificate]:
    """The certificates in PEM text, or in DER one after the other.

    Errors:
        ValueError: there is none, or one of them is broken.
    """
    if b"-----BEGIN" in data:
        return x509.load_pem_x509_certificates(_pem(data))
    found = []
    while data:
        length = _der_length(data)
        found.append(x509.load_der_x509_certificate(data[:length]))
        data = data[length:]
    if not found:
        raise ValueError("no certificate")
    return found


def _pem(data: bytes) -> bytes:
    """PEM text without the zero byte that ends it, which the socket API wants, and Mbed TLS."""
    if not data.endswith(b"\0"):
        raise ValueError("PEM has to end with a zero byte")
    return data[:-1]


def _der_length(data: bytes) -> int:
    """Bytes of the element at the start, head included (X.690, section 8.1.3)."""
    if len(data) < 2:
        raise ValueError("a certificate ends early")
    count = data[1] & 0x7F if data[1] & 0x80 else 0
    length = int.from_bytes(data[2 : 2 + count]) if count else data[1]
    if 2 + count + length > len(data):
        raise ValueError("a certificate ends early")
    return 2 + count + length


def private_key(data: bytes) -> PrivateKeyTypes:
    """The private key in PEM text or DER.

    Errors:
        ValueError: it is none, or needs a password.
    """
    try:
        if b"-----BEGIN" in data:
            return serialization.load_pem_private_key(_pem(data), password=None)
        return serialization.load_der_private_key(data, password=None)
    except TypeError as error:
        raise ValueError(str(error)) from None


def _public(key: object) -> bytes:
    """A public key as bytes, to compare."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]
