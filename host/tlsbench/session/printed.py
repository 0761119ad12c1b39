"""What the target prints, from some moment on."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from tlsbench.link import Link


class Printed:
    """The lines that the target printed since the test began, or since they were forgotten.

    Arguments:
        link: gives the line to the target, None while it is off. A board that was switched on again prints anew.
    """

    def __init__(self, link: Callable[[], Link | None]) -> None:
        self._link = link
        self._from: tuple[Link | None, int] = (None, 0)

    def forget(self) -> None:
        """What was printed until now no longer counts."""
        link = self._link()
        self._from = (link, link.console_lines if link else 0)

    def lines(self, enough: Callable[[list[str]], bool] = lambda _: True, timeout_s: float = 0) -> list[str]:
        """The lines, when they are enough or the time has passed; none while the board is off."""
        link = self._link()
        if link is None:
            return []
        known, count = self._from
        return link.console_since(count if known is link else 0, enough, timeout_s)


def missing(patterns: tuple[str, ...], lines: list[str]) -> str | None:
    """The first pattern that no line matches behind those of the patterns before; None if each has its line."""
    rest = iter(lines)
    return next((x for x in patterns if not any(fnmatchcase(line, x) for line in rest)), None)
