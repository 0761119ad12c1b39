"""Keywords about what a socket call blocks, for how long, and what it costs meanwhile."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta

from robot.api import logger
from robot.api.deco import keyword

from tlsbench.keywords.converters import Count, Size
from tlsbench.keywords.failures import KeywordFailure, absent
from tlsbench.keywords.socket import SOCKET, WAIT, SocketTopic, connect_call
from tlsbench.link import Reply, calls
from tlsbench.link.answers import SocketStatus
from tlsbench.model.errors import CallTimeout
from tlsbench.model.nsapi import Nsapi
from tlsbench.model.quantity import show
from tlsbench.model.result import Limit
from tlsbench.peers import Peer
from tlsbench.peers.pki import SERVER_NAME
from tlsbench.session.sockets import RunningCall

POLL_S = 0.02
WITHIN = timedelta(seconds=5)
FOR_EVER = -1


class BlockingKeywords(SocketTopic):
    """Calls that go on in the background, what they block, and what waiting costs.

    The ``Begin`` keywords have a thread of the target (``worker``) make a call and go on with the test at once; the
    call that they give is passed to the keywords that look after it. Times are those of the target's own clock.
    """

    @keyword(tags=["blocking", "socket"])
    def set_blocking(self, blocking: bool, *, socket: str = SOCKET) -> None:
        """Lets the calls of a socket block until they are done, or never.

        | =Argument= | =Meaning= |
        | ``blocking`` | ``True``: wait for ever; ``False``: return at once |

        Example:
        | `Set Blocking`    False
        """
        self._at_once(self.session.sockets.call(calls.set_blocking(socket, blocking)))

    @keyword(tags=["blocking", "socket"])
    def set_timeout(self, timeout: timedelta | None, *, socket: str = SOCKET) -> None:
        """Limits how long a call of a socket may block, from its begin to its end.

        | =Argument= | =Meaning= |
        | ``timeout`` | a time; 0 is not to block at all; ``None`` is to wait for ever |

        Example:
        | `Set Timeout`    500 ms
        """
        milliseconds = FOR_EVER if timeout is None else round(timeout.total_seconds() * 1000)
        self._at_once(self.session.sockets.call(calls.set_timeout(socket, milliseconds)))

    @keyword(tags=["blocking", "socket"])
    def begin_connect(
        self, peer: Peer | int, host: str = SERVER_NAME, *, socket: str = SOCKET, worker: int = 0
    ) -> RunningCall:
        """Begins to connect a socket, handshake included. Arguments as for `Connect`.

        Example:
        | ${call}    `Begin Connect`    ${peer}
        | `Call Should Block`    ${call}
        """
        return self.session.sockets.begin(connect_call(socket, peer, host), worker)

    @keyword(tags=["blocking", "socket"])
    def begin_send(self, data: str | bytes, *, socket: str = SOCKET, worker: int = 0) -> RunningCall:
        """Begins to send up to 512 bytes in one call. Arguments as for `Send`."""
        return self.session.sockets.begin(calls.send(socket, data.encode() if isinstance(data, str) else data), worker)

    @keyword(tags=["blocking", "socket"])
    def begin_receive(self, size: Size | None = None, *, socket: str = SOCKET, worker: int = 0) -> RunningCall:
        """Begins to receive up to ``size`` bytes in one call. Arguments as for `Receive`.

        Example:
        | ${call}    `Begin Receive`    100
        | `Call Should Return`    ${call}    NSAPI_ERROR_WOULD_BLOCK
        """
        return self.session.sockets.begin(calls.recv(socket, self.at_once(size)), worker)

    @keyword(tags=["blocking", "socket"])
    def begin_send_pattern(
        self, length: Size, *, chunk: Size = Size(0), socket: str = SOCKET, worker: int = 0
    ) -> RunningCall:
        """Begins to send pattern data that the target makes itself. Arguments as for `Send Pattern`.

        Example:
        | ${call}    `Begin Send Pattern`    1 MiB
        | `Call Should Block`    ${call}
        """
        return self.session.sockets.begin(calls.send_pattern(socket, length, chunk=chunk), worker)

    @keyword(tags=["blocking", "socket"])
    def begin_close(self, *, socket: str = SOCKET, worker: int = 0) -> RunningCall:
        """Begins to close a socket, for example one that another worker waits on."""
        return self.session.sockets.begin(calls.close(socket), worker)

    @keyword(tags=["blocking"])
    def call_should_block(self, call: RunningCall, for_at_least: timedelta = timedelta(milliseconds=200)) -> None:
        """Checks that a call keeps its caller for at least that long, and waits for that.

        | =Argument= | =Meaning= |
        | ``call`` | what one of the ``Begin`` keywords gave |
        | ``for_at_least`` | time since the call began, by the target's clock |

        Example:
        | ${call}    `Begin Receive`
        | `Call Should Block`    ${call}    for_at_least=1 s
        """
        wanted_us = round(for_at_least / timedelta(microseconds=1))
        deadline = time.monotonic() + 2 * for_at_least.total_seconds() + WITHIN.total_seconds()
        elapsed_us = 0
        # Asking the target costs it instructions, which would be counted as the call's: so it is asked seldom.
        while elapsed_us < wanted_us:
            with suppress(CallTimeout):
                reply = call.pending.wait(max(POLL_S, (wanted_us - elapsed_us) / 1e6))
                raise KeywordFailure(f"the call does not block: {reply}")
            if time.monotonic() > deadline:
                raise KeywordFailure(
                    f"{call.call.text} should block for {show(wanted_us, 'us')}; the target says that it has been "
                    f"busy with it for {show(elapsed_us, 'us')}"
                )
            workers = self.session.agent.status().workers
            elapsed_us = next((worker.elapsed_us for worker in workers if worker.request == call.pending.id), 0)

    @keyword(tags=["blocking"])
    def call_should_return(self, call: RunningCall, expect: Nsapi | None = None, *, within: timedelta = WAIT) -> int:
        """Waits until a call returns, checks its result and gives it. Records how long the call blocked.

        | =Argument= | =Meaning= |
        | ``call`` | what one of the ``Begin`` keywords gave |
        | ``expect`` | the result that it must have; left out: any success |
        | ``within`` | how long to wait, by this machine's clock |

        Example:
        | ${call}    `Begin Receive`
        | `Call Should Return`    ${call}    NSAPI_ERROR_WOULD_BLOCK
        """
        reply = self.session.sockets.wait(call, within.total_seconds())
        self.session.sockets.record_blocked(call, reply)
        if expect is None and not reply.ok:
            raise KeywordFailure(str(reply))
        if expect is not None and reply.result != expect:
            raise KeywordFailure(f"{reply}, not {expect.api_name}")
        logger.info(str(reply))
        return reply.result

    @keyword(tags=["blocking"])
    def call_should_have_blocked(
        self, call: RunningCall, *, at_least: timedelta = timedelta(0), at_most: timedelta = WAIT
    ) -> timedelta:
        """Checks how long a call that has returned kept its caller, by the target's clock, and gives that time.

        | =Argument= | =Meaning= |
        | ``call`` | a call that has returned |
        | ``at_least``, ``at_most`` | times |

        Example:
        | `Set Timeout`    500 ms
        | ${call}    `Begin Receive`
        | `Call Should Return`    ${call}    NSAPI_ERROR_WOULD_BLOCK
        | `Call Should Have Blocked`    ${call}    at_least=500 ms    at_most=600 ms
        """
        reply = _returned(call)
        blocked = timedelta(microseconds=reply.blocked_us)
        self._judge("blocked", reply.blocked_us, round(at_most / timedelta(microseconds=1)), "us", call)
        if not at_least <= blocked <= at_most:
            raise KeywordFailure(
                f"{reply}; that is not between {_ms(at_least)} and {_ms(at_most)}",
            )
        return blocked

    @keyword(tags=["blocking"])
    def call_should_have_waited(self, call: RunningCall, at_most: Count = Count(200_000)) -> int:
        """Checks that the target waited while a call blocked, and did not spin: that it executed few instructions.

        | =Argument= | =Meaning= |
        | ``call`` | a call that has returned |
        | ``at_most`` | instructions of all threads and interrupts during the call, the idle loop not counted |

        Example:
        | `Call Should Have Waited`    ${call}    at_most=100 k
        """
        reply = _returned(call)
        probe = self.session.board.probe
        if probe is None:
            raise absent("the instructions of one call", self.session.info.name)
        cost = probe.call(reply.id)
        self._judge("blocked_instructions", cost.instructions, at_most, "instructions", call)
        if cost.instructions > at_most:
            raise KeywordFailure(
                f"the target executed {cost.instructions} instructions while {call.call.text} blocked for "
                f"{show(reply.blocked_us, 'us')} ({cost.thread} of them in the thread that waited); at most {at_most} "
                "would be waiting"
            )
        return cost.instructions

    @keyword(tags=["blocking", "sigio"])
    def switch_sigio_on(self, *, socket: str = SOCKET) -> None:
        """Has the target count the events of a socket from now on, with a callback (``sigio``).

        Example:
        | `Switch Sigio On`
        | `Send`    hello
        | `Sigio Should Have Fired`
        """
        self._at_once(self.session.sockets.call(calls.sigio(socket)))

    @keyword(tags=["blocking", "sigio"])
    def sigio_should_have_fired(self, at_least: int = 1, *, socket: str = SOCKET, within: timedelta = WITHIN) -> int:
        """Waits until the callback of a socket was called, and gives how often. See `Switch Sigio On`."""
        deadline = time.monotonic() + within.total_seconds()
        while (count := self._status(socket).sigio_count) < at_least:
            if time.monotonic() > deadline:
                raise KeywordFailure(f"sigio of {socket!r} fired {count} times in {within}, not {at_least} or more")
            time.sleep(POLL_S)
        return count

    @keyword(tags=["blocking", "sigio"])
    def sigio_should_be_at_rest(self, *, socket: str = SOCKET, within: timedelta = WITHIN) -> None:
        """Checks that the callback of a socket is not called while nothing happens.

        What happened before may be told a while later, on a machine that has other things to do: then it is counted
        anew, until nothing more comes or the time has passed.

        Example:
        | `Switch Sigio On`
        | `Receive`    expect=NSAPI_ERROR_WOULD_BLOCK
        | `Sigio Should Be At Rest`
        """
        deadline = time.monotonic() + within.total_seconds()
        while count := self._status(socket).sigio_count:
            if time.monotonic() > deadline:
                raise KeywordFailure(f"sigio of {socket!r} fired {count} times, and does so again and again")
            self.switch_sigio_on(socket=socket)
            time.sleep(POLL_S)

    def _status(self, socket: str) -> SocketStatus:
        status = self.session.agent.status().socket(socket)
        if status is None:
            raise KeywordFailure(f"there is no socket {socket!r} on the target")
        return status

    def _at_once(self, reply: Reply) -> None:
        if not reply.ok:
            raise KeywordFailure(str(reply))

    def _judge(self, name: str, value: int, at_most: int, unit: str, call: RunningCall) -> None:
        self.session.judge(Limit("", "", name, unit, value, at_most, call.phase, call.thread, "test", call.call.name))


def _returned(call: RunningCall) -> Reply:
    reply = call.pending.reply
    if reply is None:
        raise KeywordFailure(f"{call.call.text} has not returned yet; wait for it with `Call Should Return`")
    return reply


def _ms(time_span: timedelta) -> str:
    return show(round(time_span / timedelta(microseconds=1)), "us")
