"""tlsbench: what a secure socket costs on a Cortex-M board, in RAM, instructions, bytes and blocked time.

Robot Framework finds the keyword library here: `Library    tlsbench.Bench`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlsbench.keywords.library import Bench

__version__ = "0.1.0"
__all__ = ["Bench", "__version__"]


def __getattr__(name: str) -> Any:
    """Load the keyword library only when it is asked for: the command line starts faster without it."""
    if name == "Bench":
        from tlsbench.keywords.library import Bench

        return Bench
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
