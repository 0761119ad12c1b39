"""Boards that QEMU emulates.

Nothing here has a name that could be left behind: the monitor, the UART and the network are socket pairs, the probe's
counters and the emulator's output are memory, all handed over as open files; and the kernel kills the emulator when
the bench ends.
"""

from __future__ import annotations

import mmap
import os
import re
import shutil
import socket
import subprocess
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import TracebackType

from tlsbench import probe_plugin
from tlsbench.boards import ByteStream
from tlsbench.boards.base import ProgramBoard
from tlsbench.boards.boot import SYMBOL, BootValues
from tlsbench.boards.child import Child, find_program
from tlsbench.boards.core import OneCore
from tlsbench.boards.measures import COUNTED, OF_AN_IMAGE, ON_THE_WIRE
from tlsbench.boards.paced import PacedStream
from tlsbench.boards.qmp import Qmp, QmpError
from tlsbench.boards.stream import SocketStream
from tlsbench.measure.image import Image
from tlsbench.measure.probe import SHARED_BYTES, Probe
from tlsbench.measure.wire import WireTap
from tlsbench.model.board import BoardInfo, Emulator
from tlsbench.model.errors import BoardError

OLDEST, NEWEST = (7, 2), (8, 2)
"""Releases whose plugin interface is version 1, from the one this is tested with."""

UART = ("-serial", "chardev:uart", "-echr", "256")
"""The line through QEMU's multiplexer, for its buffer of 32 bytes. A UART's model takes one byte, and QEMU looks for
the next one when its main loop comes round, in another thread; the multiplexer hands it over when the target reads the
one before. Its escape character, with which a person switches between consoles, is none that a byte can be."""

TAP_LINES = ("from-target", "to-network", "from-network", "to-target")
TAP_FILTERS = (
    *("-object", "filter-redirector,id=tx,netdev=net,queue=rx,outdev=from-target,indev=to-network"),
    *("-object", "filter-redirector,id=rx,netdev=net,queue=tx,outdev=from-network,indev=to-target"),
)
"""User-mode networking with every frame led out of the emulator and in again, both ways. QEMU names its queues as the
network sees them: what the target sends, the network receives."""


@cache
def _version(program: str) -> tuple[int, int] | None:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"version (\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else None


def _emulator(info: BoardInfo) -> Emulator:
    if info.emulator is None:
        raise info.error("a board of kind 'qemu' needs the table [emulator]", "emulator")
    return info.emulator


class QemuKind:
    """Boards with `kind = "qemu"`."""

    def why_not(self, info: BoardInfo) -> str:
        """Why this machine cannot run the board, and what would help; empty if it can."""
        program = _emulator(info).program
        path = shutil.which(program)
        if path is None:
            return f"{program} is not installed: install the Debian package qemu-system-arm"
        version = _version(path)
        if version is None:
            return f"{path} does not say its version: is it QEMU?"
        if not OLDEST <= version <= NEWEST:
            return "QEMU {}.{} does not fit: {}.{} to {}.{} have the plugin interface that the probe needs".format(
                *version, *OLDEST, *NEWEST
            )
        if shutil.which("gcc") is None and shutil.which("cc") is None:
            return "no C compiler for the emulator's probe: install the Debian packages gcc and libc6-dev"
        return ""

    def measures(self, info: BoardInfo) -> list[str]:
        """Names of the metrics that the board can give."""
        return OF_AN_IMAGE + COUNTED + (ON_THE_WIRE if _emulator(info).nic_model else [])

    def open(self, info: BoardInfo, run_dir: Path) -> QemuBoard:
        """The board, switched off. Its capture goes to `run_dir`."""
        return QemuBoard(info, run_dir)


class _Power:
    """What exists only while the board is on: one run of the emulator.

    Errors:
        LaunchError, ToolMissingError.
    """

    def __init__(self, info: BoardInfo, image: Image, tap: WireTap | None, values: BootValues | None) -> None:
        self._ends = ExitStack()
        try:
            self._start(info, image, tap, values)
        except BaseException:
            self.off()
            raise

    def _start(self, info: BoardInfo, image: Image, tap: WireTap | None, values: BootValues | None) -> None:
        emulator = _emulator(info)
        with ExitStack() as handed_over:
            theirs: list[int] = []

            def hand_over(descriptor: int) -> int:
                handed_over.callback(os.close, descriptor)
                theirs.append(descriptor)
                return descriptor

            def chardev(name: str, *, small: bool = False) -> tuple[socket.socket, list[str]]:
                """Our end of a new line to the emulator, and the arguments that give it the other end."""
                ours, other = socket.socketpair()
                if small:  # next to nothing is under way: whoever sends feels how slow the line is
                    for end in (ours, other):
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 0)
                self._ends.callback(ours.close)
                return ours, ["-chardev", f"socket,id={name},fd={hand_over(other.detach())}"]

            shared = hand_over(os.memfd_create("tlsbench-probe"))
            os.truncate(shared, SHARED_BYTES)
            self.probe = Probe(mmap.mmap(shared, SHARED_BYTES))
            self._ends.callback(self.probe.close)

            command = [find_program(emulator.program, "qemu-system-arm"), "-machine", emulator.machine]
            command += ["-nodefaults", "-display", "none", "-S", "-kernel", str(image.path)]
            monitor, arguments = chardev("monitor")
            command += [*arguments, "-mon", "chardev=monitor,mode=control"]
            uart, arguments = chardev("uart", small=emulator.paced)
            arguments[-1] += ",mux=on"
            command += [*arguments, *UART]
            lines = []
            if tap is not None:
                command += ["-netdev", "user,id=net,ipv6=off", "-net", f"nic,netdev=net,model={emulator.nic_model}"]
                for name in TAP_LINES:
                    line, arguments = chardev(name)
                    lines.append(line)
                    command += arguments
                command += TAP_FILTERS
            command += ["-plugin", _plugin(info, image, shared)]
            if values is not None:
                where = image.required(SYMBOL, "where it takes its seed from (firmware/platform/boot.h)")
                block = hand_over(os.memfd_create("tlsbench-boot"))
                os.write(block, values.block())
                loader = f"loader,file=/proc/self/fd/{block},addr=0x{where.address:x},force-raw=on"
                command += ["-device", loader]
            if emulator.icount is not None:
                command += ["-icount", f"shift={emulator.icount}"]
            cores = self._ends.enter_context(OneCore()).cores
            self.child = Child([*command, *emulator.arguments], pass_fds=theirs, cores=cores)
            self._ends.callback(self.child.kill)

        self.stream: ByteStream = SocketStream(uart, why_ended=lambda: str(self.why_ended()))
        if emulator.paced and info.serial.baud is not None:
            self.stream = PacedStream(self.stream, info.serial.baud)
        self._ends.callback(self.stream.close)
        try:
            self.monitor = Qmp(monitor)
            if tap is not None:
                tap.attach(*lines)
                self._ends.callback(tap.detach)
            self.monitor.execute("cont")
        except QmpError as error:
            raise self.child.failure(f"{info.name}: the emulator did not start: {error.message}") from error

    def why_ended(self) -> BoardError:
        return self.child.failure("the emulator ended by itself")

    def off(self) -> None:
        self._ends.close()


def _plugin(info: BoardInfo, image: Image, shared: int) -> str:
    """The value of `-plugin`: the probe's library and the addresses that it watches."""
    probe = image.required("tlsbench_probe", "which the firmware stores to at each mark (firmware/platform/probe.h)")
    idle = image.required("tlsbench_idle", "the idle loop (firmware/platform/probe.h)")
    arguments = [
        f"file={probe_plugin.library()}",
        f"fd={shared}",
        f"probe=0x{probe.address:x}",
        f"entry=0x{image.reset_handler(info):x}",
        f"idle=0x{idle.address:x}-0x{idle.address + idle.size:x}",
    ]
    for name, symbol in (("quiet", "tlsbench_paint_stack"), ("save", "PendSV_Handler")):
        found = image.symbol(symbol)
        if found is not None:
            arguments.append(f"{name}=0x{found.address:x}-0x{found.address + found.size:x}")
    if info.clock == "virtual":
        arguments.append("each=1")
    return ",".join(arguments)


class QemuBoard(ProgramBoard[Image, _Power]):
    """A board that QEMU emulates; see `boards.Board`."""

    def __init__(self, info: BoardInfo, run_dir: Path) -> None:
        super().__init__(info, QemuKind().why_not(info))
        self._values: BootValues | None = None
        self._probe: Probe | None = None
        self._wire: WireTap | None = None
        self._version = ".".join(map(str, _version(find_program(_emulator(info).program, "qemu-system-arm")) or ()))
        if info.network is not None and _emulator(info).nic_model:
            self._wire = WireTap(info.network, run_dir / "capture.pcapng", info.name)
            self._wire.key_log = run_dir / "keys.log"

    @property
    def names(self) -> dict[str, str]:
        """Host names that the tap answers for, or else the host end of the board's stack."""
        return self._wire.names if self._wire is not None else self._names

    @property
    def wire(self) -> WireTap | None:
        """The tap on the board's network, over all times that it is switched on."""
        return self._wire

    @property
    def probe(self) -> Probe | None:
        """Counters since the last `power_on`; they can still be read after `power_off`."""
        return self._probe

    @property
    def emulator(self) -> tuple[str, str] | None:
        """Name and version of the emulator."""
        return "QEMU", self._version

    def flash(self, image: Path) -> None:
        """Choose the image that the next `power_on` boots."""
        chosen = Image(image)
        chosen.reset_handler(self._info)
        self._image = chosen

    def tell_at_boot(self, values: BootValues | None) -> bool:
        """Have the emulator put them into the board's memory. Its reset button puts the same ones there again."""
        self._values = values
        return True

    def reset(self) -> None:
        """Reset the board as its button would."""
        monitor = self._on().monitor
        monitor.execute("system_reset")
        monitor.wait_event("RESET")

    def end_status(self, timeout_s: float) -> int | None:
        """None: nobody returns from a board's image."""
        self._on()
        return None

    def alive(self) -> None:
        """Return if the emulator runs and its network is tapped; else raise what is wrong."""
        super().alive()
        if self._wire is not None:
            self._wire.check()

    def _start(self, image: Image) -> _Power:
        power = _Power(self._info, image, self._wire, self._values)
        self._probe = power.probe
        self._version = power.monitor.version
        return power

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if self._wire is not None:
            self._wire.close()
