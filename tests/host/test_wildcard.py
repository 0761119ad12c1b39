"""Patterns for lines that a target or a program prints."""

from __future__ import annotations

import pytest

from tlsbench.model.wildcard import fits


@pytest.mark.parametrize(
    ("text", "pattern", "fit"),
    [
        ("Status 200", "Status 200", True),
        ("Status 200", "Status ???", True),
        ("Status 200", "Status ??", False),
        ("Status 200", "Status", False),
        ("Status 200", "*200", True),
        ("Status 200", "status 200", False),
        ("[INFO][TLSW]: x", "[INFO][TLSW]: *", True),
        ("I", "[INFO]", False),
        ("a+b", "a+b", True),
        ("aab", "a+b", False),
        ("", "", True),
        ("", "*", True),
        ("", "?", False),
    ],
)
def test_only_star_and_question_mark_are_special(text: str, pattern: str, fit: bool) -> None:
    assert fits(text, pattern) is fit
