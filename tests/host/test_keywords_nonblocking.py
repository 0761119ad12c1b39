"""The keywords about a handshake of many calls, on a stand-in for the target that is told what each call gives."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from robot.api import SkipExecution

from tlsbench.keywords.converters import Count, Outcome
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.nonblocking import NonblockingKeywords
from tlsbench.link.answers import Reply
from tlsbench.link.calls import Call
from tlsbench.measure.probe import CallCost
from tlsbench.model.metric import Metric, Phase
from tlsbench.model.nsapi import Nsapi
from tlsbench.session import Config, Session, capacity

BEGUN, ON, DONE = Nsapi.IN_PROGRESS, Nsapi.ALREADY, Nsapi.IS_CONNECTED
COSTS = {1: 500, 2: 2_000_000, 3: 7_000, 4: 0}
"""Instructions by the number of the call of connect()."""


class StandInTarget:
    """A target whose connect() gives these results, and that counts a callback after each call but the silent ones."""

    def __init__(self, results: list[int], silent: tuple[int, ...] = ()) -> None:
        self.phase: Phase | None = None
        self.agent = self
        self.hello = SimpleNamespace(**capacity.FULL, board="stand-in", configuration="")
        self.results = results
        self.silent = silent
        self.connects = 0
        self.fired = 0

    def begin(self, call: Call, worker: int = 0) -> Any:
        result = 0
        if call.name == "connect_host":
            result = self.results[self.connects]
            self.connects += 1
            self.fired += self.connects not in self.silent
        reply = Reply(self.connects, call.text, result, started_us=0, finished_us=self.connects * 1000)
        return SimpleNamespace(id=reply.id, reply=reply, wait=lambda timeout_s: reply)

    def status(self) -> Any:
        return SimpleNamespace(socket=lambda name: SimpleNamespace(sigio_count=self.fired))

    def enter(self, phase: Phase | None) -> None:
        self.phase = phase

    def collect(self) -> list[Metric]:
        return []

    def __enter__(self) -> StandInTarget:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    session = Session(Config(out=tmp_path))
    monkeypatch.setattr(session, "_bring_up", lambda: None)
    session.begin_test("Suite", "Test")
    session.sockets.kinds["tls"] = "tls"
    return session


def on(session: Session, target: StandInTarget, *, counts: bool = True) -> NonblockingKeywords:
    """The keywords, with this target."""
    probe = SimpleNamespace(call=lambda request: CallCost(COSTS[request], idle=0, thread=0)) if counts else None
    session._target = target  # type: ignore[assignment]
    session._board = SimpleNamespace(probe=probe)  # type: ignore[assignment]
    return NonblockingKeywords(session)


def test_it_calls_until_connected_and_records_the_longest_call(session: Session) -> None:
    target = StandInTarget([BEGUN, ON, DONE])
    keywords = on(session, target)
    polled = keywords.poll_connect(443, by_sigio=True)
    assert target.phase == Phase.ESTABLISHED
    assert {x.name: x.value for x in session.recorder.metrics} == {
        "handshake_calls": 3,
        "longest_call": 2_000_000,
        "longest_call_time": 3000,
        "all_calls": 2_007_500,
    }
    assert keywords.longest_call_should_be_at_most(polled, Count(2_000_000)) == 2_000_000
    with pytest.raises(KeywordFailure, match="2000000 instructions in call 2, at most 1999999"):
        keywords.longest_call_should_be_at_most(polled, Count(1_999_999))
    keywords.no_call_should_have_blocked_longer_than(polled, timedelta(milliseconds=3))
    with pytest.raises(KeywordFailure, match=r"after 3.0 ms, at most 2.0 ms is allowed"):
        keywords.no_call_should_have_blocked_longer_than(polled, timedelta(milliseconds=2))
    assert [limit.at_most for limit in session.recorder.limits] == [2_000_000, 1_999_999, 3000, 2000]


def test_what_no_board_counts_is_absent(session: Session) -> None:
    keywords = on(session, StandInTarget([BEGUN, DONE]), counts=False)
    polled = keywords.poll_connect(443)
    with pytest.raises(SkipExecution, match="cannot measure the instructions of one call"):
        keywords.longest_call_should_be_at_most(polled, Count(1))
    assert {x.name for x in session.recorder.metrics} == {"handshake_calls", "longest_call_time"}


def test_it_can_stop_in_the_middle_and_go_on(session: Session) -> None:
    target = StandInTarget([BEGUN, ON, DONE])
    keywords = on(session, target)
    assert len(keywords.poll_connect(443, calls_at_most=2).replies) == 2
    assert target.phase == Phase.HANDSHAKE
    assert not session.recorder.metrics
    assert len(keywords.poll_connect(443, begun=True).replies) == 1


@pytest.mark.parametrize("results", [[ON], [BEGUN, BEGUN]])
def test_the_first_call_begins_and_the_others_go_on(session: Session, results: list[int]) -> None:
    with pytest.raises(KeywordFailure, match=f"call {len(results)}: "):
        on(session, StandInTarget(results)).poll_connect(443)


@pytest.mark.parametrize("result", [0, Nsapi.AUTH_FAILURE])
def test_another_end_than_the_expected_one_fails(session: Session, result: int) -> None:
    keywords = on(session, StandInTarget([BEGUN, result] * 2))
    with pytest.raises(KeywordFailure, match="in call 2, not NSAPI_ERROR_IS_CONNECTED"):
        keywords.poll_connect(443)
    keywords.poll_connect(443, expect=Outcome(result))
    assert not any(x.name == "longest_call" for x in session.recorder.metrics)


def test_without_a_callback_nobody_would_call_again(session: Session) -> None:
    keywords = on(session, StandInTarget([BEGUN, ON, DONE], silent=(2,)))
    with pytest.raises(KeywordFailure, match="no sigio came since"):
        keywords.poll_connect(443, by_sigio=True, within=timedelta(milliseconds=100))


def test_a_connect_that_never_ends_is_given_up(session: Session) -> None:
    keywords = on(session, StandInTarget([BEGUN, *[ON] * 1000]))
    with pytest.raises(KeywordFailure, match="still not connected after"):
        keywords.poll_connect(443, within=timedelta(0))
