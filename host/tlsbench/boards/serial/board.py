"""A board on a desk or in a rack, reached by its serial port."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from types import TracebackType

from tlsbench.boards.boot import BootValues
from tlsbench.boards.physical import PhysicalBoard
from tlsbench.boards.serial import flash, reset
from tlsbench.boards.serial.lock import PortLock
from tlsbench.boards.serial.port import find, wait_for
from tlsbench.boards.serial.stream import PortStream, open_port
from tlsbench.measure.image import Image
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BoardError, LinkError

GONE_S = 1.0
"""Seconds within which a port goes away that a reset takes along."""


class SerialBoard(PhysicalBoard):
    """A board with a serial port; see `boards.Board`.

    Its port is locked from the first use to the end, so that nobody else flashes it meanwhile.
    """

    def __init__(self, info: BoardInfo) -> None:
        super().__init__(info)
        self._plan = flash.plan(info)  # complain before anything is started
        reset.plan(info)
        self._values: BootValues | None = None
        self._lock: PortLock | None = None
        self._stream: PortStream | None = None
        self.pressed_at = 0.0
        """`time.monotonic()` right before the last reset."""

    @property
    def stream(self) -> PortStream:
        """The port since the last `power_on`."""
        if self._stream is None:
            raise BoardError(f"{self._info.name} is switched off")
        return self._stream

    def tell_at_boot(self, values: BootValues | None) -> bool:
        """Values can be put into the memory by a debug probe, or a command that can do the same."""
        self._values = values
        return reset.can_tell(self._info)

    def reset(self) -> None:
        """Press the reset button.

        Errors:
            BoardError: its port goes away with a reset; `power_on` again does what is wanted.
        """
        if reset.plan(self._info).reopens:
            raise BoardError(f"{self._info.name}: its port goes away with a reset: switch it off and on")
        self.pressed_at = time.monotonic()
        reset.press(self._info, self.stream, self._image, self._values)

    def alive(self) -> None:
        """Return if the port is there; else raise what became of it."""
        stream = self.stream
        if stream.ended:
            raise BoardError(f"{self._info.name}: the serial port ended: {stream.ended}")
        find(self._info)

    # --- steps ---

    @property
    def _always(self) -> bool:
        return self._plan.always

    def _connect(self) -> None:
        if self._lock is None:
            self._lock = wait_for(self._info, partial(PortLock, self._info))
        self._open()

    def _disconnect(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _open(self) -> None:
        self._stream = wait_for(self._info, partial(open_port, self._info))
        time.sleep(self._info.serial.settle)

    def _press(self) -> None:
        """Reset, and have the port afterwards, also one that goes away meanwhile."""
        self.pressed_at = time.monotonic()
        if reset.plan(self._info).reopens:
            with suppress(LinkError):  # it may go so fast that the command seems to fail
                reset.press(self._info, self.stream, self._image, self._values)
            self._wait_until_gone()
            self._open()
        else:
            reset.press(self._info, self.stream, self._image, self._values)

    def _wait_until_gone(self) -> None:
        """Wait for the port to go away: opened again too early, it would go only then."""
        deadline = time.monotonic() + GONE_S
        with suppress(LinkError):
            while time.monotonic() < deadline:
                self.stream.read(1, GONE_S)
        self.stream.close()

    def _write(self, image: Image) -> None:
        self.stream.close()  # a drive takes the port along when it is mounted anew
        flash.write(self._info, image, find(self._info))
        self._open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()
