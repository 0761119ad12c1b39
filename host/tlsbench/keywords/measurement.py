"""Keywords that read what was measured, and hold it against limits."""

from __future__ import annotations

from datetime import timedelta

from robot.api import logger
from robot.api.deco import keyword

from tlsbench.keywords.converters import Count, Size
from tlsbench.keywords.failures import KeywordFailure, absent
from tlsbench.keywords.socket import SOCKET
from tlsbench.keywords.topic import Topic
from tlsbench.model.errors import BoardTooSmall
from tlsbench.model.metric import QUANTITIES, Metric, Phase
from tlsbench.model.quantity import show
from tlsbench.model.result import Limit

SINCE_BOOT = ("ram_needed", "heap_arena_peak")


class MeasurementKeywords(Topic):
    """What was measured in this test, and its limits.

    A limit goes into the record with the value held against it. What the board cannot measure is absent: the test
    is skipped.
    """

    @keyword(tags=["measurement"])
    def heap_peak_should_be_at_most(self, limit: Size, phase: Phase = Phase.HANDSHAKE) -> None:
        """Fails if more heap was in use at one time in a phase, allocator overhead included.

        | =Argument= | =Meaning= |
        | ``limit`` | a size: ``11 KiB`` |
        | ``phase`` | one of the `Phases` |

        Example:
        | `Heap Peak Should Be At Most`    11 KiB    phase=handshake
        """
        self._hold("heap_peak", limit, phase)

    @keyword(tags=["measurement"])
    def heap_after_phase_should_be_at_most(self, limit: Size, phase: Phase = Phase.CLOSED) -> None:
        """Fails if more heap was live at the end of a phase. Arguments as for `Heap Peak Should Be At Most`.

        Example:
        | `Heap After Phase Should Be At Most`    0 B    phase=closed
        """
        self._hold("heap_current", limit, phase)

    @keyword(tags=["measurement"])
    def heap_should_have_room_for_connections(self, count: int) -> None:
        """Makes the test absent on a board whose heap is too small for so many secure connections at once.

        What one takes is known when the first one was made: all take what they hold, and the last one its peak.

        Example:
        | `Connect`    ${peer}
        | `Heap Should Have Room For Connections`    3
        """
        peak, held = self.session.find("heap_peak", Phase.HANDSHAKE), self.session.find("heap_current", Phase.HANDSHAKE)
        there = self.session.agent.stats().heap_region
        if peak is None or held is None or not there:
            return  # a process has heap without end
        needed = round(peak.value + (count - 1) * held.value)
        if needed > there:
            board = self.session.info.name
            raise BoardTooSmall(f"{board} is too small: this takes {needed:,} bytes of heap, and it has {there:,}")

    @keyword(tags=["measurement"])
    def stack_peak_should_be_at_most(
        self, limit: Size, thread: str = "worker0", phase: Phase = Phase.HANDSHAKE
    ) -> None:
        """Fails if a thread used more of its stack in a phase.

        | =Argument= | =Meaning= |
        | ``limit`` | a size: ``3.5 KiB`` |
        | ``thread`` | ``worker0``, ``worker1``, ..., ``lwip``, ``agent``, ``isr`` |
        | ``phase`` | one of the `Phases` |

        Example:
        | `Stack Peak Should Be At Most`    3.5 KiB    thread=worker0    phase=handshake
        """
        self._hold("stack_peak", limit, phase, thread)

    @keyword(tags=["measurement"])
    def instructions_should_be_at_most(self, limit: Count, phase: Phase = Phase.HANDSHAKE) -> None:
        """Fails if the core executed more instructions in a phase, the idle loop not counted.

        Example:
        | `Instructions Should Be At Most`    150 M    phase=handshake
        """
        self._hold("instructions", limit, phase)

    @keyword(tags=["measurement"])
    def duration_should_be_at_most(self, limit: timedelta, phase: Phase = Phase.HANDSHAKE) -> None:
        """Fails if a phase took longer by the target's clock.

        Example:
        | `Duration Should Be At Most`    5 s    phase=handshake
        """
        self._hold("duration", round(limit.total_seconds() * 1e6), phase)

    @keyword(tags=["measurement"])
    def bytes_sent_should_be_at_most(self, limit: Size, phase: Phase = Phase.HANDSHAKE) -> None:
        """Fails if the target sent more bytes in a phase, Ethernet headers included.

        Example:
        | `Bytes Sent Should Be At Most`    1 KiB    phase=handshake
        """
        self._hold("bytes_tx", limit, phase)

    @keyword(tags=["measurement"])
    def bytes_received_should_be_at_most(self, limit: Size, phase: Phase = Phase.HANDSHAKE) -> None:
        """Fails if the target received more bytes in a phase, Ethernet headers included.

        Example:
        | `Bytes Received Should Be At Most`    3 KiB    phase=handshake
        """
        self._hold("bytes_rx", limit, phase)

    @keyword(tags=["measurement"])
    def round_trips_should_be(self, count: float, phase: Phase = Phase.HANDSHAKE) -> None:
        """Fails unless the payload of a phase went back and forth this often; a full TLS 1.2 handshake takes 2.

        Example:
        | `Round Trips Should Be`    2    phase=handshake
        """
        flights = self._found("flights", phase)
        if flights.value != 2 * count:
            raise KeywordFailure(f"{phase} took {flights.value / 2:g} round trips, not {count:g}")

    @keyword(name="Static RAM Should Be At Most", tags=["measurement"])
    def static_ram_should_be_at_most(self, limit: Size) -> None:
        """Fails if the image takes more RAM before anything runs, heap and stacks not counted.

        Example:
        | `Static RAM Should Be At Most`    64 KiB
        """
        self._hold("static_ram", limit, None)

    @keyword(tags=["measurement"])
    def flash_should_be_at_most(self, limit: Size) -> None:
        """Fails if the image takes more flash.

        Example:
        | `Flash Should Be At Most`    300 KiB
        """
        self._hold("flash", limit, None)

    @keyword(name="RAM Needed Should Be At Most", tags=["measurement"])
    def ram_needed_should_be_at_most(self, limit: Size) -> None:
        """Fails if the smallest board that this test would fit on has more RAM: static RAM, heap and all stacks.

        The allocator's highest address counts from the board's start: the test must begin with `Restart Board`.

        Example:
        | [Setup]    `Restart Board`
        | ...
        | `RAM Needed Should Be At Most`    128 KiB
        """
        self._hold("ram_needed", limit, None)

    @keyword(tags=["measurement", "budget"])
    def phase_should_be_within_budget(self, phase: Phase) -> None:
        """Holds everything that the budget of this profile says of a phase. The budget is ``robot/budgets.toml``.

        Example:
        | `Phase Should Be Within Budget`    handshake
        """
        self._hold_budget(phase)

    @keyword(tags=["measurement", "budget"])
    def image_should_be_within_budget(self) -> None:
        """Holds everything that the budget of this profile says of the image: static RAM, flash, RAM needed."""
        self._hold_budget(None)

    @keyword(tags=["measurement"])
    def get_metric(self, name: str, phase: Phase | None = None, thread: str | None = None) -> int | float:
        """Gives a value that was measured in this test; the worst, if the phase came several times.

        | =Argument= | =Meaning= |
        | ``name`` | ``heap_peak``, ``instructions``, ``bytes_tx``, ... |
        | ``phase`` | one of the `Phases`; left out: of the whole image |
        | ``thread`` | for ``stack_peak`` |

        Example:
        | ${bytes}    `Get Metric`    bytes_rx    phase=handshake
        """
        if name not in QUANTITIES:
            raise KeywordFailure(f"nothing is called {name!r}; known: {', '.join(QUANTITIES)}")
        return self._found(name, phase, thread).value

    @keyword(tags=["measurement"])
    def metric_should_be_recorded(self, name: str, phase: Phase | None = None, thread: str | None = None) -> None:
        """Fails unless this was measured in the running test, and is more than zero. Arguments as for `Get Metric`.

        Example:
        | `Metric Should Be Recorded`    instructions    phase=handshake
        """
        if self.get_metric(name, phase, thread) <= 0:
            raise KeywordFailure(f"{name} of {phase or 'the image'} is zero")

    @keyword(tags=["measurement"])
    def get_heap(self) -> int:
        """Gives the bytes of live heap on the target now, allocator overhead included.

        Example:
        | ${before}    `Get Heap`
        | `Open Socket`
        | `Close Socket`
        | `Heap Should Be`    ${before}
        """
        return self.session.agent.stats().heap_current

    @keyword(tags=["measurement"])
    def heap_should_be(self, size: Size) -> None:
        """Fails unless exactly this much heap is live on the target now.

        Example:
        | `Heap Should Be`    ${before}
        """
        now = self.get_heap()
        if now != size:
            raise KeywordFailure(
                f"{now} bytes of heap are live, {abs(now - size)} {'more' if now > size else 'less'} than {size}"
            )

    @keyword(tags=["measurement"])
    def get_socket_object_size(self, socket: str = SOCKET) -> int:
        """Gives the size of a socket's own object on the target, in bytes."""
        status = self.session.agent.status().socket(socket)
        if status is None:
            raise KeywordFailure(f"there is no socket {socket!r} on the target")
        return status.object_bytes

    @keyword(tags=["measurement"])
    def socket_object_should_be_at_most(self, limit: Size, socket: str = SOCKET) -> None:
        """Fails if a socket's own object is larger on the target. Absent where pointers are not those of a board.

        Example:
        | `Socket Object Should Be At Most`    256 B
        """
        if not self.session.measures("flash"):
            raise absent("the size of an object as a board has it", self.session.info.name)
        size = self.get_socket_object_size(socket)
        if size > limit:
            raise KeywordFailure(f"the object of {socket!r} has {size} bytes, at most {limit}")

    def _found(self, name: str, phase: Phase | None, thread: str | None = None) -> Metric:
        """The value; a test that asks for what the board cannot measure is absent, not passed."""
        metric = self.session.find(name, phase, thread)
        if metric is not None:
            return metric
        of = " of ".join(str(part) for part in (thread, phase) if part)
        if not self.session.measures(name):
            raise absent(f"{name} {of}".strip(), self.session.info.name)
        hint = "; it counts from boot: begin the test with `Restart Board`" if name in SINCE_BOOT else ""
        raise KeywordFailure(f"no {name} was measured {f'for {of} ' if of else ''}in this test{hint}")

    def _hold(
        self, name: str, at_most: int, phase: Phase | None, thread: str | None = None, source: str = "test"
    ) -> None:
        unit = QUANTITIES[name].unit
        where = Limit("", "", name, unit, None, at_most, phase, thread, source)
        try:
            metric = self._found(name, phase, thread)
        except KeywordFailure:
            raise
        except BaseException:
            self.session.judge(where)  # absent: in the record without a value
            raise
        self.session.judge(Limit("", "", name, unit, metric.value, at_most, phase, thread, source))
        of = " of ".join(part for part in (thread, phase) if part) or "the image"
        text = f"{name.replace('_', ' ')} of {of} is {show(metric.value, unit)}, at most {show(at_most, unit)}"
        if metric.value > at_most:
            raise KeywordFailure(f"{text}: {show(metric.value - at_most, unit)} too much ({metric.method})")
        logger.info(f"{text} ({metric.method})")

    def _hold_budget(self, phase: Phase | None) -> None:
        # A limit is about an image for a board: on other word sizes the same objects are of other sizes.
        if not self.session.measures("flash"):
            raise absent("what an image takes, so no budget holds", self.session.info.name)
        budget = self.session.budget()
        mine = [allowance for allowance in budget.allowances if allowance.phase == phase]
        if not mine:
            raise KeywordFailure(f"{budget.file.name} says nothing of {phase or 'the image'} for {budget.profile!r}")
        failures = []
        for allowance in mine:
            try:
                self._hold(allowance.name, allowance.at_most, phase, allowance.thread, "budget")
            except KeywordFailure as failure:
                failures.append(str(failure))
        if failures:
            raise KeywordFailure("\n".join(failures))
