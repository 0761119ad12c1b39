"""A DTLS client on OpenSSL, for the tests of peers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from OpenSSL import SSL

from tlsbench.peers import UdpPeer
from tlsbench.peers.dtls_records import dtls_records

SOON_S = 5.0


class Client:
    """A DTLS client whose datagrams can be seen and changed."""

    def __init__(self, peer: UdpPeer) -> None:
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_options(SSL.OP_NO_QUERY_MTU)
        context.set_verify(SSL.VERIFY_NONE)
        self.connection = SSL.Connection(context, None)
        self.connection.set_connect_state()
        self.connection.set_ciphertext_mtu(1400)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(SOON_S)
        self.socket.connect((peer.address, peer.port))
        self.received: list[bytes] = []

    def flush(self) -> None:
        """Send what OpenSSL wrote, each record by itself: before a flight, the last one may have been written again."""
        try:
            written = self.connection.bio_read(65536)
        except SSL.WantReadError:
            return
        for record in dtls_records(written):
            self.socket.send(record.data)

    def take(self) -> None:
        """Receive a datagram; in a handshake, send the last flight again when none comes."""
        left = self.connection.DTLSv1_get_timeout()
        self.socket.settimeout(SOON_S if left is None else max(0.01, left))
        try:
            self.received.append(self.socket.recv(65536))
        except TimeoutError:
            if left is None:
                raise
            self.connection.DTLSv1_handle_timeout()  # gives up after some times
            self.flush()
        else:
            self.connection.bio_write(self.received[-1])

    def shake_hands(self) -> None:
        """The whole handshake."""
        while True:
            try:
                self.connection.do_handshake()
                self.flush()
                return
            except SSL.WantReadError:
                self.flush()
                self.take()

    def send(self, data: bytes) -> None:
        """One record."""
        self.connection.send(data)
        self.flush()

    def recv(self) -> bytes:
        """The data of one record."""
        while True:
            try:
                return self.connection.recv(65536)
            except SSL.WantReadError:
                self.take()


@contextmanager
def client_of(peer: UdpPeer) -> Iterator[Client]:
    """A client of the peer, its handshake still to come."""
    client = Client(peer)
    with client.socket:
        yield client
