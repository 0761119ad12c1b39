"""Boards of a lab: a place that a labgrid coordinator gives to one user at a time, wherever its board is plugged in.

labgrid runs in a process of its own (`holder`), which gives the place back whatever becomes of the bench.
"""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

from tlsbench.boards.labgrid.board import LabgridBoard
from tlsbench.boards.labgrid.held import address_of, plan
from tlsbench.boards.serial import SerialKind
from tlsbench.model.board import BoardInfo

CONNECT_S = 2.0
"""Seconds within which a coordinator answers to somebody who only lists boards."""


class LabgridKind:
    """Boards with `kind = "labgrid"`."""

    def why_not(self, info: BoardInfo) -> str:
        """Why this machine cannot use the board, and what would help; empty if it can. The place is not asked for."""
        plan(info)
        if importlib.util.find_spec("labgrid") is None:
            return (
                "labgrid is not installed: install tlsbench with its extra `labgrid` (pip install 'tlsbench[labgrid]')"
            )
        host, port = address_of(info)
        try:
            socket.create_connection((host, port), CONNECT_S).close()
        except OSError as error:
            return f"no labgrid coordinator answers at {host}:{port} ({error.strerror or error})"
        return ""

    def measures(self, info: BoardInfo) -> list[str]:
        """Names of the metrics that the board can give."""
        return SerialKind().measures(info)

    def open(self, info: BoardInfo, run_dir: Path) -> LabgridBoard:
        """The board; its place is not yet acquired. It records nothing of its own."""
        return LabgridBoard(info)
