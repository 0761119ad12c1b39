"""UDP sockets on the board's behalf."""

from __future__ import annotations

import socket
from contextlib import suppress

from . import addresses
from .base import HostSocket, Way
from .schema import pb

HEAD_BYTES = 8
"""What a datagram takes of the target's limit beside its data."""
LONGEST = 65535


class UdpSocket(HostSocket):
    """A datagram socket. What the target has no room for waits in the system's buffer, which drops what comes last.

    Arguments:
        capacity: bytes that the target has for datagrams that nobody read; none that is larger ever fits.
    """

    def __init__(self, way: Way, number: int, capacity: int) -> None:
        super().__init__(way, number, socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._capacity = self._target_limit = capacity
        self._used = 0
        self._coming: tuple[tuple[str, int], int] | None = None  # where the target's datagram goes, and its size
        self._gathered = bytearray()
        self._held: pb.Endpoint | None = None  # head of the datagram that waits for the target
        self._rest = b""
        self._begun = False
        self._closed = False

    # --- what the target asks for ---

    def datagram(self, to: pb.Endpoint, data: bytes) -> None:
        """A datagram, or its begin."""
        self._gathered.clear()
        self._coming = (addresses.address_of(to), to.size) if to.size <= LONGEST else None
        self.data(data)

    def data(self, data: bytes) -> None:
        """More of the datagram; the last piece sends it."""
        if self._coming is None:
            return
        self._gathered += data
        address, size = self._coming
        if len(self._gathered) < size:
            return
        self._coming = None
        if not addresses.is_here(address):
            self.way.note(f"the board sends a datagram to {address[0]}: it may reach this machine only")
            return
        with suppress(OSError):  # a datagram that does not get through is nothing that a sender hears of
            self.bind_anywhere()
            self.sock.sendto(self._gathered[:size], address)

    def limit(self, limit: int) -> None:
        """The target takes so many bytes, counted from the begin."""
        self._target_limit = max(self._target_limit, limit)
        self._push()

    def close(self) -> None:
        """The target has closed."""
        self._closed = True

    # --- what the system says ---

    @property
    def wants_read(self) -> bool:
        """Whether the next datagram can be held."""
        return self._held is None and not self._closed and self.way.room > 0

    @property
    def wants_write(self) -> bool:
        """Whether a datagram goes on as soon as there is room for messages."""
        return self._goes and self.way.room > 0

    @property
    def _goes(self) -> bool:
        """Whether the target has room for what is left of the datagram that is held: for all of it, or it has begun."""
        if self._held is None:
            return False
        return self._begun or self._used + self._held.size + HEAD_BYTES <= self._target_limit

    @property
    def done(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def readable(self) -> None:
        """Hold the next datagram until the target has room for all of it."""
        try:
            self._rest, address = self.sock.recvfrom(LONGEST)
        except OSError:
            return
        if len(self._rest) + HEAD_BYTES > self._capacity:
            self.way.note(f"a datagram of {len(self._rest)} bytes is lost: the board's sockets hold {self._capacity}")
            return
        self._held = addresses.endpoint_of(address)
        self._held.size = len(self._rest)
        self._push()

    def writable(self) -> None:
        """There is room for more messages."""
        self._push()

    def _push(self) -> None:
        """Send as much as there is room for; writable() is called for the rest."""
        while self._goes and self.way.room > 0:
            assert self._held is not None
            # The head takes some of the first message.
            room = self.way.data_room - (0 if self._begun else 16)
            data, self._rest = self._rest[:room], self._rest[room:]
            if self._begun:
                self.send(data=data)
            else:
                self._begun = True
                self._used += self._held.size + HEAD_BYTES
                self.send(data=data, datagram=self._held)
            if not self._rest:
                self._held, self._begun = None, False
