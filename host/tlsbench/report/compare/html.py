"""Runs beside each other as one page that needs no network, in the style of a run's report."""

from __future__ import annotations

from markupsafe import Markup

from tlsbench.model.metric import QUANTITIES, Phase
from tlsbench.report.compare import words
from tlsbench.report.compare.comparison import Comparison
from tlsbench.report.compare.rows import Row
from tlsbench.report.html import environment

TILES = {
    "heap, peak": "Handshake heap",
    "worker's stack": "Handshake stack",
    "instructions of connect()": "Handshake instr.",
    "instructions": "Handshake instr.",
    "cycles": "Handshake cycles",
}
"""What the top of the page shows of the handshake: the first of those with one label that is there."""


def render(comparison: Comparison) -> str:
    """The page: what differs, the image by library, every phase, every handshake, the tests that differ."""
    changed = [row for row in comparison.phases if not row.same]
    pages = environment()
    pages.globals.update(words=words)
    return pages.get_template("compare/compare.html.j2").render(
        c=comparison,
        style=Markup(pages.get_template("report.css").render()),
        tiles=_tiles(comparison),
        phases=[(phase, rows) for phase in Phase if (rows := [row for row in changed if row.phase == phase])],
        same=[row for row in comparison.phases if row.same],
        quantities=QUANTITIES,
    )


def _tiles(comparison: Comparison) -> list[tuple[str, Row]]:
    tiles: dict[str, Row] = {}
    shake = {row.what: row for row in comparison.phases if row.phase == Phase.HANDSHAKE}
    for what, label in TILES.items():
        if what in shake:
            tiles.setdefault(label, shake[what])
    return [
        *tiles.items(),
        *((row.what[0].upper() + row.what[1:], row) for row in comparison.image if row.what != "RAM needed"),
    ]
