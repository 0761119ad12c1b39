"""The agent on the emulated board: what it answers, what it refuses, and how its end is told."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tlsbench import boards, firmware
from tlsbench.boards import Board
from tlsbench.link import Agent, Link, Reply, calls, codec
from tlsbench.link.calls import Call, FaultKind, Part, Range
from tlsbench.link.schema import PROTOCOL_VERSION, pb
from tlsbench.model.errors import AgentError, CallTimeout, FaultError, FrameError
from tlsbench.model.nsapi import Nsapi
from tlsbench.peers import Authority, TcpPeer, TlsPeer
from tlsbench.peers.pki import SERVER_NAME

NONCE = 77
SEED = bytes(range(32))


@pytest.fixture(scope="module")
def agent(agent_image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """An agent with its network up. Tests leave no socket and no busy worker behind."""
    folder = tmp_path_factory.mktemp("board")
    with boards.open_board(boards.load("mps2-an385"), folder) as board:
        board.power_on(agent_image)
        with Link(board.stream, folder / "console.log") as link:
            agent = Agent(link)
            agent.start(NONCE, SEED, int(time.time()), timeout_s=20)
            assert agent.call(calls.network_up()).ok
            yield agent


@pytest.fixture
def fresh(board: Board, run_dir: Path) -> Iterator[Agent]:
    """An agent of the test's own, not started yet."""
    with Link(board.stream, run_dir / "console.log") as link:
        yield Agent(link)


@pytest.fixture
def connected(agent: Agent) -> Iterator[str]:
    """The name of a TCP socket that is connected to an echo peer."""
    with TcpPeer("echo") as peer:
        for call in (calls.create("s", "tcp"), calls.open("s"), calls.connect("s", "10.0.2.2", peer.port)):
            assert agent.call(call).ok
        yield "s"
        agent.call(calls.close("s"))
        agent.call(calls.delete("s"))


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
    time.sleep(0.3)
    status = agent.status()
    worker = status.workers[2]
    assert (worker.busy, worker.socket, worker.call, worker.request) == (True, connected, "recv", pending.id)
    assert worker.elapsed_us >= 290_000
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


# --- what it refuses ---


@pytest.mark.parametrize(
    ("call", "worker", "reason"),
    [
        (calls.open("nobody"), 0, 'there is no socket "nobody"'),
        (calls.create("s", "carrier-pigeon"), 0, 'no sockets of kind "carrier-pigeon"'),
        (calls.create("w", "tls-wrapper", transport="nobody"), 0, 'there is no socket "nobody"'),
        (calls.network_up(address="10.0.2"), 0, '"10.0.2" is no IP address'),
        (calls.network_down(), 4, "there is no worker 4, only 0 to 3"),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_for_its_reason(
    agent: Agent, call: Call, worker: int, reason: str
) -> None:
    with pytest.raises(AgentError, match=re.escape(reason)):
        agent.call(call, worker)
    assert agent.status().sockets == ()


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (calls.create("s", "tcp"), 'there is a socket "s" already'),
        (calls.recv("s", 513), "513 bytes of one recv; at most 512"),
        (calls.send_pattern("s", 5000, chunk=2000), "chunks of 2000 bytes; at most 1024"),
        (calls.connect("s", "nohost", 80), '"nohost" is no IP address'),
    ],
)
def test_a_call_that_goes_beyond_the_agent_is_refused_for_its_reason(agent: Agent, call: Call, reason: str) -> None:
    agent.call(calls.create("s", "tcp"))
    try:
        with pytest.raises(AgentError, match=re.escape(reason)):
            agent.call(call)
    finally:
        agent.call(calls.delete("s"))


@pytest.mark.parametrize(
    ("certificate", "form", "reason"),
    [
        (Range(8000, 200), calls.Form.BUFFER, "beyond the 8192 of the blob area"),
        (Range(2**32 - 1, 2), calls.Form.BUFFER, "beyond the 8192 of the blob area"),
        (Range(0, 100), calls.Form.STRING, "no zero byte ends the string"),
    ],
)
def test_a_certificate_outside_the_blob_area_is_refused(
    agent: Agent, certificate: Range, form: calls.Form, reason: str
) -> None:
    agent.put(0, b"x" * 200)
    agent.call(calls.create("s", "tls"))
    try:
        with pytest.raises(AgentError, match=re.escape(reason)):
            agent.call(calls.set_root_ca_cert("s", certificate, form))
    finally:
        agent.call(calls.delete("s"))


def test_a_tls_call_on_a_plain_socket_is_unsupported(agent: Agent, connected: str) -> None:
    assert agent.call(calls.set_hostname(connected, "name")).result == Nsapi.UNSUPPORTED


def test_a_socket_in_use_is_neither_deleted_nor_pulled_from_under_another(agent: Agent, connected: str) -> None:
    pending = agent.begin(calls.recv(connected, 1), worker=1)
    with pytest.raises(AgentError, match="in a call of another worker"):
        agent.call(calls.delete(connected))
    with pytest.raises(AgentError, match="worker 1 is busy"):
        agent.call(calls.send(connected, b"x"), worker=1)
    with pytest.raises(AgentError, match="worker 1 is busy"):
        agent.set_worker(1)
    agent.call(calls.send(connected, b"x"))
    pending.wait(10)
    assert agent.call(calls.create("w", "tls-wrapper", transport=connected)).ok
    with pytest.raises(AgentError, match=f'"{connected}" is the transport of "w"'):
        agent.call(calls.delete(connected))
    assert agent.call(calls.delete("w")).ok


def test_there_is_room_for_so_many_sockets_and_no_more(agent: Agent) -> None:
    for index in range(agent.hello.sockets):
        assert agent.call(calls.create(f"s{index}", "tcp")).ok
    with pytest.raises(AgentError, match="no room"):
        agent.call(calls.create("more", "tcp"))
    for index in range(agent.hello.sockets):
        assert agent.call(calls.delete(f"s{index}")).ok


def test_only_secure_sockets_share(agent: Agent, connected: str) -> None:
    assert agent.call(calls.create("tls", "tls")).ok
    for call, why in (
        (calls.share("tls", Part.SSL_CONFIG, connected), f'"{connected}" has nothing to share'),
        (calls.share(connected, Part.SSL_CONFIG, "tls"), f'"{connected}" has nothing to share'),
        (calls.same("tls", Part.CA_CHAIN, "nobody"), 'no socket "nobody"'),
    ):
        with pytest.raises(AgentError, match=why):
            agent.call(call)
    assert agent.call(calls.share("tls", Part.SSL_CONTEXT)).result == Nsapi.UNSUPPORTED
    assert agent.call(calls.same("tls", Part.SSL_CONFIG, "tls")).result == 1
    assert agent.call(calls.delete("tls")).ok


@pytest.mark.parametrize("arguments", [(4, 0, 0), (1, 100, 0), (1, 10_000, 0), (1, 1001, 0), (1, 0, 48), (1, 0, -5)])
def test_a_worker_that_cannot_be_is_refused(agent: Agent, arguments: tuple[int, int, int]) -> None:
    with pytest.raises(AgentError):
        agent.set_worker(*arguments)
    assert agent.call(calls.resolve("10.0.2.2"), worker=1).ok


# --- damaged frames ---


def damaged(frame: bytes) -> bytes:
    """The frame with one bit turned over."""
    return frame[:4] + bytes([frame[4] ^ 0x20]) + frame[5:]


STATUS = codec.encode(PROTOCOL_VERSION, pb.Request(nonce=NONCE, id=99, status=pb.Ask()).SerializeToString())


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (damaged(STATUS), "bad_crc"),
        (STATUS[:9] + STATUS, "bad_crc"),
        (b"\0\x09x\0", "bad_frame"),
        (b"\0" + b"x" * 3000 + b"\0", "too_long"),
        (codec.encode(PROTOCOL_VERSION + 1, b""), "bad_version"),
        (codec.encode(PROTOCOL_VERSION, b"\xff\xff"), "undecodable"),
        (codec.encode(PROTOCOL_VERSION, pb.Request(nonce=5, id=1, status=pb.Ask()).SerializeToString()), "bad_nonce"),
    ],
)
def test_a_frame_that_it_cannot_take_is_counted_and_the_next_one_is_taken(
    agent: Agent, line: bytes, cause: str
) -> None:
    before = agent.status().rejected
    agent.link._stream.write(line)
    after = agent.status().rejected
    assert {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)} == {
        cause: 1
    }


def test_a_request_damaged_on_its_way_is_told_soon(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    write = agent.link._stream.write
    monkeypatch.setattr(agent.link._stream, "write", lambda data: write(damaged(data)))
    began = time.monotonic()
    with pytest.raises(FrameError, match="wrong CRC"):
        agent.status()
    assert time.monotonic() - began < 5


# --- its end ---


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (FaultKind.HARD_FAULT, "HardFault", "undefined instruction"),
        (FaultKind.ASSERT, "assert", "asked for by the host"),
        (FaultKind.STACK_OVERFLOW, "stack overflow", ""),
    ],
)
def test_a_fault_names_kind_thread_and_reason(fresh: Agent, fault: FaultKind, kind: str, reason: str) -> None:
    fresh.start(NONCE, SEED, 0, timeout_s=20)
    with pytest.raises(FaultError) as caught:
        fresh.call(calls.fault(fault), worker=1)
    assert (caught.value.kind, caught.value.thread) == (kind, "worker1")
    assert reason in caught.value.reason
    assert "sp" in caught.value.registers


def test_a_target_that_hangs_is_a_timeout_with_the_request(fresh: Agent) -> None:
    fresh.start(NONCE, SEED, 0, timeout_s=20)
    with pytest.raises(CallTimeout, match=r"fault\(HANG\) in worker 0"):
        fresh.call(calls.fault(FaultKind.HANG), timeout_s=1)


def test_after_a_fault_the_reset_button_brings_it_back(fresh: Agent, board: Board) -> None:
    fresh.start(NONCE, SEED, 0, timeout_s=20)
    with pytest.raises(FaultError):
        fresh.call(calls.fault(FaultKind.ASSERT))
    fresh.link.expect_ready()
    board.reset()
    assert not fresh.start(NONCE + 1, SEED, 0, timeout_s=20).again
    reply: Reply = fresh.call(calls.create("s", "tcp"))
    assert reply.ok
