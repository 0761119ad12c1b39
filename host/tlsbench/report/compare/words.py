"""How the reports write a row's cells."""

from __future__ import annotations

from collections.abc import Callable

from tlsbench.model.quantity import show
from tlsbench.report.compare.rows import Difference, Row

NOT_COMPARED = "not compared"
SAME = "same"


def value(row: Row, at: int) -> str:
    """The value of run number `at` with its unit, or `absent`."""
    metric = row.metrics[at]
    return show(metric.value if metric else None, row.unit)


def more(row: Row, at: int) -> str:
    """By how much run number `at` differs from the first: `+1.5 KiB`; empty where one of them is absent."""
    difference = row.difference(at)
    if difference is None:
        return NOT_COMPARED if row.not_compared[at] else ""
    if not difference.absolute:
        return SAME
    return f"{sign(difference)}{show(abs(difference.absolute), row.unit)}"


def percent(row: Row, at: int) -> str:
    """The same in per cent of the first: `+3.2 %`; empty where there is none to tell."""
    difference = row.difference(at)
    if difference is None or difference.percent is None or not difference.absolute:
        return ""
    return f"{sign(difference)}{abs(difference.percent):.{1 if abs(difference.percent) < 1000 else 0}f} %"


def sign(difference: Difference) -> str:
    """A plus, or a true minus, which is as wide."""
    return "+" if difference.absolute > 0 else "\N{MINUS SIGN}"


def place(row: Row) -> str:
    """The row's phase and quantity."""
    return f"{row.phase.replace('_', ' ')}: {row.what}" if row.phase else row.what


Words = Callable[[Row, int], str]
"""What makes the cell of a run from a row."""
