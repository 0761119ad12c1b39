"""One place of a lab: an emulated board with a serial line, a power socket, a reset button and a debug probe."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rig import HERE, Rig

SSH = """#!{python}
# The exporter's machine is this one.
import os
import sys

words = iter(sys.argv[1:])
control = ""
for word in words:
    if word in ("-o", "-O"):
        value = next(words)
        if word == "-O" and value == "check":
            sys.exit("No ControlPath specified")
        if value.startswith("ControlPath="):
            control = value.partition("=")[2]
    elif word == "-MN":
        control = ""
    elif not word.startswith("-"):
        break
command = [word for word in words if word != "--"]
if command:
    os.execvp("sh", ["sh", "-c", " ".join(command)])
if control:
    open(control, "w").close()
"""
OPENOCD = """#!{python}
# What it is asked to do, the rig does; `verify-fails` beside it has it read back something else.
import pathlib
import re
import subprocess
import sys

here = pathlib.Path(sys.argv[0]).parent
with open(here / "openocd.log", "a") as log:
    print(*sys.argv[1:], file=log)
for command in sys.argv[1:]:
    verb = re.match(r"(program|bootstrap|verify_image|reset run)\\s*{{?([^}}\\s]*)", command)
    if verb is None:
        continue
    if verb[1] in ("program", "bootstrap"):
        subprocess.run([{python!r}, {rig!r}, "tell", {control!r}, "flash", verb[2]], check=True)
    elif verb[1] == "reset run":
        subprocess.run([{python!r}, {rig!r}, "tell", {control!r}, "reset"], check=True)
    if "verify" in command and (here / "verify-fails").exists():
        sys.exit("Error: checksum mismatch - attempting binary compare")
"""


class Station:
    """A board of a lab. A context manager: leaving it switches all off.

    Arguments:
        folder: gets everything; its path must be short.
        board: the emulated board.
        is_tty: its line is a device of the exporter's machine, which the exporter serves by ser2net and RFC 2217;
            else a server of its own has it, as plain bytes.
    """

    def __init__(self, folder: Path, board: str, *, is_tty: bool) -> None:
        self.folder = folder
        self.is_on = False
        self.socket_sticks = False
        """The power socket does not do what it is told to."""
        self._tty = is_tty
        self._ends = ExitStack()
        folder.mkdir()
        self.rig = self._ends.enter_context(Rig(folder, board))
        self._line = self._ends.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._client: socket.socket | None = None
        if not is_tty:
            self.rig.sink = self._to_client
        self._web = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        for work in (self._serve_line, self._web.serve_forever):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._ends.callback(thread.join)
        self._ends.callback(self._stop_serving)
        self.programs = folder / "bin"
        self._write_programs()

    @property
    def exports(self) -> dict[str, Any]:
        """What an exporter's file says of it."""
        web = f"http://127.0.0.1:{self._web.server_port}"
        host = {"host": "127.0.0.1", "busnum": 1, "devnum": 2, "path": "1-1", "vendor_id": 0x0483, "model_id": 0x374B}
        line: dict[str, Any] = {"RawSerialPort": {"port": str(self.rig.port.readlink()), "speed": 115200}}
        if not self._tty:
            port = self._line.getsockname()[1]
            line = {"NetworkSerialPort": {"host": "127.0.0.1", "port": port, "speed": 115200, "protocol": "raw"}}
        return {
            **line,
            "NetworkPowerPort": {"model": "simplerest", "host": f"{web}/{{index}}/{{value}}", "index": 0},
            "HttpDigitalOutput": {"url": f"{web}/button", "body_asserted": "1", "body_deasserted": "0"},
            "NetworkUSBDebugger": host,
            "NetworkUSBFlashableDevice": host | {"devnode": "/dev/null"},
        }

    # --- the board's line ---

    def _to_client(self, data: bytes) -> None:
        if self._client is not None:
            with suppress(OSError):
                self._client.sendall(data)

    def _serve_line(self) -> None:
        while True:
            try:
                self._client, _ = self._line.accept()
            except OSError:
                return
            with self._client, suppress(OSError):
                while data := self._client.recv(4096):
                    self.rig.from_bench(data)

    def pull(self) -> None:
        """Cut the board's serial line."""
        if self._client is not None:
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)

    # --- its power socket and its button ---

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        station = self

        class Socket(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if not station.socket_sticks:
                    station.switch(self.path.endswith("/1"))
                self.answer(503 if station.socket_sticks else 200)

            def do_PUT(self) -> None:
                if self.rfile.read(int(self.headers["Content-Length"])) == b"0":
                    station.rig.reset()  # the button is let go of
                self.answer()

            def answer(self, status: int = 200) -> None:
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Socket

    def switch(self, on: bool) -> None:
        """Switch the power socket."""
        with self.rig.lock:
            if self.is_on and not on:
                self.rig.emulated.power_off()
            elif on and not self.is_on and self.rig.flashed:
                self.rig.emulated.power_on(self.rig.flashed[-1])
            self.is_on = on

    def _stop_serving(self) -> None:
        self._web.shutdown()
        self._web.server_close()
        self.pull()
        self._line.shutdown(socket.SHUT_RDWR)

    # --- programs of its exporter's machine ---

    def _write_programs(self) -> None:
        self.programs.mkdir()
        values = {"python": sys.executable, "rig": str(HERE), "control": str(self.rig.control)}
        for name, text in (("ssh", SSH), ("openocd", OPENOCD)):
            file = self.programs / name
            file.write_text(text.format(**values))
            file.chmod(0o755)

    @property
    def openocd_log(self) -> Path:
        """The command lines that OpenOCD got."""
        return self.programs / "openocd.log"

    @property
    def openocd_was_told(self) -> str:
        """All that OpenOCD was told."""
        return self.openocd_log.read_text()

    def verify_fails(self, so: bool) -> None:
        """Have OpenOCD read back something else than it wrote."""
        mark = self.programs / "verify-fails"
        mark.touch() if so else mark.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()
