"""The link: who gets which answer, and what the console log keeps."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from killed import soon
from link_peer import NONCE, FakeTarget, silent, started

from tlsbench.link import Agent, Link, calls
from tlsbench.link.console import Console
from tlsbench.link.receiver import OTHER_CHANNELS
from tlsbench.link.schema import PROTOCOL_VERSION, pb
from tlsbench.model.errors import (
    AgentError,
    CallTimeout,
    ConfigError,
    LinkError,
    ProtocolVersionError,
    SyncTimeout,
)

OTHER_VERSION = max(PROTOCOL_VERSION, *OTHER_CHANNELS) + 1

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
        target.sends(pb.Notice(ready=pb.Ready()), version=OTHER_VERSION)
        threading.Timer(0.2, target.sends, [pb.Notice(ready=pb.Ready()), OTHER_VERSION]).start()
        with pytest.raises(ProtocolVersionError) as caught:
            Agent(link).start(NONCE, b"", 0, timeout_s=5)
    assert (caught.value.theirs, caught.value.ours) == (OTHER_VERSION, PROTOCOL_VERSION)


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
            assert soon(lambda: len(held) == 8)
            for request in reversed(held):
                target.answers(request, result=request.call.recv.size * 10)
            assert [future.result().result for future in futures] == [size * 10 for size in range(8)]
    assert len({request.id for request in target.requests}) == len(target.requests)


def test_no_answer_in_time_ends_in_a_timeout_and_the_call_can_be_waited_for_again() -> None:
    target = FakeTarget(silent)
    with started(target) as agent:
        target.says(b"the last words\n")
        assert soon(lambda: "the last words" in agent.link.console)
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


# --- the console ---


def test_the_console_log_has_each_line_with_the_time_it_came(tmp_path: Path) -> None:
    target = FakeTarget()
    log = tmp_path / "logs" / "console.log"
    with started(target, log) as agent:
        target.says(b"first\r\nsec")
        target.says(b"ond\nthe rest")
        assert soon(lambda: "the rest" in agent.link.console)
    lines = log.read_text().splitlines()
    assert [line.split("] ", 1)[1] for line in lines] == ["first", "second", "the rest"]
    assert all(re.match(r"\[ *\d+\.\d{4}\] ", line) for line in lines)


def test_bytes_that_are_no_utf_8_are_shown_and_do_no_harm() -> None:
    target = FakeTarget()
    with started(target) as agent:
        target.says(b"caf\xe9\n")
        agent.call(calls.open("s"))
        assert "caf\\xe9" in agent.link.console


def test_a_character_that_comes_in_two_reads_is_one(tmp_path: Path) -> None:
    log = tmp_path / "console.log"
    console = Console(log)
    for piece in (b"caf\xc3", b"\xa9 cost ", b"2 \xe2\x82", b"\xac, \xe2", b"!\nthe end \xe2"):
        console.text(piece)
    console.close()
    assert [line.split("] ", 1)[1] for line in log.read_text().splitlines()] == [
        "café cost 2 €, \\xe2!",
        "the end \\xe2",
    ]
