"""Addresses, results and options as the two ends say them."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv4Address

from tlsbench.model.nsapi import Nsapi

from .schema import pb

LOOPBACK = "127.0.0.1"

_RESULTS = {
    errno.EADDRINUSE: Nsapi.ADDRESS_IN_USE,
    errno.ENOBUFS: Nsapi.NO_MEMORY,
    errno.ENOMEM: Nsapi.NO_MEMORY,
    errno.EMFILE: Nsapi.NO_SOCKET,
    errno.ENFILE: Nsapi.NO_SOCKET,
    errno.ECONNREFUSED: Nsapi.NO_CONNECTION,  # the API has no code of its own for a refused connection
    errno.ENOTCONN: Nsapi.NO_CONNECTION,
    errno.ENETUNREACH: Nsapi.NO_CONNECTION,
    errno.EHOSTUNREACH: Nsapi.NO_CONNECTION,
    errno.ECONNRESET: Nsapi.CONNECTION_LOST,
    errno.ECONNABORTED: Nsapi.CONNECTION_LOST,
    errno.EPIPE: Nsapi.CONNECTION_LOST,
    errno.ETIMEDOUT: Nsapi.CONNECTION_TIMEOUT,
    errno.EINVAL: Nsapi.PARAMETER,
    errno.EADDRNOTAVAIL: Nsapi.PARAMETER,
    errno.ENOPROTOOPT: Nsapi.UNSUPPORTED,
    errno.EOPNOTSUPP: Nsapi.UNSUPPORTED,
}

# Option of nsapi_socket_option_t -> the system's level and name, and how many of our units are one of its.
_OPTIONS = {
    0: (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
    1: (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    2: (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1000),
    3: (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1000),
}


def result_of(error: OSError | int) -> Nsapi:
    """The API's code for what the operating system says."""
    number = error if isinstance(error, int) else error.errno
    return _RESULTS.get(number or 0, Nsapi.DEVICE_ERROR)


def address_of(endpoint: pb.Endpoint) -> tuple[str, int]:
    """An address as Python's sockets take it."""
    return str(IPv4Address(endpoint.address)), endpoint.port


def endpoint_of(address: tuple[str, int]) -> pb.Endpoint:
    """An address of Python's sockets, as it goes over the line."""
    return pb.Endpoint(address=number_of(address[0]), port=address[1])


def number_of(address: str) -> int:
    """An IPv4 address as a number."""
    return int(IPv4Address(address))


def is_here(address: tuple[str, int]) -> bool:
    """Whether an address is one that a board may reach: this machine's own, on the loopback interface."""
    return IPv4Address(address[0]).is_loopback


def set_option(sock: socket.socket, option: int, value: bytes) -> Nsapi:
    """Set an option of the level NSAPI_SOCKET."""
    if option not in _OPTIONS or len(value) != 4:
        return Nsapi.UNSUPPORTED
    level, name, unit = _OPTIONS[option]
    number = int.from_bytes(value, "little", signed=True)
    if unit > 1 and number <= 0:
        return Nsapi.PARAMETER
    try:
        sock.setsockopt(level, name, -(-number // unit))
    except OSError as error:
        return result_of(error)
    return Nsapi.OK


def get_option(sock: socket.socket, option: int) -> bytes | Nsapi:
    """Read an option of the level NSAPI_SOCKET."""
    if option not in _OPTIONS:
        return Nsapi.UNSUPPORTED
    level, name, unit = _OPTIONS[option]
    try:
        number = sock.getsockopt(level, name)
    except OSError as error:
        return result_of(error)
    return (number * unit).to_bytes(4, "little", signed=True)
