"""What every call on the target is made of, and the limits of its arguments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from ..model.errors import ConfigError
from .schema import pb

NAME_BYTES = 15
"""Longest name of a socket or of a kind; agent.options.in has this and the next ones, with the final zero byte."""
HOST_BYTES = 127
ADDRESS_BYTES = 39
DATA_BYTES = 512
OPTION_BYTES = 32


class TransportMode(IntEnum):
    """What a TLSSocketWrapper does with its transport (``TLSSocketWrapper::control_transport``).

    ``DEFAULT`` is what its constructor does that is not told.
    """

    KEEP = 0
    CONNECT_AND_CLOSE = 1
    CONNECT = 2
    CLOSE = 3
    DEFAULT = 4


class Form(IntEnum):
    """How a certificate is handed to the API."""

    BUFFER = 0
    """``(const void *, size_t)``: DER, or PEM with its final zero byte."""
    STRING = 1
    """``(const char *)``: PEM."""


class Part(IntEnum):
    """What secure sockets can share (``TLSSocketWrapper``'s ``get_...`` and ``set_...`` of these names)."""

    OWN_CERT = 0
    CA_CHAIN = 1
    SSL_CONFIG = 2
    SSL_CONTEXT = 3
    """Has no setter."""


class Manner(IntEnum):
    """How a datagram call is made."""

    PLAIN = 0
    """``sendto``, ``recvfrom``"""
    MESSAGE = 1
    """``sendmsg``, ``recvmsg``"""
    WITH_CONTROL = 2
    """The same, with room for control data."""


class FaultKind(IntEnum):
    """Ways to stop the target."""

    HARD_FAULT = 0
    ASSERT = 1
    STACK_OVERFLOW = 2
    HANG = 3
    """Interrupts off, no report: the target falls silent."""


@dataclass(frozen=True)
class Range:
    """A piece of the target's blob area, see ``Agent.store``. Bytes."""

    offset: int
    length: int

    def message(self) -> pb.Range:
        """As the schema's message."""
        return pb.Range(offset=self.offset, length=self.length)


@dataclass(frozen=True)
class Call:
    """One call, ready to be made."""

    message: pb.Call
    text: str

    @property
    def name(self) -> str:
        """Name of the call, such as ``recv``."""
        return self.message.WhichOneof("what") or ""

    @property
    def socket(self) -> str:
        """Name of the socket; empty for calls of the network interface."""
        return self.message.socket


def checked_text(value: str, limit: int, what: str) -> str:
    """A text as the schema takes it: at most `limit` bytes of UTF-8 and no zero character, or a ConfigError."""
    size = len(value.encode())
    if size > limit:
        raise ConfigError(f"{value!r} has {size} bytes; the target takes at most {limit}", key=what)
    if "\0" in value:
        raise ConfigError(f"{value!r} has a zero character", key=what)
    return value


def checked_data(value: bytes, limit: int, what: str) -> bytes:
    """At most `limit` bytes, or a ConfigError."""
    if len(value) > limit:
        raise ConfigError(
            f"{len(value)} bytes; the target takes at most {limit} at once (more: send_pattern, recv_pattern)", key=what
        )
    return value


def checked_port(port: int) -> int:
    """A port number, or a ConfigError."""
    if not 0 <= port <= 65535:
        raise ConfigError(f"{port} is no port; ports are 0 to 65535", key="port")
    return port


def checked_count(value: int, what: str) -> int:
    """A number of 32 bits without sign, or a ConfigError."""
    if not 0 <= value <= 0xFFFFFFFF:
        raise ConfigError(f"{value} is out of range; it may be 0 to {0xFFFFFFFF}", key=what)
    return value


def make_call(message: pb.Call, *shown: object) -> Call:
    """The call, with what a person is shown of its arguments."""
    checked_text(message.socket, NAME_BYTES, "socket name")
    arguments = ", ".join([*([repr(message.socket)] if message.socket else []), *(str(value) for value in shown)])
    return Call(message, f"{message.WhichOneof('what')}({arguments})")
