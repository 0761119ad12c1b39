"""A peer: a server on this machine that the target talks to, and a record of what it saw. Here without TLS."""

import functools
import select
import socket
from collections.abc import Callable
from typing import ClassVar

from tlsbench.model.errors import ConfigError
from tlsbench.peers.behaviours import Behaviour, BehaviourFailed, make_behaviour
from tlsbench.peers.connection import Connection, HandshakeFailed, PeerStopped, Signal
from tlsbench.peers.peer import Peer
from tlsbench.peers.ports import LOOPBACK, listen
from tlsbench.peers.seen import Stage
from tlsbench.peers.stream import PlainStream, Stream


class TcpPeer(Peer):
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
        self._receive_buffer = receive_buffer
        super().__init__(address, port, behaviour.name)

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

    def _listen(self) -> socket.socket:
        return listen(self.address, self._wanted_port, self._receive_buffer)

    def _run(self, listener: socket.socket, stop: Signal) -> None:
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
