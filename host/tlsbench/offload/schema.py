"""The Python side of ``firmware/stacks/offload/offload.proto``; importing this makes it if need be."""

from __future__ import annotations

from pathlib import Path

from tlsbench.protobuf import FIRMWARE, Schema

SCHEMA = Schema(FIRMWARE / "stacks" / "offload" / "offload.proto", Path(__file__).parent)
CHANNEL = 2
"""The channel of its frames: ``OFFLOAD`` in firmware/line/frame.h."""

SCHEMA.ensure()

from . import offload_pb2 as pb  # noqa: E402  (exists only from here on)

__all__ = ["CHANNEL", "SCHEMA", "pb"]
