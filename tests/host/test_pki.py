"""Certificates, judged by OpenSSL's own verification rather than by the code that made them."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tlsbench.model.errors import CertificateError
from tlsbench.peers.pki import OTHER_HOST, SERVER_NAME, Authority, Flaw, Identity, read_certificate


def verify(authority: Authority, identity: Identity, folder: Path, *arguments: str) -> str:
    """What `openssl verify` says of the leaf, given the root to trust and the chain that is sent."""
    (folder / "root.pem").write_bytes(authority.root_pem)
    (folder / "leaf.pem").write_bytes(identity.certificate_pem)
    (folder / "chain.pem").write_bytes(identity.chain_pem)
    command = ["openssl", "verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", "chain.pem", *arguments]
    done = subprocess.run([*command, "leaf.pem"], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def at(moment: dt.datetime) -> list[str]:
    return ["-attime", str(int(moment.timestamp()))]


@pytest.mark.parametrize("key", ["ec", "rsa"])
@pytest.mark.parametrize("chain", [1, 2, 3])
def test_a_chain_of_n_sends_n_certificates_that_lead_to_the_root(tmp_path: Path, key: str, chain: int) -> None:
    authority = Authority(key=key)
    identity = authority.server(chain=chain)
    issuers = [certificate.issuer for certificate in identity.chain]
    subjects = [certificate.subject for certificate in identity.chain]
    assert len(identity.chain) == chain
    assert issuers == [*subjects[1:], authority.root.subject]
    assert authority.root not in identity.chain
    purpose = ["-purpose", "sslserver", "-verify_hostname", SERVER_NAME]
    assert verify(authority, identity, tmp_path, *purpose) == "leaf.pem: OK\n"
    assert verify(authority, identity, tmp_path, "-verify_ip", "127.0.0.1") == "leaf.pem: OK\n"


def test_a_client_certificate_is_for_clients_and_not_for_servers(tmp_path: Path) -> None:
    authority = Authority()
    identity = authority.client(name="meter 7", chain=2)
    assert "CN=meter 7" in identity.certificate.subject.rfc4514_string()
    assert verify(authority, identity, tmp_path, "-purpose", "sslclient") == "leaf.pem: OK\n"
    assert "unsuitable certificate purpose" in verify(authority, identity, tmp_path, "-purpose", "sslserver")
    assert "unsuitable certificate purpose" in verify(authority, authority.server(), tmp_path, "-purpose", "sslclient")


@pytest.mark.parametrize(
    ("flaw", "complaint"),
    [
        (Flaw.EXPIRED, "certificate has expired"),
        (Flaw.NOT_YET_VALID, "certificate is not yet valid"),
        (Flaw.WRONG_HOST, "hostname mismatch"),
        (Flaw.SELF_SIGNED, "self-signed certificate"),
        (Flaw.UNTRUSTED_ROOT, "unable to get local issuer certificate"),
    ],
)
def test_a_flawed_certificate_is_refused_for_its_flaw_alone(tmp_path: Path, flaw: Flaw, complaint: str) -> None:
    authority = Authority()
    text = verify(authority, authority.server(flaw=flaw), tmp_path, "-verify_hostname", SERVER_NAME)
    complaints = [line for line in text.splitlines() if line.startswith("error ")]
    assert complaint in complaints[0].lower()
    assert {line.partition("lookup: ")[2].lower() for line in complaints if "lookup" in line} == {complaint}


def test_the_wrong_host_is_valid_for_another_one(tmp_path: Path) -> None:
    authority = Authority()
    identity = authority.server(flaw=Flaw.WRONG_HOST)
    assert verify(authority, identity, tmp_path, "-verify_hostname", OTHER_HOST) == "leaf.pem: OK\n"


def test_an_untrusted_server_is_fine_but_for_its_root(tmp_path: Path) -> None:
    authority = Authority()
    identity = authority.server(flaw=Flaw.UNTRUSTED_ROOT, chain=2)
    stranger = Authority(name="not tlsbench", now=authority.now)
    assert verify(stranger, identity, tmp_path, "-verify_hostname", SERVER_NAME) == "leaf.pem: OK\n"


def test_validity_is_relative_to_the_given_now(tmp_path: Path) -> None:
    then = dt.datetime(2037, 5, 4, 3, 2, 1, tzinfo=dt.UTC)
    authority = Authority(now=then)
    good, late = authority.server(), authority.server(flaw=Flaw.EXPIRED)
    assert verify(authority, good, tmp_path, *at(then)) == "leaf.pem: OK\n"
    assert "not yet valid" in verify(authority, good, tmp_path, *at(then - dt.timedelta(days=2)))
    assert "has expired" in verify(authority, late, tmp_path, *at(then))
    assert verify(authority, late, tmp_path, *at(then - dt.timedelta(days=2))) == "leaf.pem: OK\n"


@pytest.mark.parametrize("key", ["ec", "rsa"])
def test_each_form_of_a_certificate_and_key_holds_the_same(key: str) -> None:
    identity = Authority(key=key).client()
    assert x509.load_pem_x509_certificate(identity.certificate_pem) == identity.certificate
    assert x509.load_der_x509_certificate(identity.certificate_der) == identity.certificate
    numbers = identity.certificate.public_key().public_numbers()
    for pem in (identity.key_pem, identity.key_pkcs8_pem):
        assert serialization.load_pem_private_key(pem, None).public_key().public_numbers() == numbers
    for der in (identity.key_der, identity.key_pkcs8_der):
        assert serialization.load_der_private_key(der, None).public_key().public_numbers() == numbers
    assert {"ec": b"BEGIN EC PRIVATE KEY", "rsa": b"BEGIN RSA PRIVATE KEY"}[key] in identity.key_pem
    assert b"BEGIN PRIVATE KEY" in identity.key_pkcs8_pem


def test_the_leaf_may_have_another_kind_of_key_than_the_authority(tmp_path: Path) -> None:
    authority = Authority(key="rsa")
    identity = authority.server(key="ec")
    assert b"BEGIN EC PRIVATE KEY" in identity.key_pem
    assert verify(authority, identity, tmp_path) == "leaf.pem: OK\n"


def test_a_key_is_made_once_per_role() -> None:
    assert Authority(key="rsa").server().key is Authority(key="rsa").server(flaw="expired").key
    assert Authority().server().key is not Authority().client().key


@pytest.mark.parametrize("text", ["not yet valid", "not-yet-valid", "NOT_YET_VALID", " Not Yet Valid "])
def test_a_flaw_is_known_by_its_name(text: str) -> None:
    assert Flaw.parse(text) is Flaw.NOT_YET_VALID


def test_what_cannot_be_made_is_refused_with_what_can() -> None:
    authority = Authority()
    with pytest.raises(CertificateError, match="no certificate is 'rusty'; choose one of: valid, expired, not yet"):
        authority.server(flaw="rusty")
    with pytest.raises(CertificateError, match="a chain of 4 certificates cannot be made; choose 1 to 3"):
        authority.server(chain=4)
    with pytest.raises(CertificateError, match="a chain of 0 certificates"):
        authority.client(chain=0)
    with pytest.raises(CertificateError, match="no key is of kind 'dsa'; choose ec"):
        Authority(key="dsa")
    with pytest.raises(CertificateError, match="at least one host"):
        authority.server(hosts=())


def test_a_file_that_is_no_certificate_is_named() -> None:
    authority = Authority()
    assert read_certificate(authority.root_pem, "root.pem") == authority.root
    assert read_certificate(authority.root_der, "root.der") == authority.root
    with pytest.raises(CertificateError, match=r"notes\.txt is no X\.509 certificate .* 14 bytes .* b'Dear diary, to"):
        read_certificate(b"Dear diary, to", "notes.txt")
    broken = authority.root_pem.replace(b"MII", b"M!!", 1)
    with pytest.raises(CertificateError, match=r"broken\.pem is no X\.509 certificate"):
        read_certificate(broken, "broken.pem")
    with pytest.raises(CertificateError, match=r"key\.pem is no X\.509 certificate"):
        read_certificate(authority.server().key_pem, "key.pem")
