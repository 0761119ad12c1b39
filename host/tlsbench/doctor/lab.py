"""Checks of a board that a labgrid place holds."""

from __future__ import annotations

from tlsbench.boards.labgrid.board import LabgridBoard
from tlsbench.doctor.check import Check
from tlsbench.doctor.patient import Patient
from tlsbench.model.errors import BoardError


def _place(patient: Patient) -> str:
    return f"{_about(patient)['place']} is held for this bench; all that it matches is there"


def _drivers(patient: Patient) -> str:
    about = _about(patient)
    lacking = [what for what in ("reset", "flash") if not about[what]]
    if lacking:
        raise BoardError(f"labgrid has no driver to {' or to '.join(lacking)} the board: it has {_shown(about)}")
    return _shown(about)


def _about(patient: Patient) -> dict[str, str]:
    board = patient.board
    assert isinstance(board, LabgridBoard)  # the checks are for this kind alone
    return board.hold()


def _shown(about: dict[str, str]) -> str:
    return "; ".join(f"{what}: {about[what] or 'none'}" for what in ("console", "power", "reset", "flash"))


KINDS = ("labgrid",)

BEFORE = (
    Check(
        "place",
        "the place can be acquired, with all that it matches",
        "an exporter is down, or what it exports is not plugged in or in use by another place; or the environment file "
        "is wrong",
        "start the exporter that the message names; `labgrid-client resources` lists what is exported",
        _place,
        kinds=KINDS,
    ),
    Check(
        "drivers",
        "labgrid has drivers for console, reset and flash",
        "the place has no power port and no probe, or its environment names no driver for them",
        "name drivers in the file labgrid.environment: any with ResetProtocol, and with BootstrapProtocol",
        _drivers,
        kinds=KINDS,
    ),
)
