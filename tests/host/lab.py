"""A lab in a folder: a labgrid coordinator, an exporter, and two places with an emulated board each.

python tests/host/lab.py FOLDER [BOARD]      until Ctrl-C; FOLDER/platforms is for TLSBENCH_PLATFORMS
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
from labgrid.remote.generated import labgrid_coordinator_pb2 as pb
from labgrid.remote.generated.labgrid_coordinator_pb2_grpc import CoordinatorStub
from rig import HERE
from station import Station

from tlsbench import boards
from tlsbench.boards.child import Child

BIN = Path(sys.prefix, "bin")
PLACE, TTY, EXPORTER = "bench", "rack", "shelf"
TAGS = {"board": "mps2"}
STARTS_S = 60.0

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
        subprocess.run([*self.command, self.target.get_resource("RemotePlace").name, filename], check=True)
"""
WRITER = """#!{python}
import pathlib
import subprocess
import sys

folder, place, image = sys.argv[1:]
control = pathlib.Path(folder, place, "control")
subprocess.run([{python!r}, {rig!r}, "tell", control, "flash", image], check=True)
"""
ENVIRONMENT = """targets:
  main:
    resources:
      RemotePlace:
        name: !template "$LG_PLACE"
    drivers: {drivers}
images:
  writer: {writer}
imports:
  - {flasher}
"""


class Lab:
    """Boards in a lab. A context manager: leaving it ends the lab.

    Arguments:
        folder: gets everything; its path must be short.
        board: the emulated board.
    """

    def __init__(self, folder: Path, board: str = "mps2-an385") -> None:
        self.folder = folder
        self.board = board
        self.address = "127.0.0.1:0"
        self._ends = ExitStack()
        self.stations = {
            place: self._ends.enter_context(Station(folder / place, board, is_tty=place == TTY))
            for place in (PLACE, TTY)
        }
        self.bench = self.stations[PLACE]
        exports = {name: station.exports for name, station in self.stations.items()}
        (folder / "exports.yaml").write_text(json.dumps(exports))
        self._ends.callback(lambda: self.stop())
        self.start()
        self._write_files()

    # --- labgrid ---

    def start(self) -> None:
        """Start a coordinator that knows the places, and the exporter, and wait until all is exported."""
        (self.folder / "places.yaml").unlink(missing_ok=True)  # saved now and then: not to be relied on
        coordinator = [str(BIN / "labgrid-coordinator"), "-l", self.address]
        self.coordinator = Child(["env", "-C", str(self.folder), "PYTHONUNBUFFERED=1", *coordinator])
        self.address = self._wait_for(self.coordinator, r"listening on (127\.0\.0\.1:\d+)")[1]
        for place in self.stations:
            self.ask("AddPlace", name=place)
            self.ask("AddPlaceMatch", placename=place, pattern=f"{EXPORTER}/{place}/*")
            self.ask("SetPlaceTags", placename=place, tags=TAGS)
        self.start_exporter()

    def start_exporter(self) -> None:
        """Start the exporter, and wait until all is exported."""
        exporter = [str(BIN / "labgrid-exporter"), "-c", self.address, "-n", EXPORTER, "--hostname", "127.0.0.1"]
        self.exporter = Child(["env", "PYTHONUNBUFFERED=1", *exporter, str(self.folder / "exports.yaml")])
        deadline = time.monotonic() + STARTS_S
        while len(re.findall("Flashable", self.client("resources"))) < len(self.stations):
            assert time.monotonic() < deadline, self.exporter.output

    def stop(self) -> None:
        """End both at once, the coordinator first: so it tells nobody that the exporter went."""
        for program in (self.coordinator, self.exporter):
            program.kill()

    def ask(self, call: str, **values: Any) -> Any:
        """One call of labgrid's protocol."""
        with grpc.insecure_channel(self.address) as channel:
            return getattr(CoordinatorStub(channel), call)(
                getattr(pb, f"{call}Request")(**values), timeout=STARTS_S, wait_for_ready=True
            )

    def client(self, *words: str) -> str:
        """What `labgrid-client` says."""
        child = Child([str(BIN / "labgrid-client"), "-x", self.address, *words])
        assert child.wait(STARTS_S)
        child.kill()
        assert child.status == 0, child.output
        return child.output

    @property
    def holders(self) -> dict[str, str]:
        """Who holds which place; nothing of places that nobody holds."""
        return {place.name: place.acquired for place in self.ask("GetPlaces").places if place.acquired}

    def _wait_for(self, child: Child, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + STARTS_S
        while (found := re.search(pattern, child.output)) is None:
            assert not child.ended, child.output
            assert time.monotonic() < deadline, child.output
            time.sleep(0.05)
        return found

    # --- what a user of the lab has ---

    def edit(self, old: str, new: str) -> None:
        """Change the board's file."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))

    def _write_files(self) -> None:
        self._flasher = self.folder / "flasher.py"
        self._flasher.write_text(FLASHER)
        self._writer = self.folder / "writer"
        self._writer.write_text(WRITER.format(python=sys.executable, rig=str(HERE)))
        self._writer.chmod(0o755)
        self.platforms = self.folder / "platforms"
        self.file = self.platforms / self.board / "board.toml"
        self.file.parent.mkdir(parents=True)
        text = (boards.OURS / self.board / "board.toml").read_text().partition("[emulator]")[0]
        text = text.replace('kind = "qemu"', 'kind = "labgrid"')
        text += f'\n[labgrid]\ncoordinator = "{self.address}"\nplace = "{PLACE}"\nenvironment = "lab.yaml"\n'
        self.file.write_text(text)
        self.use(SerialDriver={}, NetworkPowerDriver={"delay": 0.0}, RigFlasher=self.flasher)

    @property
    def flasher(self) -> dict[str, Any]:
        """How the lab's own driver writes an image."""
        return {"command": [str(self._writer), str(self.folder)]}

    def use(self, **drivers: Any) -> None:
        """Write labgrid's environment file, with these drivers."""
        text = ENVIRONMENT.format(drivers=json.dumps(drivers), writer=self._writer, flasher=self._flasher)
        self.file.with_name("lab.yaml").write_text(text)

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
