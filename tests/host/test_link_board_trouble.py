"""The agent on the emulated board, when things go wrong: what it refuses, damaged frames, and how its end is told."""

from __future__ import annotations

import re
import time

import pytest
from conftest import NONCE, SEED

from tlsbench.boards import Board
from tlsbench.link import Agent, Reply, calls, codec
from tlsbench.link.calls import Call, FaultKind, Part, Range
from tlsbench.link.schema import PROTOCOL_VERSION, pb
from tlsbench.model.errors import AgentError, CallTimeout, FaultError, FrameError
from tlsbench.model.nsapi import Nsapi

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
