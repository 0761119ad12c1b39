"""Clients for the tests of the peers: Python's ssl module and `openssl s_client`."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from tlsbench.peers import Authority, Identity, TcpPeer
from tlsbench.peers.pki import SERVER_NAME

TIMEOUT_S = 10.0
T = TypeVar("T")


@contextmanager
def plain(peer: TcpPeer) -> Iterator[socket.socket]:
    """A TCP connection to the peer."""
    with socket.create_connection((peer.address, peer.port), TIMEOUT_S) as sock:
        yield sock


def context(authority: Authority, client: Identity | None = None, folder: Path | None = None) -> ssl.SSLContext:
    """A client's settings: trust the authority, and show a certificate if there is one (written to `folder`)."""
    settings = ssl.create_default_context(cadata=authority.root_pem.decode())
    settings.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # not set by newer Pythons
    if client and folder:
        file = folder / "client.pem"
        file.write_bytes(client.key_pkcs8_pem + client.chain_pem)
        settings.load_cert_chain(file)
    return settings


@contextmanager
def tls(peer: TcpPeer, settings: ssl.SSLContext, name: str | None = SERVER_NAME) -> Iterator[ssl.SSLSocket]:
    """A TLS connection to the peer."""
    with plain(peer) as sock, settings.wrap_socket(sock, server_hostname=name, suppress_ragged_eofs=False) as wrapped:
        yield wrapped


def receive(sock: socket.socket, count: int) -> bytes:
    """Exactly `count` bytes, or fewer if the peer ends before."""
    data = b""
    while len(data) < count and (more := sock.recv(count - len(data))):
        data += more
    return data


def s_client(peer: TcpPeer, *arguments: str, send: str = "", folder: Path | None = None) -> str:
    """What `openssl s_client` says of a connection. It sends `send` and leaves when that is sent."""
    command = ["openssl", "s_client", "-connect", f"{peer.address}:{peer.port}", *arguments]
    done = subprocess.run(command, input=send.encode(), capture_output=True, check=False, timeout=TIMEOUT_S, cwd=folder)
    return (done.stdout + done.stderr).decode("utf-8", "backslashreplace")


class TlsOver:
    """A TLS client over any stream of bytes, also one that goes on when TLS has ended.

    Args:
        stream: a connected socket, with TLS or without.
        settings: see `context`.
    """

    def __init__(self, stream: socket.socket, settings: ssl.SSLContext) -> None:
        self._stream = stream
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = settings.wrap_bio(self._incoming, self._outgoing, server_hostname=SERVER_NAME)
        self._do(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        """All of it."""
        self._do(lambda: self._tls.write(data))

    def receive(self, count: int) -> bytes:
        """At most `count` bytes."""
        return self._do(lambda: self._tls.read(count))

    def goodbye(self) -> bytes:
        """The bytes of a close_notify, not sent yet."""
        with suppress(ssl.SSLWantReadError):  # the peer's own is not waited for
            self._tls.unwrap()
        return self._outgoing.read()

    def _do(self, action: Callable[[], T]) -> T:
        while True:
            try:
                done = action()
            except ssl.SSLWantReadError:
                self._stream.sendall(self._outgoing.read())
                self._incoming.write(self._stream.recv(16384))
                continue
            self._stream.sendall(self._outgoing.read())
            return done
