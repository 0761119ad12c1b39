"""The name server that boards on a real network ask for the bench's own host names."""

from __future__ import annotations

import errno
import select
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from tlsbench.measure.names import answer
from tlsbench.model.errors import BoardError

PORT = 53
"""The port of a name server (RFC 1035, section 4.2); the target's resolver knows no other."""
LONGEST_QUERY = 512
HELP = "let `network.listen` be an address of this machine"
HELPS = {
    errno.EACCES: "let users have that port (sysctl net.ipv4.ip_unprivileged_port_start=53)",
    errno.EADDRINUSE: "another board's run answers there, or a name server of this machine's: give this board an "
    "address of its own on this machine, as `network.host`, `dns` and `listen`",
}
"""What helps, by what the kernel says."""


class NameServer:
    """Answers DNS queries until it is closed. A context manager.

    Arguments:
        address: of this machine, where the board asks.
        names: IPv4 addresses by host name; may change while it runs.
        port: a free one with 0.

    Errors:
        BoardError: it may not listen there, or somebody else does.
    """

    def __init__(self, address: str, names: Mapping[str, str], port: int = PORT) -> None:
        self._names = names
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((address, port))
        except OSError as error:
            self._socket.close()
            helps = HELPS.get(error.errno or 0, HELP)
            raise BoardError(
                f"the bench cannot answer for its host names on {address}, port {port} ({error.strerror}): {helps}, "
                "or name as `network.dns` a server of yours that knows these names: " + ", ".join(names)
            ) from None
        self.port: int = self._socket.getsockname()[1]
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="name server", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        waiting.register(self._stopped, select.POLLIN)
        while all(descriptor == self._socket.fileno() for descriptor, _ in waiting.poll()):
            query, sender = self._socket.recvfrom(LONGEST_QUERY)
            reply = answer(query, self._names)
            if reply is not None:
                with suppress(OSError):  # who asked is gone, and asks again if not
                    self._socket.sendto(reply, sender)

    def close(self) -> None:
        """Stop answering. May be called twice."""
        self._stop.close()  # which wakes the thread
        self._thread.join()
        self._stopped.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
