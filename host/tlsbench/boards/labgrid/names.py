"""How places and those who hold them are called."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tlsbench.boards.user import user as user_of_the_bench
from tlsbench.model.errors import nearest

MARK = ".tlsbench."
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
RESERVED = "+"
"""Begins the name of a place that goes by its reservation, as for labgrid's own programs."""


class Refused(Exception):
    """Something cannot be done; the message is for the user."""


def user() -> str:
    """This user, as labgrid's own programs call them."""
    return os.environ.get("LG_USERNAME") or user_of_the_bench()


def holder(user: str, bench: int) -> str:
    """The user as whom this process holds a place for a bench.

    Arguments:
        user: whose bench it is.
        bench: its process id.
    """
    return f"{user}{MARK}{here()}.{bench}.{os.getpid()}"


def here() -> str:
    """Where process ids mean what they mean to us: this start of this machine, and this container of it.

    Host and user do not tell that: containers of one image have the same ones, each with process ids of its own.
    """
    return f"{BOOT_ID.read_text()[:8]}-{Path('/proc/self/ns/pid').stat().st_ino:x}"


def is_dead(who: str, me: str) -> bool | None:
    """Whether a holder (`host/user.tlsbench.WHERE.BENCH.HOLDER`) is a process of ours that is no more.

    Arguments:
        who: the holder.
        me: `host/user`.

    Result:
        None if it is no holder of this user here, or its bench still runs.
    """
    host_and_user, _, rest = who.partition(MARK)
    where, _, processes = rest.partition(".")
    bench, _, own = processes.partition(".")
    if not own or host_and_user != me or where != here() or (_runs(bench) and _runs(own)):
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
