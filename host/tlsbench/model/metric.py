"""What the bench measures: the names, the units, and one value with its method."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import Field

Number = Annotated[int | float, Field(allow_inf_nan=False)]
"""What can be measured; a record that holds anything else is refused."""


class Phase(StrEnum):
    """The life of a board and of one secure socket, in the order they happen."""

    BOOT = "boot"
    NETWORK_UP = "network_up"
    OPEN = "open"
    TRUST = "trust"
    HANDSHAKE = "handshake"
    ESTABLISHED = "established"
    TRANSFER = "transfer"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that can be measured: its name in the record, its unit, and what it means to a reader."""

    name: str
    unit: str
    meaning: str


QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity("instructions", "instructions", "instructions the core executed, idle loop excluded"),
        Quantity("idle_instructions", "instructions", "instructions the core executed in its idle loop"),
        Quantity("cycles", "cycles", "core clock cycles, idle included"),
        Quantity("idle_cycles", "cycles", "core clock cycles in the idle loop"),
        Quantity("duration", "us", "time by the target's own clock"),
        Quantity("static_ram", "bytes", "RAM the image takes before anything runs, heap and stacks apart"),
        Quantity("flash", "bytes", "flash the image takes"),
        Quantity("heap_current", "bytes", "live heap at the end of the phase, allocator overhead included"),
        Quantity("heap_peak", "bytes", "most heap in use at once during the phase, allocator overhead included"),
        Quantity("heap_saved", "bytes", "heap that a second socket saves by sharing the first one's configuration"),
        Quantity("heap_arena_peak", "bytes", "highest address the allocator ever took from its region"),
        Quantity("stack_peak", "bytes", "deepest use of one thread's stack during the phase"),
        Quantity("ram_needed", "bytes", "static RAM + heap arena peak + all stack peaks: the smallest board it fits"),
        Quantity("flash_added", "bytes", "flash that a configuration takes more than the ordinary image"),
        Quantity("static_ram_added", "bytes", "static RAM that a configuration takes more than the ordinary image"),
        Quantity("heap_added", "bytes", "heap peak with a configuration, less that of the ordinary image"),
        Quantity("stack_added", "bytes", "stack peak with a configuration, less that of the ordinary image"),
        Quantity("instructions_added", "instructions", "instructions with a configuration, less the ordinary image's"),
        Quantity("bytes_tx", "bytes", "bytes the target sent, Ethernet headers included"),
        Quantity("bytes_rx", "bytes", "bytes the target received, Ethernet headers included"),
        Quantity("packets", "packets", "Ethernet frames, both directions"),
        Quantity("flights", "flights", "runs of payload in one direction: two flights are one round trip"),
        Quantity("blocked", "us", "how long one socket call kept its caller"),
        Quantity("blocked_instructions", "instructions", "instructions executed while a call kept its caller"),
        Quantity("handshake_calls", "calls", "calls of connect() that a handshake took which does not block"),
        Quantity("longest_call", "instructions", "instructions executed in the longest of those calls"),
        Quantity("longest_call_time", "us", "how long the longest of those calls kept its caller"),
        Quantity("all_calls", "instructions", "instructions executed in all of those calls"),
    )
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured value. A number without its method is not reported, so `method` has no default.

    Arguments:
        name: a key of QUANTITIES; anything else is refused.
        value: the number, in `unit`.
        method: how it was obtained, in a few words ("lowest store, exact", "wire tap", ...).
        phase: the phase it belongs to; None for the whole image or run.
        thread: the target's thread ("worker0", "lwip", ...), where the value belongs to one.
        call: the socket call ("recv", "connect", ...), where the value belongs to one.
        unit: filled in from QUANTITIES.
        suite, test: filled in by the recorder.
    """

    name: str
    value: Number
    method: str
    phase: Phase | None = None
    thread: str | None = None
    call: str | None = None
    suite: str = ""
    test: str = ""
    unit: str = field(default="")

    def __post_init__(self) -> None:
        quantity = QUANTITIES.get(self.name)
        if quantity is None:
            raise ValueError(f"unknown metric {self.name!r}; known: {', '.join(QUANTITIES)}")
        if not self.method:
            raise ValueError(f"metric {self.name!r} without a method")
        object.__setattr__(self, "unit", quantity.unit)
