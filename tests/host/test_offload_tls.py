"""TLS that this machine does on the board's behalf: what it accepts, what it refuses, and with which code."""

from __future__ import annotations

import datetime as dt
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tls_client import TIMEOUT_S, receive

from tlsbench.model.nsapi import Nsapi, VerifyFlag
from tlsbench.offload.tls import OffloadedTls, Option, TlsRefused
from tlsbench.peers import Authority, TcpPeer, TlsPeer
from tlsbench.peers.pki import SERVER_NAME

CERT_VERIFY_FAILED, FATAL_ALERT, BAD_CERTIFICATE = -0x2700, -0x7780, -0x7A00
PRIME192V2_KEY = bytes.fromhex(
    "305f0201010418eb7e9c9287069679cf2d2c7d18921c3bca8f4f53f19b43aaa00a06082a8648ce3d030102a13403320004e25082fbb1b27a"
    "f9304c52a4b5168c56447ebecad75ccf8127c9006e758391150106340ff94f3d2a6a9acdb06c708a58"
)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def trusting(authority: Authority, name: str | None = SERVER_NAME) -> OffloadedTls:
    offloaded = OffloadedTls()
    assert offloaded.set(Option.SET_HOSTNAME, (name or "").encode()) == Nsapi.OK
    assert offloaded.set(Option.SET_CACERT, authority.root_pem + b"\0") == Nsapi.OK
    return offloaded


def connect(offloaded: OffloadedTls, peer: TcpPeer) -> ssl.SSLSocket:
    """A secure connection; the socket ends with the test."""
    wrapped = offloaded.wrap(socket.create_connection((peer.address, peer.port), TIMEOUT_S))
    wrapped.do_handshake()
    return wrapped


def that_cannot_sign() -> tuple[bytes, bytes]:
    """Certificate and key, in DER, that are good only to agree on a secret (RFC 8410): TLS has no use for them."""
    key, issuer = x25519.X25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = builder.not_valid_before(now).not_valid_after(now + dt.timedelta(1)).sign(issuer, hashes.SHA256())
    return certificate.public_bytes(Encoding.DER), key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def refused(offloaded: OffloadedTls, peer: TcpPeer) -> int:
    """The code that a connection to the peer fails with."""
    with (
        offloaded.wrap(socket.create_connection((peer.address, peer.port), TIMEOUT_S)) as wrapped,
        pytest.raises((ssl.SSLError, ConnectionError)) as caught,
    ):
        wrapped.do_handshake()
    return offloaded.failed(caught.value)


@pytest.mark.parametrize("form", ["pem", "der", "two ders", "two pems"])
def test_roots_in_every_form_are_trusted(authority: Authority, form: str) -> None:
    other = Authority()
    roots = {
        "pem": authority.root_pem + b"\0",
        "der": authority.root_der,
        "two ders": other.root_der + authority.root_der,
        "two pems": other.root_pem + authority.root_pem + b"\0",
    }
    offloaded = trusting(other)
    assert offloaded.set(Option.SET_CACERT, roots[form]) == Nsapi.OK
    with TlsPeer(authority.server(chain=3)) as peer, connect(offloaded, peer) as client:
        client.sendall(b"ping")
        assert receive(client, 4) == b"ping"
        session = peer.wait_for_session(5)
        assert (session.sni, session.version) == (SERVER_NAME, "TLSv1.2")


@pytest.mark.parametrize(
    ("flaw", "flags"),
    [
        ("expired", VerifyFlag.EXPIRED),
        ("not yet valid", VerifyFlag.FUTURE),
        ("wrong host", VerifyFlag.CN_MISMATCH),
        ("self-signed", VerifyFlag.NOT_TRUSTED),
        ("untrusted root", VerifyFlag.NOT_TRUSTED),
    ],
)
def test_a_bad_certificate_is_refused(authority: Authority, flaw: str, flags: VerifyFlag) -> None:
    offloaded = trusting(authority)
    with TlsPeer(authority.server(flaw=flaw)) as peer:
        assert refused(offloaded, peer) == Nsapi.AUTH_FAILURE
    assert (offloaded.tls_error, offloaded.verify_flags) == (CERT_VERIFY_FAILED, flags)


def test_after_a_failure_the_next_one_may_succeed(authority: Authority) -> None:
    offloaded = trusting(authority)
    with TlsPeer(authority.server(flaw="expired")) as peer:
        refused(offloaded, peer)
    with TlsPeer(authority.server()) as peer, connect(offloaded, peer):
        assert (offloaded.tls_error, offloaded.verify_flags) == (0, 0)


def test_a_name_is_checked_unless_the_board_says_not_to(authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        assert refused(trusting(authority, "other.tlsbench.test"), peer) == Nsapi.AUTH_FAILURE
        with connect(trusting(authority, None), peer):
            pass


def test_without_a_word_of_the_name_or_a_root_nothing_begins(authority: Authority) -> None:
    silent = OffloadedTls()
    silent.set(Option.SET_CACERT, authority.root_pem + b"\0")
    with socket.socket() as unused, pytest.raises(TlsRefused) as caught:
        silent.wrap(unused)
    assert caught.value.result == Nsapi.PARAMETER
    silent = OffloadedTls()
    silent.set(Option.SET_HOSTNAME, b"host")
    with socket.socket() as unused, pytest.raises(TlsRefused) as caught:
        silent.wrap(unused)
    assert caught.value.result == Nsapi.AUTH_FAILURE


@pytest.mark.parametrize(
    "bad", [b"", b"\0", b"rubbish", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n\0"]
)
def test_a_bad_root_leaves_the_trust_as_it_was(authority: Authority, bad: bytes) -> None:
    offloaded = trusting(authority)
    assert offloaded.set(Option.SET_CACERT, bad) == Nsapi.PARAMETER
    assert offloaded.set(Option.SET_CACERT, authority.root_pem) == Nsapi.PARAMETER  # without the zero that ends it
    assert offloaded.set(Option.SET_CACERT, authority.root_der + bad[:1] + b"\x30") == Nsapi.PARAMETER
    with TlsPeer(authority.server()) as peer, connect(offloaded, peer):
        pass


@pytest.mark.parametrize("form", ["pem", "der"])
def test_a_client_certificate_is_shown(authority: Authority, form: str) -> None:
    identity = authority.client()
    offloaded = trusting(authority)
    pem = form == "pem"
    certificate, key = (
        (identity.chain_pem + b"\0", identity.key_pem + b"\0") if pem else (identity.certificate_der, identity.key_der)
    )
    assert offloaded.set(Option.SET_CLCERT, certificate) == Nsapi.OK
    assert offloaded.set(Option.SET_CLKEY, key) == Nsapi.OK
    with (
        TlsPeer(authority.server(), client_certificate="required", client_ca=authority.root_pem) as peer,
        connect(offloaded, peer),
    ):
        assert peer.wait_for_session(5).client_certificate is not None


def test_a_key_of_another_certificate_is_refused_and_the_pair_before_it_holds(authority: Authority) -> None:
    offloaded, identity = trusting(authority), authority.client()
    assert offloaded.set(Option.SET_CLKEY, identity.key_pem + b"\0") == Nsapi.PARAMETER  # no certificate yet
    offloaded.set(Option.SET_CLCERT, identity.certificate_pem + b"\0")
    assert offloaded.set(Option.SET_CLKEY, identity.key_pem + b"\0") == Nsapi.OK
    other = Authority(key="rsa").client()
    assert offloaded.set(Option.SET_CLCERT, other.certificate_pem + b"\0") == Nsapi.OK
    assert offloaded.set(Option.SET_CLKEY, identity.key_pem + b"\0") == Nsapi.PARAMETER
    with (
        TlsPeer(authority.server(), client_certificate="required", client_ca=authority.root_pem) as peer,
        connect(offloaded, peer),
    ):
        assert peer.wait_for_session(5).client_certificate is not None


def test_a_key_on_a_curve_that_nobody_knows_is_none() -> None:
    assert OffloadedTls().set(Option.SET_CLKEY, PRIME192V2_KEY) == Nsapi.PARAMETER


def test_a_certificate_that_tls_has_no_use_for_is_refused(authority: Authority) -> None:
    offloaded = trusting(authority)
    certificate, key = that_cannot_sign()
    assert offloaded.set(Option.SET_CLCERT, certificate) == Nsapi.OK
    assert offloaded.set(Option.SET_CLKEY, key) == Nsapi.OK
    with socket.socket() as unused, pytest.raises(TlsRefused, match="certificate type") as caught:
        offloaded.wrap(unused)
    assert (caught.value.result, offloaded.tls_error) == (Nsapi.AUTH_FAILURE, BAD_CERTIFICATE)


def test_a_server_that_wants_a_certificate_and_gets_none(authority: Authority) -> None:
    offloaded = trusting(authority)
    with TlsPeer(authority.server(), client_certificate="required", client_ca=authority.root_pem) as peer:
        assert refused(offloaded, peer) in (Nsapi.AUTH_FAILURE, FATAL_ALERT)
        assert offloaded.tls_error == FATAL_ALERT


def test_what_is_no_tls_and_what_ends_early(authority: Authority) -> None:
    offloaded = trusting(authority)
    with TcpPeer() as peer:  # sends back what comes: a ClientHello
        assert refused(offloaded, peer) < 0
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname(), TIMEOUT_S)
        server.accept()[0].close()
        with offloaded.wrap(client) as wrapped, pytest.raises((ssl.SSLError, ConnectionError)) as caught:
            wrapped.do_handshake()
    assert offloaded.failed(caught.value) == Nsapi.CONNECTION_LOST


def test_options_that_do_not_exist_or_make_no_sense() -> None:
    offloaded = OffloadedTls()
    assert offloaded.set(5, b"") == Nsapi.UNSUPPORTED
    assert offloaded.set(Option.ENABLE, b"\1\0\0\0") == Nsapi.PARAMETER
    assert offloaded.set(Option.ENABLE, b"\1") == Nsapi.OK
    assert offloaded.enabled
    assert offloaded.set(Option.ENABLE, b"\0") == Nsapi.OK
    assert not offloaded.enabled
    for bad in (b"h\xc3\xb6st", b"a..b", b".a", b"x" * 64, b"a." * 130, b"a\0b"):
        assert offloaded.set(Option.SET_HOSTNAME, bad) == Nsapi.PARAMETER, bad
    assert offloaded.get(Option.GET_TLS_ERROR) == bytes(4)
    assert offloaded.get(Option.ENABLE) == Nsapi.UNSUPPORTED
