"""The agent on the emulated board: who it is, what it answers, and what it takes of the memory."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
from conftest import NONCE, SEED
from killed import soon

from tlsbench import boards, firmware
from tlsbench.link import Agent, Link, calls, codec
from tlsbench.link.schema import PROTOCOL_VERSION, pb
from tlsbench.model.errors import AgentError
from tlsbench.model.nsapi import Nsapi
from tlsbench.peers import Authority, TlsPeer
from tlsbench.peers.pki import SERVER_NAME

# --- who it is ---


def test_it_is_ready_soon_and_says_who_it_is(agent_image: Path, run_dir: Path) -> None:
    with boards.open_board(boards.load("mps2-an385"), run_dir) as board:
        began = time.monotonic()
        board.power_on(agent_image)
        with Link(board.stream) as link:
            hello = Agent(link).start(NONCE, SEED, 1_800_000_000, timeout_s=20)
            assert link.ready_at is not None
            assert link.ready_at - began < 10  # seconds; `make benchmark` holds it to one, on a machine at rest
    assert (hello.board, hello.profile, hello.entropy, hello.again) == ("mps2-an385", "default", "injected", False)
    assert {"tcp", "tls", "tls-wrapper"} <= set(hello.kinds)
    assert re.fullmatch(r"3\.6\.\d+", hello.mbedtls)
    notes = subprocess.run(["arm-none-eabi-readelf", "-n", agent_image], capture_output=True, text=True, check=True)
    assert f"Build ID: {hello.firmware_id}" in notes.stdout


def test_an_image_without_tls_says_so_and_refuses_tls_sockets(run_dir: Path) -> None:
    with boards.open_board(boards.load("mps2-an385"), run_dir) as board:
        board.power_on(firmware.image("mps2-an385", "small", configuration="tcp"))
        with Link(board.stream) as link:
            agent = Agent(link)
            hello = agent.start(NONCE, SEED, 0, timeout_s=20)
            assert (hello.mbedtls, hello.kinds) == ("", ("tcp", "udp"))
            with pytest.raises(AgentError, match='no sockets of kind "tls"'):
                agent.call(calls.create("s", "tls"))


def test_a_second_run_without_a_reset_is_told_and_the_first_one_is_over(fresh: Agent) -> None:
    fresh.start(NONCE, SEED, 0, timeout_s=20)
    assert fresh.start(NONCE + 1, SEED, 0, timeout_s=20).again
    request = pb.Request(nonce=NONCE, id=1, status=pb.Ask())
    fresh.link._stream.write(codec.encode(PROTOCOL_VERSION, request.SerializeToString()))
    assert fresh.status().rejected == {"bad_nonce": 1}


# --- blocking calls ---


def test_it_answers_while_a_call_blocks_and_says_for_how_long(agent: Agent, connected: str) -> None:
    pending = agent.begin(calls.recv(connected, 100), worker=2)
    assert soon(lambda: agent.status().workers[2].elapsed_us >= 300_000)
    worker = (status := agent.status()).workers[2]
    assert (worker.busy, worker.socket, worker.call, worker.request) == (True, connected, "recv", pending.id)
    assert not status.workers[1].busy
    socket = status.socket(connected)
    assert socket is not None
    assert (socket.kind, socket.users) == ("tcp", 1)
    assert agent.call(calls.send(connected, b"go on"), worker=1).result == 5
    reply = pending.wait(10)
    assert reply.data == b"go on"
    assert reply.blocked_us >= 290_000
    assert not agent.status().workers[2].busy


def test_sigio_is_counted_since_it_was_switched_on(agent: Agent, connected: str) -> None:
    agent.call(calls.sigio(connected))
    before = agent.status().socket(connected)
    assert before is not None
    assert before.sigio_count == 0
    agent.call(calls.send(connected, b"echo"))
    agent.call(calls.recv(connected, 4))
    after = agent.status().socket(connected)
    assert after is not None
    assert after.sigio_count > 0
    assert after.sigio_last_us > 0


def test_pattern_data_goes_there_and_back_without_crossing_the_uart(agent: Agent, connected: str) -> None:
    sending = agent.begin(calls.send_pattern(connected, 50_000, seed=3), worker=1)
    reply = agent.call(calls.recv_pattern(connected, 50_000, seed=3, chunk=700), worker=0)
    assert reply.result == sending.wait(10).result == 50_000
    assert reply.transfer is not None
    assert not reply.transfer.wrong
    assert reply.transfer.calls >= 50_000 / 700


def test_the_first_wrong_byte_of_pattern_data_is_named(agent: Agent, connected: str) -> None:
    from tlsbench.link import pattern

    data = bytearray(pattern(400, seed=9))
    data[256] ^= 0xFF
    agent.call(calls.send(connected, bytes(data)))
    reply = agent.call(calls.recv_pattern(connected, 400, seed=9))
    assert reply.transfer is not None
    assert (reply.result, reply.transfer.wrong, reply.transfer.wrong_offset) == (256, True, 256)
    assert reply.transfer.wrong_byte == data[256]
    assert reply.transfer.right_byte == data[256] ^ 0xFF
    assert agent.call(calls.set_timeout(connected, 200)).ok
    while agent.call(calls.recv(connected, 500)).result > 0:
        pass


def test_tls_can_be_laid_over_a_connection_that_is_there_already(agent: Agent) -> None:
    authority = Authority()
    with TlsPeer(authority.server(chain=2), "echo") as peer:
        for call in (calls.create("raw", "tcp"), calls.open("raw"), calls.connect("raw", "10.0.2.2", peer.port)):
            assert agent.call(call).ok
        wrapper = calls.create(
            "tls", "tls-wrapper", hostname=SERVER_NAME, transport="raw", mode=calls.TransportMode.KEEP
        )
        assert agent.call(wrapper).ok
        root = agent.store(authority.root_pem)[0]
        assert agent.call(calls.set_root_ca_cert("tls", root, calls.Form.STRING)).ok
        assert agent.call(calls.connect("tls", "", 0)).ok
        assert agent.call(calls.send("tls", b"secret")).result == 6
        assert agent.call(calls.recv("tls", 100)).data == b"secret"
        for call in (calls.close("tls"), calls.delete("tls"), calls.close("raw"), calls.delete("raw")):
            assert agent.call(call).ok
    assert agent.stats().heap_current == 0


# --- memory ---


def test_it_allocates_nothing_on_the_heap_itself(agent: Agent) -> None:
    before = agent.mark(1)
    agent.store(bytes(5000))
    agent.status()
    agent.set_worker(1, 2048)
    agent.call(calls.resolve("10.0.2.2"), worker=1)
    after = agent.mark(2)
    assert after.heap_current == before.heap_current == 0
    assert after.heap_peak == 0


def test_a_socket_object_is_the_only_thing_on_the_heap(agent: Agent) -> None:
    agent.call(calls.create("s", "tls"))
    socket = agent.status().socket("s")
    assert socket is not None
    assert socket.object_bytes <= agent.stats().heap_current <= socket.object_bytes + 16
    agent.call(calls.delete("s"))
    assert agent.stats().heap_current == 0


def test_no_memory_for_a_socket_is_a_result_and_its_name_is_free_again(agent: Agent) -> None:
    agent.heap_limit(16)
    assert agent.call(calls.create("s", "tls")).result == Nsapi.NO_MEMORY
    agent.heap_limit(0)
    assert agent.status().socket("s") is None
    assert agent.call(calls.create("s", "tls")).ok
    agent.call(calls.delete("s"))


def test_a_worker_gets_the_stack_that_was_asked_for_painted_anew(agent: Agent) -> None:
    agent.call(calls.resolve("10.0.2.2"), worker=3)
    agent.set_worker(3, 1024)
    thread = agent.stats().thread("worker3")
    assert thread is not None
    assert thread.stack_size == 1024
    assert thread.stack_peak < 300
    assert agent.call(calls.create("s", "tcp"), worker=3).ok
    assert agent.call(calls.delete("s"), worker=3).ok
    agent.set_worker(3)
    assert agent.status().workers[3].stack_bytes == agent.hello.worker_stack_bytes
