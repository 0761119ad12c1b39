"""What a board can give by what is known of it: names of metrics (`model.metric.QUANTITIES`)."""

from __future__ import annotations

FROM_THE_AGENT = [
    "duration",
    "heap_current",
    "heap_peak",
    "heap_saved",
    "blocked",
    "handshake_calls",
    "longest_call_time",
]
"""What an agent tells on any board: by the board's own clock, and the allocator's own count."""

OF_AN_IMAGE = [*FROM_THE_AGENT, "static_ram", "flash", "heap_arena_peak", "stack_peak", "ram_needed"]
"""Besides, what an image for a core says of its memory: regions, stacks that it paints."""

COUNTED = ["instructions", "idle_instructions", "blocked_instructions", "longest_call", "all_calls"]
"""What an emulator counts."""

ON_THE_WIRE = ["bytes_tx", "bytes_rx", "packets", "flights"]
"""What a tap on the board's network sees."""

CYCLES = ["cycles", "idle_cycles"]
"""What a cycle counter in the core counts."""
