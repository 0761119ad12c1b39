"""A board on a desk or in a rack, reached by its serial port."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tlsbench.boards.boot import BootValues
from tlsbench.boards.serial import flash, reset
from tlsbench.boards.serial.lock import PortLock
from tlsbench.boards.serial.names import NameServer
from tlsbench.boards.serial.port import Port, find, wait_for
from tlsbench.boards.serial.stream import PortStream, open_port
from tlsbench.link import Agent, Link
from tlsbench.measure.image import Image
from tlsbench.measure.probe import Probe
from tlsbench.measure.wire import WireTap
from tlsbench.model.board import BoardInfo, NetworkPlan
from tlsbench.model.errors import BoardError, LinkError

AGENT = "_ZN8tlsbench5agent3runEv"
"""Only an image with the agent has this: it can be asked for its build id."""


class SerialBoard:
    """A physical board; see `boards.Board`.

    Its port is locked from the first use to the end, so that nobody else flashes it meanwhile.
    """

    def __init__(self, info: BoardInfo) -> None:
        flash.plan(info)  # complain before anything is started
        reset.plan(info)
        self._info = info
        self._names: dict[str, str] = {}
        self._image: Image | None = None
        self._on_board = ""
        """Build id of the image that is known to be on the board: nobody else can have changed it under the lock."""
        self._values: BootValues | None = None
        self._lock: PortLock | None = None
        self._server: NameServer | None = None
        self._stream: PortStream | None = None

    @property
    def info(self) -> BoardInfo:
        """What `board.toml` says."""
        return self._info

    @property
    def network(self) -> NetworkPlan | None:
        """Addresses on the board's network; `host` is this machine."""
        return self._info.network

    @property
    def names(self) -> dict[str, str]:
        """Host names that the bench answers for, where `network.dns` is this machine."""
        return self._names

    @property
    def stream(self) -> PortStream:
        """The port since the last `power_on`."""
        if self._stream is None:
            raise BoardError(f"{self._info.name} is switched off")
        return self._stream

    @property
    def wire(self) -> WireTap | None:
        """None: the bench does not see the board's cable."""
        return None

    @property
    def probe(self) -> Probe | None:
        """None: nobody counts its instructions."""
        return None

    @property
    def emulator(self) -> tuple[str, str] | None:
        """None: it is there."""
        return None

    def flash(self, image: Path) -> None:
        """Choose the image that the board runs from the next `power_on` on."""
        chosen = Image(image)
        chosen.reset_handler(self._info)
        self._image = chosen

    def tell_at_boot(self, values: BootValues | None) -> bool:
        """Values can be put into the memory by a debug probe, or a command that can do the same."""
        self._values = values
        return reset.can_tell(self._info)

    def power_on(self, image: Path | None = None) -> None:
        """Have the board start afresh, from its reset, with the image; flash it unless it has it already."""
        if image is not None:
            self.flash(image)
        if self._image is None:
            raise BoardError(f"{self._info.name} has no image yet: flash one first")
        self.power_off()
        try:
            self._serve_names()
            self._open(self._locked())
            if self._on_board != self._image.build_id:
                self._bring_image(self._image)
            self._press()
        except BaseException:
            self.power_off()
            raise

    def power_off(self) -> None:
        """Let go of the port. The board keeps its power, and runs on."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def reset(self) -> None:
        """Press the reset button.

        Errors:
            BoardError: its port goes away with a reset; `power_on` again does what is wanted.
        """
        if reset.plan(self._info).reopens:
            raise BoardError(f"{self._info.name}: its port goes away with a reset: switch it off and on")
        reset.press(self._info, self.stream, self._image, self._values)

    def end_status(self, timeout_s: float) -> int | None:
        """None: nobody returns from a board's image."""
        _ = self.stream
        return None

    def alive(self) -> None:
        """Return if the port is there; else raise what became of it."""
        stream = self.stream
        if stream.ended:
            raise BoardError(f"{self._info.name}: the serial port ended: {stream.ended}")
        find(self._info)

    # --- steps ---

    def _locked(self) -> Port:
        port = wait_for(self._info)
        if self._lock is None:
            self._lock = PortLock(self._info, port)
        return port

    def _open(self, port: Port) -> None:
        self._stream = open_port(self._info, port)
        time.sleep(self._info.serial.settle)

    def _press(self) -> None:
        """Reset, and have the port afterwards, also one that goes away meanwhile."""
        if reset.plan(self._info).reopens:
            with suppress(LinkError):  # it may go so fast that the command seems to fail
                reset.press(self._info, self.stream, self._image, self._values)
            self.stream.close()
            self._open(wait_for(self._info))
        else:
            reset.press(self._info, self.stream, self._image, self._values)

    def _bring_image(self, image: Image) -> None:
        """Flash the image, unless the board says that it runs it.

        That the flashed one is the one that runs is checked when it is started: see `session.target`.
        """
        self._on_board = ""
        if flash.plan(self._info).always or not self._runs(image):
            self.stream.close()  # a drive takes the port along when it is mounted anew
            flash.write(self._info, image, wait_for(self._info))
            self._open(wait_for(self._info))
        self._on_board = image.build_id

    def _runs(self, image: Image) -> bool:
        if image.symbol(AGENT) is None:
            return False
        self._press()
        with Link(self.stream) as link:
            try:
                nonce = secrets.randbelow((1 << 64) - 1) + 1
                hello = Agent(link).start(
                    nonce, secrets.token_bytes(64), int(time.time()), self._info.serial.sync_timeout
                )
            except LinkError:  # whatever it runs, it is not this image
                self.alive()
                return False
        return hello.firmware_id == image.build_id

    def _serve_names(self) -> None:
        network = self._info.network
        if network is not None and network.dns == network.host:
            self._server = NameServer(network.listen, self._names)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.power_off()
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()
