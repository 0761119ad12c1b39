"""The sessions of one peer, and how to wait for one."""

import threading
import time
from collections.abc import Callable, Collection

from tlsbench.model.errors import PeerError
from tlsbench.peers.seen import PeerSession, Stage


class SessionBook:
    """Sessions in the order in which they were accepted. Any thread may use it."""

    def __init__(self) -> None:
        self._sessions: list[PeerSession] = []
        self._changed = threading.Condition()

    @property
    def sessions(self) -> list[PeerSession]:
        """Every session so far."""
        with self._changed:
            return list(self._sessions)

    def open(self, client: str) -> PeerSession:
        """A new session.

        Args:
            client: where it comes from, ``address:port``.
        """
        with self._changed:
            session = PeerSession(len(self._sessions) + 1, client)
            self._sessions.append(session)
            self._changed.notify_all()
            return session

    def advance(self, session: PeerSession, stage: Stage) -> None:
        """Notes that a session has come so far."""
        with self._changed:
            session.stage = stage
            session.was_established |= stage is Stage.ESTABLISHED
            self._changed.notify_all()

    def changed(self) -> None:
        """Something in a session has changed: those who wait look again."""
        with self._changed:
            self._changed.notify_all()

    def wait(
        self, peer: str, condition: Callable[[PeerSession], bool], timeout_s: float, what: str, number: int | None
    ) -> PeerSession:
        """Waits until something is true of a session.

        Args:
            peer: whose session it is, for messages.
            condition: asked after every change, with the book locked: it must be quick.
            timeout_s: deadline in seconds from now.
            what: what is waited for, for the message.
            number: which session, counted from 1; None takes the newest.

        Raises:
            PeerError: the deadline passed, or the session failed. Carries what all sessions saw.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                session = self._find(number)
                if session and session.failure:
                    raise PeerError(f"{peer}: session {session.number}: {session.failure}", received=self._tell())
                if session and condition(session):
                    return session
                left = deadline - time.monotonic()
                if left <= 0:
                    raise PeerError(f"{peer}: waited {timeout_s:g} s in vain for {what}", received=self._tell())
                self._changed.wait(left)

    def wait_for_ends(self, known: Collection[int], timeout_s: float) -> list[PeerSession]:
        """Waits until a session has ended whose number is not known, and gives all of those; none after the deadline.

        Args:
            known: numbers of sessions that do not count.
            timeout_s: deadline in seconds from now.
        """

        def ended() -> list[PeerSession]:
            return [one for one in self._sessions if one.stage is Stage.ENDED and one.number not in known]

        with self._changed:
            return self._changed.wait_for(ended, timeout_s)

    def report(self) -> str:
        """What all sessions saw, for a person."""
        with self._changed:
            return self._tell()

    def _find(self, number: int | None) -> PeerSession | None:
        wanted = len(self._sessions) if number is None else number
        return self._sessions[wanted - 1] if 0 < wanted <= len(self._sessions) else None

    def _tell(self) -> str:
        return "\n".join(session.summary() for session in self._sessions[-10:]) or "no connection"
