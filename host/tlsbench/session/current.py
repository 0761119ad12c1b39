"""The one run of this process: the command line begins it, or else the Robot library does; all imports share it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlsbench.model.errors import ConfigError
from tlsbench.session.config import CHOICES, Config
from tlsbench.session.session import Session

_current: Session | None = None


def get() -> Session | None:
    """The run, if one was begun."""
    return _current


def use(session: Session | None) -> None:
    """From now on this is the run; None: there is none."""
    global _current
    _current = session


def must_match(session: Session, values: Mapping[str, Any]) -> None:
    """Refuse to mix two set-ups in one run.

    Raises:
        ConfigError: `values` ask for something else than the run was begun with.
    """
    same_choices(session.config, values, "a suite")


def same_choices(config: Config, values: Mapping[str, Any], who: str) -> None:
    """Refuse what contradicts a run's configuration.

    Arguments:
        config: of the run.
        values: what is asked for.
        who: asks for it.

    Raises:
        ConfigError: `values` ask for something else; says how to have it.
    """
    wanted = config.updated(values)
    for key in CHOICES:
        ours, theirs = getattr(config, key), getattr(wanted, key)
        if ours != theirs:
            raise ConfigError(
                f"{who} asks for {theirs!r} in a run with {ours!r}; give it a run of its own (--{key} {theirs})",
                key=key,
            )
