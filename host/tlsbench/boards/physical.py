"""What all boards share that no program of the bench plays: they keep their image, and run on by themselves."""

from __future__ import annotations

import secrets
import time
from abc import abstractmethod
from pathlib import Path

from tlsbench.boards import ByteStream
from tlsbench.boards.base import BaseBoard
from tlsbench.boards.nameserver import NameServer
from tlsbench.link import Agent, Link
from tlsbench.measure.image import Image
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import LinkError

AGENT = "_ZN8tlsbench5agent3runEv"
"""Only an image with the agent has this: it can be asked for its build id."""


class PhysicalBoard(BaseBoard[Image]):
    """A board that is somewhere; see `boards.Board`. How it is reached, reset and flashed is left to its kind.

    Arguments:
        info: the board.
    """

    def __init__(self, info: BoardInfo) -> None:
        super().__init__(info)
        self._on_board = ""
        """Build id of the image that is known to be on the board: while it is ours, nobody else can have changed it."""
        self._server: NameServer | None = None

    @property
    @abstractmethod
    def stream(self) -> ByteStream:
        """The line to the board since the last `power_on`."""

    def flash(self, image: Path) -> None:
        """Choose the image that the board runs from the next `power_on` on."""
        chosen = Image(image)
        chosen.reset_handler(self._info)
        self._image = chosen

    def power_on(self, image: Path | None = None) -> None:
        """Have the board start afresh, from its reset, with the image; flash it unless it has it already."""
        chosen = self._chosen(image)
        self.power_off()
        try:
            self._serve_names()
            self._connect()
            if not chosen.build_id or self._on_board != chosen.build_id:
                self._bring_image(chosen)  # an application's image has no name to be known by
            self._press()
        except BaseException:
            self.power_off()
            raise

    def power_off(self) -> None:
        """Let go of the line. The board keeps its power, and runs on."""
        self._disconnect()
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def end_status(self, timeout_s: float) -> int | None:
        """None: nobody returns from a board's image."""
        _ = self.stream
        return None

    @abstractmethod
    def alive(self) -> None:
        """Return if the board is on and can be reached."""

    # --- what the kinds do each in its way ---

    @property
    @abstractmethod
    def _always(self) -> bool:
        """Whether an image is written even if the board runs it already."""

    @abstractmethod
    def _connect(self) -> None:
        """Open the line to the board; make sure that it is nobody else's."""

    @abstractmethod
    def _disconnect(self) -> None:
        """Close the line, if it is open."""

    @abstractmethod
    def _press(self) -> None:
        """Press the reset button. What the board says afterwards is on the line."""

    @abstractmethod
    def _write(self, image: Image) -> None:
        """Write an image. The line is open before and afterwards."""

    # --- steps ---

    def _bring_image(self, image: Image) -> None:
        """Write the image, unless the board says that it runs it.

        That the written one is the one that runs is checked when it is started: see `session.target`.
        """
        self._on_board = ""
        if self._always or not self._runs(image):
            self._write(image)
        self._on_board = image.build_id

    def _runs(self, image: Image) -> bool:
        if image.symbol(AGENT) is None:
            return False
        self._press()
        with Link(self.stream, repeat_after_s=self._info.repeat_after) as link:
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
