"""What the sockets of the host's end have in common."""

from __future__ import annotations

import socket
from typing import Any, Protocol

from tlsbench.model.nsapi import Nsapi

from . import addresses
from .schema import pb

NSAPI_SOCKET = 7000
"""The level of the ordinary options, nsapi_socket_level_t."""


class Way(Protocol):
    """The way to the target, as a socket sees it."""

    @property
    def room(self) -> int:
        """How many messages of data may be sent now."""

    @property
    def data_room(self) -> int:
        """Most bytes of data in one message."""

    def send(self, message: pb.ToTarget) -> None:
        """Send a message, in order."""

    def note(self, text: str) -> None:
        """Tell who runs the bench."""

    def next_number(self) -> int:
        """A number for a connection that a listener accepted."""

    def add(self, sock: HostSocket) -> None:
        """Look after a socket from now on."""


class HostSocket:
    """A socket of this machine that the target has a number for.

    Arguments:
        way: to the target.
        number: the target's.
        sock: the system's; its owner from now on.
    """

    def __init__(self, way: Way, number: int, sock: socket.socket) -> None:
        self.way = way
        self.number = number
        self.sock = sock
        sock.setblocking(False)
        self._local: tuple[str, int] | None = None  # where the target wants it bound
        self._bound = False  # `sock` is
        self._options: dict[int, bytes] = {}

    def send(self, **what: Any) -> None:
        """Send a message about this socket."""
        self.way.send(pb.ToTarget(socket=self.number, **what))

    def bind(self, endpoint: pb.Endpoint) -> Nsapi:
        """Take a local address; without one, this machine's own."""
        address = addresses.address_of(endpoint)
        here = address if endpoint.address else (addresses.LOOPBACK, endpoint.port)
        if not addresses.is_here(here) or self._local is not None or endpoint.port > 0xFFFF:
            return Nsapi.PARAMETER
        self._local = here
        try:
            self.bind_again()
        except OSError as error:
            self._local = None
            return addresses.result_of(error)
        return Nsapi.OK

    def bind_again(self) -> None:
        """Take the address that the target wants, if there is one that this socket does not have yet.

        Errors:
            OSError: somebody else has it.
        """
        if self._local is not None and not self._bound:
            self.sock.bind(self._local)
            self._bound = True

    def bind_anywhere(self) -> None:
        """As `bind_again`; without an address, take a free port: on the loopback interface, where nobody else comes in.

        Errors:
            OSError: as `bind_again`; or no port is free.
        """
        self._local = self._local or (addresses.LOOPBACK, 0)
        self.bind_again()

    def replace(self, sock: socket.socket) -> None:
        """Go on with another socket of the system's: it gets the options, and by `bind_again` the address."""
        self.sock.close()
        self.sock, self._bound = sock, False
        for name, value in self._options.items():
            addresses.set_option(sock, name, value)

    def set_option(self, level: int, name: int, value: bytes) -> Nsapi:
        """Set an option."""
        if level != NSAPI_SOCKET:
            return Nsapi.UNSUPPORTED
        result = addresses.set_option(self.sock, name, value)
        if result == Nsapi.OK:
            self._options[name] = value
        return result

    def get_option(self, level: int, name: int) -> bytes | Nsapi:
        """Read an option: its value, or why not."""
        return addresses.get_option(self.sock, name) if level == NSAPI_SOCKET else Nsapi.UNSUPPORTED

    def data(self, data: bytes) -> None:
        """Bytes that follow what came before."""

    def limit(self, limit: int) -> None:
        """The target takes so many bytes, counted from the begin."""

    def close(self) -> None:
        """The target has closed."""

    @property
    def wants_read(self) -> bool:
        """Whether to say when there is something to read."""
        return False

    @property
    def wants_write(self) -> bool:
        """Whether to say when something can be sent."""
        return False

    @property
    def holds_more(self) -> bool:
        """Whether there is something to read that the system does not know of any more."""
        return False

    @property
    def done(self) -> bool:
        """Whether it can be forgotten."""
        return True

    def readable(self) -> None:
        """There is something to read."""

    def writable(self) -> None:
        """Something can be sent."""

    def broken(self) -> None:
        """The system tells of an error."""
