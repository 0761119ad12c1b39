"""Random calls from three workers at once, right and wrong ones, on a target short of memory: it must stay up, answer,
and in the end have back every byte of its heap.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tlsbench.boards import Board
from tlsbench.link import Agent, Link, PendingCall, calls
from tlsbench.link.calls import Call, Form, Range
from tlsbench.model.errors import AgentError, CallTimeout
from tlsbench.peers import Authority, TcpPeer, TlsPeer
from tlsbench.peers.pki import SERVER_NAME

SOCKETS = "abcd"
WRAPPER = "w"
WORKERS = 3
CLOSER = 3
CALLS = 400


def random_call(choose: random.Random, ports: list[int], root_bytes: int) -> Call:
    """Some call of the API on some socket, which may or may not be there or fit for it."""
    name = choose.choice(SOCKETS + WRAPPER)
    port = choose.choice([*ports, *ports, 1])
    root = choose.choice([Range(0, root_bytes), Range(choose.randrange(9000), choose.randrange(9000))])
    form = choose.choice(list(Form))
    host = choose.choice([SERVER_NAME, "10.0.2.2", "nowhere.test"])
    makers: list[Callable[[], Call]] = [
        lambda: calls.create(choose.choice(SOCKETS), choose.choice(["tcp", "tls"])),
        lambda: calls.create(
            WRAPPER, "tls-wrapper", transport=choose.choice(SOCKETS), mode=choose.choice(list(calls.TransportMode))
        ),
        lambda: calls.delete(name),
        lambda: calls.open(name),
        lambda: calls.open(name),
        lambda: calls.close(name),
        lambda: calls.connect(name, "10.0.2.2", port),
        lambda: calls.connect(name, "10.0.2.2", port),
        lambda: calls.connect(name, "", 0),
        lambda: calls.connect_host(name, host, port),
        lambda: calls.set_root_ca_cert(name, root, form),
        lambda: calls.append_root_ca_cert(name, root, form),
        lambda: calls.set_client_cert_key(name, root, root, form),
        lambda: calls.set_hostname(name, choose.choice([None, SERVER_NAME, "other.test"])),
        lambda: calls.set_timeout(name, choose.choice([0, 20, 200, -1])),
        lambda: calls.send(name, bytes(choose.randrange(513))),
        lambda: calls.recv(name, choose.randrange(514)),
        lambda: calls.recvfrom(name, 10),
        lambda: calls.sendto(name, "10.0.2.2", 7, b"abc"),
        lambda: calls.send_pattern(name, choose.randrange(20_000)),
        lambda: calls.recv_pattern(name, choose.randrange(20_000)),
        lambda: calls.sigio(name, choose.random() < 0.5),
        lambda: calls.bind(name, choose.randrange(65536)),
        lambda: calls.listen(name, choose.randrange(-1, 3)),
        lambda: calls.accept(name, choose.choice(SOCKETS)),
        lambda: calls.setsockopt(name, choose.choice([7000, 5000, 0]), choose.randrange(16), bytes(4)),
        lambda: calls.getsockopt(
            name, choose.choice([7000, 5000, 0]), choose.randrange(16), choose.choice([0, 4, 999])
        ),
        lambda: calls.getpeername(name),
    ]
    return choose.choice(makers)()


def finish(pending: PendingCall, timeout_s: float) -> bool:
    """Whether the call has come back, whatever it says."""
    try:
        pending.wait(timeout_s)
    except AgentError:
        pass
    except CallTimeout:
        return False
    return True


@pytest.mark.parametrize("seed", [1, 2])
def test_random_calls_neither_stop_the_target_nor_cost_it_memory(board: Board, run_dir: Path, seed: int) -> None:
    choose = random.Random(seed)
    authority = Authority()
    with (
        TlsPeer(authority.server(chain=2), "echo") as tls_peer,
        TcpPeer("echo") as tcp_peer,
        Link(board.stream, run_dir / "console.log") as link,
    ):
        agent = Agent(link)
        agent.start(1, bytes(range(32)), int(time.time()), timeout_s=20)
        assert agent.call(calls.network_up()).ok
        root = authority.root_pem + b"\0"
        agent.store(root)
        under_way: list[PendingCall | None] = [None] * WORKERS
        for _ in range(CALLS):
            worker = choose.randrange(WORKERS)
            pending = under_way[worker]
            if pending is not None and not finish(pending, 0.02):
                # It blocks: a close from another thread gets it out, if it is this socket that it blocks on.
                finish(agent.begin(calls.close(choose.choice(SOCKETS + WRAPPER)), CLOSER), 30)
                continue
            if choose.random() < 0.05:
                agent.heap_limit(choose.choice([0, 0, 3000, 20_000, 40_000]))
            call = random_call(choose, [tls_peer.port, tcp_peer.port], len(root))
            under_way[worker] = agent.begin(call, worker)
        agent.heap_limit(0)
        deadline = time.monotonic() + 60
        while any(pending is not None and not finish(pending, 0.05) for pending in under_way):
            assert time.monotonic() < deadline, agent.status()
            for socket in agent.status().sockets:
                finish(agent.begin(calls.close(socket.name), CLOSER), 30)
        for name in WRAPPER + SOCKETS:
            finish(agent.begin(calls.close(name), CLOSER), 30)
            finish(agent.begin(calls.delete(name), CLOSER), 30)
        assert agent.status().sockets == ()
        assert agent.stats().heap_current == 0
