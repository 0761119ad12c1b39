"""Behaviours that know what the client should say: a web server, and one that turns to TLS when asked."""

from __future__ import annotations

import socket

import pytest
from tls_client import TIMEOUT_S, TlsOver, context, plain, receive, tls

from tlsbench.model.errors import PeerError
from tlsbench.peers import Authority, Stage, TcpPeer, TlsPeer
from tlsbench.peers.pki import SERVER_NAME

AUTHORITY = Authority()
IDENTITY = AUTHORITY.server()


def everything(sock: socket.socket) -> bytes:
    """What comes until the peer closes."""
    return receive(sock, 1 << 20)


@pytest.mark.parametrize(
    ("request_line", "fields", "status", "body"),
    [
        ("GET /hello.txt HTTP/1.1", "Host: x\r\n", "200 OK", "Größe\n"),
        ("GET /hello.txt HTTP/1.1", "hOST:x\r\nAccept: */*\r\n", "200 OK", "Größe\n"),
        ("GET /other HTTP/1.1", "Host: x\r\n", "404 Not Found", "there is only /hello.txt\n"),
        ("POST /hello.txt HTTP/1.1", "Host: x\r\n", "501 Not Implemented", "only GET is\n"),
        ("GET /hello.txt HTTP/1.0", "Host: x\r\n", "400 Bad Request", "no request of HTTP/1.1 with one Host field\n"),
        ("GET /hello.txt HTTP/1.1", "", "400 Bad Request", "no request of HTTP/1.1 with one Host field\n"),
    ],
)
def test_a_request_gets_its_answer(request_line: str, fields: str, status: str, body: str) -> None:
    with TcpPeer("http", body="Größe\n") as peer, plain(peer) as client:
        client.sendall(f"{request_line}\r\n{fields}".encode())
        client.sendall(b"\r\n")
        head, _, content = everything(client).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status}\r\n".encode())
    assert f"Content-Length: {len(body.encode())}".encode() in head
    assert content.decode() == body


def test_a_page_comes_over_tls_too() -> None:
    with TlsPeer(IDENTITY, "http", path="/page", body="x" * 40_000) as peer, tls(peer, context(AUTHORITY)) as client:
        client.sendall(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
        assert everything(client).endswith(b"\r\n\r\n" + b"x" * 40_000)


def test_a_head_without_end_is_a_failure() -> None:
    with TcpPeer("http") as peer, plain(peer) as client:
        client.sendall(b"GET /" + b"x" * 20_000)
        with pytest.raises(PeerError, match="head of more than 16384 bytes"):
            peer.wait_for_session(5, stage=Stage.ENDED)


def test_starttls_turns_the_same_connection_to_tls() -> None:
    with TlsPeer(IDENTITY, "starttls", greeting="220 hello") as peer, plain(peer) as client:
        assert receive(client, 11) == b"220 hello\r\n"
        client.sendall(b"START")
        client.sendall(b"TLS\r\n")
        assert receive(client, 14) == b"220 go ahead\r\n"
        with context(AUTHORITY).wrap_socket(client, server_hostname=SERVER_NAME) as secure:
            secure.sendall(b"hello")
            assert receive(secure, 5) == b"hello"
        session = peer.wait_for_session(5)
        assert (session.version, session.sni) == ("TLSv1.2", SERVER_NAME)
        assert session.records_rx["change_cipher_spec"] == 1


def test_a_connection_lives_on_in_the_clear_when_tls_has_ended() -> None:
    with TlsPeer(IDENTITY, "starttls", lives_on=True) as peer, plain(peer) as client:
        receive(client, len("220 tlsbench ready\r\n"))
        client.sendall(b"STARTTLS\r\n")
        receive(client, len("220 go ahead\r\n"))
        secure = TlsOver(client, context(AUTHORITY))
        secure.send(b"secret")
        assert secure.receive(100) == b"secret"
        client.sendall(secure.goodbye() + b"at once")  # in one piece: what follows belongs to nobody's TLS
        assert receive(client, 7) == b"at once"
        client.sendall(b"and later")
        assert receive(client, 9) == b"and later"


def test_starttls_can_be_refused() -> None:
    with TlsPeer(IDENTITY, "starttls", answer="454 not now") as peer, plain(peer) as client:
        client.sendall(b"STARTTLS\r\n")
        client.shutdown(socket.SHUT_WR)
        assert everything(client).endswith(b"454 not now\r\n")
        assert peer.wait_for_session(5, stage=Stage.ENDED).was_established is False


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"HELLO\r\n", "should say STARTTLS and said b'HELLO'"),
        (b"STARTTLS\r\n\x16\x03\x01", "went on before the answer"),
        (b"x" * 600, "should say a line"),
    ],
)
def test_starttls_wants_the_right_word_and_nothing_behind_it(said: bytes, why: str) -> None:
    with TlsPeer(IDENTITY, "starttls") as peer, plain(peer) as client:
        client.settimeout(TIMEOUT_S)
        client.sendall(said)
        client.shutdown(socket.SHUT_WR)
        with pytest.raises(PeerError, match=why):
            peer.wait_for_session(5, stage=Stage.ENDED)
