"""Text with wildcards: ``*`` is any text, ``?`` any letter, and nothing else is special, brackets least of all."""

from __future__ import annotations

import re
from functools import cache


def fits(text: str, pattern: str) -> bool:
    """Whether all of a line looks as the pattern says, in upper and lower case too."""
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.DOTALL)
