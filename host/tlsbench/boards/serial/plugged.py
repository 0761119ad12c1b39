"""What is plugged into this machine that could be a board: serial ports, and debug probes."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

from tlsbench.boards.serial import port, tools

PYOCD_S = 20.0


@dataclass(frozen=True, slots=True)
class Plugged:
    """What there is.

    Arguments:
        ports: serial ports, each as board.toml would name it, and what it is.
        probes: debug probes, each by its id, and what it is.
        why_no_probes: why probes could not be looked for; empty if they could.
    """

    ports: list[tuple[str, str]]
    probes: list[tuple[str, str]]
    why_no_probes: str


def look() -> Plugged:
    """See what is plugged in."""
    ports = []
    for found in port.plugged_in():
        name, _, about = port.describe(found).partition(": ")
        ports.append((name, about))
    why_not = tools.missing("pyocd")
    return Plugged(ports, [] if why_not else _probes(), why_not)


def _probes() -> list[tuple[str, str]]:
    try:
        done = subprocess.run(
            ["pyocd", "json", "--probes"], capture_output=True, text=True, timeout=PYOCD_S, check=False
        )
        boards = json.loads(done.stdout).get("boards", [])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return []
    return [(str(board.get("unique_id")), str(board.get("info", board.get("board_name", "")))) for board in boards]
