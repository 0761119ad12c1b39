"""Runs the `tlsbench` command as a user does, and looks at what the user sees."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TLSBENCH = Path(sys.prefix, "bin", "tlsbench")


@dataclass(frozen=True)
class Ended:
    """How the command ended: its exit status and everything it printed."""

    status: int
    output: str


def tlsbench(*arguments: str | Path, cwd: Path, environment: Mapping[str, str] | None = None) -> Ended:
    """Run the command to its end in a folder of its own; standard output and error together, as on a terminal."""
    done = subprocess.run(
        [TLSBENCH, *arguments],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=150,
        check=False,
    )
    return Ended(done.returncode, done.stdout)


def meeting(folder: Path) -> str:
    """What a test of a suite does that goes on when another suite is as far: lines of it, the next one's indent too.

    Args:
        folder: where each suite leaves a file.
    """
    folder.mkdir(exist_ok=True)
    there_are_two = f"Evaluate    1 / (len(os.listdir('{folder}')) > 1)    modules=os"
    return (
        f"Evaluate    pathlib.Path('{folder}', $SUITE_NAME).touch()    modules=pathlib\n"
        f"    Wait Until Keyword Succeeds    2 min    100 ms    {there_are_two}\n    "
    )
