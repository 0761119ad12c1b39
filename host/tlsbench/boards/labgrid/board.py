"""A board that a labgrid place holds."""

from __future__ import annotations

import socket
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tlsbench.boards.boot import BootValues
from tlsbench.boards.labgrid.held import HeldPlace, plan
from tlsbench.boards.physical import PhysicalBoard
from tlsbench.boards.serial import files
from tlsbench.boards.stream import SocketStream
from tlsbench.measure.image import Image
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BoardError


class LabgridBoard(PhysicalBoard):
    """A board in a lab; see `boards.Board`.

    The place is acquired at the first use and released at the end; in between the board is switched off and on as the
    lab can do it.
    """

    def __init__(self, info: BoardInfo) -> None:
        super().__init__(info)
        self._plan = plan(info)  # complain before anything is started
        self._place: HeldPlace | None = None
        self._stream: SocketStream | None = None
        self.pressed_at = 0.0
        """`time.monotonic()` right before the last reset."""

    @property
    def stream(self) -> SocketStream:
        """The console since the last `power_on`."""
        if self._stream is None:
            raise BoardError(f"{self._info.name} is switched off")
        return self._stream

    def tell_at_boot(self, values: BootValues | None) -> bool:
        """labgrid has no way to put anything into a board's memory."""
        return False

    def reset(self) -> None:
        """Press the reset button, or switch off and on where the lab can do no better."""
        self._press()

    def alive(self) -> None:
        """Return if the place is held and its resources are there; else raise what became of them."""
        _ = self.stream
        self._held.check()

    # --- steps ---

    @property
    def _held(self) -> HeldPlace:
        if self._place is None:
            self._place = HeldPlace(self._info)
        return self._place

    def hold(self) -> dict[str, str]:
        """Acquire the place, unless it is ours; the answer is its name, and which of labgrid's drivers does what."""
        return self._held.about

    @property
    def _always(self) -> bool:
        return self._plan.always

    def _connect(self) -> None:
        if self._place is not None and self._place.ended:
            with suppress(BoardError):  # it was told
                self._give_back()  # and is tried anew
        place = self._held
        ours, theirs = socket.socketpair()
        with theirs:
            self._stream = SocketStream(ours, why_ended=place.why_ended)
            place.console(theirs)

    def _disconnect(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _press(self) -> None:
        self.pressed_at = time.monotonic()
        self._held.reset()

    def _write(self, image: Image) -> None:
        with tempfile.TemporaryDirectory(prefix="tlsbench-flash-") as folder:
            self._held.flash(files.write(image, self._plan.image, Path(folder)))

    def _give_back(self) -> None:
        self._on_board = ""  # whoever has the place next may write another image
        place, self._place = self._place, None
        if place is not None:
            place.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            if error is None:
                self._give_back()
            else:
                with suppress(BoardError):  # what went wrong first is what matters
                    self._give_back()
