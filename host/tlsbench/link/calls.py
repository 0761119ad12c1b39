"""The calls that a worker on the target makes: one function per call of the socket API.

Each gives a ``Call``, which ``Agent.call`` makes and waits for, and ``Agent.begin`` makes in the background:

    agent.call(calls.connect_host("s", "server.tlsbench.test", 443), timeout_s=20)
    pending = agent.begin(calls.recv("s", 100), worker=1)

``socket`` is always the name that ``create`` gave, at most 15 characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from ..model.errors import ConfigError
from .schema import pb

NAME_BYTES = 15
"""Longest name of a socket or of a kind; agent.options has this and the next ones, with the final zero byte."""
HOST_BYTES = 127
ADDRESS_BYTES = 39
DATA_BYTES = 512
OPTION_BYTES = 32


class TransportMode(IntEnum):
    """What a TLSSocketWrapper does with its transport (``TLSSocketWrapper::control_transport``)."""

    KEEP = 0
    CONNECT_AND_CLOSE = 1
    CONNECT = 2
    CLOSE = 3


class Form(IntEnum):
    """How a certificate is handed to the API."""

    BUFFER = 0
    """``(const void *, size_t)``: DER, or PEM with its final zero byte."""
    STRING = 1
    """``(const char *)``: PEM."""


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


def _text(value: str, limit: int, what: str) -> str:
    size = len(value.encode())
    if size > limit:
        raise ConfigError(f"{value!r} has {size} bytes; the target takes at most {limit}", key=what)
    if "\0" in value:
        raise ConfigError(f"{value!r} has a zero character", key=what)
    return value


def _data(value: bytes, limit: int, what: str) -> bytes:
    if len(value) > limit:
        raise ConfigError(
            f"{len(value)} bytes; the target takes at most {limit} at once (more: send_pattern, recv_pattern)", key=what
        )
    return value


def _port(port: int) -> int:
    if not 0 <= port <= 65535:
        raise ConfigError(f"{port} is no port; ports are 0 to 65535", key="port")
    return port


def _count(value: int, what: str) -> int:
    if not 0 <= value <= 0xFFFFFFFF:
        raise ConfigError(f"{value} is out of range; it may be 0 to {0xFFFFFFFF}", key=what)
    return value


def _call(message: pb.Call, *shown: object) -> Call:
    _text(message.socket, NAME_BYTES, "socket name")
    arguments = ", ".join([*([repr(message.socket)] if message.socket else []), *(str(value) for value in shown)])
    return Call(message, f"{message.WhichOneof('what')}({arguments})")


# --- the network interface ---


def network_up(*, address: str = "", netmask: str = "", gateway: str = "", dns: str = "") -> Call:
    """Bring the network interface up; by DHCP when no address is given. The reply has address, netmask, gateway.

    Arguments:
        address: IPv4 address in dotted form, like netmask, gateway and dns.
        netmask: mask of the local network.
        gateway: next hop to everywhere else.
        dns: name server.
    """
    for what, value in (("address", address), ("netmask", netmask), ("gateway", gateway), ("dns", dns)):
        _text(value, ADDRESS_BYTES, what)
    message = pb.NetworkUp(dhcp=not address, address=address, netmask=netmask, gateway=gateway, dns=dns)
    return _call(pb.Call(network_up=message), address or "dhcp")


def network_down() -> Call:
    """Take the network interface down."""
    return _call(pb.Call(network_down=pb.Ask()))


def resolve(host: str) -> Call:
    """``gethostbyname`` on the target; the reply has the address."""
    return _call(pb.Call(resolve=pb.Resolve(host=_text(host, HOST_BYTES, "host"))), host)


# --- the life of a socket ---


def create(
    socket: str,
    kind: str,
    *,
    hostname: str = "",
    transport: str = "",
    mode: TransportMode = TransportMode.CONNECT_AND_CLOSE,
) -> Call:
    """Make a socket object with ``new (std::nothrow)``. The result is NSAPI_ERROR_NO_MEMORY if there is no room.

    Arguments:
        socket: the name it gets.
        kind: ``tcp``, ``tls`` (TLSSocket), ``tls-wrapper`` (TLSSocketWrapper over another socket), or another kind
            that the image has (``Hello.kinds``).
        hostname: tls-wrapper: the peer's name.
        transport: tls-wrapper: name of the socket below.
        mode: tls-wrapper: what it does with the transport.
    """
    message = pb.Create(
        kind=_text(kind, NAME_BYTES, "kind"),
        hostname=_text(hostname, HOST_BYTES, "hostname"),
        transport=_text(transport, NAME_BYTES, "transport"),
        mode=f"TRANSPORT_{mode.name}",
    )
    if not socket:
        raise ConfigError("a socket needs a name", key="socket name")
    return _call(pb.Call(socket=socket, create=message), kind)


def delete(socket: str) -> Call:
    """``delete`` the socket object and forget its name."""
    return _call(pb.Call(socket=socket, delete_socket=pb.Ask()))


def open(socket: str) -> Call:
    """``open`` on the board's network interface."""
    return _call(pb.Call(socket=socket, open=pb.Ask()))


def close(socket: str) -> Call:
    """``close``. An accepted socket is deleted by it, and its name forgotten."""
    return _call(pb.Call(socket=socket, close=pb.Ask()))


def connect(socket: str, address: str, port: int) -> Call:
    """``connect`` to an address. Empty address: as a TLSSocketWrapper is asked to do the handshake on its transport."""
    message = pb.Endpoint(host=_text(address, ADDRESS_BYTES, "address"), port=_port(port))
    return _call(pb.Call(socket=socket, connect=message), address, port)


def connect_host(socket: str, host: str, port: int) -> Call:
    """``connect`` by host name, which the target resolves; TLS checks the certificate against it."""
    message = pb.Endpoint(host=_text(host, HOST_BYTES, "host"), port=_port(port))
    return _call(pb.Call(socket=socket, connect_host=message), host, port)


def bind(socket: str, port: int, address: str = "") -> Call:
    """``bind`` to a local port, on one address or on all."""
    message = pb.Endpoint(host=_text(address, ADDRESS_BYTES, "address"), port=_port(port))
    return _call(pb.Call(socket=socket, bind=message), address, port)


def listen(socket: str, backlog: int = 1) -> Call:
    """``listen``."""
    return _call(pb.Call(socket=socket, listen=pb.Listen(backlog=backlog)), backlog)


def accept(socket: str, name: str) -> Call:
    """``accept``; the new socket gets the name ``name``."""
    return _call(pb.Call(socket=socket, accept=pb.Accept(name=_text(name, NAME_BYTES, "socket name"))), name)


# --- data ---


def send(socket: str, data: bytes) -> Call:
    """``send`` up to 512 bytes once; the result is the count taken."""
    return _call(pb.Call(socket=socket, send=pb.Send(data=_data(data, DATA_BYTES, "data"))), f"{len(data)} bytes")


def recv(socket: str, size: int) -> Call:
    """``recv`` up to ``size`` bytes once (at most 512); the reply has the data."""
    return _call(pb.Call(socket=socket, recv=pb.Receive(size=_count(size, "size"))), size)


def sendto(socket: str, address: str, port: int, data: bytes) -> Call:
    """``sendto``; on a stream socket the address is ignored."""
    to = pb.Endpoint(host=_text(address, ADDRESS_BYTES, "address"), port=_port(port))
    message = pb.SendTo(to=to, data=_data(data, DATA_BYTES, "data"))
    return _call(pb.Call(socket=socket, sendto=message), address, port, f"{len(data)} bytes")


def recvfrom(socket: str, size: int) -> Call:
    """``recvfrom``; the reply has data, address and port."""
    return _call(pb.Call(socket=socket, recvfrom=pb.Receive(size=_count(size, "size"))), size)


def send_pattern(socket: str, length: int, *, chunk: int = 0, seed: int = 0, offset: int = 0) -> Call:
    """Send pattern data made on the target until ``length`` bytes are out or a send fails.

    The result is the count of bytes, or the failing send's code; ``Reply.transfer`` tells how far it came.

    Arguments:
        socket: the socket.
        length: bytes.
        chunk: bytes of one send; 0: as many as the worker's buffer holds (``Hello.buffer_bytes``).
        seed: 0 to 255, names the stream.
        offset: place in the stream of the first byte, to go on with a stream.
    """
    return _call(pb.Call(socket=socket, send_pattern=_pattern(length, chunk, seed, offset)), length)


def recv_pattern(socket: str, length: int, *, chunk: int = 0, seed: int = 0, offset: int = 0) -> Call:
    """Receive pattern data and check it on the target, until ``length`` bytes came, or the end, a failure, or a wrong
    byte. Arguments and result as in ``send_pattern``.
    """
    return _call(pb.Call(socket=socket, recv_pattern=_pattern(length, chunk, seed, offset)), length)


def _pattern(length: int, chunk: int, seed: int, offset: int) -> pb.Pattern:
    if not 0 <= seed <= 255:
        raise ConfigError(f"{seed} is out of range; it may be 0 to 255", key="seed")
    return pb.Pattern(
        length=_count(length, "length"), chunk=_count(chunk, "chunk"), seed=seed, offset=_count(offset, "offset")
    )


# --- TLS ---


def set_root_ca_cert(socket: str, certificate: Range, form: Form = Form.BUFFER) -> Call:
    """``set_root_ca_cert`` with what lies in the blob area."""
    message = pb.Certificate(range=certificate.message(), form=form.name)
    return _call(pb.Call(socket=socket, set_root_ca_cert=message), f"{certificate.length} bytes")


def append_root_ca_cert(socket: str, certificate: Range, form: Form = Form.BUFFER) -> Call:
    """``append_root_ca_cert`` with what lies in the blob area."""
    message = pb.Certificate(range=certificate.message(), form=form.name)
    return _call(pb.Call(socket=socket, append_root_ca_cert=message), f"{certificate.length} bytes")


def set_client_cert_key(socket: str, certificate: Range, key: Range, form: Form = Form.BUFFER) -> Call:
    """``set_client_cert_key`` with what lies in the blob area."""
    message = pb.ClientCertificate(certificate=certificate.message(), key=key.message(), form=form.name)
    return _call(pb.Call(socket=socket, set_client_cert_key=message), f"{certificate.length} + {key.length} bytes")


def set_hostname(socket: str, hostname: str | None) -> Call:
    """``set_hostname``; None hands over a null pointer: the name is neither sent nor checked."""
    name = _text(hostname or "", HOST_BYTES, "hostname")
    return _call(pb.Call(socket=socket, set_hostname=pb.Hostname(name=name, null=hostname is None)), hostname)


# --- blocking ---


def set_blocking(socket: str, on: bool) -> Call:
    """``set_blocking``."""
    return _call(pb.Call(socket=socket, set_blocking=pb.Blocking(on=on)), on)


def set_timeout(socket: str, timeout_ms: int) -> Call:
    """``set_timeout`` in milliseconds; 0 does not block, -1 waits for ever."""
    return _call(pb.Call(socket=socket, set_timeout=pb.Timeout(ms=timeout_ms)), f"{timeout_ms} ms")


def sigio(socket: str, on: bool = True) -> Call:
    """``sigio`` with a callback that counts (``SocketStatus.sigio_count``, which restarts), or without one."""
    return _call(pb.Call(socket=socket, sigio=pb.Sigio(on=on)), on)


# --- the rest ---


def setsockopt(socket: str, level: int, name: int, value: bytes) -> Call:
    """``setsockopt`` with up to 32 bytes."""
    message = pb.Option(level=level, name=name, value=_data(value, OPTION_BYTES, "value"))
    return _call(pb.Call(socket=socket, setsockopt=message), level, name, value.hex())


def getsockopt(socket: str, level: int, name: int, length: int = 4) -> Call:
    """``getsockopt`` into ``length`` bytes; the reply has the data."""
    message = pb.Option(level=level, name=name, length=_count(length, "length"))
    return _call(pb.Call(socket=socket, getsockopt=message), level, name, length)


def getpeername(socket: str) -> Call:
    """``getpeername``; the reply has address and port."""
    return _call(pb.Call(socket=socket, getpeername=pb.Ask()))


def fault(kind: FaultKind) -> Call:
    """Stop the target, to try how the bench tells of it. Never answered."""
    return _call(pb.Call(fault=pb.Fault(kind=kind.name)), kind.name)
