"""`tlsbench doctor`: one check after the other, from the board's file to a peer on its network."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tlsbench.doctor import desk, lab, target
from tlsbench.doctor.check import Absent, Check, Finding
from tlsbench.doctor.patient import Patient
from tlsbench.model.errors import BenchError
from tlsbench.session.bringup import Progress
from tlsbench.session.config import Config

CHECKS: tuple[Check, ...] = (
    *target.FIRST,
    *desk.BEFORE,
    *target.USABLE,
    *lab.BEFORE,
    *target.STARTED,
    *desk.AFTER,
    *target.RUNNING,
)
"""In this order: each needs what those before it have found to be right."""

__all__ = ["CHECKS", "Check", "Finding", "examine"]


def examine(config: Config, progress: Progress) -> Iterator[Finding]:
    """Make all checks of a board, and give what comes of each as soon as it is known.

    Arguments:
        config: which board, and what firmware.
        progress: called with a line of text while something takes time.
    """
    stopped = kind = ""
    with (
        tempfile.TemporaryDirectory(prefix="tlsbench-doctor-") as name,
        Patient(config, Path(name), progress) as patient,
    ):
        for check in CHECKS:
            if check.kinds and kind not in check.kinds:
                continue
            if stopped:
                yield Finding(check, "not tried", f"it needs {stopped}")
                continue
            finding = _try(check, patient)
            yield finding
            if finding.state == "failed" and check.needed:
                stopped = check.name
            elif not kind:
                kind = patient.info.kind


def _try(check: Check, patient: Patient) -> Finding:
    try:
        return Finding(check, "ok", check.run(patient))
    except Absent as why:
        return Finding(check, "absent", str(why))
    except BenchError as error:
        return Finding(check, "failed", str(error))
