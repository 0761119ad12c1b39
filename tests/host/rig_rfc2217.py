"""A rig's port behind RFC 2217 (Telnet Com Port Control Option), as device servers and ser2net offer it.

The protocol is pyserial's own server part; the port behind it is the rig's, whose DTR is wired to the reset pin.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import serial
from rig import Rig
from serial import rfc2217


class RigPort(serial.SerialBase):  # type: ignore[misc]
    """The port as pyserial's server sees it: settings that only matter to real lines are taken and kept."""

    def __init__(self, rig: Rig) -> None:
        super().__init__()
        self.rig = rig
        self.is_open = True
        self.cts = self.dsr = self.cd = True
        self.ri = False

    def _reconfigure_port(self) -> None:
        pass

    def _update_dtr_state(self) -> None:
        if not self.dtr:
            self.rig.reset()  # the board starts when the pin is let go; nothing can be told apart until then

    def _update_rts_state(self) -> None:
        pass

    def _update_break_state(self) -> None:
        if self.break_condition:
            self.rig.reset()

    def reset_input_buffer(self) -> None:
        pass

    def reset_output_buffer(self) -> None:
        pass

    def fileno(self) -> int:
        raise OSError("no file")


class Server:
    """Serves a rig's port to one client at a time. A context manager.

    Arguments:
        rig: the rig; its bytes come here from now on.
    """

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.port = RigPort(rig)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._client: socket.socket | None = None
        self._manager: rfc2217.PortManager | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="rfc2217", daemon=True)
        rig.sink = self._to_client

    @property
    def url(self) -> str:
        """What pyserial opens."""
        return f"rfc2217://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """End the client's connection, as a network does that breaks."""
        if self._client is not None:
            self._client.shutdown(socket.SHUT_RDWR)

    def write(self, data: bytes) -> None:
        """What the server part of pyserial says to the client."""
        with self._lock, suppress(OSError):
            if self._client is not None:
                self._client.sendall(data)

    def _to_client(self, data: bytes) -> None:
        manager = self._manager
        if manager is not None:
            self.write(b"".join(manager.escape(data)))

    def _serve(self) -> None:
        while True:
            try:
                self._client, _ = self._listener.accept()
            except OSError:
                return
            self._manager = rfc2217.PortManager(self.port, self)
            with self._client, suppress(OSError):
                while data := self._client.recv(4096):
                    self.rig.from_bench(b"".join(self._manager.filter(data)))
            self._manager = None

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
