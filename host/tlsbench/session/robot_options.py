"""The options of `robot` that a user may add to a run, and those that would make another thing of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tlsbench.model.errors import ConfigError
from tlsbench.session.config import CHOICES, Config
from tlsbench.session.current import same_choices

OURS = ("outputdir", "output", "log", "report", "xunit", "timestampoutputs")
"""What names the files of a run, which belong into its folder under their own names."""


def read(options: Sequence[str], suites: Sequence[Path], config: Config) -> tuple[dict[str, Any], list[Path]]:
    """Robot's own reading of its options: those of `ROBOT_OPTIONS` and of argument files too.

    Arguments:
        options: as on the command line of `robot`.
        suites: files and folders to run.
        config: what the run was asked to do, which no option may contradict.

    Returns:
        The options as `robot.run` takes them, and the suites, with those that stood among the options.

    Raises:
        ConfigError: Robot does not know them, or they would split the run, change its set-up or make it no run.
    """
    from robot.errors import DataError, Information
    from robot.run import RobotFramework

    try:
        known, sources = RobotFramework().parse_arguments([*options, *map(str, suites)])
    except Information as asked:
        raise ConfigError(
            "--help and --version make no run; ask `robot` itself", command=["robot", *options]
        ) from asked
    except DataError as error:
        raise ConfigError(
            f"Robot Framework refuses its options: {error.message}", command=["robot", *options]
        ) from error
    for name in OURS:
        if known.get(name, False) is not False:
            raise ConfigError(
                f"a run keeps its files together; --out says where run folders go, not --{name}", key=name
            )
    if known.get("dryrun"):
        raise ConfigError("a dry run measures nothing; use `robot --dryrun --pythonpath host SUITE`", key="dryrun")
    for text in known.get("variable", ()):
        name, _, value = text.partition(":")
        key = name.translate(str.maketrans("", "", " _")).lower()  # as Robot compares names of variables
        if key in CHOICES:
            same_choices(config, {key: value}, f"--variable {text}")
    return known, [Path(source) for source in sources]
