"""What the target prints: kept, waited for, forgotten, and found in order."""

from __future__ import annotations

import threading

import pytest
from link_peer import FakeTarget

from tlsbench.link import Link, console
from tlsbench.link.console import Console
from tlsbench.session.printed import Printed, missing


def test_lines_are_counted_and_given_from_any_of_them_on() -> None:
    printed = Console(None)
    printed.text(b"one\r\ntwo\nthr")
    assert (printed.count, printed.since(0), printed.since(1)) == (2, ["one", "two"], ["two"])
    printed.note("a remark of the bench's")  # ends the line that was being printed, and is none
    assert (printed.count, printed.since(1), printed.since(3)) == (3, ["two", "thr"], [])


def test_of_very_many_lines_the_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "KEPT_LINES", 3)
    printed = Console(None)
    printed.text(b"".join(b"%d\n" % number for number in range(10)))
    assert printed.since(0) == ["7", "8", "9"]
    assert printed.since(8) == ["8", "9"]


class Line:
    """Stands in for a link."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    @property
    def console_lines(self) -> int:
        return len(self.lines)

    def console_since(self, count: int, enough: object, timeout_s: float) -> list[str]:
        return self.lines[count:]


def test_what_was_forgotten_is_not_given_but_all_of_a_board_that_was_switched_on_again() -> None:
    line: Line | None = None
    printed = Printed(lambda: line)  # type: ignore[arg-type, return-value]
    printed.forget()
    assert printed.lines() == []
    line = Line("one", "two")
    assert printed.lines() == ["one", "two"]
    printed.forget()
    assert printed.lines() == []
    line.lines.append("three")
    assert printed.lines() == ["three"]
    line = Line("boot")
    assert printed.lines() == ["boot"]


@pytest.mark.parametrize(
    ("patterns", "first_missing"),
    [
        (("a*", "c"), None),
        ((), None),
        (("c", "a*"), "a*"),
        (("b", "b"), "b"),
        (("[[]x] d",), None),
        (("[x] d",), "[x] d"),
    ],
)
def test_each_pattern_needs_a_line_of_its_own_behind_the_one_before(
    patterns: tuple[str, ...], first_missing: str | None
) -> None:
    assert missing(patterns, ["abc", "b", "c", "[x] d"]) == first_missing


def test_the_link_waits_for_what_is_still_to_come() -> None:
    target = FakeTarget()
    with Link(target) as link:
        target.says(b"one\n")
        later = threading.Timer(0.2, target.says, [b"two\n"])
        later.start()
        assert link.console_since(0, lambda lines: "two" in lines, 30) == ["one", "two"]
        later.join()
        assert link.console_since(1, lambda lines: "three" in lines, 0.05) == ["two"]


def test_nobody_waits_for_a_line_that_has_ended() -> None:
    target = FakeTarget()
    with Link(target) as link:
        target.says(b"one\n")
        target.ends(OSError("unplugged"))
        assert link.console_since(0, lambda lines: "two" in lines, 30) == ["one"]
