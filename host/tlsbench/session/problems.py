"""Collects what goes wrong in steps that must all be taken."""

from __future__ import annotations

from types import TracebackType

from tlsbench.model.errors import BenchError


class Problems:
    """A context manager, entered once for each step: an error ends that step alone, and is kept as text.

    Arguments:
        when: the steps are taken, for the reader of the text.
    """

    def __init__(self, when: str) -> None:
        self.text = ""
        """What went wrong so far; empty if nothing did."""
        self._when = when

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False  # nothing went wrong, or somebody stops the bench
        told = str(error) if isinstance(error, BenchError) else f"internal error: {type(error).__name__}: {error}"
        self.text = f"{self.text}\n{self._when}: {told}".lstrip()
        return True
