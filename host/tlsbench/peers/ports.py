"""Ports of this machine: one to listen on, one where nobody listens, a free one, and who has one that is taken."""

import errno
import os
import random
import socket
from contextlib import suppress
from pathlib import Path
from typing import Self

from tlsbench.model.errors import ConfigError, PeerError, PortInUse
from tlsbench.peers.service import Service

LOOPBACK = "127.0.0.1"
_BACKLOG = 16
_ETHERNET_SEGMENT = 1460
_HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST, _LAST = 10_000, 0xFFFF


def listen(address: str, port: int, receive_buffer: int | None = None) -> socket.socket:
    """A listening TCP socket.

    Args:
        address: address of this machine.
        port: 1 to 65535, or 0 for a free one.
        receive_buffer: bytes of the receive buffer of each accepted connection; None leaves it to the system.

    Raises:
        PortInUse: somebody else has the port; the message says who, where that can be known.
        ConfigError: no such port, or the address cannot be listened on.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Connections of an earlier run that wait in TIME_WAIT are no reason to refuse the port.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Segments as on Ethernet. Those of the loopback interface are 64 KiB, and with them the client's side of the
        # connection (the emulator's network) buffers megabytes before the target's window fills.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _ETHERNET_SEGMENT)
        if receive_buffer is not None:
            # Accepted sockets inherit it. It must be set before the window scale is negotiated, see tcp(7).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        _bind(sock, address, port)
        sock.listen(_BACKLOG)
        return sock
    except BaseException:
        sock.close()
        raise


def bind_datagrams(address: str, port: int) -> socket.socket:
    """A UDP socket that never blocks.

    Args:
        address: address of this machine.
        port: 1 to 65535, or 0 for a free one.

    Raises:
        PortInUse: somebody else has the port.
        ConfigError: no such port, or the address cannot be used.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        _bind(sock, address, port)
        return sock
    except BaseException:
        sock.close()
        raise


class RefusedPort(Service):
    """A port that nobody listens on, kept so that nobody else can: connecting to it is refused.

    Reserved from `start` to `stop`, or inside a ``with``.

    Args:
        address: address of this machine.
    """

    def __init__(self, address: str = LOOPBACK) -> None:
        self.address = address
        self._socket: socket.socket | None = None

    @property
    def port(self) -> int:
        """The reserved port.

        Raises:
            PeerError: it was not started.
        """
        if self._socket is None:
            raise PeerError("a refused port is known only once it is reserved")
        port: int = self._socket.getsockname()[1]
        return port

    def start(self) -> Self:
        """Reserves a free port.

        Raises:
            ConfigError: the address cannot be used.
        """
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            _bind(sock, self.address, 0)
        except BaseException:
            sock.close()
            raise
        self._socket = sock
        return self

    def stop(self) -> None:
        """Gives the port back. May be called twice."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def free_port() -> int:
    """A port that nobody on this machine has, neither of TCP nor of UDP, for somebody to take by its number.

    It is none of those that the system hands out (see ip(7)): it stays free unless somebody else takes it by its
    number, and two that look for one at the same time hardly find the same.

    Raises:
        PeerError: there is none.
    """
    first, last = map(int, _HANDED_OUT.read_text("ascii").split())
    own = [port for port in range(_FIRST, _LAST + 1) if not first <= port <= last]
    for port in random.sample(own, len(own)):
        if _is_free(port):
            return port
    raise PeerError(f"no port from {_FIRST} to {_LAST} is free but for those that the system hands out")


def _is_free(port: int) -> bool:
    """Whether nobody has it on any address; a connection in TIME_WAIT still has its port."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as sock:
            try:
                sock.bind(("", port))
            except OSError:
                return False
    return True


def owner_of_port(port: int) -> str | None:
    """Who listens on a TCP port: ``name (process 1234)``, or None where that cannot be seen.

    Other users' processes do not show which sockets they hold, see proc(5).

    Args:
        port: 1 to 65535.
    """
    inodes = _listening_inodes(port)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            for fd in (process / "fd").iterdir():
                if fd.readlink().name in inodes:
                    return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue  # not ours to see, or just gone
    return None


def datagram_sockets(port: int) -> set[str]:
    """Every UDP socket on a port of this machine's IPv4 addresses: ``socket:[inode]``, as in a process's open files.

    Args:
        port: 1 to 65535.
    """
    return _sockets(Path("/proc/net/udp"), port)


def _bind(sock: socket.socket, address: str, port: int) -> None:
    try:
        sock.bind((address, port))
    except OverflowError as error:
        raise ConfigError(f"no port is {port}; choose 1 to 65535, or 0 for a free one", key="port") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            owner = owner_of_port(port)
            by = f"used by {owner}" if owner else "in use"
            raise PortInUse(f"port {port} on {address} is {by}; choose another one, or 0 for a free one") from error
        if isinstance(error, socket.gaierror):
            raise _no_address(address) from error
        why = os.strerror(error.errno or 0)
        raise ConfigError(f"cannot listen on {address}:{port}: {why}", key="address") from error
    except ValueError as error:  # text that no resolver takes
        raise _no_address(address) from error


def _no_address(address: str) -> ConfigError:
    right = "choose one of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them"
    return ConfigError(f"{address!r} is no IPv4 address; {right}", key="address")


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):  # a machine without IPv6
            inodes |= _sockets(Path(table), port, state="0A")  # TCP_LISTEN
    return inodes


def _sockets(table: Path, port: int, state: str | None = None) -> set[str]:
    """The sockets on a port that a table of proc(5) holds, in one state or any."""
    rows = map(str.split, table.read_text().splitlines()[1:])
    return {
        f"socket:[{columns[9]}]"
        for columns in rows
        if int(columns[1].rpartition(":")[2], 16) == port and state in (None, columns[3])
    }
