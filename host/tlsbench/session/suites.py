"""Runs Robot Framework suites as one run of the bench."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tlsbench.model.errors import ConfigError
from tlsbench.model.result import Result
from tlsbench.session import current
from tlsbench.session.session import Observer, Session

SUITES = Path(__file__).resolve().parents[3] / "robot"
FIRST = "handshake ram blocking network"
"""The order in which the main suites run and are reported; any others follow."""
MOST_FAILED, STOPPED = 250, 253
"""Exit statuses of Robot Framework: the most that is a count of failed tests, and that of a run that was stopped
(User Guide, section 3.1.3)."""
ROBOT = "Robot Framework"


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
    session: Session, suites: Sequence[Path], options: Mapping[str, Any], observer: Observer
) -> tuple[Result, Path]:
    """Run suites as one run; Robot's own output goes to the run's folder, beside the record.

    Arguments:
        session: the run; it is finished here.
        suites: files or folders.
        options: further options of `robot`, as `robot_options.read` gives them.
        observer: told about each test.

    Returns:
        The record and the folder it is in.

    Raises:
        ConfigError: Robot cannot run this: a suite that cannot be read, or none with a test that is asked for.
        KeyboardInterrupt: the run was stopped, with the signal's number.
    """
    run_robot(session, suites, {**options, "outputdir": str(session.run_dir), "report": "NONE"}, observer)
    return session.finish()


def run_robot(session: Session, suites: Sequence[Path], options: Mapping[str, Any], observer: Observer) -> int:
    """Run suites in a session that goes on; gives Robot's exit status.

    Arguments and errors: as of `run_suites`, but that the options say where Robot's output goes.
    """
    import robot
    from tlsbench.session.listener import Listener

    chosen = {**options, "statusrc": True}
    chosen["quiet"] = not (options.get("console") or options.get("dotted"))  # the observer tells of the tests
    chosen["listener"] = [*options.get("listener", ()), Listener(session)]
    session.observer = observer
    known = len(session.recorder.tests)
    current.use(session)
    try:
        status: int = robot.run(*map(str, suites), **chosen)
    finally:
        current.use(None)
    if session.interrupted or status == STOPPED:
        raise KeyboardInterrupt(session.interrupted or signal.SIGINT)
    if status > MOST_FAILED:
        raise ConfigError("Robot Framework cannot run this; it says why above", command=["robot", *suites])
    if status and not any(test.status == "fail" for test in session.recorder.tests[known:]):
        session.recorder.begin_test(ROBOT, "Robot Framework's own count of failed tests")
        session.recorder.end_test("fail", f"{status} tests failed that the bench knows nothing of; see log.html", 0.0)
    return status
