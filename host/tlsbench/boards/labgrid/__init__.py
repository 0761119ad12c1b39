"""Boards of a lab: a place that a labgrid coordinator gives to one user at a time, wherever its board is plugged in.

labgrid runs in a process of its own (`holder`), which gives the place back whatever becomes of the bench. What that
process has no use for is imported only where it is needed: it starts the sooner.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tlsbench.boards.child import Child
from tlsbench.boards.labgrid import names
from tlsbench.boards.labgrid.held import address_of, name_of, plan
from tlsbench.model.board import BoardInfo
from tlsbench.model.physical import Labgrid

if TYPE_CHECKING:
    from tlsbench.boards.labgrid.board import LabgridBoard

CONNECT_S = 2.0
"""Seconds within which a coordinator answers to somebody who only lists boards."""
LOOK_S = 20.0
"""Seconds within which it tells what places it has; most of that is for a busy machine."""


class LabgridKind:
    """Boards with `kind = "labgrid"`."""

    def why_not(self, info: BoardInfo) -> str:
        """Why this machine cannot use the board, and what would help; empty if it can. Nothing is acquired for that."""
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
        return _why_no_place(plan(info), f"{host}:{port}")

    def measures(self, info: BoardInfo) -> list[str]:
        """Names of the metrics that the board can give."""
        from tlsbench.boards.serial import SerialKind

        return SerialKind().measures(info)

    def open(self, info: BoardInfo, run_dir: Path) -> LabgridBoard:
        """The board; its place is not yet acquired. It records nothing of its own."""
        from tlsbench.boards.labgrid.board import LabgridBoard

        return LabgridBoard(info)


def _why_no_place(wanted: Labgrid, address: str) -> str:
    """Why a coordinator would not give us a place; empty if it would, as far as a look tells."""
    with os.fdopen(os.memfd_create("tlsbench-places"), "rb") as told:  # apart from what libraries have to say
        child = Child([sys.executable, "-m", "tlsbench.boards.labgrid.look", address], line=told.fileno())
        try:
            if not child.wait(LOOK_S) or child.status != 0:
                return f"what answers at {address} is no labgrid coordinator, or one of another version: {child.output}"
        finally:
            child.kill()
        told.seek(0)
        places: dict[str, tuple[list[str], dict[str, str], str]] = json.load(told)
    user = names.user()
    try:
        if wanted.tags:
            fits = names.tagged(wanted.tags, {name: tags for name, (_, tags, _) in places.items()})
        elif (wanted.place or "").startswith(names.RESERVED):
            return ""
        else:
            fits = [names.find(wanted.place or "", {name: aliases for name, (aliases, *_) in places.items()}, user)]
    except names.Refused as error:
        return f"{name_of(wanted)}: {error}"
    me = f"{os.environ.get('LG_HOSTNAME') or socket.gethostname()}/{user}"
    holders = {name: places[name][2] for name in fits}
    if wanted.wait or any(not who or names.is_dead(who, me) is not None for who in holders.values()):
        return ""
    return f"{name_of(wanted)}: {'; '.join(names.held_by(who, me) for who in holders.values())}"
