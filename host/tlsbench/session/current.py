"""The one run of this process: the command line begins it, or else the Robot library does; all imports share it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlsbench.model.errors import ConfigError
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
    wanted = session.config.updated(values)
    for key in ("board", "profile", "mbedtls", "network"):
        ours, theirs = getattr(session.config, key), getattr(wanted, key)
        if ours != theirs:
            raise ConfigError(f"a suite asks for {theirs!r} in a run with {ours!r}; run it by itself", key=key)
