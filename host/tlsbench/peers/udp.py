"""A UDP server on this machine: it keeps datagrams apart, and tells what it saw of each client."""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import ClassVar, Literal

from tlsbench.model.errors import ConfigError, PeerError
from tlsbench.peers.connection import Signal
from tlsbench.peers.impair import Datagram, Path, Way
from tlsbench.peers.peer import Peer
from tlsbench.peers.ports import LOOPBACK, bind_datagrams
from tlsbench.peers.seen import HEAD_BYTES, PeerSession, Stage

LONGEST_DATAGRAM = 65535
_BEHAVIOURS = ("echo", "silent")

DatagramBehaviour = Literal["echo", "silent"]
"""``echo`` sends every datagram back, ``silent`` none; either sends what `UdpPeer.say` tells it to."""


class UdpPeer(Peer):
    """A UDP server. Each address that datagrams come from is a session of its own, established with the first one.

    Example::

        with UdpPeer("echo") as peer:
            target.sendto(network.host, peer.port, b"hello")
            session = peer.wait_for_session(timeout_s=5)

    Args:
        behaviour: ``echo`` or ``silent``.
        address: address of this machine to listen on. An emulated board's network shows 127.0.0.1 as its host.
        port: port to listen on; 0 takes a free one, which `port` then tells.

    Attributes:
        path: the way to its clients, where things can happen to datagrams.

    Raises:
        ConfigError: no such behaviour; the message lists those that exist.
    """

    kind: ClassVar[str] = "UDP"

    def __init__(self, behaviour: DatagramBehaviour = "echo", *, address: str = LOOPBACK, port: int = 0) -> None:
        if behaviour not in _BEHAVIOURS:
            raise ConfigError(
                f"a {self.kind} peer cannot be {behaviour!r}; choose one of: {', '.join(_BEHAVIOURS)}", key="behaviour"
            )
        super().__init__(address, port, behaviour)
        self.path = Path()
        self.echoes = behaviour == "echo"
        self._socket: socket.socket | None = None
        self._clients: dict[tuple[str, int], PeerSession] = {}
        self._lock = threading.RLock()
        self._poller = select.poll()
        self._watched: dict[int, Callable[[], None]] = {}
        self._last_way: dict[int, Way] = {}

    def say(self, data: bytes, *, number: int | None = None) -> None:
        """Sends a datagram to a client now.

        Args:
            data: its payload; may be empty.
            number: whose session, counted from 1; None takes the newest.

        Raises:
            PeerError: nobody has sent anything yet, so there is nobody to send to.
        """
        session = self._session(number)
        session.sent += len(data)
        self._send(session, data)

    def inject(self, data: bytes, *, number: int | None = None) -> None:
        """Sends a datagram to a client as somebody who forges the peer's address could. Not counted as `sent`.

        Args:
            data: its payload; may be empty.
            number: whose session, counted from 1; None takes the newest.

        Raises:
            PeerError: nobody has sent anything yet, so there is nobody to send to.
        """
        self._send(self._session(number), data)

    def _session(self, number: int | None) -> PeerSession:
        sessions = self.sessions
        wanted = len(sessions) if number is None else number
        if not 0 < wanted <= len(sessions):
            raise PeerError(f"{self} has no client {wanted} to send to", received=self.report())
        return sessions[wanted - 1]

    # --- at work

    def _listen(self) -> socket.socket:
        self._socket = bind_datagrams(self.address, self._wanted_port)
        return self._socket

    def _run(self, sock: socket.socket, stop: Signal) -> None:
        self._watch(sock, lambda: self._receive(sock))
        self._poller.register(stop, select.POLLIN)
        with sock:
            while stop.fileno() not in (ready := {fd for fd, _ in self._poller.poll(self._tick())}):
                for fd in ready & self._watched.keys():
                    self._watched[fd]()
            for session in self._clients.values():
                session.ending = session.ending or "peer stopped"
                self._book.advance(session, Stage.ENDED)

    def _watch(self, sock: socket.socket, attend: Callable[[], None]) -> None:
        """Have the peer's thread call `attend` whenever there is something to read."""
        self._watched[sock.fileno()] = attend
        self._poller.register(sock, select.POLLIN)

    def _unwatch(self, sock: socket.socket) -> None:
        self._poller.unregister(sock)
        del self._watched[sock.fileno()]

    def _receive(self, sock: socket.socket) -> None:
        """Take all that came, as it is after what happens to it on its way."""
        while True:
            try:
                data, client = sock.recvfrom(LONGEST_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:
                continue  # an earlier datagram of ours found nobody (ICMP)
            for arrived in self.path.through("from target", Datagram(client, data)):
                self._take(arrived.client, arrived.data)

    def _take(self, client: tuple[str, int], data: bytes) -> None:
        session = self._clients.get(client)
        if session is None:
            session = self._clients[client] = self._book.open(f"{client[0]}:{client[1]}")
            session.accepted_at = time.monotonic()
        self._turn(session, "from target")
        session.bytes_rx += len(data)
        session.longest_datagram_rx = max(session.longest_datagram_rx, len(data))
        self._handle(session, data)
        self._book.changed()

    def _forget(self, session: PeerSession) -> None:
        """The session is over: the next datagram from that address begins a new one."""
        self._clients = {client: known for client, known in self._clients.items() if known is not session}

    def _tick(self) -> int | None:
        """Look after what is due by now, and say in how many milliseconds there is more; None: never."""
        return None

    def _turn(self, session: PeerSession, way: Way) -> None:
        """A datagram goes this way; the first one after those of the other way begins a flight."""
        if self._last_way.get(session.number) != way:
            self._last_way[session.number] = way
            session.flights += 1

    def _handle(self, session: PeerSession, data: bytes) -> None:
        """A datagram came."""
        self._deliver(session, data)  # first: whoever waits for the session finds its first datagram
        if session.stage is Stage.ACCEPTED:
            self._book.advance(session, Stage.ESTABLISHED)
        if self.echoes:
            session.sent += len(data)
            self._send(session, data)

    def _deliver(self, session: PeerSession, data: bytes) -> None:
        """Application data came in a datagram."""
        session.received += len(data)
        session.datagrams.append(data)
        session.received_head += data[: HEAD_BYTES - len(session.received_head)]

    def _send(self, session: PeerSession, data: bytes) -> None:
        """Put a datagram onto the network. It may be lost, as any datagram."""
        if self._socket is None:
            raise PeerError(f"{self} can send only once it is started")
        host, _, port = session.client.rpartition(":")
        self._turn(session, "to target")
        session.bytes_tx += len(data)  # first: whoever has the datagram must find it counted
        with contextlib.suppress(BlockingIOError, ConnectionError):
            for passed in self.path.through("to target", Datagram((host, int(port)), data)):
                self._socket.sendto(passed.data, passed.client)
