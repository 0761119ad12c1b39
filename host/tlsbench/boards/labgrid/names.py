"""How places and those who hold them are called."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tlsbench.model.errors import nearest

MARK = ".tlsbench."
RESERVED = "+"
"""Begins the name of a place that goes by its reservation, as for labgrid's own programs."""


class Refused(Exception):
    """Something cannot be done; the message is for the user."""


def user() -> str:
    """This user, as labgrid's own programs call them."""
    return os.environ.get("LG_USERNAME") or getpass.getuser()


def holder(user: str, bench: int) -> str:
    """The user as whom this process holds a place for a bench.

    Arguments:
        user: whose bench it is.
        bench: its process id.
    """
    return f"{user}{MARK}{bench}.{os.getpid()}"


def is_dead(who: str, me: str) -> bool | None:
    """Whether a holder (`host/user.tlsbench.BENCH.HOLDER`) is a process of ours that is no more.

    Arguments:
        who: the holder.
        me: `host/user`.

    Result:
        None if it is no holder of this user on this machine, or its bench still runs.
    """
    host_and_user, mark, processes = who.partition(MARK)
    bench, dot, own = processes.partition(".")
    if not mark or not dot or host_and_user != me or (_runs(bench) and _runs(own)):
        return None
    return not _runs(own)


def _runs(process: str) -> bool:
    return Path("/proc", process).exists()


def held_by(who: str, me: str) -> str:
    """That a place is held, and by whom."""
    if who == me:
        return f"it is held by yourself, {who}: labgrid-client release gives it back"
    return f"it is held by {who}"


def find(wanted: str, known: Mapping[str, Sequence[str]], user: str) -> str:
    """Name of a place.

    Arguments:
        wanted: its name, or an alias; one as `USER:ALIAS` is that user's alone.
        known: the aliases of each place.
        user: who asks.

    Errors:
        Refused: there is no such place.
    """
    if wanted in known:
        return wanted
    for name, aliases in known.items():
        if wanted in aliases or f"{user}:{wanted}" in aliases:
            return name
    there = ", ".join(known) or "none"
    raise Refused(f"the coordinator has no such place{nearest(wanted, known)}; there are: {there}")


def tagged(tags: Mapping[str, str], known: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Names of the places with all these tags.

    Arguments:
        tags: what they must have.
        known: the tags of each place.

    Errors:
        Refused: there is none.
    """
    found = [name for name, has in known.items() if tags.items() <= has.items()]
    if not found:
        there = sorted({f"{key}={value}" for has in known.values() for key, value in has.items()})
        raise Refused(f"the coordinator has no such place; there are the tags: {', '.join(there) or 'none'}")
    return found
