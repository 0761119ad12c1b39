"""Messages between processes of the bench: one JSON value per line, and open files beside them."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

CHUNK = 65_536


class Lines:
    """Messages over a connected Unix socket, which it owns.

    Arguments:
        connection: the line.

    Attributes:
        descriptors: open files that came with messages; whoever takes one closes it.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.descriptors: list[int] = []
        self._connection = connection
        self._unread = b""

    def fileno(self) -> int:
        """For `selectors`."""
        return self._connection.fileno()

    def send(self, message: Any, descriptors: Sequence[int] = ()) -> None:
        """Send one message, and open files with it.

        Errors:
            OSError: the other end is gone.
        """
        data = json.dumps(message).encode() + b"\n"
        sent = socket.send_fds(self._connection, [data], descriptors) if descriptors else 0
        self._connection.sendall(data[sent:])

    def wait(self, timeout_s: float) -> bool:
        """Wait until there is something to read, or the other end is gone; the answer is whether that is so."""
        waiting = select.poll()
        waiting.register(self._connection, select.POLLIN)
        return bool(waiting.poll(timeout_s * 1000))

    def receive(self) -> list[Any] | None:
        """The messages that have come; waits until there is something to read. None: the other end is gone."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._connection, CHUNK, 1)
        except OSError:
            return None
        self.descriptors += descriptors
        if not data:
            return None
        *lines, self._unread = (self._unread + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def shutdown(self) -> None:
        """Tell the other end that this one is gone."""
        with suppress(OSError):  # it went first
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the line."""
        self._connection.close()
