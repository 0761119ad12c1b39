"""Which boards a run gets."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tlsbench import boards
from tlsbench.model.errors import BoardError, ConfigError, nearest
from tlsbench.session.config import Config


@dataclass(frozen=True, slots=True)
class Place:
    """One board of a run.

    Arguments:
        board: its name.
        number: which one of those with this name, counted from 1; 0 where there is one.
    """

    board: str
    number: int = 0

    @property
    def label(self) -> str:
        """What to call it."""
        return f"{self.board} {self.number}" if self.number else self.board


def chosen(names: Sequence[str], tags: Sequence[str], environment: Mapping[str, str] = os.environ) -> list[str]:
    """Names of the boards to run on, one or more: those that are named, and those in a pool that are not.

    Arguments:
        names: of boards, as somebody gave them.
        tags: names of pools.
        environment: `TLSBENCH_BOARD` and `TLSBENCH_BOARD_POOL` say it where nobody else does, separated by spaces.

    Errors:
        ConfigError, BoardError: see `pooled`.
    """
    if not names and not tags:
        names = environment.get("TLSBENCH_BOARD", "").split()
        tags = environment.get("TLSBENCH_BOARD_POOL", "").split()
    found = [*names, *(name for name in (pooled(tags) if tags else ()) if name not in names)]
    return found or [Config().board]


def places(names: Sequence[str]) -> list[Place]:
    """One place for each name; a board that is named twice is used twice."""
    count = Counter(names)
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(Place(name, seen[name] if count[name] > 1 else 0))
    return found


def pooled(tags: Sequence[str]) -> list[str]:
    """Names of the boards in any of these pools that this machine can use.

    Arguments:
        tags: names of pools: what `tags` of board.toml say, a kind (`qemu`) or a core (`cortex-m3`).

    Errors:
        ConfigError: there is no board in such a pool; lists the pools there are.
        BoardError: this machine can use none of them; says why.
    """
    infos = [boards.load(name) for name in boards.names()]
    known = sorted({pool for info in infos for pool in info.pools})
    for tag in tags:
        if tag not in known:
            hint = nearest(tag, known)
            raise ConfigError(f"no board is in the pool {tag!r}{hint}; there are: {', '.join(known)}", key="board-pool")
    chosen = [info for info in infos if not set(tags).isdisjoint(info.pools)]
    usable = {info.name: boards.why_not(info) for info in chosen}
    if all(usable.values()):
        reasons = "; ".join(f"{name}: {why_not}" for name, why_not in usable.items())
        raise BoardError(f"no board of the pool {', '.join(tags)} can be used here: {reasons}")
    return [name for name, why_not in usable.items() if not why_not]
