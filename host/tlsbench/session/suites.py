"""Runs Robot Framework suites as one run of the bench."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

from tlsbench.model.errors import ConfigError
from tlsbench.model.result import Result
from tlsbench.session import current
from tlsbench.session.session import Observer, Session

SUITES = Path(__file__).resolve().parents[3] / "robot"
FIRST = "handshake ram blocking network"
"""The order in which the main suites run and are reported; any others follow."""
INVALID, STOPPED, BROKEN = 252, 253, 255
"""Exit statuses of Robot Framework that are no count of failed tests (User Guide, section 3.1.3)."""


def find_suites(names: Sequence[str]) -> list[Path]:
    """The suite files that are meant: paths, or names of suites in `robot/`; none means all of those.

    Raises:
        ConfigError: there is no such suite; lists those there are.
    """
    known = sorted(SUITES.glob("*.robot"), key=lambda file: (file.stem not in FIRST, FIRST.find(file.stem)))
    found = []
    for name in names:
        path = Path(name)
        by_name = SUITES / f"{path.name.removesuffix('.robot')}.robot"
        if path.exists():
            found.append(path)
        elif path.name == name and by_name in known:
            found.append(by_name)
        else:
            raise ConfigError(f"there is no suite {name!r}; there are: {', '.join(file.stem for file in known)}")
    return found or known


def run_suites(
    session: Session, suites: Sequence[Path], options: Sequence[str], observer: Observer
) -> tuple[Result, Path]:
    """Run suites; Robot's own output goes to the run's folder, beside the record.

    Arguments:
        session: the run; it is finished here.
        suites: files or folders.
        options: further options of `robot`, as on its command line.
        observer: told about each test.

    Returns:
        The record and the folder it is in.

    Raises:
        ConfigError: Robot cannot run this: wrong options, or a suite that cannot be read.
        KeyboardInterrupt: the run was stopped, with the signal's number.
    """
    from robot.run import run_cli

    folder = session.run_dir
    arguments = ["--outputdir", str(folder), "--report", "NONE", "--console", "none", *options]
    session.observer = observer
    current.use(session)
    try:
        status = run_cli([*arguments, *map(str, suites)], exit=False)
    except SystemExit as ended:  # how Robot ends when it does not understand its options
        status = int(ended.code or 0)
    finally:
        current.use(None)
    if session.interrupted or status == STOPPED:
        raise KeyboardInterrupt(session.interrupted or signal.SIGINT)
    if status in (INVALID, BROKEN):
        raise ConfigError("Robot Framework cannot run this; it says why above", command=["robot", *options, *suites])
    return session.finish()
