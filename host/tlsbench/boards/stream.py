"""A board's serial line that is a socket: what an emulated UART is connected to."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from tlsbench.model.errors import LinkClosedError

WRITE_TIMEOUT_S = 10.0
"""Longer than any firmware that lives keeps its UART full."""


class SocketStream:
    """A `ByteStream` over a connected socket, which it owns.

    Arguments:
        connection: the line.
        why_ended: what to say when the other end goes away: evidence of its owner.
    """

    def __init__(self, connection: socket.socket, why_ended: Callable[[], str]) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._why_ended = why_ended
        self._closed = False

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Between 1 and `max_bytes` bytes as soon as there are some; empty when none came within `timeout_s` seconds.

        Errors:
            LinkClosedError: the line ended.
        """
        deadline = time.monotonic() + timeout_s
        while self._ready(select.POLLIN, deadline):
            try:
                data = self._connection.recv(max_bytes)
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._ended() from error
            if not data:
                raise self._ended()
            return data
        return b""

    def write(self, data: bytes) -> None:
        """Send all of `data`.

        Errors:
            LinkClosedError: the line ended, or the board takes nothing any more.
        """
        deadline = time.monotonic() + WRITE_TIMEOUT_S
        unsent = memoryview(data)
        while unsent:
            if not self._ready(select.POLLOUT, deadline):
                raise LinkClosedError(
                    f"the board took {len(data) - len(unsent)} of {len(data)} bytes and then nothing for "
                    f"{WRITE_TIMEOUT_S:g} s: its UART is not read"
                )
            try:
                unsent = unsent[self._connection.send(unsent) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._ended() from error

    def close(self) -> None:
        """Let go of the line; a read or write that waits in another thread ends with LinkClosedError."""
        if not self._closed:
            self._closed = True
            with suppress(OSError):  # the other end may have gone first
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection.close()

    def _ready(self, event: int, deadline: float) -> bool:
        descriptor = self._connection.fileno()
        if self._closed or descriptor < 0:
            raise self._ended()
        waiting = select.poll()
        waiting.register(descriptor, event)
        return bool(waiting.poll(max(0.0, deadline - time.monotonic()) * 1000))

    def _ended(self) -> LinkClosedError:
        if self._closed:
            return LinkClosedError("the serial line was closed by the bench")
        return LinkClosedError(f"the serial line ended: {self._why_ended()}")
