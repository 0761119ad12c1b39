"""When to send a request again: on a line that loses bytes, it or its answer may not have come."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Repeats:
    """The times at which one request is sent again.

    At once when a frame was damaged, which may have been this request or its answer; and after a silence, which
    doubles each time: a call that blocks is silent for good reason, and should not be disturbed much.

    Arguments:
        after_s: seconds of the first silence.
        sent_at: when it was sent last, by `time.monotonic()`.
        troubles: damaged frames until then.
    """

    after_s: float
    sent_at: float
    troubles: int
    times: int = field(default=0)

    def due(self, now: float, troubles: int) -> bool:
        """Whether to send it now; if so, it counts as sent.

        Arguments:
            now: `time.monotonic()`.
            troubles: damaged frames until now.
        """
        damaged = troubles > self.troubles
        if not damaged and now < self.sent_at + self.after_s:
            return False
        if not damaged:
            self.after_s *= 2
        self.sent_at, self.troubles = now, troubles
        self.times += 1
        return True
