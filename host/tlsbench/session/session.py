"""The state of one run, shared by all keyword topics and by the command line."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal, TypeVar

from tlsbench.link import Agent
from tlsbench.model.metric import Metric, Phase
from tlsbench.session.config import Config

T = TypeVar("T")
Until = Literal["test", "suite", "run"]


class Session:
    """One run. Nothing starts before it is needed; `close()` ends all of it.

    INTERFACE (for other topics; the body follows):

    * `config`      what the run was asked to do
    * `board`       the powered-on `boards.Board` (brought up on first use)
    * `agent`       the started `link.Agent` (brought up on first use)
    * `run_dir`     folder of this run (still under its temporary name); peers put keys.log there
    * `recorder`    `recorder.record(Metric)`, adds suite and test itself
    """

    config: Config

    @property
    def agent(self) -> Agent: ...

    def keep(self, resource: AbstractContextManager[T], until: Until = "test") -> T:
        """Enter a context manager (a peer, a capture) and leave it when the test, suite or run ends."""

    def enter(self, phase: Phase) -> None:
        """The target goes into this phase from now on (agent mark); does nothing if it is already in it."""

    def leave(self) -> None:
        """End the current phase and record its metrics."""

    def record(self, metric: Metric) -> None: ...

    def value(self, name: str, phase: Phase | None = None, thread: str | None = None) -> float | None:
        """Worst value of this metric in the running test; None when the board cannot measure it (absent)."""
