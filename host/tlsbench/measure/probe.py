"""Reads what the emulator's plugin (`probe_plugin/probe.c`) counts, from the memory they share."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, field
from enum import IntEnum
from threading import Lock
from typing import TypeVar

from tlsbench.model.errors import ProbeError

LAYOUT_VERSION = 2
SLOTS = 32
RING = 4096
HEADER = struct.Struct("=8s4I")
COUNTERS = slice(HEADER.size, HEADER.size + 32)
RECORD = struct.Struct(f"=QIIQQ{SLOTS}Q{SLOTS}III")
SHARED_BYTES = COUNTERS.stop + RING * RECORD.size

Found = TypeVar("Found")


class Kind(IntEnum):
    """Why the plugin wrote a record."""

    RESET = 1
    MARKED = 2
    CALL_BEGAN = 3
    CALL_ENDED = 4
    MISUSED = 5


@dataclass(frozen=True, slots=True)
class ProbeSnapshot:
    """The counters at one moment, since power on. What the agent does to measure at a mark is in none of them.

    Arguments:
        instructions: executed so far, idle loop excluded.
        idle: executed so far in the idle loop.
        stack_low: lowest address that each thread slot stored to in its own stack since the mark before; a slot that
            stored nothing is not in it.
        threads: instructions executed while each slot was the running thread, interrupts on top of it included.
        resets: how often the reset handler began so far (1 after power on).
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
    """Counters of one emulated board. All answers are exact and there before the target's reply is.

    Arguments:
        memory: the mapping that the plugin writes, SHARED_BYTES long. The probe owns it.
    """

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        self._counters = memoryview(memory)[COUNTERS].cast("Q")  # whole reads of 64 bits: never half of a count
        self._lock = Lock()
        self._read = 0
        self._lost = 0
        self._misused = ""
        self._boot: ProbeSnapshot | None = None
        self._marks: dict[int, ProbeSnapshot] = {}
        self._begun: dict[int, tuple[ProbeSnapshot, int]] = {}
        self._calls: dict[int, CallCost] = {}

    def boot(self) -> ProbeSnapshot:
        """The counters when the reset handler last began: where the phase `boot` starts.

        Errors:
            ProbeError: the board never came out of reset.
        """
        with self._lock:
            self._catch_up()
            return self._answer(self._boot, "the board never came out of reset")

    def at_mark(self, mark: int) -> ProbeSnapshot:
        """The counters when the target last set this mark, since its last reset.

        Errors:
            ProbeError: it never did.
        """
        with self._lock:
            self._catch_up()
            return self._answer(self._marks.get(mark), f"the target set no mark {mark}; it set {sorted(self._marks)}")

    def call(self, request: int) -> CallCost:
        """The cost of the call that this request made, since the last reset.

        Errors:
            ProbeError: the call has not ended, or never began.
        """
        with self._lock:
            self._catch_up()
            missing = "has not ended" if request in self._begun else "never began"
            return self._answer(self._calls.get(request), f"the socket call of request {request} {missing}")

    def now(self) -> ProbeSnapshot:
        """The counters now, while the target runs: exact to one run of instructions without a branch, no stacks."""
        with self._lock:
            self._catch_up()
            executed, idle, measuring = self._counters[0], self._counters[1], self._counters[2]
            return ProbeSnapshot(executed - measuring - idle, idle, resets=self._boot.resets if self._boot else 0)

    def close(self) -> None:
        """Let go of the shared memory; what was read of it is kept."""
        with self._lock:
            self._catch_up()
            self._counters.release()
            self._memory.close()

    def _answer(self, found: Found | None, missing: str) -> Found:
        if self._misused:
            raise ProbeError(self._misused)
        if found is None:
            lost = f" ({self._lost} records were written over before they were read)" if self._lost else ""
            raise ProbeError(missing + lost)
        return found

    def _catch_up(self) -> None:
        """Take every record that the plugin wrote since the last time."""
        if self._memory.closed:
            return
        magic, version, record_bytes, ring, slots = HEADER.unpack_from(self._memory)
        if magic == bytes(8):
            return  # the emulator has not loaded the plugin yet
        if (magic, version, record_bytes, ring, slots) != (b"TLSPROBE", LAYOUT_VERSION, RECORD.size, RING, SLOTS):
            raise ProbeError(
                f"the probe plugin writes another layout (version {version}, {ring} records of {record_bytes} bytes) "
                f"than this bench reads (version {LAYOUT_VERSION}, {RING} of {RECORD.size}): build it again"
            )
        while self._read < (written := self._counters[3]):
            self._lost += max(0, written - RING - self._read)
            self._read = max(self._read, written - RING) + 1
            at = COUNTERS.stop + self._read % RING * RECORD.size
            record = RECORD.unpack_from(self._memory, at)
            if self._counters[3] - self._read < RING:  # else the plugin was writing over it while it was read
                self._take(record)
            else:
                self._lost += 1

    def _take(self, record: tuple[int, ...]) -> None:
        _, kind, ident, executed, idle = record[:5]
        resets = (self._boot.resets if self._boot else 0) + (kind == Kind.RESET)
        snapshot = ProbeSnapshot(
            instructions=executed - idle,
            idle=idle,
            threads={slot: count for slot, count in enumerate(record[5 : 5 + SLOTS]) if count},
            stack_low={slot: low for slot, low in enumerate(record[5 + SLOTS : 5 + 2 * SLOTS]) if low},
            resets=resets,
        )
        slot = record[5 + 2 * SLOTS]
        match kind:
            case Kind.RESET:  # the firmware counts its marks and requests anew
                self._boot = snapshot
                self._marks, self._begun, self._calls = {}, {}, {}
            case Kind.MARKED:
                self._marks[ident] = snapshot
            case Kind.CALL_BEGAN:
                self._begun[ident] = snapshot, slot
            case Kind.CALL_ENDED if ident in self._begun:
                begin, slot = self._begun.pop(ident)
                self._calls[ident] = CallCost(
                    instructions=snapshot.instructions - begin.instructions,
                    idle=snapshot.idle - begin.idle,
                    thread=snapshot.threads.get(slot, 0) - begin.threads.get(slot, 0),
                )
            case _:
                self._misused = (
                    f"the firmware used its probe wrongly at offset {ident} (kind {kind}): "
                    "see firmware/platform/probe.h for the protocol"
                )
