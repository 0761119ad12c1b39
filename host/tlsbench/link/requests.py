"""What was asked in a run, and what became of it."""

from __future__ import annotations

import threading
import time

from ..model.errors import AgentError, BenchError, CallTimeout, FrameError
from .answers import Reply
from .pending import Failure, PendingCall
from .receiver import Receiver
from .schema import pb

TROUBLE_S = 2.0
"""How much longer to wait for what is answered at once, when a frame was damaged meanwhile."""


class Requests:
    """The requests of the run that goes on: who waits, for what, and why in vain.

    Arguments:
        changed: the link's lock, to be held by whoever changes something here, and told of it by whoever did.
        received: what came over the line, guarded by the same lock.

    Attributes:
        nonce: names the run; 0: none has begun.
        started: the target is in the run: should it become ready once more, it has started again.
        failure: what every wait of this run ends with, once something does; the first one stands.
        ended: what every wait ends with from then on, once the line has ended.
    """

    def __init__(self, changed: threading.Condition, received: Receiver) -> None:
        self._changed = changed
        self._received = received
        self.nonce = 0
        self.started = False
        self.failure: Failure | None = None
        self.ended: Failure | None = None
        self._pending: dict[int, PendingCall] = {}
        self._next_id = 1

    @property
    def over(self) -> Failure | None:
        """What any wait ends with, if there is something."""
        return self.failure or self.ended

    def begin(self, nonce: int, failure: Failure) -> None:
        """Forget the run until now, its failure included; what still waits in it ends with this one."""
        for pending in self._pending.values():
            pending.failure = failure
        self._pending.clear()
        self.failure = None
        self.nonce, self._next_id, self.started = nonce, 1, False

    def register(self, text: str, prompt: bool) -> PendingCall:
        """A new request, with the next number; see ``Link.send``."""
        pending = PendingCall(self, self._next_id, text, prompt, self._received.troubles)
        self._next_id += 1
        self._pending[pending.id] = pending
        return pending

    def forget(self, pending: PendingCall) -> None:
        """Nobody waits for it any more."""
        del self._pending[pending.id]

    def answer(self, message: pb.Reply) -> None:
        """An answer came."""
        pending = self._pending.pop(message.id, None)
        if pending is None:
            return  # the second answer to a request that was sent twice
        if message.error:
            pending.refusal = message.error
        else:
            pending.answer = Reply.from_message(message, pending.text)

    def fail(self, failure: Failure) -> None:
        """End every wait, now and later, until the next run begins."""
        self.failure = self.failure or failure

    def end(self, failure: Failure) -> None:
        """End every wait for good."""
        self.ended = self.ended or failure

    def due(self) -> list[PendingCall]:
        """The requests that are to be sent again now."""
        now, troubles = time.monotonic(), self._received.troubles
        return [pending for pending in self._pending.values() if pending.repeats and pending.repeats.due(now, troubles)]

    # --- for those who wait, without the lock ---

    def waits(self, pending: PendingCall) -> bool:
        """Whether a request still waits for its answer."""
        with self._changed:
            return not self.over and self._pending.get(pending.id) is pending

    def is_done(self, pending: PendingCall) -> bool:
        """See ``PendingCall.done``."""
        with self._changed:
            came = pending.answer is not None or pending.refusal is not None
            return came or any((pending.failure, self.over))

    def wait(self, pending: PendingCall, timeout_s: float) -> Reply:
        """See ``PendingCall.wait``."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            calm = pending.prompt and pending.repeats is None
            while not self.is_done(pending):
                if calm and self._received.troubles > pending.troubles_before:
                    calm, deadline = False, min(deadline, time.monotonic() + TROUBLE_S)
                left = deadline - time.monotonic()
                if left <= 0:
                    raise self._timed_out(pending, timeout_s)
                self._changed.wait(left)
            if pending.refusal is not None:
                raise AgentError(f"the agent refused: {pending.refusal}", command=pending.text)
            if pending.answer is not None:
                return pending.answer
            failure = pending.failure or self.over
            assert failure is not None, "is_done said that the request failed"
            raise failure(pending.text)

    def _timed_out(self, pending: PendingCall, timeout_s: float) -> BenchError:
        evidence = self._received.evidence()
        if self._received.troubles > pending.troubles_before:
            # Whether the damaged frame was this request or its answer cannot be told from it.
            message = "no answer, but a frame was damaged on the line"
            return FrameError(message, command=pending.text, received=evidence)
        return CallTimeout(f"no answer in {timeout_s:g} s", command=pending.text, received=evidence)
