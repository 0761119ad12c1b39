"""The offload stack on a target, a process under sanitizers, and a line to it that can do harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bad_line import BadLine

from tlsbench import boards
from tlsbench.boards import ByteStream
from tlsbench.link import Agent, calls
from tlsbench.session.target import Start, Target

NAME = "native-serial"
SEED = bytes(range(64))


@contextmanager
def on(image: Path, run_dir: Path, share: float = 0.0) -> Iterator[tuple[Target, BadLine]]:
    """The board, its network up, over a line that does harm."""
    lines = []

    def bad(stream: ByteStream) -> ByteStream:
        lines.append(BadLine(stream, share))
        return lines[0]

    start = Start(image, SEED, names={"known.test": "127.0.0.1"})
    with (
        boards.open_board(boards.load(NAME), run_dir) as board,
        Target(board, run_dir / "console.log", start, bad) as target,
    ):
        yield target, lines[0]


def connected(agent: Agent, name: str, port: int) -> None:
    for call in (calls.create(name, "tcp"), calls.open(name), calls.connect(name, "127.0.0.1", port)):
        reply = agent.call(call, timeout_s=30)
        assert reply.ok, reply
