"""What a TLS peer negotiates and what it says it saw, against Python's ssl module and `openssl s_client`."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from tls_client import TlsOver, context, plain, receive, s_client, tls

from tlsbench.model.errors import CertificateError, ConfigError, PeerError
from tlsbench.peers import Authority, Stage, TlsPeer
from tlsbench.peers.pki import SERVER_NAME

ENDED = Stage.ENDED


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.mark.parametrize(("key", "suite"), [("ec", "ECDHE-ECDSA"), ("rsa", "ECDHE-RSA")])
def test_a_full_handshake_is_recorded(key: str, suite: str) -> None:
    authority = Authority(key=key)
    with TlsPeer(authority.server(chain=3)) as peer:
        with tls(peer, context(authority)) as client:
            client.sendall(b"ping")
            assert receive(client, 4) == b"ping"
            client.unwrap()
        session = peer.wait_for_session(5, stage=ENDED)
    assert session.version == "TLSv1.2"
    assert session.cipher_suite == f"{suite}-AES128-GCM-SHA256"
    assert session.sni == SERVER_NAME
    assert session.client_certificate is None
    assert not session.resumed
    assert session.handshake_flights == 4
    assert session.round_trips == 2
    assert session.handshake_s is not None
    assert 0 < session.handshake_s < 30
    assert session.records_rx == {"handshake": 3, "change_cipher_spec": 1, "application_data": 1, "alert": 1}
    assert session.records_tx == {"handshake": 5, "change_cipher_spec": 1, "application_data": 1, "alert": 1}
    assert (session.received, session.sent, bytes(session.received_head)) == (4, 4, b"ping")
    assert session.ending == "close_notify"
    assert [str(alert) for alert in session.alerts_rx] == ["warning close_notify"]


def test_the_byte_counts_are_those_of_the_socket(authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer, plain(peer) as sock:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context(authority).wrap_bio(incoming, outgoing, server_hostname=SERVER_NAME)
        sent = got = 0
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                data = outgoing.read()
                sent += len(data)
                sock.sendall(data)
                answer = sock.recv(65536)
                got += len(answer)
                incoming.write(answer)
        session = peer.wait_for_session(5)
        assert (session.handshake_bytes_rx, session.handshake_bytes_tx) == (sent, got)
        assert session.hello is not None
        assert session.hello.length < sent


def test_no_server_name_is_told_from_one(authority: Authority) -> None:
    settings = context(authority)
    settings.check_hostname = False
    with TlsPeer(authority.server()) as peer:
        with tls(peer, settings, None):
            assert peer.wait_for_session(5).sni is None
        with tls(peer, settings, "other.example"):
            assert peer.wait_for_session(5, number=2).sni == "other.example"


@pytest.mark.parametrize(
    ("flaw", "alert"),
    [
        ("expired", "certificate_expired"),
        ("not yet valid", "bad_certificate"),
        ("wrong host", "bad_certificate"),
        ("self-signed", "unknown_ca"),
        ("untrusted root", "unknown_ca"),
    ],
)
def test_a_refused_certificate_shows_as_the_clients_alert(authority: Authority, flaw: str, alert: str) -> None:
    with TlsPeer(authority.server(flaw=flaw)) as peer:
        with pytest.raises(ssl.SSLCertVerificationError), tls(peer, context(authority)):
            pass
        session = peer.wait_for_session(5, stage=ENDED)
        assert session.handshake_error == f"the client sent the alert {alert}"
        assert [str(seen) for seen in session.alerts_rx] == [f"fatal {alert}"]
        assert session.version is None
        with pytest.raises(
            PeerError, match=f"no connection was established: the client sent the alert {alert}"
        ) as info:
            peer.wait_for_session(5)
        assert "ClientHello of" in str(info.value)


@pytest.mark.parametrize("key", ["ec", "rsa"])
def test_a_client_certificate_is_checked_and_named(authority: Authority, tmp_path: Path, key: str) -> None:
    client = authority.client(name="meter 7", key=key, chain=2)
    with TlsPeer(authority.server(), client_certificate="required", client_ca=authority.root_pem) as peer:
        with tls(peer, context(authority, client, tmp_path)):
            session = peer.wait_for_session(5)
        assert session.client_certificate == "CN=meter 7,O=tlsbench"


@pytest.mark.parametrize(
    ("flaw", "reason"),
    [
        (None, "peer did not return a certificate"),
        ("expired", "the client's certificate is refused: certificate has expired"),
        ("untrusted root", "the client's certificate is refused: unable to get local issuer certificate"),
    ],
)
def test_a_client_without_a_good_certificate_is_refused(
    authority: Authority, tmp_path: Path, flaw: str | None, reason: str
) -> None:
    client = authority.client(flaw=flaw) if flaw else None
    with TlsPeer(authority.server(), client_certificate="required", client_ca=authority.root_pem) as peer:
        settings = context(authority, client, tmp_path)
        settings.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(ssl.SSLError, match=r"(?i)alert"), tls(peer, settings):
            pass
        assert peer.wait_for_session(5, stage=ENDED).handshake_error == reason


def test_an_optional_client_certificate_may_be_missing(authority: Authority) -> None:
    peer = TlsPeer(authority.server(), client_certificate="optional", client_ca=authority.root_pem)
    with peer, tls(peer, context(authority)):
        assert peer.wait_for_session(5).client_certificate is None


def test_versions_and_suites_can_be_chosen(authority: Authority) -> None:
    with TlsPeer(authority.server(), max_version="1.3") as peer, tls(peer, context(authority)):
        session = peer.wait_for_session(5)
        assert session.version == "TLSv1.3"
    with TlsPeer(authority.server(), ciphers="ECDHE-ECDSA-CHACHA20-POLY1305") as peer, tls(peer, context(authority)):
        assert peer.wait_for_session(5).cipher_suite == "ECDHE-ECDSA-CHACHA20-POLY1305"
    with TlsPeer(authority.server(), ciphers="ECDHE-RSA-AES128-GCM-SHA256") as peer:
        with pytest.raises(ssl.SSLError), tls(peer, context(authority)):
            pass
        assert peer.wait_for_session(5, stage=ENDED).handshake_error == "no shared cipher"
    with TlsPeer(authority.server(), min_version="1.3", max_version="1.3") as peer:
        assert "alert protocol version" in s_client(peer, "-tls1_2")
        assert peer.wait_for_session(5, stage=ENDED).handshake_error == "unsupported protocol"


def test_the_curve_is_p256_unless_the_client_may_choose(authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        assert "Server Temp Key: ECDH, prime256v1" in s_client(peer)
    with TlsPeer(authority.server(), curve=None) as peer:
        assert "Server Temp Key: X25519" in s_client(peer)


def test_each_handshake_is_a_full_one_unless_resumption_is_allowed(authority: Authority, tmp_path: Path) -> None:
    for resumption in (False, True):
        with TlsPeer(authority.server(), resumption=resumption) as peer:
            s_client(peer, "-sess_out", "session.pem", folder=tmp_path)
            text = s_client(peer, "-sess_in", "session.pem", folder=tmp_path)
            second = peer.wait_for_session(5, number=2, stage=ENDED)
        assert ("Reused, TLSv1.2" in text) == resumption
        assert second.resumed == resumption
        assert second.round_trips == (1.5 if resumption else 2)


def test_max_fragment_length_is_honoured(authority: Authority) -> None:
    with TlsPeer(authority.server(chain=3), "source", length=8192, close=True) as peer:
        s_client(peer, "-maxfraglen", "1024", "-quiet")
        session = peer.wait_for_session(5, stage=ENDED)
    assert session.hello is not None
    assert session.hello.max_fragment_length == 1024
    assert session.records_tx["application_data"] == 8


def test_tls_goes_inside_tls(authority: Authority) -> None:
    settings = context(authority)
    with TlsPeer(authority.server(), layers=2) as peer, tls(peer, settings) as outer:
        inner = TlsOver(outer, settings)
        inner.send(b"hello")
        assert inner.receive(100) == b"hello"
        session = peer.wait_until(lambda seen: seen.sent == 5, 5, "the echo")
        assert session.received == 5
        outer.sendall(inner.goodbye())
        peer.wait_until(lambda seen: seen.ending == "close_notify", 5, "the goodbye of the inner one")


def test_no_tls_has_no_layers(authority: Authority) -> None:
    with pytest.raises(ConfigError, match="layers"):
        TlsPeer(authority.server(), layers=0)


def test_records_can_be_kept_small_for_clients_that_do_not_ask(authority: Authority) -> None:
    with TlsPeer(authority.server(), "source", length=8192, close=True, record_limit=4000) as peer:
        with tls(peer, context(authority)) as client:
            assert len(receive(client, 8192)) == 8192
        session = peer.wait_for_session(5, stage=ENDED)
        assert session.records_tx["application_data"] == 3
        assert session.hello is not None
        assert session.hello.max_fragment_length is None


def test_the_secrets_of_each_session_are_logged(authority: Authority, run_dir: Path) -> None:
    keylog = run_dir / "keys.log"
    with TlsPeer(authority.server(), keylog=keylog) as peer:
        for _ in range(2):
            with tls(peer, context(authority)) as client:
                client.sendall(b"x")
                receive(client, 1)
    lines = [line for line in keylog.read_text().splitlines() if line.startswith("CLIENT_RANDOM ")]
    assert len(lines) == len({line.split()[1] for line in lines}) == 2


def test_no_key_is_ever_in_a_file(authority: Authority, run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(run_dir))
    monkeypatch.chdir(run_dir)
    with TlsPeer(authority.server(), keylog=run_dir / "keys.log") as peer, tls(peer, context(authority)):
        assert list(run_dir.iterdir()) == [run_dir / "keys.log"]
        for fd in Path("/proc/self/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                assert "memfd:tlsbench-file" not in str(fd.readlink())


def test_a_client_that_speaks_no_tls_is_refused(authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        with plain(peer) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            sock.recv(100)
        session = peer.wait_for_session(10, stage=ENDED)
        assert session.handshake_error == "http request"
        assert session.records_rx == {}


def test_a_client_that_leaves_in_the_handshake_is_told_from_one_that_resets(authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        with plain(peer) as sock:
            sock.sendall(b"\x16\x03\x01")
        session = peer.wait_for_session(5, stage=ENDED)
        assert session.handshake_error == "the client closed the connection before the handshake was done"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_version": "1.4"}, "min_version: '1.4' does not exist; choose one of: 1.2, 1.3"),
        ({"min_version": "1.3"}, "max_version: there is no version from 1.3 up to 1.2"),
        ({"ciphers": "ROT13"}, "ciphers: OpenSSL knows no cipher suite in 'ROT13'"),
        ({"curve": "circle"}, "curve: OpenSSL knows no curve 'circle'"),
        ({"client_certificate": "maybe"}, "client_certificate: 'maybe' does not exist; choose one of: none, optional"),
        ({"client_certificate": "required"}, "client_ca: client certificates can only be checked against a root"),
        ({"record_limit": 20000}, "record_limit: no record can hold 20000 bytes; choose 1 to 16384"),
    ],
)
def test_a_bad_setting_is_named_before_anything_listens(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as info:
        TlsPeer(**options)  # type: ignore[arg-type]
    assert message in str(info.value)


def test_a_key_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere/keys\.log: keys cannot be logged here"):
        TlsPeer(keylog=tmp_path / "nowhere" / "keys.log")


def test_a_client_root_that_is_no_certificate_is_refused() -> None:
    with pytest.raises(CertificateError, match="client_ca is no PEM certificate"):
        TlsPeer(client_certificate="required", client_ca=b"I am your father")
