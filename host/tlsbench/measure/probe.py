"""Reads what the emulator's plugin (`probe_plugin/probe.c`) counts, from the memory they share."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProbeSnapshot:
    """The counters at one moment, since power on.

    Arguments:
        instructions: executed so far, idle loop excluded.
        idle: executed so far in the idle loop.
        stack_low: lowest address each thread slot stored to in its own stack since the mark before; a slot that
            stored nothing is not in it.
        threads: instructions executed while each slot was the running thread, interrupts on top of it included.
        resets: how often the board was reset or switched on so far (1 after power on).
    """

    instructions: int
    idle: int
    stack_low: dict[int, int] = field(default_factory=dict)
    threads: dict[int, int] = field(default_factory=dict)
    resets: int = 0


@dataclass(frozen=True, slots=True)
class CallCost:
    """What the target executed between begin and end of one socket call.

    Arguments:
        instructions: by all threads and interrupts, idle loop excluded.
        idle: in the idle loop.
        thread: by the calling thread alone (interrupts on top of it included): what tells waiting from spinning.
    """

    instructions: int
    idle: int
    thread: int


class Probe:
    """Counters of one emulated board. All answers are exact and there before the target's reply is."""

    def boot(self) -> ProbeSnapshot:
        """The counters when the reset handler last began: where the phase `boot` starts."""
        raise NotImplementedError

    def at_mark(self, mark: int) -> ProbeSnapshot:
        """The counters when the target last set this mark.

        Errors:
            ProbeError: it never did, or so long ago that the log went over it.
        """
        raise NotImplementedError

    def call(self, request: int) -> CallCost:
        """The cost of the call that this request made.

        Errors:
            ProbeError: the call has not ended, or never began.
        """
        raise NotImplementedError

    def now(self) -> ProbeSnapshot:
        """The counters now, while the target runs; not exact to the last few instructions, and without stacks."""
        raise NotImplementedError
