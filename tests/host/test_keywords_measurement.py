"""The keywords that hold values against limits: what holds, what breaks, and what is absent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from robot.api import SkipExecution

from tlsbench.keywords.converters import CONVERTERS, Count, Outcome, Size
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.keywords.measurement import MeasurementKeywords
from tlsbench.model.budget import Budget
from tlsbench.model.metric import Metric, Phase
from tlsbench.model.result import Limit
from tlsbench.session.recorder import Recorder


@dataclass
class StandInSession:
    """As much of a run as these keywords touch, on a board that cannot count cycles."""

    budget_file: Path
    recorder: Recorder = field(default_factory=Recorder)
    info: Any = field(default_factory=lambda: SimpleNamespace(name="a-board"))

    def find(self, name: str, phase: Phase | None = None, thread: str | None = None) -> Metric | None:
        return self.recorder.find(name, phase, thread)

    def judge(self, limit: Limit) -> None:
        self.recorder.judge(limit)

    def measures(self, name: str) -> bool:
        return name != "instructions"

    def budget(self) -> Budget:
        return Budget.load(self.budget_file, "small")


@pytest.fixture
def session(tmp_path: Path) -> StandInSession:
    file = tmp_path / "budgets.toml"
    file.write_text("[small.handshake]\nheap_peak = '11 KiB'\nduration = '2 s'\nstack_peak = { worker0 = '3.5 KiB' }\n")
    session = StandInSession(file)
    session.recorder.begin_test("Ram", "A test")
    session.recorder.record(
        Metric("heap_peak", 11_000, "counted", Phase.HANDSHAKE),
        Metric("stack_peak", 3_000, "painted", Phase.HANDSHAKE, "worker0"),
        Metric("duration", 1_500_000, "clock", Phase.HANDSHAKE),
        Metric("flights", 4, "tap", Phase.HANDSHAKE),
    )
    return session


@pytest.fixture
def keywords(session: StandInSession) -> MeasurementKeywords:
    return MeasurementKeywords(session)  # type: ignore[arg-type]


def test_a_value_within_its_limit_is_recorded_with_it(keywords: MeasurementKeywords, session: StandInSession) -> None:
    keywords.heap_peak_should_be_at_most(CONVERTERS[Size]("11 KiB"))
    (limit,) = session.recorder.limits
    assert (limit.value, limit.at_most, limit.held, limit.suite, limit.test) == (11_000, 11_264, True, "Ram", "A test")


def test_a_value_over_its_limit_fails_and_says_by_how_much(
    keywords: MeasurementKeywords, session: StandInSession
) -> None:
    with pytest.raises(KeywordFailure, match=r"heap peak of handshake is 10\.7 KiB, at most 10\.0 KiB: 760 B too much"):
        keywords.heap_peak_should_be_at_most(CONVERTERS[Size]("10 KiB"))
    assert session.recorder.limits[0].held is False


def test_a_value_at_its_limit_holds(keywords: MeasurementKeywords) -> None:
    keywords.duration_should_be_at_most(timedelta(seconds=1.5))
    with pytest.raises(KeywordFailure):
        keywords.duration_should_be_at_most(timedelta(seconds=1.499))


def test_what_the_board_cannot_measure_is_absent_and_no_pass(
    keywords: MeasurementKeywords, session: StandInSession
) -> None:
    with pytest.raises(SkipExecution, match="absent: a-board cannot measure instructions handshake"):
        keywords.instructions_should_be_at_most(CONVERTERS[Count]("150 M"))
    (limit,) = session.recorder.limits
    assert limit.value is None
    assert limit.held is None


def test_what_was_not_measured_though_it_could_be_is_a_failure(keywords: MeasurementKeywords) -> None:
    with pytest.raises(KeywordFailure, match="no heap_peak was measured for transfer in this test"):
        keywords.heap_peak_should_be_at_most(CONVERTERS[Size]("1 MiB"), Phase.TRANSFER)


def test_a_limit_is_for_one_thread(keywords: MeasurementKeywords) -> None:
    keywords.stack_peak_should_be_at_most(CONVERTERS[Size]("3.5 KiB"), "worker0")
    with pytest.raises(KeywordFailure, match="no stack_peak was measured for worker1 of handshake"):
        keywords.stack_peak_should_be_at_most(CONVERTERS[Size]("3.5 KiB"), "worker1")


def test_the_budget_judges_all_of_a_phase(keywords: MeasurementKeywords, session: StandInSession) -> None:
    keywords.phase_should_be_within_budget(Phase.HANDSHAKE)
    assert [(limit.name, limit.held, limit.source) for limit in session.recorder.limits] == [
        ("heap_peak", True, "budget"),
        ("duration", True, "budget"),
        ("stack_peak", True, "budget"),
    ]


def test_the_budget_names_everything_that_is_over(keywords: MeasurementKeywords, session: StandInSession) -> None:
    session.recorder.record(
        Metric("heap_peak", 12_000, "counted", Phase.HANDSHAKE), Metric("duration", 3_000_000, "clock", Phase.HANDSHAKE)
    )
    with pytest.raises(KeywordFailure, match=r"(?s)heap peak.*too much.*duration.*too much"):
        keywords.phase_should_be_within_budget(Phase.HANDSHAKE)


def test_a_phase_that_the_budget_forgot_is_no_pass(keywords: MeasurementKeywords) -> None:
    with pytest.raises(KeywordFailure, match=r"budgets\.toml says nothing of transfer for 'small'"):
        keywords.phase_should_be_within_budget(Phase.TRANSFER)


def test_round_trips_are_half_the_flights(keywords: MeasurementKeywords) -> None:
    keywords.round_trips_should_be(2)
    with pytest.raises(KeywordFailure, match="handshake took 2 round trips, not 1"):
        keywords.round_trips_should_be(1)


def test_an_unknown_quantity_is_answered_with_the_known_ones(keywords: MeasurementKeywords) -> None:
    with pytest.raises(KeywordFailure, match="nothing is called 'heap'; known: instructions"):
        keywords.get_metric("heap")


@pytest.mark.parametrize(
    ("text", "result"),
    [("NSAPI_ERROR_AUTH_FAILURE", -3011), ("auth failure", -3011), ("MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE", -0x7780)],
)
def test_an_outcome_is_named_as_the_api_names_it(text: str, result: int) -> None:
    assert CONVERTERS[Outcome](text) == result


def test_an_unknown_outcome_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="known are NSAPI_ERROR_OK"):
        CONVERTERS[Outcome]("AUTH_FAILED")
