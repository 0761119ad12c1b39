"""TCP sockets on the board's behalf: connections, and listeners."""

from __future__ import annotations

import select
import socket
import ssl
import time
from contextlib import suppress

from tlsbench.model.nsapi import Nsapi

from . import addresses
from .base import HostSocket, Way
from .schema import pb
from .tls import LEVEL as TLS_LEVEL
from .tls import OffloadedTls, Option, TlsRefused

LIMIT = 8 * 1024
"""Bytes of the target's data that are kept here while the peer does not take them."""
BUFFER = 8 * 1024
"""The system's own buffers of a connection: a target's, more or less. A peer that does not read is soon felt."""
NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
LINGER_S = 30.0
"""How long a closed connection may still have data for a peer that does not take it."""


class TcpSocket(HostSocket):
    """A connection, or a socket that will be one."""

    def __init__(self, way: Way, number: int, target_limit: int, accepted: socket.socket | None = None) -> None:
        super().__init__(way, number, _prepared(accepted))
        self.target_limit = target_limit  # bytes that the target takes, from the connection's begin
        self._read = 0
        self._unsent = bytearray()
        self._taken = 0  # bytes of the target's that went on to the peer
        self._limit = LIMIT if accepted else 0  # that the target knows of
        self._connecting = False
        self._shaking = 0  # what the handshake under way waits for: select's POLLIN or POLLOUT
        self._tls = OffloadedTls()
        self._secure: ssl.SSLSocket | None = None  # the same as `sock`, where TLS is done here
        self._open = accepted is not None  # the peer may still send
        self._connected_once = self._open
        self._failed = False
        self._closed_at: float | None = None

    # --- what the target asks for ---

    def set_option(self, level: int, name: int, value: bytes) -> Nsapi:
        """Set an option; those of TLS only before it connects."""
        if level != TLS_LEVEL:
            return super().set_option(level, name, value)
        if self._connecting or self._shaking:
            if name == Option.ENABLE and value == b"\0":
                self._begin_anew()  # the target does not wait any longer, and hears no more of it
                return self._tls.set(name, value)
            return Nsapi.BUSY
        return Nsapi.IS_CONNECTED if self._connected_once else self._tls.set(name, value)

    def get_option(self, level: int, name: int) -> bytes | Nsapi:
        """Read an option: its value, or why not."""
        return self._tls.get(name) if level == TLS_LEVEL else super().get_option(level, name)

    def connect(self, endpoint: pb.Endpoint) -> None:
        """Begin to connect; the target hears how it ended."""
        address = addresses.address_of(endpoint)
        if not addresses.is_here(address):
            self.way.note(f"the board wants to connect to {address[0]}: it may reach this machine only")
            self._tell_connected(Nsapi.NO_CONNECTION)
            return
        try:
            if self._tls.enabled:
                self._tls.check()
            self.bind_again()
            self.sock.connect(address)
        except BlockingIOError:
            self._connecting = True
        except TlsRefused as refused:
            self._tell_refused(refused)
        except OSError as error:
            self._tell_connected(addresses.result_of(error))
        else:
            self._secure_it()

    def data(self, data: bytes) -> None:
        """Bytes for the peer; more than was allowed end the connection, and so do some before it is made."""
        if not self._connected_once or len(self._unsent) + len(data) > LIMIT:
            self._fail(Nsapi.DEVICE_ERROR)
            return
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
        if self._shaking or self._closed_at is not None:
            return self._shaking == select.POLLIN
        return self._open and self.way.room > 0 and self._read < self.target_limit

    @property
    def wants_write(self) -> bool:
        """Whether there is something to send, or a connection under way."""
        return self._connecting or self._shaking == select.POLLOUT or bool(self._unsent)

    @property
    def holds_more(self) -> bool:
        """Whether a record was read of which the target has not had all."""
        return self._secure is not None and not self._failed and self._secure.pending() > 0

    @property
    def done(self) -> bool:
        """Whether it was closed and has nothing more to say."""
        if self._closed_at is None:
            return False
        late = time.monotonic() - self._closed_at > LINGER_S
        return self._failed or self._connecting or bool(self._shaking) or not self._unsent or late

    def readable(self) -> None:
        """Hand on what came, as much as a message and the target take."""
        if self._shaking:
            self._shake_hands()
            return
        count = min(self.target_limit - self._read, self.way.data_room)
        try:
            data = self.sock.recv(count)
        except NOT_NOW:
            return
        except OSError as error:
            self._fail(self._result_of(error))
            return
        self._read += len(data)
        if data:
            self.send(data=data)
        else:
            self._open = False
            self.send(ended=0)

    def writable(self) -> None:
        """The connection is made or refused, or the peer has room again."""
        if self._shaking:
            self._shake_hands()
        elif self._connecting:
            self._connecting = False
            error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                self._tell_connected(addresses.result_of(error))
            else:
                self._secure_it()
        self._flush()

    def broken(self) -> None:
        """The system tells of an error, whatever was waited for."""
        if self._connecting or self._shaking or self._unsent:
            self.writable()
        elif self._open and self._closed_at is None:
            error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                self._fail(addresses.result_of(error))

    # --- connecting ---

    def _secure_it(self) -> None:
        """TCP is connected; TLS may be to come."""
        if not self._tls.enabled:
            self._tell_connected(Nsapi.OK)
            return
        try:
            self.sock = self._secure = self._tls.wrap(self.sock)
        except TlsRefused as refused:
            self._tell_refused(refused)
        except OSError as error:
            self._tell_connected(self._tls.failed(error))
        else:
            self._shake_hands()

    def _shake_hands(self) -> None:
        assert self._secure is not None
        self._shaking = 0
        try:
            self._secure.do_handshake()
        except ssl.SSLWantReadError:
            self._shaking = select.POLLIN
        except ssl.SSLWantWriteError:
            self._shaking = select.POLLOUT
        except OSError as error:
            self._tell_connected(self._tls.failed(error))
        else:
            self._tell_connected(Nsapi.OK)

    def _tell_connected(self, result: int) -> None:
        if result == Nsapi.OK:
            self._open = self._connected_once = True
            self.send(limit=self._grown())
        else:
            self._begin_anew()
        self.send(connected=result)

    def _tell_refused(self, refused: TlsRefused) -> None:
        self.way.note(f"no secure connection: {refused}")
        self._tell_connected(refused.result)

    def _begin_anew(self) -> None:
        """No connection came about: the peer shall not wait for more, and the target may try again."""
        self._connecting, self._shaking, self._secure = False, 0, None
        self.replace(_prepared())

    # --- data ---

    def _flush(self) -> None:
        if self._failed:
            self._unsent.clear()
        elif self._connected_once:
            try:
                while self._unsent:
                    count = self.sock.send(self._unsent)
                    self._taken += count
                    del self._unsent[:count]
            except NOT_NOW:
                pass
            except OSError as error:
                self._fail(self._result_of(error))
                return
            if self._closed_at is not None and not self._unsent and self._secure is not None:
                with suppress(OSError, ValueError):  # close_notify goes out; nobody waits for the peer's
                    self._secure.unwrap()
            elif self._closed_at is None and self._taken + LIMIT - self._limit >= LIMIT // 2:
                self.send(limit=self._grown())

    def _grown(self) -> int:
        self._limit = self._taken + LIMIT
        return self._limit

    def _result_of(self, error: OSError) -> int:
        return self._tls.failed(error) if self._secure is not None else addresses.result_of(error)

    def _fail(self, result: int) -> None:
        self._failed, self._open = True, False
        self._unsent.clear()
        if self._closed_at is None:
            self.send(ended=result)


def _prepared(accepted: socket.socket | None = None) -> socket.socket:
    """A socket with what all connections have set; a new one unless it is one that was accepted."""
    sock = accepted or socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
    # What the target sends in one call comes in pieces: none shall wait for the acknowledgement of another.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    return sock


class Listener(HostSocket):
    """A socket that waits for connections. One at a time is told to the target; the system keeps the others."""

    def __init__(self, way: Way, number: int, sock: socket.socket) -> None:
        super().__init__(way, number, sock)
        self._told: TcpSocket | None = None
        self._closed = False

    def taken(self, connection: HostSocket) -> None:
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
