"""Find the runs that somebody names, and refuse what cannot be set beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tlsbench.model.errors import ConfigError
from tlsbench.model.result import RECORD, Result

SHOWN = 5
"""How many of the newest runs are named to somebody who asks for one that is not there."""


def load(names: Sequence[str], out: Path) -> list[Result]:
    """The records of these runs, in this order.

    Arguments:
        names: two or more; each is a run's folder, a record file, or the name of a folder in `out` (`latest` too).
        out: the folder of all runs.

    Raises:
        ConfigError: there are fewer than two, one is named twice, or one is no record of a finished run.
    """
    if len(names) < 2:
        raise ConfigError("one run alone has nothing beside it; name two or more")
    results: dict[tuple[str, str], Result] = {}
    named: dict[tuple[str, str], str] = {}
    for name in names:
        record, *others = records(find(name, out))
        if others:
            boards = ", ".join(f"{name}/{path.parent.name}" for path in (record, *others))
            raise ConfigError(f"{name} is a run of several boards; name one: {boards}")
        result = Result.load(record)
        key = (result.run.id, result.run.board)
        known = named.setdefault(key, name)
        if key in results:
            both = f"{name} is named twice" if known == name else f"{known} and {name} are the same run"
            raise ConfigError(f"{both}, {result.run.id}; a run says nothing about itself")
        results[key] = result
    return list(results.values())


def records(path: Path) -> list[Path]:
    """The records of a run: one, or those of each board in a run of several.

    Arguments:
        path: its folder, or a record.

    Raises:
        ConfigError: it has not finished, or is no run.
    """
    if path.is_file():
        return [path]
    found = [path / RECORD] if (path / RECORD).exists() else sorted(path.glob(f"*/{RECORD}"))
    if not found or (path / ".lock").exists():  # the latter is the folder of all runs
        raise ConfigError(f"holds no {RECORD}: it is no run, or one that has not finished", file=path)
    return found


def find(name: str, out: Path) -> Path:
    """The folder or record that a person means by this name.

    Arguments:
        name: a run's folder, a record file, or the name of a folder in `out`.
        out: the folder of all runs.

    Raises:
        ConfigError: there is no such run.
    """
    for path in (Path(name), out / name):
        if path.exists():
            return path
    runs = sorted((file.parent for file in out.glob(f"*/{RECORD}") if not file.parent.is_symlink()), reverse=True)
    newest = ", ".join(folder.name for folder in runs[:SHOWN])
    there_are = f"the newest in {out} are: {newest}" if runs else f"{out} holds no finished run"
    raise ConfigError(f"there is no run {name}; {there_are}")
