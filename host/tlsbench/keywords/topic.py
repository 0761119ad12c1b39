"""What every keyword topic is made of."""

from __future__ import annotations

from tlsbench.session import Session


class Topic:
    """One file of keywords about one subject.

    A topic is a class with methods marked `@keyword` (from `robot.api.deco`). Its docstrings are the user's
    manual. It holds no state of its own: the run's state is in the `Session` that all topics share. To add a
    topic, write one file beside this one and add its class to `TOPICS` in `keywords/library.py`.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
