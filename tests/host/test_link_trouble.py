"""The link: what every waiter is told when the line or the target goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from killed import soon
from link_peer import NONCE, FakeTarget, silent, started

from tlsbench.link import Agent, Link, calls, codec
from tlsbench.link.agent import ANSWER_S
from tlsbench.link.repeat import Repeats
from tlsbench.link.schema import PROTOCOL_VERSION, pb
from tlsbench.model.errors import (
    BoardError,
    CallTimeout,
    FaultError,
    FrameError,
    LinkClosedError,
    RestartError,
)

FAULT = b"""++ tlsbench fault ++
kind: HardFault
thread: worker0
reason: precise data bus error at 0x60000000
pc: 0x00001234
lr: 0x00005678  sp: 0x20001000
-- tlsbench fault --
"""


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
        pending = agent.begin(calls.open("s"))  # before: only what is damaged meanwhile may be its answer
        target.says(codec.encode(PROTOCOL_VERSION, b"\xff\xff\xff"))
        with pytest.raises(FrameError, match="no message of the schema"):
            pending.wait(2)


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
        assert soon(lambda: "-- tlsbench fault --" in link.console)
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


# --- a line that loses bytes, and a target that takes a request twice ---


@contextmanager
def repeating(hears: Callable[[FakeTarget, pb.Request], None], after_s: float) -> Iterator[Agent]:
    """A target on a line where requests are sent again, started."""

    def start(target: FakeTarget, request: pb.Request) -> None:
        if request.WhichOneof("op") == "start":
            target.answers(request)
        else:
            hears(target, request)

    target = FakeTarget(start)
    target.hello.repeats = True
    with Link(target, repeat_after_s=after_s) as link:
        agent = Agent(link)
        agent.start(NONCE, b"", 0)
        yield agent


def test_a_request_without_an_answer_is_sent_again_as_it_was() -> None:
    heard: list[pb.Request] = []

    def third(target: FakeTarget, request: pb.Request) -> None:
        heard.append(request)
        if len(heard) == 3:
            target.answers(request, result=7)

    with repeating(third, 0.05) as agent:
        assert agent.call(calls.recv("s", 10), timeout_s=20).result == 7
    assert len(heard) >= 3  # one more may be under way when the answer comes
    assert all(request == heard[0] for request in heard)


def test_a_damaged_frame_has_all_that_is_unanswered_sent_again_at_once() -> None:
    heard: list[pb.Request] = []

    def damaged(target: FakeTarget, request: pb.Request) -> None:
        heard.append(request)
        if len(heard) == 1:
            target.says(b"\0\x05\x01noise\0")
        else:
            target.answers(request)

    with repeating(damaged, 60) as agent:
        agent.call(calls.open("s"))
    assert len(heard) == 2


def test_the_silence_that_is_borne_doubles() -> None:
    repeats = Repeats(2.0, 0.0, 0)
    sent = [now for now in range(40) if repeats.due(float(now), 0)]
    assert sent == [2, 6, 14, 30]
    assert repeats.due(30.5, 1)  # but a damaged frame is no silence
    assert not repeats.due(31.0, 1)


def test_nothing_is_sent_twice_to_a_target_that_would_do_it_twice() -> None:
    heard: list[pb.Request] = []

    def silent_at_first(target: FakeTarget, request: pb.Request) -> None:
        if request.WhichOneof("op") == "start":
            target.answers(request)
            return
        heard.append(request)

    with Link(FakeTarget(silent_at_first), repeat_after_s=0.05) as link:
        agent = Agent(link)
        agent.start(NONCE, b"", 0)
        with pytest.raises(CallTimeout):
            agent.call(calls.open("s"), timeout_s=0.5)
    assert len(heard) == 1
