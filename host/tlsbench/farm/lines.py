"""Messages between the processes of a run: one JSON value per line."""

from __future__ import annotations

import json
import socket
from typing import Any

CHUNK = 65_536


class Lines:
    """Messages over a connected socket, which it owns.

    Arguments:
        connection: the line.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._unread = b""

    def fileno(self) -> int:
        """For `selectors`."""
        return self.connection.fileno()

    def send(self, message: Any) -> None:
        """Send one message.

        Errors:
            OSError: the other end is gone.
        """
        self.connection.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> list[Any] | None:
        """The messages that have come; waits until there is something to read. None: the other end is gone."""
        try:
            data = self.connection.recv(CHUNK)
        except OSError:
            return None
        if not data:
            return None
        *lines, self._unread = (self._unread + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        """Let go of the line."""
        self.connection.close()
