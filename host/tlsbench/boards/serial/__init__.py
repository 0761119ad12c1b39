"""Physical boards, reached by a serial port. Each step (find, lock, open, flash, reset) is one file here."""

from __future__ import annotations

from pathlib import Path

from tlsbench.boards.measures import CYCLES, OF_AN_IMAGE
from tlsbench.boards.serial import flash, port, reset
from tlsbench.boards.serial.board import SerialBoard
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import PortMissingError

WITHOUT_CYCLE_COUNTER = ("cortex-m0", "cortex-m0plus", "cortex-m23")


class SerialKind:
    """Boards with `kind = "serial"`."""

    def why_not(self, info: BoardInfo) -> str:
        """Why this machine cannot use the board, and what would help; empty if it can."""
        return "; ".join(self.missing(info))

    def missing(self, info: BoardInfo) -> list[str]:
        """All that is missing for this board, and what would help.

        Errors:
            ConfigError: its file does not say what it must.
        """
        lacking = [flash.missing(info), reset.missing(info)]
        try:
            lacking.append(port.missing_rights(port.find(info)))
        except PortMissingError as error:
            lacking.append(error.message)
        return list(dict.fromkeys(filter(None, lacking)))

    def measures(self, info: BoardInfo) -> list[str]:
        """Names of the metrics that the board can give."""
        return OF_AN_IMAGE + ([] if info.core in WITHOUT_CYCLE_COUNTER else CYCLES)

    def open(self, info: BoardInfo, run_dir: Path) -> SerialBoard:
        """The board, its port not yet opened. It records nothing of its own."""
        return SerialBoard(info)
