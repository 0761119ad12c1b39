"""TCP sockets on the board's behalf: connections, and listeners."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from tlsbench.model.nsapi import Nsapi

from . import addresses
from .base import HostSocket, Way
from .schema import pb

LIMIT = 8 * 1024
"""Bytes of the target's data that are kept here while the peer does not take them."""
BUFFER = 8 * 1024
"""The system's own buffers of a connection: a target's, more or less. A peer that does not read is soon felt."""
LINGER_S = 30.0
"""How long a closed connection may still have data for a peer that does not take it."""


class TcpSocket(HostSocket):
    """A connection, or a socket that will be one."""

    def __init__(self, way: Way, number: int, target_limit: int, accepted: socket.socket | None = None) -> None:
        super().__init__(way, number, accepted or socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            self.sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        # What the target sends in one call comes in pieces: none shall wait for the acknowledgement of another.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.target_limit = target_limit  # bytes that the target takes, from the connection's begin
        self._read = 0
        self._unsent = bytearray()
        self._taken = 0  # bytes of the target's that went on to the peer
        self._limit = LIMIT if accepted else 0  # that the target knows of
        self._connecting = False
        self._open = accepted is not None  # the peer may still send
        self._failed = False
        self._closed_at: float | None = None

    # --- what the target asks for ---

    def connect(self, endpoint: pb.Endpoint) -> None:
        """Begin to connect; the target hears how it ended."""
        address = addresses.address_of(endpoint)
        if not addresses.is_here(address):
            self.way.note(f"the board wants to connect to {address[0]}: it may reach this machine only")
            self._connected(Nsapi.NO_CONNECTION)
            return
        try:
            self.sock.connect(address)
        except BlockingIOError:
            self._connecting = True
        except OSError as error:
            self._connected(addresses.result_of(error))
        else:
            self._connected(Nsapi.OK)

    def data(self, data: bytes) -> None:
        """Bytes for the peer."""
        self._unsent += data
        self._flush()

    def limit(self, limit: int) -> None:
        """The target takes so many bytes, counted from the connection's begin."""
        self.target_limit = max(self.target_limit, limit)

    def close(self) -> None:
        """The target has closed: what it sent before still goes out."""
        self._closed_at = time.monotonic()
        self._flush()

    # --- what the system says ---

    @property
    def wants_read(self) -> bool:
        """Whether data would have somewhere to go."""
        return self._open and self._closed_at is None and self.way.room > 0 and self._read < self.target_limit

    @property
    def wants_write(self) -> bool:
        """Whether there is something to send, or a connection under way."""
        return self._connecting or bool(self._unsent)

    @property
    def done(self) -> bool:
        """Whether it was closed and has nothing more to say."""
        if self._closed_at is None:
            return False
        late = time.monotonic() - self._closed_at > LINGER_S
        return self._failed or self._connecting or not self._unsent or late

    def readable(self) -> None:
        """Hand on what came, as much as a message and the target take."""
        count = min(self.target_limit - self._read, self.way.data_room)
        try:
            data = self.sock.recv(count)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(addresses.result_of(error))
            return
        self._read += len(data)
        if data:
            self.send(data=data)
        else:
            self._open = False
            self.send(ended=0)

    def writable(self) -> None:
        """The connection is made or refused, or the peer has room again."""
        if self._connecting:
            self._connecting = False
            error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self._connected(addresses.result_of(error) if error else Nsapi.OK)
        self._flush()

    def broken(self) -> None:
        """The system tells of an error, whatever was waited for."""
        if self._connecting or self._unsent:
            self.writable()
        elif self._open and self._closed_at is None:
            error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                self._fail(addresses.result_of(error))

    def _connected(self, result: Nsapi) -> None:
        if result is Nsapi.OK:
            self._open = True
            self.send(limit=self._grown())
        else:
            self._failed = True
        self.send(connected=result)

    def _flush(self) -> None:
        if self._failed:
            self._unsent.clear()
        elif self._open or self._taken or self._limit:
            try:
                while self._unsent:
                    count = self.sock.send(self._unsent)
                    self._taken += count
                    del self._unsent[:count]
            except BlockingIOError:
                pass
            except OSError as error:
                self._fail(addresses.result_of(error))
                return
            if self._closed_at is None and self._taken + LIMIT - self._limit >= LIMIT // 2:
                self.send(limit=self._grown())

    def _grown(self) -> int:
        self._limit = self._taken + LIMIT
        return self._limit

    def _fail(self, result: Nsapi) -> None:
        self._failed, self._open = True, False
        self._unsent.clear()
        if self._closed_at is None:
            self.send(ended=result)


class Listener(HostSocket):
    """A socket that waits for connections. One at a time is told to the target; the system keeps the others."""

    def __init__(self, way: Way, number: int, sock: socket.socket) -> None:
        super().__init__(way, number, sock)
        self._told: TcpSocket | None = None
        self._closed = False

    def taken(self, connection: TcpSocket) -> None:
        """The target has accepted a connection, so the next one can be told."""
        if connection is self._told:
            self._told = None

    def close(self) -> None:
        """The target has closed: who was not accepted is sent away."""
        self._closed = True
        if self._told is not None:
            self._told.close()

    @property
    def wants_read(self) -> bool:
        """Whether the next connection can be told."""
        return self._told is None and not self._closed and self.way.room > 0

    @property
    def done(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def readable(self) -> None:
        """Accept a connection and tell the target."""
        with suppress(OSError):  # it has gone again
            sock, address = self.sock.accept()
            connection = TcpSocket(self.way, self.way.next_number(), 0, sock)
            self._told = connection
            self.way.add(connection)
            peer = addresses.endpoint_of(address)
            self.send(incoming=pb.Incoming(connection=connection.number, peer=peer, limit=LIMIT))
