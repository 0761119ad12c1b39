"""What all peers are: servers on this machine that the target talks to, with a record of what they saw."""

import socket
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Collection
from typing import ClassVar, Self

from tlsbench.model.errors import PeerError
from tlsbench.peers.book import SessionBook
from tlsbench.peers.connection import Signal
from tlsbench.peers.seen import PeerSession, Stage
from tlsbench.peers.service import Service

STOP_S = 5.0


class Peer(Service):
    """A server on a port of this machine, from `start` to `stop`, or inside a ``with``. Any thread may use it.

    Args:
        address: address of this machine to listen on.
        port: port to listen on; 0 takes a free one, which `port` then tells.
        behaviour: name of what it does, for messages.
    """

    kind: ClassVar[str]

    def __init__(self, address: str, port: int, behaviour: str) -> None:
        self.address = address
        self._wanted_port = port
        self._behaviour_name = behaviour
        self._port: int | None = None
        self._stop: Signal | None = None
        self._threads: list[threading.Thread] = []
        self._book = SessionBook()

    @abstractmethod
    def _listen(self) -> socket.socket:
        """The socket that clients come to, on its port."""

    @abstractmethod
    def _run(self, sock: socket.socket, stop: Signal) -> None:
        """Serve clients until `stop` is set, and close the socket. Has a thread of its own."""

    # --- life

    def start(self) -> Self:
        """Listens, and serves whoever comes.

        Raises:
            PortInUse: somebody else has the port; the message says who, where that can be known.
            ConfigError: no such port, or the address cannot be listened on.
            PeerError: it was started before.
        """
        if self._port is not None:
            raise PeerError(f"{self} was started before; make a new one")
        sock = self._listen()
        self._port = sock.getsockname()[1]
        self._stop = stop = Signal()
        self._spawn(lambda: self._run(sock, stop), "accept")
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

    def wait_for_ends(self, known: Collection[int], timeout_s: float) -> list[PeerSession]:
        """Waits until a connection has ended, in whatever order they do.

        Args:
            known: numbers of those that do not count.
            timeout_s: deadline in seconds from now.

        Returns:
            All that have ended; none if the deadline passed.
        """
        return self._book.wait_for_ends(known, timeout_s)

    def report(self) -> str:
        """What it saw so far, for a person."""
        return self._book.report()

    def __str__(self) -> str:
        where = f" on {self.address}:{self._port}" if self._port else ""
        return f"{self.kind} peer{where} ({self._behaviour_name})"

    # --- at work

    def _spawn(self, work: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=work, name=f"peer {self._port} {name}", daemon=True)
        self._threads = [*(other for other in self._threads if other.is_alive()), thread]
        thread.start()
