"""The Python side of ``firmware/agent/agent.proto``; importing this makes it if need be."""

from __future__ import annotations

from pathlib import Path

from ..protobuf import FIRMWARE, Schema

SCHEMA = Schema(FIRMWARE / "agent" / "agent.proto", Path(__file__).parent)
PROTOCOL_VERSION = 1
"""Version of the agent protocol that this bench speaks, and the agent's channel: ``AGENT`` in firmware/line/frame.h."""

SCHEMA.ensure()

from . import agent_pb2 as pb  # noqa: E402  (exists only from here on)

__all__ = ["PROTOCOL_VERSION", "SCHEMA", "pb"]
