"""A peer: a server on this machine that the target talks to, and a record of what it saw. Here without TLS."""

import functools
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import ClassVar, Self

from tlsbench.model.errors import ConfigError, PeerError
from tlsbench.peers.behaviours import Behaviour, BehaviourFailed, make_behaviour
from tlsbench.peers.book import SessionBook
from tlsbench.peers.connection import Connection, HandshakeFailed, PeerStopped, Signal
from tlsbench.peers.ports import LOOPBACK, listen
from tlsbench.peers.seen import PeerSession, Stage
from tlsbench.peers.service import Service
from tlsbench.peers.stream import PlainStream, Stream

STOP_S = 5.0


class TcpPeer(Service):
    """A TCP server with a behaviour.

    It listens from `start` to `stop`, or inside a ``with``. One thread accepts and one serves each connection; all
    of them end promptly with the peer. Any thread may use it.

    Example::

        with TcpPeer("source", length=65536) as peer:
            target.connect(network.host, peer.port)
            session = peer.wait_for_session(timeout_s=5)

    Args:
        behaviour: what it does with a connection: a name from `tlsbench.peers.behaviours`, or a `Behaviour`.
        address: address of this machine to listen on. An emulated board's network shows 127.0.0.1 as its host.
        port: port to listen on; 0 takes a free one, which `port` then tells.
        receive_buffer: size of the socket's receive buffer in bytes, which limits the window it offers; None leaves
            it to the system. With a small one a sender's window fills soon.
        options: options of the behaviour, when it is given by name.

    Raises:
        ConfigError: no such behaviour or option; the message lists those that exist.
    """

    kind: ClassVar[str] = "TCP"
    reads_records: ClassVar[bool] = False

    def __init__(
        self,
        behaviour: Behaviour | str = "echo",
        *,
        address: str = LOOPBACK,
        port: int = 0,
        receive_buffer: int | None = None,
        **options: object,
    ) -> None:
        if isinstance(behaviour, str):
            behaviour = make_behaviour(behaviour, **options)
        elif options:
            raise ConfigError(f"options ({', '.join(options)}) go with the name of a behaviour only", key="behaviour")
        self.behaviour = behaviour
        self.address = address
        self._wanted_port = port
        self._receive_buffer = receive_buffer
        self._port: int | None = None
        self._stop: Signal | None = None
        self._threads: list[threading.Thread] = []
        self._book = SessionBook()

    # --- life

    def start(self) -> Self:
        """Listens and accepts.

        Raises:
            PortInUse: somebody else has the port; the message says who, where that can be known.
            ConfigError: no such port, or the address cannot be listened on.
            PeerError: it was started before.
        """
        if self._port is not None:
            raise PeerError(f"{self} was started before; make a new one")
        listener = listen(self.address, self._wanted_port, self._receive_buffer)
        self._port = listener.getsockname()[1]
        self._stop = stop = Signal()
        self._spawn(lambda: self._accept(listener, stop), "accept")
        return self

    def stop(self) -> None:
        """Closes every connection and gives the port back. May be called twice.

        Raises:
            PeerError: a thread did not end, which is a bug of a behaviour.
        """
        if self._stop is None:
            return
        self._stop.set()
        deadline = time.monotonic() + STOP_S
        while alive := [thread for thread in self._threads if thread.is_alive()]:
            alive[0].join(max(0.0, deadline - time.monotonic()))
            if time.monotonic() > deadline:
                stuck = ", ".join(thread.name for thread in alive)
                raise PeerError(f"{self} did not stop within {STOP_S:g} s: {stuck}", received=self.report())
        self._stop.close()
        self._stop = None

    # --- what it is and what it saw

    @property
    def port(self) -> int:
        """The port it listens on (after the stop: listened on).

        Raises:
            PeerError: it was not started.
        """
        if self._port is None:
            raise PeerError(f"a {self.kind} peer has a port only once it is started")
        return self._port

    @property
    def sessions(self) -> list[PeerSession]:
        """Every connection so far, in the order in which they were accepted."""
        return self._book.sessions

    def wait_for_session(
        self, timeout_s: float, *, number: int | None = None, stage: Stage = Stage.ESTABLISHED
    ) -> PeerSession:
        """Waits until a connection has come as far as `stage`.

        Args:
            timeout_s: deadline in seconds from now.
            number: which connection, counted from 1; None takes the newest, or the first one to come.
            stage: how far. With ``ENDED``, a handshake that failed is an answer like any other.

        Returns:
            What the peer saw of it.

        Raises:
            PeerError: the deadline passed, the behaviour failed, or the connection ended before it was established
                though that was waited for. Carries what all connections saw.
        """
        what = f"a connection to be {stage.name.lower()}"
        session = self._book.wait(str(self), lambda session: session.stage >= stage, timeout_s, what, number)
        if stage is Stage.ESTABLISHED and not session.was_established:
            why = session.handshake_error or f"it ended before ({session.ending})"
            raise PeerError(f"{self}: no connection was established: {why}", received=self.report())
        return session

    def wait_until(
        self, condition: Callable[[PeerSession], bool], timeout_s: float, what: str, *, number: int | None = None
    ) -> PeerSession:
        """Waits until something is true of a connection.

        Args:
            condition: asked after every change, with the peer locked: it must be quick.
            timeout_s: deadline in seconds from now.
            what: what is waited for, for the message.
            number: which connection, counted from 1; None takes the newest.

        Returns:
            What the peer saw of it.

        Raises:
            PeerError: the deadline passed or the behaviour failed. Carries what all connections saw.
        """
        return self._book.wait(str(self), condition, timeout_s, what, number)

    def report(self) -> str:
        """What it saw so far, for a person."""
        return self._book.report()

    def __str__(self) -> str:
        where = f" on {self.address}:{self._port}" if self._port else ""
        return f"{self.kind} peer{where} ({self.behaviour.name})"

    # --- at work

    def _establish(self, connection: Connection, send: Callable[[bytes], None]) -> Stream:
        """Brings an accepted connection to where application data can flow.

        Args:
            connection: as it was accepted.
            send: how bytes get onto it.

        Raises:
            HandshakeFailed: that did not work; the session says so, it is no fault of the peer.
        """
        return PlainStream(connection, send)

    def _accept(self, listener: socket.socket, stop: Signal) -> None:
        poller = select.poll()
        poller.register(stop, select.POLLIN)
        poller.register(listener, select.POLLIN)
        listener.setblocking(False)
        with listener:
            while stop.fileno() not in {fd for fd, _ in poller.poll()}:
                try:
                    sock, (host, port) = listener.accept()
                except OSError:
                    continue  # the client gave up before it was accepted
                session = self._book.open(f"{host}:{port}")
                connection = Connection(sock, session, stop, self._book.changed, records=self.reads_records)
                self._spawn(functools.partial(self._serve, connection), f"connection {session.number}")

    def _serve(self, connection: Connection) -> None:
        """One connection from its accept to its end. Whatever goes wrong ends up in the session."""
        session = connection.session
        try:
            self.behaviour.on_accept(connection)
            if connection.is_open:
                stream = self._establish(connection, lambda data: self.behaviour.on_send(connection, data))
                self._book.advance(session, Stage.ESTABLISHED)
                self.behaviour.serve(stream)
                stream.close()
        except PeerStopped:
            connection.ended_by("peer stopped")
        except HandshakeFailed:
            pass  # the session says why
        except BehaviourFailed as error:
            session.failure = str(error)
        except ConnectionError as error:
            # How a connection ends is no failure of the peer. Before the handshake's end it is why that failed.
            if not session.was_established:
                session.handshake_error = str(error)
        except Exception as error:  # a bug in a behaviour is told to whoever waits for this session
            session.failure = f"the behaviour broke: {type(error).__name__}: {error}"
        finally:
            connection.drop()
            self._book.advance(session, Stage.ENDED)

    def _spawn(self, work: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=work, name=f"peer {self._port} {name}", daemon=True)
        self._threads = [*(other for other in self._threads if other.is_alive()), thread]
        thread.start()
