"""One TCP connection of a peer: counted, and never stuck, because every wait also ends when the peer stops."""

import contextlib
import os
import select
import socket
import struct
import time
import weakref
from collections.abc import Callable

from tlsbench.peers.records import RecordReader
from tlsbench.peers.seen import PeerSession

READ_BYTES = 65536
LINGER_S = 5.0
"""How long the peer waits for the client's own close after it has closed its side."""


class PeerStopped(Exception):
    """The peer is being stopped; ends whatever its connections do."""


class HandshakeFailed(Exception):
    """The TLS handshake did not succeed. Often that is what a test wants."""


class Signal:
    """A flag that other threads can poll for as a file descriptor: set once, seen by all of them."""

    def __init__(self, *, is_set: bool = False) -> None:
        self._fd = os.eventfd(1 if is_set else 0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._close = weakref.finalize(self, os.close, self._fd)

    def fileno(self) -> int:
        """Readable while the flag is set."""
        return self._fd

    def set(self) -> None:
        """Wakes everybody who waits, and whoever comes later."""
        os.eventfd_write(self._fd, 1)

    def clear(self) -> None:
        """Lets those who come from now on wait."""
        with contextlib.suppress(BlockingIOError):  # it was not set
            os.eventfd_read(self._fd)

    def close(self) -> None:
        """Gives the descriptor back, as does the end of the object. Nobody may wait any more."""
        self._close()


class Connection:
    """The raw bytes of one connection, before any TLS.

    Args:
        sock: the accepted socket; closed by `close` or `reset`.
        session: what was seen is written here.
        stop: set when the peer stops.
        changed: called after every change of the session, to wake those who wait for one.
        records: count TLS records and read the ClientHello.
    """

    def __init__(
        self, sock: socket.socket, session: PeerSession, stop: Signal, changed: Callable[[], None], *, records: bool
    ) -> None:
        self.session = session
        self.changed = changed
        self._socket = sock
        self._stop = stop
        self._last_direction = ""
        self._from_client: RecordReader | None = None
        self._to_client: RecordReader | None = None
        if records:
            self.expect_records()
        sock.setblocking(False)
        # A peer that drips single bytes, and one that answers, must not wait for Nagle's algorithm.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def expect_records(self) -> None:
        """Reads what comes from now on as TLS records, whatever came before."""
        self._from_client = RecordReader(self.session.records_rx)
        self._to_client = RecordReader(self.session.records_tx)

    @property
    def is_open(self) -> bool:
        """False once the peer has closed or reset it."""
        return self._socket.fileno() >= 0

    def read(self, limit: int = READ_BYTES) -> bytes:
        """Waits for bytes from the client.

        Args:
            limit: at most this many bytes.

        Returns:
            1 to `limit` bytes, or nothing once the client has closed its side.

        Raises:
            ConnectionError: the client reset the connection.
            PeerStopped: the peer is being stopped.
        """
        while True:
            self._wait(select.POLLIN)
            try:
                data = self._socket.recv(limit)
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._lost(error) from error
            self._count_rx(data)
            return data

    def write(self, data: bytes) -> None:
        """Sends all of it, waiting while the client's receive window is full.

        Raises:
            ConnectionError: the client is gone.
            PeerStopped: the peer is being stopped.
        """
        view = memoryview(data)
        while view:
            self._wait(select.POLLOUT)
            try:
                count = self._socket.send(view)
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._lost(error) from error
            self._count_tx(bytes(view[:count]))
            view = view[count:]

    def pause(self, seconds: float) -> None:
        """Does nothing for so long, unless the peer is stopped.

        Raises:
            PeerStopped: the peer is being stopped.
        """
        deadline = time.monotonic() + seconds
        poller = select.poll()
        poller.register(self._stop, select.POLLIN)
        while (left := deadline - time.monotonic()) > 0:
            if poller.poll(left * 1000):
                raise PeerStopped

    def wait_for(self, signal: Signal, *, or_data: bool = False) -> bool:
        """Waits until the signal is set, reading nothing meanwhile.

        Args:
            signal: what to wait for.
            or_data: return also when the client has sent or closed, which `read` will tell.

        Returns:
            Whether the signal is set.

        Raises:
            ConnectionError: the client reset the connection.
            PeerStopped: the peer is being stopped.
        """
        poller = select.poll()
        poller.register(self._stop, select.POLLIN)
        poller.register(signal, select.POLLIN)
        poller.register(self._socket, select.POLLIN if or_data else 0)
        ready = {fd for fd, _ in poller.poll()}
        if self._stop.fileno() in ready:
            raise PeerStopped
        if signal.fileno() in ready:
            return True
        if or_data:
            return False
        raise self._lost(ConnectionResetError("the client reset the connection"))

    def swallow(self) -> None:
        """Reads and forgets until the client closes.

        Raises:
            ConnectionError: the client reset the connection.
            PeerStopped: the peer is being stopped.
        """
        while self.read():
            pass
        self.ended_by("fin")

    def finish(self) -> None:
        """Closes the peer's sending side (FIN); reading goes on."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """Closes in good order: FIN, then a while for the client to close too, so that no data is lost to a reset.

        Raises:
            ConnectionError: the client reset the connection.
            PeerStopped: the peer is being stopped.
        """
        if not self.is_open:
            return
        self.ended_by("closed by the peer")
        self.finish()
        deadline = time.monotonic() + LINGER_S
        while self._wait(select.POLLIN, deadline - time.monotonic()):
            if not self.read():
                break
        self.drop()

    def reset(self) -> None:
        """Sends a reset (RST) and forgets the connection."""
        if self.is_open:
            self.ended_by("reset by the peer")
            # A linger time of zero turns close() into a reset, see socket(7).
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.drop()

    def drop(self) -> None:
        """Closes the socket at once, whatever is on the way."""
        self._socket.close()

    def ended_by(self, what: str) -> None:
        """Notes how the connection ends. The first word stands: what follows is only its consequence."""
        if self.session.ending is None:
            self.session.ending = what
            self.changed()

    def _wait(self, event: int, timeout_s: float | None = None) -> bool:
        poller = select.poll()
        poller.register(self._stop, select.POLLIN)
        poller.register(self._socket, event)
        ready = {fd for fd, _ in poller.poll(None if timeout_s is None else max(0.0, timeout_s) * 1000)}
        if self._stop.fileno() in ready:
            raise PeerStopped
        return bool(ready)

    def _lost(self, error: OSError) -> ConnectionError:
        self.ended_by("reset" if isinstance(error, ConnectionError) else str(error))
        return error if isinstance(error, ConnectionError) else ConnectionError(str(error))

    def _count_rx(self, data: bytes) -> None:
        if not data:
            return
        self.session.bytes_rx += len(data)
        self._turn("rx")
        if self._from_client:
            self._from_client.feed(data)
            self.session.hello = self._from_client.hello
            self.session.alerts_rx = self._from_client.alerts
        self.changed()

    def _count_tx(self, data: bytes) -> None:
        self.session.bytes_tx += len(data)
        self._turn("tx")
        if self._to_client:
            self._to_client.feed(data)
        self.changed()

    def _turn(self, direction: str) -> None:
        if direction != self._last_direction:
            self._last_direction = direction
            self.session.flights += 1
