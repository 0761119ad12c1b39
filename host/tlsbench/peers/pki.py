"""A certificate authority in memory: what a TLS peer shows, and what a target is told to trust.

Everything is made afresh for a run and stays in memory, so there is no test certificate that expires one day.
Validity is relative to a given "now", because the host sets the target's clock and the target checks it for real.
"""

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from tlsbench.model.board import NetworkPlan
from tlsbench.model.errors import CertificateError
from tlsbench.peers.signing import Issuer, KeyKind, PrivateKey, Request, private_key, sign, subject_name

SERVER_NAME = "server.tlsbench.test"
DEFAULT_HOSTS = (SERVER_NAME, "127.0.0.1")
OTHER_HOST = "other.tlsbench.test"
LONGEST_CHAIN = 3

_DAY = dt.timedelta(days=1)


def hosts_on(network: NetworkPlan | None) -> tuple[str, ...]:
    """What a peer's certificate is valid for: the name and the addresses that a board's target knows this machine by.

    Args:
        network: the board's network; None if it has none.
    """
    return DEFAULT_HOSTS if network is None else (SERVER_NAME, network.host, "127.0.0.1")


def names_on(network: NetworkPlan | None) -> dict[str, str]:
    """The bench's own host names, with the address that each has on a board's network."""
    return {} if network is None else {SERVER_NAME: network.host, OTHER_HOST: network.host}


class Flaw(enum.StrEnum):
    """What is wrong with a certificate, on purpose. A client must refuse each for that reason."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    WRONG_HOST = "wrong host"
    SELF_SIGNED = "self-signed"
    UNTRUSTED_ROOT = "untrusted root"

    @classmethod
    def parse(cls, text: str) -> "Flaw":
        """The flaw of that name; case, hyphens and underscores do not matter.

        Args:
            text: a value of this enumeration, for example ``not yet valid`` or ``NOT_YET_VALID``.

        Raises:
            CertificateError: no such flaw; the message lists those that exist.
        """

        def plain(name: str) -> str:
            return name.strip().casefold().replace("-", " ").replace("_", " ")

        for flaw in cls:
            if plain(text) == plain(flaw.value):
                return flaw
        raise CertificateError(f"no certificate is {text!r}; choose one of: {', '.join(flaw.value for flaw in cls)}")


@dataclass(frozen=True)
class Identity:
    """A certificate with its private key and the chain that is sent with it."""

    key: PrivateKey
    chain: tuple[x509.Certificate, ...]
    """What is sent: the leaf first, then each issuer, without the root."""

    @property
    def certificate(self) -> x509.Certificate:
        """The leaf."""
        return self.chain[0]

    @property
    def certificate_pem(self) -> bytes:
        """The leaf as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def certificate_der(self) -> bytes:
        """The leaf as DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def chain_pem(self) -> bytes:
        """The whole chain as PEM, leaf first, as a server or a client with a chain loads it."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.chain)

    @property
    def key_pem(self) -> bytes:
        """The private key as PEM: SEC 1 for EC (RFC 5915), PKCS #1 for RSA, unencrypted."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())

    @property
    def key_der(self) -> bytes:
        """The private key as DER: SEC 1 for EC (RFC 5915), PKCS #1 for RSA, unencrypted."""
        return self.key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())

    @property
    def key_pkcs8_pem(self) -> bytes:
        """The private key as PEM in PKCS #8 (RFC 5958), unencrypted."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def key_pkcs8_der(self) -> bytes:
        """The private key as DER in PKCS #8 (RFC 5958), unencrypted."""
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """A root certificate, its intermediates, and the leaves they sign.

    Example::

        authority = Authority()
        with TlsPeer(authority.server(chain=2)) as peer:
            target.set_root_ca_cert(authority.root_pem)

    Args:
        key: kind of every key in it, ``ec`` (P-256) or ``rsa`` (2048 bits).
        now: the moment that validity is relative to; what the target's clock will be set to. Default: now.
        name: organisation in the subject names, to tell one authority from another.
    """

    def __init__(self, *, key: KeyKind = "ec", now: dt.datetime | None = None, name: str = "tlsbench") -> None:
        self.key_kind = _known_kind(key)
        self.name = name
        self.now = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(microsecond=0)
        self._root_key = private_key(self.key_kind, f"{name} root")
        self._root = sign(
            Request(
                subject_name(name, f"{name} root CA"), self._root_key, (self.now - 365 * _DAY, self.now + 3650 * _DAY)
            ),
            issuer=None,
            path_length=LONGEST_CHAIN - 1,
        )

    @property
    def root(self) -> x509.Certificate:
        """The root certificate."""
        return self._root

    @property
    def root_pem(self) -> bytes:
        """The root certificate as PEM: what a client of this authority's servers must trust."""
        return self._root.public_bytes(Encoding.PEM)

    @property
    def root_der(self) -> bytes:
        """The root certificate as DER."""
        return self._root.public_bytes(Encoding.DER)

    def server(
        self,
        *,
        hosts: Sequence[str] = DEFAULT_HOSTS,
        chain: int = 2,
        flaw: Flaw | str = Flaw.VALID,
        key: KeyKind | None = None,
    ) -> Identity:
        """A server's certificate.

        Args:
            hosts: DNS names and IP addresses it is valid for (subject alternative names, RFC 6125).
            chain: how many certificates the server sends, 1 to 3. 1: the root signed the leaf itself;
                2: root > intermediate > leaf; 3: root > intermediate > intermediate > leaf. The root is never sent.
            flaw: what is wrong with the leaf. ``self-signed`` sends the leaf alone.
            key: kind of the leaf's key, when it is not that of the authority.

        Raises:
            CertificateError: a chain, flaw or key kind that does not exist.
        """
        flaw = Flaw.parse(flaw)
        if flaw is Flaw.WRONG_HOST:
            hosts = (OTHER_HOST,)
        if not hosts:
            raise CertificateError("a server's certificate needs at least one host name or IP address")
        return self._leaf("server", hosts[0], hosts, ExtendedKeyUsageOID.SERVER_AUTH, chain, flaw, key)

    def client(
        self,
        *,
        name: str = "tlsbench client",
        chain: int = 1,
        flaw: Flaw | str = Flaw.VALID,
        key: KeyKind | None = None,
    ) -> Identity:
        """A client's certificate.

        Args:
            name: common name of the subject, which the peer reports.
            chain: how many certificates the client sends, 1 to 3, as for `server`.
            flaw: what is wrong with it.
            key: kind of its key, when it is not that of the authority.

        Raises:
            CertificateError: a chain, flaw or key kind that does not exist.
        """
        return self._leaf("client", name, (), ExtendedKeyUsageOID.CLIENT_AUTH, chain, Flaw.parse(flaw), key)

    def _leaf(
        self,
        role: str,
        common_name: str,
        hosts: Sequence[str],
        usage: x509.ObjectIdentifier,
        chain: int,
        flaw: Flaw,
        key: KeyKind | None,
    ) -> Identity:
        if not 1 <= chain <= LONGEST_CHAIN:
            raise CertificateError(f"a chain of {chain} certificates cannot be made; choose 1 to {LONGEST_CHAIN}")
        kind = _known_kind(key or self.key_kind)
        request = Request(
            subject_name(self.name, common_name), private_key(kind, role), self._validity(flaw), tuple(hosts), usage
        )
        if flaw is Flaw.SELF_SIGNED:
            return Identity(request.key, (sign(request, issuer=None),))
        signer = self
        if flaw is Flaw.UNTRUSTED_ROOT:
            signer = Authority(key=self.key_kind, now=self.now, name=f"not {self.name}")
        issuers = signer._intermediates(chain - 1)
        leaf = sign(request, issuer=issuers[-1] if issuers else signer._as_issuer())
        return Identity(request.key, (leaf, *(issuer.certificate for issuer in reversed(issuers))))

    def _intermediates(self, count: int) -> list[Issuer]:
        """`count` intermediate authorities, the one that the root signed first."""
        issuers = [self._as_issuer()]
        for number in range(1, count + 1):
            common_name = f"{self.name} intermediate CA {number}"
            key = private_key(self.key_kind, common_name)
            request = Request(
                subject_name(self.name, common_name), key, (self.now - 180 * _DAY, self.now + 1825 * _DAY)
            )
            issuers.append(Issuer(sign(request, issuer=issuers[-1], path_length=count - number), key))
        return issuers[1:]

    def _as_issuer(self) -> Issuer:
        return Issuer(self._root, self._root_key)

    def _validity(self, flaw: Flaw) -> tuple[dt.datetime, dt.datetime]:
        # A day of margin on the valid side: a wrong time zone or a slow clock must not make a good certificate fail.
        if flaw is Flaw.EXPIRED:
            return self.now - 30 * _DAY, self.now - _DAY
        if flaw is Flaw.NOT_YET_VALID:
            return self.now + _DAY, self.now + 30 * _DAY
        return self.now - _DAY, self.now + 30 * _DAY


def read_certificate(data: bytes, where: str) -> x509.Certificate:
    """The (first) certificate in PEM or DER text that a user gave.

    Args:
        data: the content of a certificate file.
        where: the file's name, for the message.

    Raises:
        CertificateError: it is neither; the message says what it looks like instead.
    """
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError as error:
        start = data[:32]
        raise CertificateError(
            f"{where} is no X.509 certificate in PEM or DER form: {len(data)} bytes that start with {start!r}",
            received=data[:256],
        ) from error


def _known_kind(kind: str) -> KeyKind:
    match kind.strip().lower():
        case "ec":
            return "ec"
        case "rsa":
            return "rsa"
    raise CertificateError(f"no key is of kind {kind!r}; choose ec (P-256) or rsa (2048 bits)")
