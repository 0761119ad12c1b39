"""Makes one certificate at a time: keys, names, extensions and the signature (RFC 5280). `pki` says which ones."""

import datetime as dt
import ipaddress
import threading
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

KeyKind = Literal["ec", "rsa"]
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Request:
    """What a certificate shall say. A server's hosts are its alternative names."""

    subject: x509.Name
    key: PrivateKey
    validity: tuple[dt.datetime, dt.datetime]
    hosts: tuple[str, ...] = ()
    usage: x509.ObjectIdentifier | None = None


@dataclass(frozen=True)
class Issuer:
    """Who signs: a CA certificate with its key."""

    certificate: x509.Certificate
    key: PrivateKey


def sign(request: Request, *, issuer: Issuer | None, path_length: int | None = None) -> x509.Certificate:
    """Signs with the issuer's key, or with the request's own. A path length makes it a CA (RFC 5280, 4.2.1.9)."""
    is_ca = path_length is not None
    public = request.key.public_key()
    issuer_name = issuer.certificate.subject if issuer else request.subject
    issuer_key = issuer.key if issuer else request.key
    builder = (
        x509.CertificateBuilder()
        .issuer_name(issuer_name)
        .subject_name(request.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(request.validity[0])
        .not_valid_after(request.validity[1])
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=path_length), critical=True)
        .add_extension(_key_usage(request.key, is_ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if request.usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([request.usage]), critical=False)
    if request.hosts:
        names = x509.SubjectAlternativeName([_general_name(host) for host in request.hosts])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


_keys: dict[tuple[KeyKind, str], PrivateKey] = {}
_keys_lock = threading.Lock()


def private_key(kind: KeyKind, label: str) -> PrivateKey:
    """The process's key for that role. Kept, because an RSA key takes long to make and nobody looks at its value."""
    with _keys_lock:
        if (kind, label) not in _keys:
            _keys[kind, label] = (
                ec.generate_private_key(ec.SECP256R1())
                if kind == "ec"
                else rsa.generate_private_key(public_exponent=65537, key_size=2048)
            )
        return _keys[kind, label]


def subject_name(organisation: str, common_name: str) -> x509.Name:
    """A name of two parts, ``O=organisation, CN=common_name``."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(key: PrivateKey, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        # Only for suites without forward secrecy, which exist for RSA keys alone.
        key_encipherment=not is_ca and isinstance(key, rsa.RSAPrivateKey),
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
