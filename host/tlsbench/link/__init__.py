"""The link to the target: one serial byte stream that carries console text and the agent's frames.

From the outside in: ``Agent`` asks the target and understands its answers, ``Link`` moves frames and console text,
``codec`` knows a frame, ``schema`` makes the messages from ``firmware/agent/agent.proto``.
"""

from . import calls
from .agent import Agent
from .answers import Hello, Reply, SocketStatus, Stats, Status, ThreadStats, Transfer, WorkerStatus
from .link import Link
from .pattern import pattern
from .pending import PendingCall

__all__ = [
    "Agent",
    "Hello",
    "Link",
    "PendingCall",
    "Reply",
    "SocketStatus",
    "Stats",
    "Status",
    "ThreadStats",
    "Transfer",
    "WorkerStatus",
    "calls",
    "pattern",
]
