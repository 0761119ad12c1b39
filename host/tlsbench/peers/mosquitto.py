"""A real MQTT broker: Eclipse Mosquitto, as Debian packages it, over TLS and over plain TCP."""

from __future__ import annotations

import os
import socket
import time
from fnmatch import fnmatchcase
from typing import Self

from tlsbench.boards.child import Child, MemoryFiles, find_program
from tlsbench.model.errors import PeerError
from tlsbench.peers.pki import Identity
from tlsbench.peers.ports import LOOPBACK
from tlsbench.peers.service import Service

PACKAGE = "mosquitto"
SYSTEM_PROGRAMS = "/usr/sbin"
"""Where Debian puts it: a folder that only root has on the PATH."""
START_S = 10.0
POLL_S = 0.02


class Mosquitto(Service):
    """Mosquitto as a process of the bench, from `start` to `stop`, or inside a ``with``.

    It has nothing to do with a Mosquitto that the machine runs as a service: it has ports and settings of its own and
    keeps nothing on disk. Its files are memory that it inherits, and the kernel kills it when the bench ends.

    Example::

        with Mosquitto(authority.server()) as broker:
            client.connect("127.0.0.1", broker.port)
            broker.wait_for_log("*New client connected*", timeout_s=5)

    Args:
        identity: certificate chain and key that it shows.
        address: address of this machine to listen on.
    """

    def __init__(self, identity: Identity, *, address: str = LOOPBACK) -> None:
        self.identity = identity
        self.address = address
        self._ports: tuple[int, int] | None = None
        self._child: Child | None = None

    @property
    def port(self) -> int:
        """The port for MQTT over TLS.

        Raises:
            PeerError: it was not started.
        """
        return self._of_started()[0]

    @property
    def plain_port(self) -> int:
        """The port for MQTT over TCP without TLS.

        Raises:
            PeerError: it was not started.
        """
        return self._of_started()[1]

    @property
    def log(self) -> list[str]:
        """Every line that it has logged, each with its time."""
        return self._child.output.splitlines() if self._child else []

    def start(self) -> Self:
        """Starts it, and waits until it takes connections.

        Raises:
            ToolMissingError: it is not installed.
            PeerError: it does not start; carries its log.
        """
        if self._child is not None:
            raise PeerError(f"{self} was started before; make a new one")
        program = find_program("mosquitto", PACKAGE, also_in=SYSTEM_PROGRAMS)
        with MemoryFiles() as files, _held_port(self.address) as secure, _held_port(self.address) as plain:
            self._ports = secure.getsockname()[1], plain.getsockname()[1]
            chain, key = files.add(self.identity.chain_pem), files.add(self.identity.key_pem)
            configuration = files.add(self._configuration(chain, key).encode())
            self._child = Child([program, "-c", configuration], pass_fds=files.descriptors)
            try:
                self.wait_for_log("* running", START_S)
            except BaseException:
                self.stop()
                raise
        return self

    def _configuration(self, chain: str, key: str) -> str:
        lines = [
            "allow_anonymous true",
            "persistence false",
            "log_dest stderr",
            "log_type all",
            f"listener {self.port} {self.address}",
            f"certfile {chain}",
            f"keyfile {key}",
            f"listener {self.plain_port} {self.address}",
        ]
        if os.geteuid() == 0:  # else it would become a user that may not read what it inherits
            lines.insert(0, "user root")
        return "\n".join([*lines, ""])

    def stop(self) -> None:
        """Ends it at once. May be called twice; the log stays."""
        if self._child is not None:
            self._child.kill()

    def wait_for_log(self, pattern: str, timeout_s: float) -> str:
        """Waits until it has logged something, from its start on.

        Args:
            pattern: how the line looks, with the wildcards ``*`` and ``?``.
            timeout_s: deadline in seconds from now.

        Returns:
            The first such line.

        Raises:
            PeerError: the deadline passed, or it has ended; carries its log.
        """
        deadline = time.monotonic() + timeout_s
        child = self._child
        while child is not None:
            gone = child.ended or time.monotonic() > deadline
            for line in child.output.splitlines():
                if fnmatchcase(line, pattern):
                    return line
            if gone:
                break
            time.sleep(POLL_S)
        why = "has ended" if child is None or child.ended else f"did not log {pattern!r} within {timeout_s:g} s"
        raise PeerError(
            f"{self} {why}",
            command=child.command if child else None,
            status=child.status if child else None,
            received=child.output if child else None,
        )

    def _of_started(self) -> tuple[int, int]:
        if self._ports is None:
            raise PeerError("a broker has ports only once it is started")
        return self._ports

    def __str__(self) -> str:
        return f"MQTT broker on {self.address}:{self._ports[0]}" if self._ports else "MQTT broker"


def _held_port(address: str) -> socket.socket:
    """A free port that nobody else gets meanwhile: bound, and not listening, so that the broker may bind it too.

    Both sides set SO_REUSEADDR, see socket(7).
    """
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((address, 0))
    except BaseException:
        held.close()
        raise
    return held
