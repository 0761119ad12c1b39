"""What a run records of socket calls and of the board's boot, without a board: stand-ins for target and emulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tlsbench.keywords.blocking import BlockingKeywords
from tlsbench.keywords.converters import Count
from tlsbench.link import calls
from tlsbench.link.answers import Reply
from tlsbench.link.calls import Call
from tlsbench.measure.probe import CallCost
from tlsbench.model.errors import CallFailed, FaultError
from tlsbench.model.metric import Metric, Phase
from tlsbench.model.nsapi import Nsapi
from tlsbench.session import Config, Session, capacity

CONNECT = calls.connect_host("tls", "server.tlsbench.test", 443)


class StandInTarget:
    """A target that answers each call with the result that is set, and takes as long as its list says."""

    def __init__(self) -> None:
        self.phase: Phase | None = None
        self.agent = self
        self.hello = SimpleNamespace(**capacity.FULL, board="stand-in")
        self.link = SimpleNamespace(console_lines=0)
        self.result = 0
        self.took_us = [1000]
        self.busy = False
        self.asked: list[str] = []
        self.ended: list[Metric] = []
        self.fault: Exception | None = None

    def begin(self, call: Call, worker: int = 0) -> Any:
        self.asked.append(call.text)
        took = self.took_us.pop(0) if len(self.took_us) > 1 else self.took_us[0]
        reply = Reply(len(self.asked), call.text, self.result, started_us=0, finished_us=took)
        return SimpleNamespace(id=reply.id, reply=reply, wait=lambda timeout_s: reply)

    def status(self) -> Any:
        if self.fault:
            raise self.fault
        return SimpleNamespace(workers=[SimpleNamespace(busy=self.busy)])

    def enter(self, phase: Phase | None) -> None:
        self.phase = phase

    def collect(self) -> list[Metric]:
        ended, self.ended = self.ended, []
        return ended

    def __enter__(self) -> StandInTarget:
        return self

    def __exit__(self, *_: object) -> None:
        self.asked.append("off")


@pytest.fixture
def target() -> StandInTarget:
    return StandInTarget()


@pytest.fixture
def session(tmp_path: Path, target: StandInTarget, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    session = Session(Config(out=tmp_path))
    monkeypatch.setattr(session, "_bring_up", lambda: None)
    session._target = target  # type: ignore[assignment]
    session._board = SimpleNamespace(  # type: ignore[assignment]
        probe=SimpleNamespace(call=lambda request: CallCost(instructions=request * 100, idle=0, thread=0))
    )
    session.begin_suite("Suite")
    session.begin_test("Suite", "Test")
    session.sockets.kinds["tls"] = "tls"
    return session


def blocked(session: Session) -> list[tuple[str, str | None, int | float]]:
    """What was recorded of calls: quantity, phase, value."""
    return [(x.name, x.phase, x.value) for x in session.recorder.metrics if x.name.startswith("blocked")]


def test_what_a_call_blocked_belongs_to_the_phase_it_began_in(session: Session, target: StandInTarget) -> None:
    target.result = -3011
    connecting = session.sockets.begin(CONNECT)
    session.sockets.begin(calls.close("tls"), worker=1)
    assert target.phase == Phase.CLOSED
    reply = session.sockets.wait(connecting)
    session.sockets.record_blocked(connecting, reply)
    assert blocked(session) == [("blocked", "handshake", 1000), ("blocked_instructions", "handshake", 100)]
    BlockingKeywords(session).call_should_have_waited(connecting, Count(1000))
    (limit,) = session.recorder.limits
    assert (limit.phase, limit.thread, limit.call) == (Phase.HANDSHAKE, "worker0", "connect_host")


def test_the_values_of_one_call_stay_together(session: Session, target: StandInTarget) -> None:
    target.took_us = [500, 3000, 700]
    for _ in range(3):
        call = session.sockets.begin(calls.recv("tls", 10))
        session.sockets.record_blocked(call, session.sockets.wait(call))
    # The last call executed most, and the second one blocked longest.
    assert blocked(session) == [("blocked", "transfer", 3000), ("blocked_instructions", "transfer", 200)]


def test_the_call_that_makes_a_handshake_is_measured_by_itself(session: Session, target: StandInTarget) -> None:
    session.sockets.call(CONNECT)
    assert blocked(session) == [("blocked", "handshake", 1000), ("blocked_instructions", "handshake", 100)]
    assert target.phase == Phase.ESTABLISHED


def test_a_handshake_of_many_calls_is_one_phase_until_it_is_done(session: Session, target: StandInTarget) -> None:
    for target.result, phase in (
        (Nsapi.IN_PROGRESS, Phase.HANDSHAKE),
        (Nsapi.ALREADY, Phase.HANDSHAKE),
        (Nsapi.IS_CONNECTED, Phase.ESTABLISHED),
    ):
        session.sockets.call(CONNECT)
        assert target.phase == phase
    assert blocked(session) == []  # no call of them is the handshake


def test_a_refused_handshake_is_no_handshake_cost(session: Session, target: StandInTarget) -> None:
    target.result = -3011
    session.sockets.call(CONNECT)
    assert blocked(session) == []


# --- what counts from boot


def arena(target: StandInTarget, session: Session, value: int) -> None:
    """Let the target end a phase in which the arena had this peak."""
    target.ended = [
        Metric("heap_arena_peak", value, "allocator", Phase.OPEN),
        Metric("stack_peak", 10, "painted", Phase.OPEN, "worker0"),
        Metric("heap_peak", 5, "allocator", Phase.OPEN),
    ]
    session.enter(Phase.ESTABLISHED)


def test_the_arena_s_peak_belongs_to_the_test_that_booted_the_board(session: Session, target: StandInTarget) -> None:
    session.recorder.record(
        Metric("static_ram", 1000, "ELF"), Metric("heap_arena_peak", 1, "allocator", Phase.BOOT), of_run=True
    )
    session._booted_for = ("Suite", "Test")
    arena(target, session, 300)
    needed = session.find("ram_needed")
    assert needed is not None
    assert needed.value == 1310
    assert "booted the board" in needed.method
    session.end_test("pass", "", 0.1)

    session.begin_test("Suite", "Next")
    arena(target, session, 400)
    assert session.find("ram_needed") is None
    session.end_test("pass", "", 0.1)
    of_next = {x.name for x in session.recorder.metrics if x.test == "Next"}
    assert of_next == {"heap_peak", "stack_peak"}


# --- after a test


def test_a_wrapper_is_deleted_before_the_socket_below_it(session: Session, target: StandInTarget) -> None:
    session.sockets.kinds = {"plain": "tcp", "tls": "tls-wrapper"}
    assert session.end_test("pass", "", 0.1) == ""
    assert target.asked == ["delete_socket('tls')", "delete_socket('plain')"]
    assert session.recorder.tests[-1].status == "pass"


def test_a_socket_that_cannot_be_deleted_fails_the_test(session: Session, target: StandInTarget) -> None:
    target.result = -3003
    assert "after the test: delete_socket('tls') gave" in session.end_test("pass", "", 0.1)
    assert session.recorder.tests[-1].status == "fail"
    assert target.asked[-1] == "off"


@pytest.mark.parametrize(
    "error",
    [FaultError(kind="HardFault", thread="lwip", reason="why", registers={}), CallFailed("x"), ZeroDivisionError("y")],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("where", ["target", "peer", "undo"])
def test_whatever_goes_wrong_fails_the_test_and_switches_the_board_off(
    error: Exception, where: str, session: Session, target: StandInTarget
) -> None:
    def goes_wrong(*_: object) -> None:
        raise error

    if where == "target":
        target.fault = error
    elif where == "undo":
        session.at_end_of_test(goes_wrong)
    else:
        session._kept["test"].push(goes_wrong)
    problem = session.end_test("absent", "no cycles here", 0.1)
    assert str(error) in problem
    (test,) = session.recorder.tests
    assert (test.status, test.message) == ("fail", f"no cycles here\n{problem}")
    assert target.asked[-1] == "off"


def test_a_call_that_a_test_leaves_blocked_costs_a_boot_and_no_failure(session: Session, target: StandInTarget) -> None:
    target.busy = True
    assert session.end_test("pass", "", 0.1) == ""
    assert target.asked == ["off"]
