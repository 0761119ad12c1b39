"""A lab in a folder: a labgrid coordinator, an exporter, and one emulated board with a serial line and a power socket.

python tests/host/lab.py FOLDER [BOARD]      until Ctrl-C; FOLDER/platforms is for TLSBENCH_PLATFORMS
"""

from __future__ import annotations

import re
import socket
import sys
import threading
import time
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from rig import HERE, Rig

from tlsbench import boards
from tlsbench.boards.child import Child

BIN = Path(sys.prefix, "bin")
PLACE, EXPORTER = "bench", "rack"
STARTS_S = 30.0

FLASHER = """import subprocess

import attr
from labgrid import target_factory
from labgrid.driver import Driver
from labgrid.protocol import BootstrapProtocol


@target_factory.reg_driver
@attr.s(eq=False)
class RigFlasher(Driver, BootstrapProtocol):
    \"\"\"The lab's own way to write an image.\"\"\"

    command = attr.ib(validator=attr.validators.instance_of(list))

    @Driver.check_active
    def load(self, filename):
        done = subprocess.run([*self.command, filename], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
"""
ENVIRONMENT = """targets:
  main:
    resources:
      RemotePlace:
        name: !template "$LG_PLACE"
    drivers:
      SerialDriver: {{}}
      NetworkPowerDriver:
        delay: 0.0
      RigFlasher:
        command: [{python}, {rig}, tell, {control}, flash]
imports:
  - {flasher}
"""
EXPORTS = """{place}:
  NetworkSerialPort:
    host: 127.0.0.1
    port: {serial}
    speed: 115200
    protocol: raw
  NetworkPowerPort:
    model: simplerest
    host: 'http://127.0.0.1:{power}/{{index}}/{{value}}'
    index: 0
"""


class Lab:
    """One board in a lab. A context manager: leaving it ends the lab.

    Arguments:
        folder: gets everything; its path must be short.
        board: the emulated board.
    """

    def __init__(self, folder: Path, board: str = "mps2-an385") -> None:
        self.folder = folder
        self.board = board
        self.is_on = False
        self._ends = ExitStack()
        self.rig = self._ends.enter_context(Rig(folder, board))
        self._flashed = False
        self._serial = self._ends.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._client: socket.socket | None = None
        self.rig.sink = self._to_client
        self._power = HTTPServer(("127.0.0.1", 0), self._handler())
        for work in (self._serve_serial, self._power.serve_forever):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._ends.callback(thread.join)
        self._ends.callback(self._stop_serving)
        self._start_labgrid()
        self._write_files()

    # --- the board's line and its power socket ---

    def _to_client(self, data: bytes) -> None:
        if self._client is not None:
            with suppress(OSError):
                self._client.sendall(data)

    def _serve_serial(self) -> None:
        while True:
            try:
                self._client, _ = self._serial.accept()
            except OSError:
                return
            with self._client, suppress(OSError):
                while data := self._client.recv(4096):
                    self.rig.from_bench(data)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lab = self

        class Socket(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                lab.switch(self.path.endswith("/1"))
                self.send_response(200)
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

    def pull(self) -> None:
        """Cut the board's serial line."""
        if self._client is not None:
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)

    def _stop_serving(self) -> None:
        self._power.shutdown()
        self._power.server_close()
        self.pull()
        self._serial.shutdown(socket.SHUT_RDWR)

    # --- labgrid ---

    def _start_labgrid(self) -> None:
        self.coordinator = Child(
            ["env", "-C", str(self.folder), "PYTHONUNBUFFERED=1", str(BIN / "labgrid-coordinator"), "-l", "127.0.0.1:0"]
        )
        self._ends.callback(self.coordinator.kill)
        found = self._wait_for(self.coordinator, r"listening on (127\.0\.0\.1:\d+)")
        self.address = found[1]
        exports = self.folder / "exports.yaml"
        serial, power = self._serial.getsockname()[1], self._power.server_port
        exports.write_text(EXPORTS.format(place=PLACE, serial=serial, power=power))
        exporter = [str(BIN / "labgrid-exporter"), "-c", self.address, "-n", EXPORTER, "--hostname", "127.0.0.1"]
        self.exporter = Child([*exporter, str(exports)])
        self._ends.callback(self.exporter.kill)
        self.client("-p", PLACE, "create")
        self.client("-p", PLACE, "add-match", f"{EXPORTER}/{PLACE}/*")
        deadline = time.monotonic() + STARTS_S
        while "NetworkPowerPort" not in self.client("resources"):
            assert time.monotonic() < deadline, self.exporter.output

    def client(self, *words: str) -> str:
        """What `labgrid-client` says."""
        child = Child([str(BIN / "labgrid-client"), "-x", self.address, *words])
        assert child.wait(STARTS_S)
        child.kill()
        assert child.status == 0, child.output
        return child.output

    @property
    def holder(self) -> str:
        """Who holds the place; empty while nobody does."""
        found = re.search(r"acquired: (\S+)", self.client("-p", PLACE, "show"))
        return found[1] if found and found[1] != "None" else ""

    def _wait_for(self, child: Child, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + STARTS_S
        while (found := re.search(pattern, child.output)) is None:
            assert not child.ended, child.output
            assert time.monotonic() < deadline, child.output
            time.sleep(0.05)
        return found

    # --- what a user of the lab has ---

    def _write_files(self) -> None:
        flasher = self.folder / "flasher.py"
        flasher.write_text(FLASHER)
        self.platforms = self.folder / "platforms"  # the rig's own board goes
        self.file = self.platforms / self.board / "board.toml"
        text = (boards.platforms_dir() / self.board / "board.toml").read_text().partition("[emulator]")[0]
        text = text.replace('kind = "qemu"', 'kind = "labgrid"')
        text += f'\n[labgrid]\ncoordinator = "{self.address}"\nplace = "{PLACE}"\nenvironment = "lab.yaml"\n'
        self.file.write_text(text)
        values = {"python": sys.executable, "rig": HERE, "control": self.rig.control, "flasher": flasher}
        self.file.with_name("lab.yaml").write_text(ENVIRONMENT.format(**values))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()


def main() -> None:
    """Serve a lab."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    with Lab(folder, *sys.argv[2:]) as lab, suppress(KeyboardInterrupt):
        print(f"export TLSBENCH_PLATFORMS={lab.platforms} LG_COORDINATOR={lab.address}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
