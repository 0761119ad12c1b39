"""What an image without the agent is told when it starts: bytes in the board's memory (firmware/platform/boot.h)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

SYMBOL = "tlsbench_boot"
SEED_BYTES = 64

_MAGIC = b"tlsbboot"
_BLOCK = struct.Struct(f"<8sQ{SEED_BYTES}s")


@dataclass(frozen=True, slots=True)
class BootValues:
    """What a board without entropy and without a clock needs for a secure connection.

    Arguments:
        seed: SEED_BYTES bytes that its random numbers grow from.
        epoch_s: seconds since 1970-01-01 00:00 UTC.
    """

    seed: bytes
    epoch_s: int

    def block(self) -> bytes:
        """The bytes at SYMBOL."""
        return _BLOCK.pack(_MAGIC, self.epoch_s, self.seed)
