"""The QEMU Machine Protocol (docs/interop/qmp-spec in QEMU's documentation): JSON, one object per line."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from tlsbench.model.errors import BoardError


class QmpError(BoardError):
    """QEMU refused a command, did not answer in time, or closed its monitor."""


class Qmp:
    """A QMP session over a connected socket, which it owns. One thread at a time.

    Arguments:
        connection: QEMU's monitor.
        timeout_s: seconds that QEMU has for each answer.

    Errors:
        QmpError: QEMU did not greet.
    """

    def __init__(self, connection: socket.socket, timeout_s: float = 10.0) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._unread = b""
        self._events: list[str] = []
        self.version = "?"
        greeting = self._receive("greeting", time.monotonic() + timeout_s)
        try:
            numbers = greeting["QMP"]["version"]["qemu"]
            self.version = f"{numbers['major']}.{numbers['minor']}.{numbers['micro']}"
        except (KeyError, TypeError):
            raise QmpError("QEMU did not greet as QMP says", received=json.dumps(greeting)) from None
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run a command and return its result.

        Errors:
            QmpError: QEMU refused it, or did not answer in time.
        """
        request = {"execute": command, "arguments": arguments}
        deadline = time.monotonic() + self._timeout_s
        try:
            self._connection.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise QmpError(f"QEMU's monitor is closed: {error}", command=command) from None
        while True:
            answer = self._receive(command, deadline)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise QmpError(f"QEMU refused: {answer['error'].get('desc')}", command=json.dumps(request))
            self._events.append(str(answer.get("event")))

    def wait_event(self, name: str) -> None:
        """Wait until QEMU has reported an event since the last one of this name that was waited for.

        Errors:
            QmpError: it did not come in time.
        """
        deadline = time.monotonic() + self._timeout_s
        while name not in self._events:
            self._events.append(str(self._receive(f"event {name}", deadline).get("event")))
        self._events.remove(name)

    def close(self) -> None:
        """End the session."""
        self._connection.close()

    def _receive(self, awaited: str, deadline: float) -> dict[str, Any]:
        while b"\n" not in self._unread:
            left = deadline - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                self._connection.settimeout(left)
                data = self._connection.recv(1 << 16)
            except TimeoutError:
                raise QmpError(
                    f"QEMU gave no answer within {self._timeout_s:g} s", command=awaited, received=self._unread
                ) from None
            except OSError as error:
                raise QmpError(f"QEMU's monitor broke: {error}", command=awaited, received=self._unread) from None
            if not data:
                raise QmpError("QEMU closed its monitor", command=awaited, received=self._unread)
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        answer = json.loads(line)
        return answer if isinstance(answer, dict) else {}
