"""The link: who gets which answer, and what every waiter is told when something goes wrong."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from link_peer import FakeTarget

from tlsbench.link import Agent, Link, calls, codec
from tlsbench.link.agent import ANSWER_S
from tlsbench.link.schema import PROTOCOL_VERSION, pb
from tlsbench.model.errors import (
    AgentError,
    BoardError,
    CallTimeout,
    ConfigError,
    FaultError,
    FrameError,
    LinkClosedError,
    LinkError,
    ProtocolVersionError,
    RestartError,
    SyncTimeout,
)

NONCE = 0xFEDCBA9876543210
FAULT = b"""++ tlsbench fault ++
kind: HardFault
thread: worker0
reason: precise data bus error at 0x60000000
pc: 0x00001234
lr: 0x00005678  sp: 0x20001000
-- tlsbench fault --
"""


@contextmanager
def started(target: FakeTarget, log: Path | None = None) -> Iterator[Agent]:
    """An agent whose target has said Hello."""
    with Link(target, log) as link:
        target.is_ready()
        agent = Agent(link)
        agent.start(NONCE, bytes(32), 1_700_000_000, timeout_s=5)
        yield agent


def silent(target: FakeTarget, request: pb.Request) -> None:
    """Answer the start only."""
    if request.WhichOneof("op") == "start":
        target.answers(request)


# --- start ---


def test_a_target_that_is_ready_is_started_with_nonce_seed_and_time() -> None:
    target = FakeTarget()
    with started(target) as agent:
        assert agent.hello.board == "fake"
        assert agent.link.ready_at is not None
    request = target.requests[0]
    assert (request.nonce, request.start.seed, request.start.epoch_s) == (NONCE, bytes(32), 1_700_000_000)


def test_a_target_that_runs_already_and_says_nothing_is_started_too() -> None:
    with Link(FakeTarget()) as link:
        assert Agent(link).start(NONCE, b"", 0, timeout_s=5).board == "fake"


def test_a_silent_target_ends_in_a_sync_timeout_with_what_it_did_say() -> None:
    target = FakeTarget(lambda *_: None)
    with Link(target) as link:
        target.says(b"U-Boot 2020.01\n\0\x07\x01half")
        with pytest.raises(SyncTimeout) as caught:
            Agent(link).start(NONCE, b"", 0, timeout_s=2)
    assert "never said that it is ready" in str(caught.value)
    assert "U-Boot 2020.01" in str(caught.value)
    assert b"half".hex(" ") in str(caught.value)


def test_a_target_that_is_ready_and_then_deaf_is_told_apart() -> None:
    target = FakeTarget(lambda *_: None)
    with Link(target) as link:
        target.is_ready()
        with pytest.raises(SyncTimeout, match="said that it is ready, but not its name"):
            Agent(link).start(NONCE, b"", 0, timeout_s=2)


def test_another_protocol_version_is_named_with_both_numbers() -> None:
    target = FakeTarget(lambda *_: None)
    with Link(target) as link:
        target.sends(pb.Notice(ready=pb.Ready()), version=PROTOCOL_VERSION + 1)
        threading.Timer(0.2, target.sends, [pb.Notice(ready=pb.Ready()), PROTOCOL_VERSION + 1]).start()
        with pytest.raises(ProtocolVersionError) as caught:
            Agent(link).start(NONCE, b"", 0, timeout_s=5)
    assert (caught.value.theirs, caught.value.ours) == (PROTOCOL_VERSION + 1, PROTOCOL_VERSION)


def test_answers_of_another_run_are_ignored_and_told() -> None:
    def other_run_first(target: FakeTarget, request: pb.Request) -> None:
        target.sends(pb.Notice(nonce=NONCE + 1, reply=pb.Reply(id=request.id, error="not for you")))
        target.answers(request, result=5)

    target = FakeTarget(other_run_first)
    with started(target) as agent:
        assert agent.call(calls.recv("s", 5)).result == 5
        assert "belonged to another run" in agent.link.evidence()


def test_a_second_answer_to_a_start_sent_twice_harms_nobody() -> None:
    def twice(target: FakeTarget, request: pb.Request) -> None:
        target.answers(request)
        target.answers(request)

    with started(FakeTarget(twice)) as agent:
        assert agent.call(calls.open("s")).ok


@pytest.mark.parametrize(("nonce", "seed", "key"), [(0, b"", "nonce"), (2**64, b"", "nonce"), (1, bytes(65), "seed")])
def test_start_values_out_of_range_are_refused(nonce: int, seed: bytes, key: str) -> None:
    with Link(FakeTarget()) as link, pytest.raises(ConfigError, match=key):
        Agent(link).start(nonce, seed, 0)


# --- calls ---


def test_a_reply_tells_result_times_and_data() -> None:
    def reply(target: FakeTarget, request: pb.Request) -> None:
        data = pb.Data(data=b"abc", sender=pb.Address(address="10.0.2.2", port=99))
        target.answers(request, result=3, started_us=100, finished_us=350, data=data)

    with started(FakeTarget(reply)) as agent:
        answer = agent.call(calls.recvfrom("s", 10), worker=2)
    assert (answer.result, answer.data, answer.blocked_us) == (3, b"abc", 250)
    assert (answer.address, answer.port) == ("10.0.2.2", 99)
    assert str(answer) == "recvfrom('s', 10) in worker 2 gave 3 after 0.2 ms"


def test_a_failed_result_is_no_exception_but_says_why() -> None:
    def reply(target: FakeTarget, request: pb.Request) -> None:
        target.answers(request, result=-3011, tls_error=-0x2700, verify_flags=0x8)

    with started(FakeTarget(reply)) as agent:
        answer = agent.call(calls.connect_host("s", "host", 443))
    assert not answer.ok
    assert "NSAPI_ERROR_AUTH_FAILURE (-3011)" in str(answer)
    assert "MBEDTLS_ERR_X509_CERT_VERIFY_FAILED (-0x2700)" in str(answer)
    assert "refused for NOT_TRUSTED" in str(answer)


def test_a_call_in_the_background_is_done_when_its_answer_is_there() -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        pending = agent.begin(calls.recv("s", 10), worker=1)
        assert not pending.done()
        assert pending.reply is None
        target.answers(target.requests[-1], result=7)
        assert pending.wait(5).result == 7
        assert pending.done()
        assert pending.reply is not None
        assert pending.reply.result == 7


def test_many_calls_at_once_each_get_their_own_answer() -> None:
    held: list[pb.Request] = []
    target = FakeTarget(lambda t, r: silent(t, r) or held.append(r))
    with started(target) as agent:
        held.clear()
        with ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(agent.call, calls.recv("s", size), 0, 10) for size in range(8)]
            deadline = time.monotonic() + 5
            while len(held) < 8 and time.monotonic() < deadline:
                time.sleep(0.01)
            for request in reversed(held):
                target.answers(request, result=request.call.recv.size * 10)
            assert [future.result().result for future in futures] == [size * 10 for size in range(8)]
    assert len({request.id for request in target.requests}) == len(target.requests)


def test_no_answer_in_time_ends_in_a_timeout_and_the_call_can_be_waited_for_again() -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        target.says(b"the last words\n")
        pending = agent.begin(calls.recv("s", 10))
        with pytest.raises(CallTimeout) as caught:
            pending.wait(0.2)
        assert "recv('s', 10) in worker 0" in str(caught.value)
        assert "the last words" in str(caught.value)
        target.answers(target.requests[-1], result=1)
        assert pending.wait(5).result == 1


def test_what_the_agent_refuses_is_an_error_with_its_reason() -> None:
    def refuse(target: FakeTarget, request: pb.Request) -> None:
        target.answers(request, error="" if request.HasField("start") else 'there is no socket "s"')

    with started(FakeTarget(refuse)) as agent, pytest.raises(AgentError) as caught:
        agent.call(calls.open("s"))
    assert 'there is no socket "s"' in str(caught.value)
    assert "open('s') in worker 0" in str(caught.value)


def test_an_agent_that_was_not_started_says_so() -> None:
    with Link(FakeTarget()) as link, pytest.raises(LinkError, match="not started"):
        _ = Agent(link).hello


def test_blobs_are_stored_side_by_side_as_strings_and_only_when_they_are_new() -> None:
    target = FakeTarget()
    with started(target) as agent:
        ranges = agent.store(b"abc", b"de")
        again = agent.store(b"abc", b"de")
        agent.store(b"abc")
        agent.put(0, b"x")
        agent.store(b"abc")
    assert ranges == again == [calls.Range(0, 3), calls.Range(4, 2)]
    assert [request.put.data for request in target.requests[1:]] == [b"abc\0de\0", b"abc\0", b"x", b"abc\0"]


def test_blobs_too_big_for_the_target_are_refused() -> None:
    with started(FakeTarget()) as agent, pytest.raises(ConfigError, match=r"9001 bytes .* room for 8192"):
        agent.store(bytes(9000))


# --- a damaged line ---


def test_a_damaged_answer_ends_in_a_frame_error_that_shows_it() -> None:
    def damaged(target: FakeTarget, request: pb.Request) -> None:
        if request.HasField("start"):
            target.answers(request)
            return
        frame = bytearray(codec.encode(1, pb.Notice(nonce=NONCE, reply=pb.Reply(id=2, result=5)).SerializeToString()))
        frame[8] ^= 0x40
        target.says(bytes(frame))

    with started(FakeTarget(damaged)) as agent, pytest.raises(FrameError) as caught:
        agent.call(calls.open("s"), timeout_s=2)
    assert "a frame was damaged on the line" in str(caught.value)
    assert "CRC is" in str(caught.value)


def reject_all(target: FakeTarget, request: pb.Request) -> None:
    """Answer the start; to anything else say that it came damaged."""
    if request.HasField("start"):
        target.answers(request)
    else:
        counts = pb.Rejections(bad_crc=1)
        target.sends(pb.Notice(nonce=NONCE, rejected=pb.Rejected(reason="wrong CRC", counts=counts)))


def test_a_request_that_came_damaged_to_the_target_is_a_frame_error_that_says_why() -> None:
    with started(FakeTarget(reject_all)) as agent, pytest.raises(FrameError, match=r"wrong CRC.*bad_crc 1"):
        agent.call(calls.open("s"), timeout_s=2)


def test_what_is_answered_at_once_is_not_waited_for_long_after_damage() -> None:
    with started(FakeTarget(reject_all)) as agent:
        began = time.monotonic()
        with pytest.raises(FrameError, match="wrong CRC"):
            agent.status()
        assert time.monotonic() - began < ANSWER_S / 2


def test_noise_on_the_line_costs_no_call_that_is_answered() -> None:
    def noisy(target: FakeTarget, request: pb.Request) -> None:
        target.says(b"\0\x05\x01noise\0")
        target.answers(request, result=4)

    with started(FakeTarget(noisy)) as agent:
        assert agent.call(calls.recv("s", 4)).result == 4


def test_a_message_that_is_no_message_is_kept_as_evidence() -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        target.says(codec.encode(PROTOCOL_VERSION, b"\xff\xff\xff"))
        with pytest.raises(FrameError, match="no message of the schema"):
            agent.call(calls.open("s"), timeout_s=2)


# --- a target that stops ---


def test_a_fault_report_ends_every_wait_now_and_later() -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        pending = [agent.begin(calls.recv("s", 10), worker) for worker in range(3)]
        target.says(b"some text\n" + FAULT)
        for call in pending:
            with pytest.raises(FaultError) as caught:
                call.wait(5)
            assert call.text in str(caught.value)
        with pytest.raises(FaultError):
            agent.status()
    fault = caught.value
    assert (fault.kind, fault.thread) == ("HardFault", "worker0")
    assert fault.reason == "precise data bus error at 0x60000000"
    assert fault.registers == {"pc": "0x00001234", "lr": "0x00005678", "sp": "0x20001000"}
    assert "some text" in str(fault)


@pytest.mark.parametrize("cut", [3, 9])
def test_a_fault_report_printed_into_an_unfinished_frame_is_found(cut: int) -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        pending = agent.begin(calls.recv("s", 10))
        target.says(codec.encode(PROTOCOL_VERSION, b"an answer that breaks off")[:cut] + b"\n" + FAULT)
        with pytest.raises(FaultError, match="HardFault in thread worker0"):
            pending.wait(10)


def test_a_fault_report_that_breaks_off_is_taken_as_it_is() -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        target.says(b"".join(FAULT.splitlines(keepends=True)[:3]))
        with pytest.raises(FaultError, match="HardFault in thread worker0: no reason given"):
            agent.call(calls.open("s"), timeout_s=10)


def test_a_target_that_starts_again_ends_every_wait() -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        pending = agent.begin(calls.recv("s", 10))
        target.is_ready()
        with pytest.raises(RestartError, match="in the middle of the run"):
            pending.wait(5)


def test_after_a_fault_and_a_reset_the_agent_can_be_started_again() -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        target.says(FAULT)
        with pytest.raises(FaultError):
            agent.call(calls.open("s"), timeout_s=5)
        agent.link.expect_ready()
        target.is_ready()
        assert agent.start(NONCE + 1, b"", 0).board == "fake"
        assert target.requests[-1].nonce == NONCE + 1


@pytest.mark.parametrize("ready_first", [False, True])
def test_a_fault_before_the_start_is_told_by_the_start(ready_first: bool) -> None:
    target = FakeTarget(lambda *_: None)
    with Link(target) as link:
        if ready_first:
            target.is_ready()
        target.says(FAULT)
        deadline = time.monotonic() + 5
        while "-- tlsbench fault --" not in link.console and time.monotonic() < deadline:
            time.sleep(0.01)
        began = time.monotonic()
        with pytest.raises(FaultError, match="HardFault in thread worker0"):
            Agent(link).start(NONCE, b"", 0, timeout_s=10)
        assert time.monotonic() - began < 5


def test_a_reset_that_was_announced_is_no_failure() -> None:
    target = FakeTarget()
    with started(target) as agent:
        agent.link.expect_ready()
        target.is_ready()
        agent.start(NONCE + 1, b"", 0)
        assert agent.call(calls.open("s")).ok


def test_the_error_that_the_board_ends_the_line_with_reaches_every_waiter() -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        pending = agent.begin(calls.recv("s", 10))
        target.ends(BoardError("the emulator ended", status=139))
        with pytest.raises(BoardError, match="the emulator ended"):
            pending.wait(5)


def test_a_line_that_ends_without_a_word_is_told_with_what_came_before() -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        target.says(b"goodbye\n")
        target.ends(EOFError("end of file"))
        with pytest.raises(LinkClosedError, match="goodbye"):
            agent.call(calls.open("s"), timeout_s=5)


def test_closing_the_link_ends_waits_in_other_threads() -> None:
    with ThreadPoolExecutor(1) as pool:
        with started(FakeTarget(silent)) as agent:
            future = pool.submit(agent.begin(calls.recv("s", 10)).wait, 30)
            time.sleep(0.05)
        with pytest.raises(LinkClosedError):
            future.result(5)
    assert not [thread for thread in threading.enumerate() if thread.name == "link reader"]


# --- the console ---


def test_the_console_log_has_each_line_with_the_time_it_came(tmp_path: Path) -> None:
    target = FakeTarget()
    log = tmp_path / "logs" / "console.log"
    with started(target, log) as agent:
        target.says(b"first\r\nsec")
        target.says(b"ond\nthe rest")
        deadline = time.monotonic() + 5
        while "the rest" not in agent.link.console and time.monotonic() < deadline:
            time.sleep(0.01)
    lines = log.read_text().splitlines()
    assert [line.split("] ", 1)[1] for line in lines] == ["first", "second", "the rest"]
    assert all(re.match(r"\[ *\d+\.\d{4}\] ", line) for line in lines)


def test_bytes_that_are_no_utf_8_are_shown_and_do_no_harm() -> None:
    target = FakeTarget()
    with started(target) as agent:
        target.says(b"caf\xe9\n")
        agent.call(calls.open("s"))
        assert "caf\\xe9" in agent.link.console
