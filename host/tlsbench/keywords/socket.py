"""Keywords for the socket API of the target: one keyword per call."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import AddressValueError, IPv4Address

from robot.api.deco import keyword

from tlsbench.keywords.converters import Outcome, Size
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.topic import Topic
from tlsbench.link import Reply, calls
from tlsbench.link.calls import Call, TransportMode
from tlsbench.model.nsapi import describe_result
from tlsbench.peers import Peer
from tlsbench.peers.pki import SERVER_NAME

SOCKET = "tls"
"""Name of the socket that a keyword means when it is told none."""
WAIT = timedelta(seconds=30)
ANY_CHUNK = Size(0)


class SocketTopic(Topic):
    """A topic whose keywords make calls of the socket API."""

    def call(self, call: Call, worker: int, expect: Outcome | None = None, timeout: timedelta = WAIT) -> Reply:
        """Make a call and check its result."""
        reply = self.session.sockets.call(call, worker, timeout.total_seconds())
        if expect is None and not reply.ok:
            raise KeywordFailure(str(reply))
        if expect is not None and reply.result != expect:
            raise KeywordFailure(f"{reply}, not {describe_result(expect)}")
        return reply

    def at_once(self, size: Size | None) -> int:
        """Bytes of one receive: `size`, or as many as a message of the target's carries."""
        return self.session.agent.hello.data_bytes if size is None else size


class SocketKeywords(SocketTopic):
    """The life of a socket on the target.

    Each keyword has these arguments, by name only:
    ``socket`` names the socket, ``worker`` is the number of the target's thread that makes the call, and ``expect`` is
    the result that the call must have, for example ``NSAPI_ERROR_AUTH_FAILURE``; without it any success will do.
    """

    @keyword(tags=["socket"])
    def create_socket(
        self,
        kind: str = "tls",
        *,
        socket: str = SOCKET,
        transport: str = "",
        hostname: str = "",
        mode: TransportMode = TransportMode.DEFAULT,
        worker: int = 0,
        expect: Outcome | None = None,
    ) -> None:
        """Creates a socket object on the target's heap; it is not open yet.

        | =Argument= | =Meaning= |
        | ``kind`` | ``tls`` (TLSSocket), ``tls-wrapper`` (TLSSocketWrapper over a socket), ``tcp``, ``udp``; |
        | | where the image has DTLS ``dtls`` (DTLSSocket), ``dtls-wrapper`` (DTLSSocketWrapper over a socket) |
        | ``transport`` | for a wrapper: the name of the socket below |
        | ``hostname`` | for a wrapper: the name of the peer |
        | ``mode`` | for a wrapper: what it does with that socket: ``KEEP``, ``CONNECT``, ``CLOSE`` or |
        | | ``CONNECT_AND_CLOSE``; left out: what its constructor does that is not told |

        Example:
        | `Create Socket`    tcp    socket=plain
        | `Create Socket`    tls-wrapper    transport=plain    hostname=server.tlsbench.test    mode=KEEP
        """
        call = calls.create(socket, kind, hostname=hostname, transport=transport, mode=mode)
        self.call(call, worker, expect)

    @keyword(tags=["socket"])
    def open_socket(
        self, kind: str = "tls", *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> None:
        """Opens a socket; creates it first if there is none of that name.

        | =Argument= | =Meaning= |
        | ``kind`` | kind of the socket that is created, see `Create Socket` |

        Example:
        | `Open Socket`
        | `Open Socket`    tcp    socket=plain
        """
        if socket not in self.session.sockets.kinds:
            self.call(calls.create(socket, kind), worker)
        self.call(calls.open(socket), worker, expect)

    @keyword(tags=["socket"])
    def connect(
        self,
        peer: Peer | int,
        host: str = SERVER_NAME,
        *,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
        timeout: timedelta = WAIT,
    ) -> int:
        """Connects a socket; on a secure one that includes the handshake. Gives the call's result.

        | =Argument= | =Meaning= |
        | ``peer`` | a peer of the bench (see the keywords for peers), or a port |
        | ``host`` | a name, which the target resolves, or an address |
        | ``timeout`` | how long the bench waits for the call to return |

        Example:
        | `Connect`    ${peer}
        | `Connect`    ${peer}    ${address}
        | `Connect`    ${peer}    expect=NSAPI_ERROR_AUTH_FAILURE
        """
        return self.call(connect_call(socket, peer, host), worker, expect, timeout).result

    @keyword(tags=["socket"])
    def send(self, data: str | bytes, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None) -> int:
        """Sends once, at most 512 bytes, and gives the count that was taken. Text goes as UTF-8.

        Example:
        | `Send`    hello
        """
        return self.call(calls.send(socket, _bytes(data)), worker, expect).result

    @keyword(tags=["socket"])
    def receive(
        self, size: Size | None = None, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None
    ) -> bytes:
        """Receives once, at most ``size`` bytes, and gives what came; nothing at the end of the stream.

        Without ``size`` it is as many as the board can hand to the bench at once: 512, on small boards fewer.

        Example:
        | ${data}    `Receive`    100
        """
        return self.call(calls.recv(socket, self.at_once(size)), worker, expect).data

    @keyword(tags=["socket"])
    def echo_should_work(self, data: str | bytes = "hello", *, socket: str = SOCKET, worker: int = 0) -> None:
        """Sends a few bytes to a peer that echoes and checks that the same ones come back.

        Example:
        | `Echo Should Work`    hello
        """
        sent = _bytes(data)
        self.call(calls.send(socket, sent), worker)
        came = b""
        while len(came) < len(sent):
            part = self.call(calls.recv(socket, len(sent) - len(came)), worker).data
            if not part:
                raise KeywordFailure(f"the stream ended after {came!r}; {sent!r} should have come back")
            came += part
        if came != sent:
            raise KeywordFailure(f"{came!r} came back, not {sent!r}")

    @keyword(tags=["socket"])
    def send_pattern(
        self,
        length: Size,
        *,
        chunk: Size = ANY_CHUNK,
        calls_at_most: int | None = None,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
        timeout: timedelta = WAIT,
    ) -> int:
        """Sends pattern data that the target makes itself, and gives the count of bytes.

        | =Argument= | =Meaning= |
        | ``length`` | bytes in all |
        | ``chunk`` | bytes of one call; 0: as many as the thread's own buffer holds, see `Get Longest Chunk` |
        | ``calls_at_most`` | how many calls it may take; left out: any |
        | ``timeout`` | how long to wait, besides what the bytes take where they go over a serial line |

        Example:
        | `Send Pattern`    64 KiB
        """
        timeout += timedelta(seconds=self.session.info.line_s(length))
        reply = self.call(calls.send_pattern(socket, length, chunk=chunk), worker, expect, timeout)
        if calls_at_most is not None and reply.transfer is not None and reply.transfer.calls > calls_at_most:
            raise KeywordFailure(f"it took {reply.transfer.calls} calls, not {calls_at_most}")
        return reply.result

    @keyword(tags=["socket"])
    def get_longest_chunk(self) -> Size:
        """Gives the bytes of pattern data that one call of the target can be handed: what its largest buffer holds.

        Example:
        | ${bytes}    `Get Longest Chunk`
        | `Send Pattern`    ${bytes}    chunk=${bytes}    calls_at_most=1
        """
        return Size(self.session.agent.hello.buffer_bytes)

    @keyword(tags=["socket"])
    def receive_pattern(
        self,
        length: Size,
        *,
        chunk: Size = ANY_CHUNK,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome | None = None,
        timeout: timedelta = WAIT,
    ) -> int:
        """Receives pattern data, checked on the target, and gives the count of bytes. Arguments as for `Send Pattern`.

        Example:
        | `Receive Pattern`    64 KiB
        """
        timeout += timedelta(seconds=self.session.info.line_s(length))
        reply = self.call(calls.recv_pattern(socket, length, chunk=chunk), worker, expect, timeout)
        moved = reply.transfer
        if moved is not None and moved.wrong:
            raise KeywordFailure(
                f"byte {moved.wrong_offset} is 0x{moved.wrong_byte:02x} and should be 0x{moved.right_byte:02x}"
            )
        if expect is None and moved is not None and moved.bytes != length:
            raise KeywordFailure(f"the stream ended after {moved.bytes} bytes; {length} should have come")
        return reply.result

    @keyword(tags=["socket"])
    def close_socket(self, *, socket: str = SOCKET, worker: int = 0, expect: Outcome | None = None) -> None:
        """Closes a socket. Its object stays until `Delete Socket` or the end of the test."""
        self.call(calls.close(socket), worker, expect)

    @keyword(tags=["socket"])
    def delete_socket(self, *, socket: str = SOCKET, worker: int = 0) -> None:
        """Deletes the socket object. At the end of a test this happens by itself."""
        self.call(calls.delete(socket), worker)


def connect_call(socket: str, peer: Peer | int, host: str) -> Call:
    """The call that connects a socket to a peer, or a port, of a host: by address if it is one, else by name."""
    port = peer if isinstance(peer, int) else peer.port
    return calls.connect(socket, host, port) if _is_address(host) else calls.connect_host(socket, host, port)


def _is_address(host: str) -> bool:
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data
