"""What a check is, and what came of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tlsbench.doctor.patient import Patient

State = Literal["ok", "failed", "absent", "not tried"]


class Absent(Exception):
    """This board has not got what would be checked; the message says why. That is no failure."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be right for a board to be of use.

    Arguments:
        name: one word.
        right: what is so if it is right.
        wrong: what it means if it is not.
        remedy: what to do then.
        run: looks, and says what it found; raises a BenchError if it is wrong.
        needed: nothing behind it can be checked if it is wrong.
        kinds: kinds of board that it is made for; empty: for all.
    """

    name: str
    right: str
    wrong: str
    remedy: str
    run: Callable[[Patient], str]
    needed: bool = True
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a check.

    Arguments:
        check: the check.
        state: `absent` if the board has no such thing, `not tried` if an earlier check that it needs failed.
        said: what was found, or what is wrong, with its evidence.
    """

    check: Check
    state: State
    said: str = ""
