"""A request that was sent, for whoever waits for its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..model.errors import BenchError
from .answers import Reply
from .repeat import Repeats

Failure = Callable[[str | None], BenchError]
"""Makes the error that a wait ends with, from the text of the request that waited."""


class Waiter(Protocol):
    """Who knows when a request is answered."""

    def is_done(self, pending: PendingCall) -> bool:
        """Whether a wait would end at once."""
        ...

    def wait(self, pending: PendingCall, timeout_s: float) -> Reply:
        """See ``PendingCall.wait``."""
        ...


class PendingCall:
    """A request that was sent. May be waited for from any thread, and again after a wait that was too short."""

    def __init__(self, waiter: Waiter, request_id: int, text: str, prompt: bool, troubles_before: int) -> None:
        self._waiter = waiter
        self.id = request_id
        self.text = text
        self.prompt = prompt
        self.frame = b""
        """What was sent, once it was."""
        self.repeats: Repeats | None = None
        """When to send it again, if it may be."""
        self.troubles_before = troubles_before
        # What came of it: set under the link's lock.
        self.answer: Reply | None = None
        self.refusal: str | None = None
        self.failure: Failure | None = None

    def done(self) -> bool:
        """Whether a wait would end at once: answered, refused or failed."""
        return self._waiter.is_done(self)

    @property
    def reply(self) -> Reply | None:
        """The answer, or None while there is none. Raises what `wait` raises if the request failed."""
        return self.wait(0) if self.done() else None

    def wait(self, timeout_s: float) -> Reply:
        """Wait for the answer.

        Arguments:
            timeout_s: seconds from now.

        Raises:
            CallTimeout: no answer in time; the request stays pending.
            FrameError: no answer either, and a frame was damaged on the line, in one direction or the other.
            FaultError: the firmware stopped with a fault report.
            RestartError: the target started again.
            ProtocolVersionError: the target speaks another version.
            AgentError: the agent refused the request.
            LinkClosedError: the line has ended (or the error that the board ended it with).
        """
        return self._waiter.wait(self, timeout_s)
