"""Keywords about a handshake that takes many calls, none of which blocks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from robot.api import logger
from robot.api.deco import keyword

from tlsbench.keywords.blocking import POLL_S
from tlsbench.keywords.converters import Count, Outcome
from tlsbench.keywords.failures import KeywordFailure, absent
from tlsbench.keywords.socket import SOCKET, WAIT, SocketTopic, connect_call
from tlsbench.link import Reply, calls
from tlsbench.measure import cpu
from tlsbench.model.metric import Metric, Phase
from tlsbench.model.nsapi import Nsapi, describe_result
from tlsbench.model.quantity import show
from tlsbench.model.result import Limit
from tlsbench.peers import Peer
from tlsbench.peers.pki import SERVER_NAME
from tlsbench.session.sockets import GOES_ON

CONNECTED = Outcome(Nsapi.IS_CONNECTED)


@dataclass(frozen=True, slots=True)
class PolledConnect:
    """The calls of one `connect()` that was called again and again."""

    replies: tuple[Reply, ...]
    worker: int
    call: str

    @property
    def thread(self) -> str:
        """The target's thread that made them."""
        return f"worker{self.worker}"

    def __str__(self) -> str:
        last = self.replies[-1]
        return f"{len(self.replies)} calls of {last.request}, the last gave {describe_result(last.result)}"


class NonblockingKeywords(SocketTopic):
    """A handshake in many calls, on a socket that must not block (`Set Blocking`).

    For images with the key ``tls-socket.nonblocking-handshake``: ``Use Configuration    nonblocking``. In others
    `Connect` blocks on every socket.
    """

    @keyword(tags=["blocking", "tls"])
    def poll_connect(
        self,
        peer: Peer | int | None = None,
        host: str = SERVER_NAME,
        *,
        by_sigio: bool = False,
        begun: bool = False,
        calls_at_most: int | None = None,
        socket: str = SOCKET,
        worker: int = 0,
        expect: Outcome = CONNECTED,
        within: timedelta = WAIT,
    ) -> PolledConnect:
        """Calls ``connect()`` until it has more to say than that it goes on. Gives the calls, for other keywords to
        hold against a limit.

        | =Argument= | =Meaning= |
        | ``peer``, ``host`` | as for `Connect`; without a peer: what lies below is connected, see `Start TLS` |
        | ``by_sigio`` | ``True``: call again only when the socket's callback (``sigio``) has told that it can get on |
        | ``begun`` | ``True``: go on where an earlier one stopped in the middle |
        | ``calls_at_most`` | stop after so many calls |
        | ``expect`` | what the last call must give; the first one gives ``IN_PROGRESS`` and the others ``ALREADY`` |
        | ``within`` | how long all of it may take, by this machine's clock |

        Example:
        | `Set Blocking`    False
        | ${handshake}    `Poll Connect`    ${peer}
        | `Longest Call Should Be At Most`    ${handshake}    3 M
        """
        call = calls.connect(socket, "", 0) if peer is None else connect_call(socket, peer, host)
        deadline = time.monotonic() + within.total_seconds()
        replies: list[Reply] = []
        fired = 0
        if by_sigio:
            self.call(calls.sigio(socket), worker)
        while True:
            reply = self.session.sockets.call(call, worker)
            replies.append(reply)
            if reply.result not in GOES_ON:
                break
            if reply.result != (Nsapi.ALREADY if begun or len(replies) > 1 else Nsapi.IN_PROGRESS):
                raise KeywordFailure(f"call {len(replies)}: {reply}")
            if len(replies) == calls_at_most:
                break
            if time.monotonic() > deadline:
                raise KeywordFailure(f"still not connected after {len(replies)} calls, in {within}: {reply}")
            if by_sigio:
                fired = self._next_event(socket, fired, deadline, reply)
        polled = PolledConnect(tuple(replies), worker, call.name)
        if reply.result in GOES_ON:
            return polled
        if reply.result != expect:
            raise KeywordFailure(f"{reply}, in call {len(replies)}, not {describe_result(expect)}")
        logger.info(str(polled))
        if reply.result == CONNECTED:
            self._record(polled)
        return polled

    @keyword(tags=["blocking"])
    def longest_call_should_be_at_most(self, polled: PolledConnect, limit: Count) -> int:
        """Checks how much the target executed in the longest of the calls, the idle loop not counted.

        | =Argument= | =Meaning= |
        | ``polled`` | what `Poll Connect` gave |
        | ``limit`` | instructions: ``3 M`` |

        Example:
        | `Longest Call Should Be At Most`    ${handshake}    3 M
        """
        costs = self._costs(polled)
        if not costs:
            raise absent("the instructions of one call", self.session.info.name)
        self._judge("longest_call", max(costs), limit, "instructions", polled)
        if max(costs) > limit:
            at = costs.index(max(costs)) + 1
            raise KeywordFailure(
                f"{polled}: the target executed {max(costs)} instructions in call {at}, at most {limit} are allowed"
            )
        return max(costs)

    @keyword(tags=["blocking"])
    def no_call_should_have_blocked_longer_than(self, polled: PolledConnect, limit: timedelta) -> None:
        """Checks how long each of the calls kept its caller, by the target's clock. See `Poll Connect`.

        Example:
        | `No Call Should Have Blocked Longer Than`    ${handshake}    1 s
        """
        longest = max(polled.replies, key=lambda reply: reply.blocked_us)
        at_most = round(limit / timedelta(microseconds=1))
        self._judge("longest_call_time", longest.blocked_us, at_most, "us", polled)
        if longest.blocked_us > at_most:
            raise KeywordFailure(f"{longest}, at most {show(at_most, 'us')} is allowed")

    def _next_event(self, socket: str, seen: int, deadline: float, last: Reply) -> int:
        """Wait until the callback was called more often than that, and give how often."""
        while True:
            status = self.session.agent.status().socket(socket)
            if status is not None and status.sigio_count > seen:
                return status.sigio_count
            if time.monotonic() > deadline:
                raise KeywordFailure(f"{last}, and no sigio came since: nothing tells when to call it again")
            time.sleep(POLL_S)

    def _record(self, polled: PolledConnect) -> None:
        """Record what one handshake was made of."""
        where = (Phase.HANDSHAKE, polled.thread, polled.call)
        clock = f"target's clock around each call, {self.session.info.clock}"
        self.session.record(
            Metric("handshake_calls", len(polled.replies), "calls of connect() until it was done", *where),
            Metric("longest_call_time", max(reply.blocked_us for reply in polled.replies), clock, *where),
        )
        if costs := self._costs(polled):
            self.session.record(
                Metric("longest_call", max(costs), cpu.CALL_METHOD, *where),
                Metric("all_calls", sum(costs), cpu.CALL_METHOD, *where),
            )

    def _costs(self, polled: PolledConnect) -> list[int]:
        """The instructions of each call; none where the board does not count them."""
        probe = self.session.board.probe
        return [probe.call(reply.id).instructions for reply in polled.replies] if probe else []

    def _judge(self, name: str, value: int, at_most: int, unit: str, polled: PolledConnect) -> None:
        self.session.judge(
            Limit("", "", name, unit, value, at_most, Phase.HANDSHAKE, polled.thread, "test", polled.call)
        )
