"""Notices that a run is stopped from outside, so that its half of a result is thrown away."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from tlsbench.session.session import Session

STOPPING = (signal.SIGINT, signal.SIGTERM)


def watch(session: Session) -> None:
    """Mark the run as interrupted when a stopping signal comes, and then do what was to be done anyway.

    Robot Framework takes these signals during a run to end it in good order, and says nothing of it afterwards.
    """
    if session.watched or threading.current_thread() is not threading.main_thread():
        return
    session.watched = True
    for number in STOPPING:
        before = signal.getsignal(number)

        def stop(signum: int, frame: FrameType | None, before: object = before) -> None:
            session.interrupted = signum
            if callable(before):
                before(signum, frame)

        signal.signal(number, stop)
