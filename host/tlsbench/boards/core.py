"""Cores of this machine, for an emulator and for a board of several.

An emulator's threads, the one that runs the target and the one that passes bytes to its UART, take turns at one lock.
On two cores each turn wakes a core, which costs more than the turn does; on one core it is a change of threads. So is
it with an emulator and the bench's process that talks with it, as soon as other boards keep the other cores busy.
"""

from __future__ import annotations

import os
import random
import socket
from contextlib import suppress
from types import TracebackType
from typing import Self

CLAIM = "tlsbench-core"
"""Begins the names, not the file system's, by which a core is claimed."""
EVERY = os.sched_getaffinity(0)
"""The cores that this process had at its start, before it was given a share: a build uses them all."""


def shares(boards: int) -> list[set[int]]:
    """The cores that each of several boards gets which are in use at the same time: at least one.

    Arguments:
        boards: how many.
    """
    cores = sorted(os.sched_getaffinity(0))
    return [set(cores[at % len(cores) :: boards]) for at in range(boards)]


class OneCore:
    """A core that no other emulator of the bench has, while the context lasts: the kernel gives it back at the latest.

    Attributes:
        cores: that core; when others have them all, all that there are.
    """

    def __init__(self) -> None:
        self.cores = os.sched_getaffinity(0)
        self._claim: socket.socket | None = None
        # In any order: other containers of this machine see no claim of ours, and must not all take the same core.
        for core in random.sample(sorted(self.cores), len(self.cores)):
            claim = socket.socket(socket.AF_UNIX)
            with suppress(OSError):  # another one has it
                claim.bind(f"\0{CLAIM}-{core}")
                self.cores, self._claim = {core}, claim
                return
            claim.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._claim is not None:
            self._claim.close()
