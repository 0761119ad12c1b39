"""Every suite on every board: what becomes of one board keeps no other one back. Stand-ins play the processes."""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from rich.console import Console
from sample_result import sample

from tlsbench.boards.lines import Lines
from tlsbench.farm import pool
from tlsbench.farm.run import SeveralBoards
from tlsbench.model.errors import ConfigError, LaunchError
from tlsbench.model.result import RECORD, Result
from tlsbench.progress import BoardsProgress
from tlsbench.session.config import Config


class StandInRunner:
    """Stands in for the processes of boards: each says what `says` has for its board, and keeps a record."""

    output = "what it printed"
    command = ("stand-in",)
    status = 1

    says: ClassVar[dict[str, list[dict[str, Any] | None]]]
    """By the board's name; None: it ends."""
    cores: ClassVar[list[list[int]]]
    """Those of each, in the order in which they began."""
    at_once: ClassVar[int]
    began = threading.Condition()

    def __init__(self, command: list[str], *, line: int) -> None:
        self._line = Lines(socket.socket(fileno=os.dup(line)))
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def _serve(self) -> None:
        asked = iter(lambda: self._line.receive(), None)
        (begin,) = next(asked)
        with self.began:
            self.cores.append(begin["cores"])
            self.began.notify_all()
            assert self.began.wait_for(lambda: len(self.cores) >= self.at_once, 30)  # none is done before the others
        for news in self.says.get(begin["config"]["board"], [{"news": "ready"}]):
            if news is None:
                self._line.close()
                return
            self._line.send(news)
            if news["news"] == "error":
                return
        next(asked)  # run
        self._line.send({"news": "ran", "status": 0, "usable": True})
        next(asked)  # finish
        result = sample()
        result.run = replace(result.run, board=begin["config"]["board"])
        result.save(Path(begin["folder"]))
        self._line.send({"news": "finished"})

    def failure(self, message: str) -> LaunchError:
        return LaunchError(message, command=self.command, status=self.status, received=self.output)

    def wait(self, timeout_s: float) -> None:
        self._serving.join(timeout_s)

    def kill(self) -> None:
        self._line.close()


def run_on_stand_ins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int = 1, **says: list[dict[str, Any] | None]
) -> Path:
    """Runs everything on three boards, so many at once; gives the folder of the run."""
    monkeypatch.setattr(StandInRunner, "says", {name.replace("_", "-"): news for name, news in says.items()}, False)
    monkeypatch.setattr(StandInRunner, "cores", [], False)
    monkeypatch.setattr(StandInRunner, "at_once", at_once, False)
    monkeypatch.setattr("tlsbench.farm.board.Child", StandInRunner)
    monkeypatch.setattr("tlsbench.session.session.Session.prepare", lambda _: None)
    monkeypatch.setattr(os, "cpu_count", lambda: at_once)
    places = pool.places(["mps2-an385", "native", "lm3s6965evb"])
    config = Config(out=tmp_path / "out")
    run = SeveralBoards(config, places, BoardsProgress(Console(quiet=True)), each=True)
    suite = tmp_path / "number_0.robot"
    suite.write_text("*** Test Cases ***\nOne\n    No Operation\n")
    results, folder = run.run([suite], {})
    assert [result.run.board for result in results] == ["mps2-an385", "native", "lm3s6965evb"]
    return folder


ENDED = {"news": "test ended", "suite": "Number 0", "test": "One", "status": "pass", "message": "", "elapsed_s": 1.0}
UNPLUGGED = {"news": "error", "text": "its port is gone", "asked": False}


@pytest.mark.parametrize(
    ("says", "tests", "why"),
    [
        ([UNPLUGGED], [], "native: its port is gone"),
        ([None], [], "the process of this board ended by itself"),
        ([{"news": "ready"}, ENDED, None], ["One"], "what it printed"),
    ],
)
def test_what_becomes_of_one_board_is_its_own_part_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: list[dict[str, Any] | None], tests: list[str], why: str
) -> None:
    folder = run_on_stand_ins(tmp_path, monkeypatch, native=says)
    lost = Result.load(folder / "native" / RECORD)
    assert [(test.name, test.status) for test in lost.tests[:-1]] == [(name, "pass") for name in tests]
    assert (lost.tests[-1].suite, lost.tests[-1].status, lost.verdict) == ("Image", "fail", "fail")
    assert why in lost.tests[-1].message
    for other in ("mps2-an385", "lm3s6965evb"):
        assert Result.load(folder / other / RECORD).tests == sample().tests


def test_what_cannot_be_asked_of_any_board_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"news": "error", "text": "no such test", "asked": True}
    with pytest.raises(ConfigError, match="mps2-an385: no such test"):
        run_on_stand_ins(tmp_path, monkeypatch, mps2_an385=[wrong])
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]


def test_each_board_has_cores_that_no_other_one_has_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {4, 5, 6})
    run_on_stand_ins(tmp_path, monkeypatch, at_once=2)
    assert sorted(StandInRunner.cores[:2]) == [[4, 6], [5]]
    assert StandInRunner.cores[2] in StandInRunner.cores[:2]
