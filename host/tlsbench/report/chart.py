"""The picture of the report: RAM by phase, as SVG whose colours follow the page."""

from __future__ import annotations

import importlib
import io
import logging
import re
from collections.abc import Sequence
from typing import Any

from tlsbench.model.metric import Phase
from tlsbench.model.quantity import show
from tlsbench.model.result import Limit
from tlsbench.report.view import PhaseRow

# Colours only the SVG's text sees: each is replaced by a variable of the page's style sheet.
_COLOURS = {
    "#0a0001": "var(--static)",
    "#0a0002": "var(--stack)",
    "#0a0003": "var(--heap)",
    "#0a0004": "var(--limit)",
    "#0a0005": "var(--ink)",
    "#0a0006": "var(--muted)",
    "#0a0007": "var(--rule)",
    "#0a0008": "var(--card)",
}
_STATIC, _STACK, _HEAP, _LIMIT, _INK, _MUTED, _RULE, _CARD = _COLOURS
_KIB = 1024


def load() -> None:
    """Load what draws: it takes most of a second, so that only what draws does it, or who has the time."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # "building the font cache" is no news to a user
    importlib.import_module("matplotlib.figure")


def ram_by_phase(rows: Sequence[PhaseRow], static_ram: int, limits: dict[Phase, Limit], board_ram: int) -> str:
    """One bar per phase: static RAM, all stacks, and the heap at its peak, with the budget's mark on the heap.

    Arguments:
        rows: the phases, top to bottom; those without a heap or stack value are left out.
        static_ram: bytes of the image, the same in every phase; 0 if unknown.
        limits: the heap limit of the phases that have one, in bytes.
        board_ram: bytes of the board; drawn where it is near enough to be seen, told in words where it is not.

    Returns:
        An `<svg>` element; empty when there is nothing to draw.
    """
    shown = [row for row in rows if row.heap_peak or row.stacks_total]
    if not shown:
        return ""
    load()
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "tlsbench",
        "font.size": 10,
        "font.family": "sans-serif",
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(9.2, 0.4 + 0.38 * len(shown)))
        axes = figure.add_axes((0.105, 0.32 / figure.get_figheight(), 0.88, 1 - 0.34 / figure.get_figheight()))
        static = static_ram / _KIB
        ends = []
        for y, row in enumerate(shown):
            stacks = (row.stacks_total or 0) / _KIB
            heap = (row.heap_peak.value if row.heap_peak else 0) / _KIB
            left = 0.0
            for width, colour in ((static, _STATIC), (stacks, _STACK), (heap, _HEAP)):
                axes.barh(y, width, left=left, height=0.62, color=colour, edgecolor=_CARD, linewidth=0.8)
                left += width
            allowed = limits.get(row.phase)
            if allowed is not None:
                mark = static + stacks + allowed.at_most / _KIB
                axes.plot([mark, mark], [y - 0.43, y + 0.43], color=_LIMIT, linewidth=2, solid_capstyle="butt")
                ends.append(mark)
            label = max(left, ends[-1] if allowed is not None else 0)
            text = f"{left:.1f} KiB" + (f", heap {heap:.1f}" if heap else "")
            axes.annotate(text, (label, y), (7, 0), textcoords="offset points", va="center", color=_INK, fontsize=9)
            ends.append(left)
        farthest = max(ends)
        near = board_ram and board_ram / _KIB <= 1.6 * farthest
        if near:
            axes.axvline(board_ram / _KIB, color=_INK, linewidth=1, linestyle=(0, (4, 3)))
        axes.set_xlim(0, max(farthest * 1.24, board_ram / _KIB * 1.04 if near else 0, 1))
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_yticks(range(len(shown)), [str(row.phase).replace("_", " ") for row in shown])
        axes.set_xlabel("")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f} KiB")
        axes.xaxis.grid(True, color=_RULE, linewidth=0.7)
        axes.set_axisbelow(True)
        axes.tick_params(axis="both", length=0, labelcolor=_MUTED, labelsize=9)
        axes.tick_params(axis="y", labelcolor=_INK, labelsize=10)
        for spine in axes.spines.values():
            spine.set_visible(False)
        figure.patch.set_visible(False)
        axes.patch.set_visible(False)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _themed(buffer.getvalue())


def caption(ram_needed: int | float | None, board_ram: int) -> str:
    """How the RAM needed compares with the board's, in words."""
    if not board_ram:
        return ""
    if ram_needed is None:
        return f"The board has {show(board_ram, 'bytes')} of RAM."
    share = 100 * ram_needed / board_ram
    return (
        f"The smallest board this fits has {show(ram_needed, 'bytes')}; "
        f"this one has {show(board_ram, 'bytes')} ({share:.1f} % used)."
    )


def _themed(svg: str) -> str:
    """The `<svg>` element alone, its colours and font those of the page, its width that of its column."""
    svg = svg[svg.index("<svg") :]
    for colour, variable in _COLOURS.items():
        svg = svg.replace(colour, variable)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: inherit", svg)
    for outside in (r"<metadata>.*?</metadata>", r"<style[^>]*>.*?</style>"):  # an inline style would reach the page
        svg = re.sub(outside, "", svg, flags=re.DOTALL)
    return re.sub(r'\s(?:width|height)="[^"]*"', "", svg, count=2)
