"""Messages to the target and back: in order, once each, whatever the line does to them.

The same as ``firmware/stacks/offload/Session.h`` on the other side; see ``offload.proto``.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .schema import pb

WINDOW = 8
"""Messages that may be under way to the target."""
KEEPALIVE_S = 1.0
"""Longest silence towards the target."""
ASK_AGAIN_S = 0.1
MOST_DOUBLINGS = 3
OWN_BYTES = 26
"""The most that a message's own fields take, beside its data: session, sequence, ack, socket, the data's head."""


@dataclass
class Counts:
    """What became of the messages of a session.

    Attributes:
        sent, received: messages in order.
        resent: sent again, because the target asked or did not acknowledge.
        repeated: came again, though they had come.
        gaps: came too early: the one before was lost.
        damaged: frames that were none.
    """

    sent: int = 0
    received: int = 0
    resent: int = 0
    repeated: int = 0
    gaps: int = 0
    damaged: int = 0

    @property
    def trouble(self) -> int:
        """How much went wrong."""
        return self.resent + self.repeated + self.gaps + self.damaged

    def __str__(self) -> str:
        return (
            f"{self.resent} messages sent again to the target, {self.repeated} again by it; "
            f"{self.gaps} came too early, {self.damaged} frames were damaged"
        )


class Session:
    """One session with the target. For one thread.

    Arguments:
        number: names it; not 0.
        frame_bytes: longest message that the target takes.
        patience_s: seconds after which what was sent must have been acknowledged.
        write: sends a message over the line.
    """

    def __init__(self, number: int, frame_bytes: int, patience_s: float, write: Callable[[bytes], None]) -> None:
        self.number = number
        self.counts = Counts()
        self._frame_bytes = frame_bytes
        self._patience_s = patience_s
        self._write = write
        self._window: deque[pb.ToTarget] = deque()
        self._first = 1  # sequence of the oldest that is not acknowledged
        self._unsent = 0  # index in the window of the first that is to be written
        self._written = 0  # sequence of the last one that was ever written
        self._progress = time.monotonic()
        self._retries = 0
        self._expected = 1
        self._asked: float | None = None
        self._ack = self._again = False
        self._spoke = time.monotonic()

    @property
    def fresh(self) -> bool:
        """Whether nothing has come in it yet."""
        return self._expected == 1

    @property
    def room(self) -> int:
        """How many messages may be sent now."""
        return WINDOW - len(self._window)

    @property
    def data_room(self) -> int:
        """Most bytes of data in one message."""
        return self._frame_bytes - OWN_BYTES

    def send(self, message: pb.ToTarget) -> None:
        """Send a message, in order. One that there is no room for waits all the same: keep to `room` for data."""
        message.session = self.number
        message.sequence = self._first + len(self._window)
        if not self._window:
            self._progress, self._retries = time.monotonic(), 0
        self._window.append(message)
        self.counts.sent += 1

    # --- in ---

    def take(self, message: pb.ToHost) -> bool:
        """Take a message of this session.

        Result:
            Whether it is the next one in order: then it is to be obeyed.
        """
        acknowledged = message.ack - self._first + 1
        if 0 < acknowledged <= min(len(self._window), self._written - self._first + 1):
            for _ in range(acknowledged):
                self._window.popleft()
            self._first += acknowledged
            self._unsent = max(0, self._unsent - acknowledged)
            self._progress, self._retries = time.monotonic(), 0
        if message.again:
            self._unsent = 0
        if not message.sequence:
            return False
        if message.sequence > self._expected:
            self.counts.gaps += 1
            self._ask_again()
            return False
        self._ack = True
        if message.sequence < self._expected:
            self.counts.repeated += 1
            return False
        self._expected += 1
        self._asked = None
        self.counts.received += 1
        return True

    def damaged(self) -> None:
        """A frame was damaged on its way here."""
        self.counts.damaged += 1
        self._ask_again()

    def _ask_again(self) -> None:
        """Once per gap: each answer is all that is under way."""
        now = time.monotonic()
        if self._asked is None or now - self._asked > ASK_AGAIN_S:
            self._asked = now
            self._again = True

    # --- out ---

    @property
    def busy(self) -> bool:
        """Whether there is something to write."""
        return self._ack or self._again or self._unsent < min(WINDOW, len(self._window))

    def write_one(self) -> None:
        """Write the next message, if there is one to write; waits for the line."""
        if self._unsent < min(WINDOW, len(self._window)):
            message = self._window[self._unsent]
            self._unsent += 1
            again = message.sequence <= self._written
            self.counts.resent += again
            self._written = max(self._written, message.sequence)
        elif self._ack or self._again:
            message = pb.ToTarget(session=self.number)
        else:
            return
        message.ack = self._expected - 1
        message.again = self._again
        self._ack = self._again = False
        self._write(message.SerializeToString())
        self._spoke = self._progress = time.monotonic()

    def tick(self) -> float:
        """Do what time asks for.

        Result:
            Seconds until it has to be called again.
        """
        now = time.monotonic()
        patience = self._patience_s * (1 << self._retries)
        if self._window and not self.busy and now - self._progress > patience:
            self._unsent = 0
            self._retries = min(self._retries + 1, MOST_DOUBLINGS)
        if now - self._spoke > KEEPALIVE_S:
            self._ack = True
        due = self._spoke + KEEPALIVE_S
        if self._window:
            due = min(due, self._progress + patience)
        return max(0.01, due - now)
