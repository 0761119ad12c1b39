"""One TLS connection on a freshly booted board, and what it cost."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tlsbench import boards
from tlsbench.link import Agent, Link, Reply, calls
from tlsbench.link.calls import Call
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BoardError, CallFailed
from tlsbench.model.metric import Metric, Phase
from tlsbench.peers import Authority, Identity, TlsPeer
from tlsbench.peers.pki import SERVER_NAME
from tlsbench.session.target import Start, Target, entropy_seed

SOCKET = "s"
WORKER = "worker0"
ECHO = bytes(range(64))


@dataclass(frozen=True, slots=True)
class Handshake:
    """What one handshake cost.

    Arguments:
        instructions: in the handshake, idle loop excluded.
        heap_peak: bytes above what was live before the socket object was made; the object is included.
        heap_left: bytes that are live after close(), before delete, beyond those live before open().
        stack_peak: bytes of the worker's stack, the deeper of painted mark and lowest store.
        wall_s: seconds of this machine's clock around the connect call.
    """

    instructions: int
    heap_peak: int
    heap_left: int
    stack_peak: int
    wall_s: float


@dataclass(frozen=True, slots=True)
class Server:
    """The one server that all handshakes of a benchmark talk to, so that they verify the same signatures.

    ECDHE-ECDSA on P-256; it sends leaf and intermediate, the client trusts the root.
    """

    root: bytes
    identity: Identity

    @classmethod
    def make(cls) -> Server:
        """A server with fresh certificates."""
        authority = Authority(key="ec")
        return cls(authority.root_pem, authority.server(chain=2))


def power_on_to_ready(info: BoardInfo, image: Path, folder: Path) -> float:
    """Seconds of this machine's clock from power on until the agent has answered its start."""
    with boards.open_board(info, folder) as board:
        began = time.monotonic()
        board.power_on(image)
        with Link(board.stream, folder / "console.log") as link:
            Agent(link).start(1, entropy_seed(0, "ready"), int(time.time()))
            return time.monotonic() - began


def handshake(info: BoardInfo, image: Path, kind: str, server: Server, seed: int, folder: Path) -> Handshake:
    """Boot, connect, echo, close.

    Arguments:
        info: the board.
        image: the firmware.
        kind: kind of socket on the target: `tls`, or `bare` (Mbed TLS called directly) in the image that has it.
        server: whom to connect to.
        seed: entropy of the run; the same seed gives the same handshake.
        folder: for console log and capture.

    Raises:
        CallFailed: a socket call did not give what it has to.
        BenchError: whatever else went wrong on the way, with its evidence.
    """
    if info.network is None:
        raise BoardError(f"{info.name} has no network in its board.toml")
    start = Start(image, entropy_seed(seed, "benchmark"), names={SERVER_NAME: info.network.host})
    with (
        boards.open_board(info, folder) as board,
        TlsPeer(server.identity, "echo") as peer,
        Target(board, folder / "console.log", start) as target,
    ):
        agent = target.agent

        def do(call: Call, at_least: int = 0) -> Reply:
            reply = agent.call(call)
            if reply.result < at_least:
                raise CallFailed(str(reply), received=target.link.evidence())
            return reply

        target.collect()  # what boot and network cost is not asked for
        before_create = agent.stats().heap_current
        do(calls.create(SOCKET, kind))
        before_open = agent.stats().heap_current
        target.enter(Phase.OPEN)
        do(calls.open(SOCKET))
        target.enter(Phase.TRUST)
        do(calls.set_root_ca_cert(SOCKET, agent.store(server.root + b"\0")[0]))
        target.enter(Phase.HANDSHAKE)
        began = time.monotonic()
        do(calls.connect_host(SOCKET, SERVER_NAME, peer.port))
        wall_s = time.monotonic() - began
        target.enter(Phase.TRANSFER)
        do(calls.send(SOCKET, ECHO), len(ECHO))
        if (echo := do(calls.recv(SOCKET, len(ECHO)))).data != ECHO:
            raise CallFailed(f"the echo is not what was sent: {echo.data!r}", received=target.link.evidence())
        target.enter(Phase.CLOSED)
        do(calls.close(SOCKET))
        heap_left = agent.stats().heap_current - before_open
        target.leave()
        do(calls.delete(SOCKET))
        metrics = [metric for metric in target.collect() if metric.phase == Phase.HANDSHAKE]
    return Handshake(
        instructions=worst(metrics, "instructions"),
        heap_peak=worst(metrics, "heap_peak") - before_create,
        heap_left=heap_left,
        stack_peak=worst((metric for metric in metrics if metric.thread == WORKER), "stack_peak"),
        wall_s=wall_s,
    )


def worst(metrics: Iterable[Metric], name: str) -> int:
    """The highest value of that name.

    Raises:
        BoardError: the board did not measure it.
    """
    values = [int(metric.value) for metric in metrics if metric.name == name]
    if not values:
        raise BoardError(f"the board gave no value for {name}: this benchmark needs an emulated board")
    return max(values)
