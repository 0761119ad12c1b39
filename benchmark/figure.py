"""One promised figure: its value, its limit, its method, and the tables made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tlsbench.model.quantity import show


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value and the most that it may be, both in `unit`."""

    what: str
    value: float
    at_most: float
    unit: str
    method: str

    @property
    def held(self) -> bool:
        """Whether the value stays within the limit."""
        return self.value <= self.at_most

    def text(self, number: float) -> str:
        """A number as a person reads it, with the figure's unit."""
        if self.unit in ("s", "%"):
            return f"{number:.2f} {self.unit}"
        return show(number, self.unit) if number >= 0 else f"-{show(-number, self.unit)}"

    def row(self) -> tuple[str, str, str, str, str]:
        """What, value, limit, verdict and method, as text."""
        verdict = "ok" if self.held else "OVER"
        return self.what, self.text(self.value), self.text(self.at_most), verdict, self.method

    def record(self) -> dict[str, object]:
        """For the JSON file."""
        return {**asdict(self), "held": self.held}


HEADER = ("what", "measured", "at most", "", "method")


def markdown(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [HEADER, ("---", "---:", "---:", "---", "---"), *(figure.row() for figure in figures)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
