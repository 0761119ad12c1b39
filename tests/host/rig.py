"""An emulated board as hardware is: behind a serial port, flashed and reset by commands, and with all its trouble.

The bench reaches it through the kind `serial` alone; what is emulated, it cannot see.

    python tests/host/rig.py serve FOLDER [BOARD]      until Ctrl-C; FOLDER/platforms is for TLSBENCH_PLATFORMS
    python tests/host/rig.py tell SOCKET flash ELF     what the board file has the bench call
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import threading
import time
import tty
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HERE = Path(__file__).resolve()
KEPT_S = 0.5
"""Seconds that the port's buffer may be full before bytes are lost."""
Mangle = Callable[[bytes], bytes]


def tell(control: Path, *words: str) -> None:
    """Have a rig do something, and wait until it is done."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(control))
        line.sendall(json.dumps(words).encode() + b"\n")
        answer = line.makefile().readline()
    if answer.strip() != "done":
        sys.exit(f"rig: {answer.strip() or 'no answer'}")


class Rig:
    """One emulated board, its serial port and its programmer. A context manager.

    Arguments:
        folder: gets the port, the control socket and the board's file; its path must be short.
        board: the emulated board.
        further: lines for the tables of its board file, by table.
    """

    def __init__(self, folder: Path, board: str = "mps2-an385", **further: str) -> None:
        from tlsbench import boards
        from tlsbench.peers.pki import names_on

        self.folder = folder
        self.name = board
        self.port = folder / "port"
        self.control = folder / "control"
        self.flashed: list[Path] = []
        self.resets = 0
        self.first_words = b""
        """What a boot loader says on the line after a reset, before the image does."""
        self.to_bench: Mangle = lambda data: data
        self.to_board: Mangle = lambda data: data
        self.lock = threading.RLock()
        self._stack = ExitStack()
        self._stop = threading.Event()
        self._master = self._slave = -1
        self.sink: Callable[[bytes], None] = self._write_port
        """Where the board's bytes go: the pseudo-terminal, or a server's connection."""
        info = boards.load(board)
        run_dir = folder / "emulator"
        run_dir.mkdir()
        self.emulated = self._stack.enter_context(boards.open_board(info, run_dir))
        self.emulated.names.update(names_on(info.network))  # the network's own name server knows them
        self.platforms = folder / "platforms"
        self._write_board(boards.platforms_dir() / board, further)

    def _write_board(self, original: Path, further: dict[str, str]) -> None:
        """The emulated board's own file, but for how it is reached."""
        me = f'command = ["{sys.executable}", "{HERE}", "tell", "{self.control}"'
        tables = {
            "serial": f'port = "{self.port}"',
            "serial.reset": f'method = "command"\n{me}, "reset", "{{boot}}"]',
            "flash": f'method = "command"\n{me}, "flash", "{{elf}}"]',
            "lock": f'folder = "{self.folder}"',
        } | further
        shutil.copytree(original, self.platforms / self.name)
        self.file = self.platforms / self.name / "board.toml"
        text = self.file.read_text().replace('kind = "qemu"\n', "")  # which it may have from the one it is like
        text = text.replace("name = ", 'kind = "serial"\nname = ', 1)
        for table, lines in tables.items():
            if f"[{table}]\n" not in text:
                text += f"\n[{table}]\n"
            text = text.replace(f"[{table}]\n", f"[{table}]\n{lines}\n")
        self.file.write_text(text)

    # --- the cable ---

    def plug(self) -> None:
        """Plug the cable in: the port is there."""
        master, slave = os.openpty()
        tty.setraw(slave)  # before anybody writes to it: it would send that back
        os.set_blocking(master, False)
        self._master, self._slave = master, slave
        self.port.symlink_to(os.ttyname(slave))

    def pull(self) -> None:
        """Pull the cable: the port is gone, and who has it open is hung up on."""
        with self.lock:
            self.port.unlink(missing_ok=True)
            master, slave, self._master, self._slave = self._master, self._slave, -1, -1
        for end in (master, slave):
            if end >= 0:
                os.close(end)

    def _write_port(self, data: bytes) -> None:
        deadline = time.monotonic() + KEPT_S
        while data and self._master >= 0:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return  # nobody listens: a line keeps nothing for later
                time.sleep(0.001)
            except OSError:
                return  # no cable

    def from_bench(self, data: bytes) -> None:
        """Bytes that the bench sent."""
        from tlsbench.model.errors import BenchError

        with suppress(BenchError):  # the board is off
            self.emulated.stream.write(self.to_board(data))

    def _pump_out(self) -> None:
        from tlsbench.model.errors import BenchError

        while not self._stop.is_set():
            try:
                data = self.emulated.stream.read(65536, 0.1)
            except BenchError:
                self._stop.wait(0.02)
                continue
            if data:
                self.sink(self.to_bench(data))

    def _pump_in(self) -> None:
        while not self._stop.is_set():
            try:
                data = os.read(self._master, 65536)
            except OSError:  # nothing there, or no cable
                self._stop.wait(0.002)
                continue
            self.from_bench(data)

    # --- the programmer ---

    def flash(self, elf: str) -> None:
        """Write an image, and start it."""
        with self.lock:
            self.flashed.append(Path(elf))
            self.emulated.power_on(Path(elf))
            self._began()

    def reset(self, block: str = "") -> None:
        """Press the reset button, with a block in the memory if one is given."""
        from tlsbench.boards.boot import BootValues
        from tlsbench.model.errors import BenchError

        with self.lock:
            self.resets += 1
            try:
                _ = self.emulated.stream
            except BenchError:
                return  # an empty chip
            if block:
                data = Path(block).read_bytes()
                self.emulated.tell_at_boot(BootValues(data[16:], int.from_bytes(data[8:16], "little")))
                self.emulated.power_on()
                self.emulated.tell_at_boot(None)
            else:
                self.emulated.reset()
            self._began()

    def _began(self) -> None:
        if self.first_words:
            self.sink(self.first_words)

    def _serve(self, listener: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                answer = "done"
                try:
                    verb, *words = json.loads(line.makefile().readline())
                    actions: dict[str, Any] = {"flash": self.flash, "reset": self.reset}
                    actions[verb](*words)
                except Exception as error:  # the bench's command tells of it
                    answer = f"{type(error).__name__}: {error}"
                with suppress(OSError):
                    line.sendall(answer.encode() + b"\n")

    def __enter__(self) -> Self:
        self.plug()
        self._stack.callback(self.pull)
        listener = self._stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(self.control))
        listener.listen()
        threads = [
            threading.Thread(target=self._serve, args=(listener,), name="rig control", daemon=True),
            threading.Thread(target=self._pump_out, name="rig out", daemon=True),
            threading.Thread(target=self._pump_in, name="rig in", daemon=True),
        ]

        def stop() -> None:
            self._stop.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()

        for thread in threads:
            thread.start()
        self._stack.callback(stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def main() -> None:
    """Serve a rig, or tell one what to do."""
    verb, *words = sys.argv[1:]
    if verb == "tell":
        tell(Path(words[0]), *words[1:])
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(words[0])
    folder.mkdir(parents=True)
    with Rig(folder, *words[1:]) as rig, suppress(KeyboardInterrupt):
        print(f"export TLSBENCH_PLATFORMS={rig.platforms}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
