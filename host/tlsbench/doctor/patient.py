"""The board that is looked at, as far as it has been brought up."""

from __future__ import annotations

import secrets
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tlsbench import boards, firmware, offload
from tlsbench.boards import Board
from tlsbench.boards.labgrid.board import LabgridBoard
from tlsbench.boards.serial.board import SerialBoard
from tlsbench.link import Agent, Hello, Link
from tlsbench.measure.image import build_id
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BoardError
from tlsbench.peers.pki import names_on
from tlsbench.session.bringup import Progress
from tlsbench.session.config import Config

SEED_BYTES = 64


class Patient:
    """A board, brought up step by step: each check takes it one further. A context manager: leaving it lets go of all.

    Arguments:
        config: which board, and what firmware.
        folder: for what the board records.
        progress: called with a line of text while something takes time.
    """

    def __init__(self, config: Config, folder: Path, progress: Progress) -> None:
        self.config = config
        self.folder = folder
        self.progress = progress
        self._stack = ExitStack()
        self._info: BoardInfo | None = None
        self._board: Board | None = None
        self._link: Link | None = None
        self._agent: Agent | None = None
        self._image: Path | None = None
        self.reset_at = 0.0
        """`time.monotonic()` right before the last reset."""

    @property
    def info(self) -> BoardInfo:
        """What its files say.

        Errors:
            ConfigError: they are wrong.
        """
        if self._info is None:
            self._info = boards.load(self.config.board, self.config.port)
        return self._info

    @property
    def board(self) -> Board:
        """The board, opened."""
        if self._board is None:
            self._board = self._stack.enter_context(boards.open_board(self.info, self.folder))
            self._board.names.update(names_on(self.info.network))
        return self._board

    @property
    def image(self) -> Path:
        """The agent's image for it, built if need be."""
        if self._image is None:
            config = self.config.for_board(self.info)
            self._image = config.image or firmware.image(
                config.board, config.profile, config.mbedtls, configuration=config.configuration, progress=self.progress
            )
        return self._image

    def start(self) -> None:
        """Have the board start with the image."""
        self.reset_at = time.monotonic()
        self.board.power_on(self.image)
        self._stack.callback(self.board.power_off)
        if isinstance(self.board, (SerialBoard, LabgridBoard)):
            self.reset_at = self.board.pressed_at

    @property
    def link(self) -> Link:
        """The link to the agent."""
        if self._link is None:
            self._link = self._stack.enter_context(
                Link(self.board.stream, self.folder / "console.log", self.info.repeat_after)
            )
            self._stack.enter_context(offload.serve(self._link, self.info, self.board.names))
        return self._link

    @property
    def agent(self) -> Agent:
        """The agent, started."""
        if self._agent is None:
            agent = Agent(self.link)
            nonce, seed = secrets.randbelow((1 << 64) - 1) + 1, secrets.token_bytes(SEED_BYTES)
            agent.start(nonce, seed, int(time.time()) + 1, self.info.serial.sync_timeout)
            self._agent = agent
        return self._agent

    @property
    def hello(self) -> Hello:
        """What the agent said of itself."""
        return self.agent.hello

    def check_image(self) -> str:
        """See that the image that runs is the one that was flashed, and is for this board.

        Errors:
            BoardError: it is not.
        """
        hello, wanted = self.hello, build_id(self.image)
        if wanted and hello.firmware_id != wanted:
            raise BoardError(f"build id {hello.firmware_id} runs, {wanted} was flashed ({self.image})")
        if hello.board != self.info.name:
            raise BoardError(f"the image is for the board {hello.board}, not for {self.info.name}")
        return f"{hello.board}, profile {hello.profile}, Mbed TLS {hello.mbedtls or 'none'}, {hello.firmware_id[:12]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
