"""The calls that a worker on the target makes: one function per call of the socket API.

Each gives a ``Call``, which ``Agent.call`` makes and waits for, and ``Agent.begin`` makes in the background:

    agent.call(calls.connect_host("s", "server.tlsbench.test", 443), timeout_s=20)
    pending = agent.begin(calls.recv("s", 100), worker=1)

``socket`` is always the name that ``create`` gave, at most 15 characters.
"""

from __future__ import annotations

from ..model.errors import ConfigError
from .call import (
    ADDRESS_BYTES,
    DATA_BYTES,
    HOST_BYTES,
    NAME_BYTES,
    OPTION_BYTES,
    checked_count,
    checked_data,
    checked_port,
    checked_text,
    make_call,
)
from .call import Call as Call
from .call import FaultKind as FaultKind
from .call import Form as Form
from .call import Manner as Manner
from .call import Part as Part
from .call import Range as Range
from .call import TransportMode as TransportMode
from .schema import pb

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
        checked_text(value, ADDRESS_BYTES, what)
    message = pb.NetworkUp(dhcp=not address, address=address, netmask=netmask, gateway=gateway, dns=dns)
    return make_call(pb.Call(network_up=message), address or "dhcp")


def network_down() -> Call:
    """Take the network interface down."""
    return make_call(pb.Call(network_down=pb.Ask()))


def resolve(host: str) -> Call:
    """``gethostbyname`` on the target; the reply has the address."""
    return make_call(pb.Call(resolve=pb.Resolve(host=checked_text(host, HOST_BYTES, "host"))), host)


# --- the life of a socket ---


def create(
    socket: str,
    kind: str,
    *,
    hostname: str = "",
    transport: str = "",
    mode: TransportMode = TransportMode.DEFAULT,
) -> Call:
    """Make a socket object with ``new (std::nothrow)``. The result is NSAPI_ERROR_NO_MEMORY if there is no room.

    Arguments:
        socket: the name it gets.
        kind: ``tcp``, ``udp``, ``tls`` (TLSSocket), ``tls-wrapper`` (TLSSocketWrapper over another socket),
            ``dtls``, ``dtls-wrapper``, or another kind that the image has (``Hello.kinds``).
        hostname: tls-wrapper: the peer's name.
        transport: tls-wrapper: name of the socket below.
        mode: tls-wrapper: what it does with the transport.
    """
    message = pb.Create(
        kind=checked_text(kind, NAME_BYTES, "kind"),
        hostname=checked_text(hostname, HOST_BYTES, "hostname"),
        transport=checked_text(transport, NAME_BYTES, "transport"),
        mode=f"TRANSPORT_{mode.name}",
    )
    if not socket:
        raise ConfigError("a socket needs a name", key="socket name")
    return make_call(pb.Call(socket=socket, create=message), kind)


def delete(socket: str) -> Call:
    """``delete`` the socket object and forget its name."""
    return make_call(pb.Call(socket=socket, delete_socket=pb.Ask()))


def open(socket: str) -> Call:
    """``open`` on the board's network interface."""
    return make_call(pb.Call(socket=socket, open=pb.Ask()))


def close(socket: str) -> Call:
    """``close``. An accepted socket is deleted by it, and its name forgotten."""
    return make_call(pb.Call(socket=socket, close=pb.Ask()))


def connect(socket: str, address: str, port: int) -> Call:
    """``connect`` to an address. Empty address: as a TLSSocketWrapper is asked to do the handshake on its transport."""
    message = pb.Endpoint(host=checked_text(address, ADDRESS_BYTES, "address"), port=checked_port(port))
    return make_call(pb.Call(socket=socket, connect=message), address, port)


def connect_host(socket: str, host: str, port: int) -> Call:
    """``connect`` by host name, which the target resolves; TLS checks the certificate against it."""
    message = pb.Endpoint(host=checked_text(host, HOST_BYTES, "host"), port=checked_port(port))
    return make_call(pb.Call(socket=socket, connect_host=message), host, port)


def bind(socket: str, port: int, address: str = "") -> Call:
    """``bind`` to a local port, on one address or on all."""
    message = pb.Endpoint(host=checked_text(address, ADDRESS_BYTES, "address"), port=checked_port(port))
    return make_call(pb.Call(socket=socket, bind=message), address, port)


def listen(socket: str, backlog: int = 1) -> Call:
    """``listen``."""
    return make_call(pb.Call(socket=socket, listen=pb.Listen(backlog=backlog)), backlog)


def accept(socket: str, name: str) -> Call:
    """``accept``; the new socket gets the name ``name``."""
    return make_call(pb.Call(socket=socket, accept=pb.Accept(name=checked_text(name, NAME_BYTES, "socket name"))), name)


# --- data ---


def send(socket: str, data: bytes) -> Call:
    """``send`` up to 512 bytes once; the result is the count taken."""
    return make_call(
        pb.Call(socket=socket, send=pb.Send(data=checked_data(data, DATA_BYTES, "data"))), f"{len(data)} bytes"
    )


def recv(socket: str, size: int) -> Call:
    """``recv`` up to ``size`` bytes once (at most 512); the reply has the data."""
    return make_call(pb.Call(socket=socket, recv=pb.Receive(size=checked_count(size, "size"))), size)


def sendto(socket: str, address: str, port: int, data: bytes, manner: Manner = Manner.PLAIN) -> Call:
    """``sendto``, or ``sendmsg``; on a stream socket the address is ignored."""
    to = pb.Endpoint(host=checked_text(address, ADDRESS_BYTES, "address"), port=checked_port(port))
    message = pb.SendTo(to=to, data=checked_data(data, DATA_BYTES, "data"), manner=manner.name)
    return make_call(pb.Call(socket=socket, sendto=message), address, port, f"{len(data)} bytes")


def recvfrom(socket: str, size: int, manner: Manner = Manner.PLAIN) -> Call:
    """``recvfrom``, or ``recvmsg``; the reply has data, address and port."""
    message = pb.Receive(size=checked_count(size, "size"), manner=manner.name)
    return make_call(pb.Call(socket=socket, recvfrom=message), size)


def send_pattern(socket: str, length: int, *, chunk: int = 0, seed: int = 0, offset: int = 0) -> Call:
    """Send pattern data made on the target until ``length`` bytes are out or a send fails.

    The result is the count of bytes, or the failing send's code; ``Reply.transfer`` tells how far it came.

    Arguments:
        socket: the socket.
        length: bytes.
        chunk: bytes of one send; 0: as many as the buffer of the thread holds that makes the call.
        seed: 0 to 255, names the stream.
        offset: place in the stream of the first byte, to go on with a stream.
    """
    return make_call(pb.Call(socket=socket, send_pattern=_pattern(length, chunk, seed, offset)), length)


def recv_pattern(socket: str, length: int, *, chunk: int = 0, seed: int = 0, offset: int = 0) -> Call:
    """Receive pattern data and check it on the target, until ``length`` bytes came, or the end, a failure, or a wrong
    byte. Arguments and result as in ``send_pattern``.
    """
    return make_call(pb.Call(socket=socket, recv_pattern=_pattern(length, chunk, seed, offset)), length)


def _pattern(length: int, chunk: int, seed: int, offset: int) -> pb.Pattern:
    if not 0 <= seed <= 255:
        raise ConfigError(f"{seed} is out of range; it may be 0 to 255", key="seed")
    return pb.Pattern(
        length=checked_count(length, "length"),
        chunk=checked_count(chunk, "chunk"),
        seed=seed,
        offset=checked_count(offset, "offset"),
    )


# --- TLS ---


def set_root_ca_cert(socket: str, certificate: Range, form: Form = Form.BUFFER) -> Call:
    """``set_root_ca_cert`` with what lies in the blob area."""
    message = pb.Certificate(range=certificate.message(), form=form.name)
    return make_call(pb.Call(socket=socket, set_root_ca_cert=message), f"{certificate.length} bytes")


def append_root_ca_cert(socket: str, certificate: Range, form: Form = Form.BUFFER) -> Call:
    """``append_root_ca_cert`` with what lies in the blob area."""
    message = pb.Certificate(range=certificate.message(), form=form.name)
    return make_call(pb.Call(socket=socket, append_root_ca_cert=message), f"{certificate.length} bytes")


def set_client_cert_key(socket: str, certificate: Range, key: Range, form: Form = Form.BUFFER) -> Call:
    """``set_client_cert_key`` with what lies in the blob area."""
    message = pb.ClientCertificate(certificate=certificate.message(), key=key.message(), form=form.name)
    return make_call(pb.Call(socket=socket, set_client_cert_key=message), f"{certificate.length} + {key.length} bytes")


def set_hostname(socket: str, hostname: str | None) -> Call:
    """``set_hostname``; None hands over a null pointer: the name is neither sent nor checked."""
    name = checked_text(hostname or "", HOST_BYTES, "hostname")
    return make_call(pb.Call(socket=socket, set_hostname=pb.Hostname(name=name, null=hostname is None)), hostname)


def share(socket: str, part: Part, other: str = "") -> Call:
    """``set_own_cert``, ``set_ca_chain`` or ``set_ssl_config`` with what the other socket's getter gives.

    Arguments:
        socket: the socket that gets it.
        part: what.
        other: the socket that it comes from; empty: a null pointer instead.
    """
    message = pb.Share(part=part.name, **{"from": checked_text(other, NAME_BYTES, "socket name")})
    return make_call(pb.Call(socket=socket, share=message), part.name.lower(), other)


def same(socket: str, part: Part, other: str = "") -> Call:
    """Whether the getters of two sockets give the same pointer, or this one null; the result is 1 or 0."""
    message = pb.Share(part=part.name, **{"from": checked_text(other, NAME_BYTES, "socket name")})
    return make_call(pb.Call(socket=socket, same=message), part.name.lower(), other)


# --- DTLS ---


def set_handshake_timeouts(socket: str, first_ms: int, last_ms: int) -> Call:
    """``set_handshake_timeouts``, in milliseconds."""
    message = pb.HandshakeTimeouts(
        first_ms=checked_count(first_ms, "first_ms"), last_ms=checked_count(last_ms, "last_ms")
    )
    return make_call(pb.Call(socket=socket, set_handshake_timeouts=message), f"{first_ms} ms, {last_ms} ms")


def set_mtu(socket: str, size: int) -> Call:
    """``set_mtu``, in bytes."""
    return make_call(pb.Call(socket=socket, set_mtu=pb.Mtu(bytes=checked_count(size, "mtu"))), size)


# --- blocking ---


def set_blocking(socket: str, on: bool) -> Call:
    """``set_blocking``."""
    return make_call(pb.Call(socket=socket, set_blocking=pb.Blocking(on=on)), on)


def set_timeout(socket: str, timeout_ms: int) -> Call:
    """``set_timeout`` in milliseconds; 0 does not block, -1 waits for ever."""
    return make_call(pb.Call(socket=socket, set_timeout=pb.Timeout(ms=timeout_ms)), f"{timeout_ms} ms")


def sigio(socket: str, on: bool = True) -> Call:
    """``sigio`` with a callback that counts (``SocketStatus.sigio_count``, which restarts), or without one."""
    return make_call(pb.Call(socket=socket, sigio=pb.Sigio(on=on)), on)


# --- the rest ---


def setsockopt(socket: str, level: int, name: int, value: bytes | Range) -> Call:
    """``setsockopt`` with up to 32 bytes, or with as many as were stored on the target."""
    if isinstance(value, Range):
        stored = pb.Option(level=level, name=name, range=value.message())
        return make_call(pb.Call(socket=socket, setsockopt=stored), level, name, f"{value.length} bytes")
    message = pb.Option(level=level, name=name, value=checked_data(value, OPTION_BYTES, "value"))
    return make_call(pb.Call(socket=socket, setsockopt=message), level, name, value.hex())


def getsockopt(socket: str, level: int, name: int, length: int = 4) -> Call:
    """``getsockopt`` into ``length`` bytes; the reply has the data."""
    message = pb.Option(level=level, name=name, length=checked_count(length, "length"))
    return make_call(pb.Call(socket=socket, getsockopt=message), level, name, length)


def getpeername(socket: str) -> Call:
    """``getpeername``; the reply has address and port."""
    return make_call(pb.Call(socket=socket, getpeername=pb.Ask()))


def fault(kind: FaultKind) -> Call:
    """Stop the target, to try how the bench tells of it. Never answered."""
    return make_call(pb.Call(fault=pb.Fault(kind=kind.name)), kind.name)
