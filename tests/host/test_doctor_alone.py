"""The doctor's checks by themselves, on answers that are made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tlsbench import firmware
from tlsbench.boards import load
from tlsbench.doctor import desk, target
from tlsbench.doctor.patient import Patient
from tlsbench.link import Reply, Stats, codec
from tlsbench.link.call import Call
from tlsbench.link.codec import Frame
from tlsbench.link.receiver import OTHER_CHANNELS
from tlsbench.link.schema import PROTOCOL_VERSION
from tlsbench.model.errors import BoardError, CallFailed, CallTimeout, MeasurementError, SyncTimeout
from tlsbench.model.nsapi import Nsapi
from tlsbench.session import Config


def who_says(**answers: Any) -> Any:
    """A patient whose agent answers so."""
    network = SimpleNamespace(listen="127.0.0.1", host="127.0.0.1")
    return SimpleNamespace(agent=SimpleNamespace(**answers), info=SimpleNamespace(network=network))


@pytest.mark.parametrize(
    ("version", "said"), [(OTHER_CHANNELS[0], "goes on with an earlier run"), (99, "speaks version 99")]
)
def test_a_frame_of_another_channel_is_of_an_earlier_run_and_not_of_another_version(version: int, said: str) -> None:
    with pytest.raises(BoardError, match=said):
        desk._ready(who_says(), Frame(version, b"\xff"))


class Remains:
    """A line on which the end of an answer comes, the rest of which went with the reset."""

    def __init__(self) -> None:
        self._left = codec.encode(PROTOCOL_VERSION, b"an answer to a question that was asked twice")[9:]

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        left, self._left = self._left, b""
        return left


def test_the_end_of_an_answer_to_an_earlier_run_is_no_other_program() -> None:
    info = SimpleNamespace(serial=SimpleNamespace(sync_timeout=0.01))
    for again, error, said in ((True, BoardError, "the reset had no effect"), (False, SyncTimeout, "came in 0.01 s")):
        hello = SimpleNamespace(again=again)
        patient: Any = SimpleNamespace(info=info, board=SimpleNamespace(stream=Remains()), hello=hello)
        with pytest.raises(error, match=said):
            desk._line(patient)


def test_a_clock_that_stands_still_is_told_of() -> None:
    cycles = iter((1000, 2000))
    patient = who_says(stats=lambda: Stats(5, 0, 0, 0, 0, (), cycles=next(cycles)))
    with pytest.raises(MeasurementError, match="clock stands still, while 1000 cycles passed"):
        target._cycles(patient)


def answering(results: dict[str, int]) -> tuple[Callable[..., Reply], list[str]]:
    """What answers calls by their names, and what it was asked; a call without a result is never answered."""
    asked = []

    def call(what: Call) -> Reply:
        name = what.name
        asked.append(name)
        if name not in results:
            raise CallTimeout(f"{name} was not answered")
        return Reply(1, name, results[name], 0, 0)

    return call, asked


def test_a_socket_that_cannot_be_made_is_told_of() -> None:
    call, asked = answering({"create": Nsapi.NO_MEMORY})
    with pytest.raises(CallFailed, match="NO_MEMORY"):
        target._peer(who_says(call=call))
    assert asked == ["create"]


def test_the_first_error_is_the_one_that_is_told() -> None:
    call, asked = answering({"create": 0, "open": Nsapi.NO_SOCKET})
    with pytest.raises(CallFailed, match="NO_SOCKET"):
        target._peer(who_says(call=call))
    assert asked == ["create", "open", "delete_socket"]


def test_the_image_is_the_one_that_the_board_s_file_asks_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    built = []

    def image(board: str, profile: str, mbedtls: str, *, configuration: str, progress: object) -> Path:
        built.append((board, profile, configuration))
        return tmp_path

    monkeypatch.setattr(firmware, "image", image)
    with Patient(Config(board="microbit"), tmp_path, lambda _: None) as patient:
        assert patient.image == tmp_path
    info = load("microbit")
    assert info.configuration
    assert built == [("microbit", info.profiles[0], info.configuration)]
