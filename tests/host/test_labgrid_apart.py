"""What of boards in a lab needs no lab: who holds a place, what is known of its board, how a look at it goes wrong."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tlsbench import boards
from tlsbench.boards.labgrid import LabgridKind, names
from tlsbench.boards.labgrid import board as board_module
from tlsbench.boards.labgrid.board import LabgridBoard
from tlsbench.boards.labgrid.coordinator import Coordinator
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import ConfigError
from tlsbench.model.physical import Labgrid

ME = "ci/root"
HERE, ELSEWHERE = "0f1e2d3c-f0000001", "0f1e2d3c-f0000002"


@pytest.fixture
def info() -> BoardInfo:
    """A board in a lab, whose image is always written."""
    update = {"kind": "labgrid", "labgrid": Labgrid(place="bench", always=True)}
    return boards.load("mps2-an385").model_copy(update=update)


@pytest.fixture
def gone() -> int:
    """The id of a process that is no more."""
    with subprocess.Popen(["true"]) as process:
        return process.pid


# --- whose a place is ---


def test_a_holder_is_dead_only_where_its_process_ids_mean_anything(monkeypatch: pytest.MonkeyPatch, gone: int) -> None:
    """Two jobs of one machine: containers with the same host name, the same user, and process ids of their own."""
    assert names.here() == names.here() != ""
    alive = os.getpid()
    monkeypatch.setattr(names, "here", lambda: HERE)
    assert names.is_dead(f"{ME}.tlsbench.{HERE}.{gone}.{gone}", ME) is True
    assert names.is_dead(f"{ME}.tlsbench.{HERE}.{gone}.{alive}", ME) is False
    assert names.is_dead(f"{ME}.tlsbench.{HERE}.{alive}.{alive}", ME) is None
    for other in (
        f"{ME}.tlsbench.{ELSEWHERE}.{gone}.{gone}",
        f"{ME}.tlsbench.{gone}.{gone}",
        f"ci/other.tlsbench.{HERE}.{gone}.{gone}",
        ME,
        "",
    ):
        assert names.is_dead(other, ME) is None


def test_a_holder_says_where_it_is() -> None:
    assert names.is_dead(f"ci/{names.holder('root', 1)}", ME) is None
    assert names.holder("root", 1) == f"root.tlsbench.{names.here()}.1.{os.getpid()}"


def test_a_user_without_a_name_goes_by_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.delenv("LG_USERNAME", raising=False)
    monkeypatch.setattr("getpass.getuser", nobody)
    assert names.user() == f"uid{os.getuid()}"


def test_a_place_is_that_of_the_session_in_which_it_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reservation of the user's own is taken in another session: what the first one knows is old."""
    first, second = (SimpleNamespace(places={"bench": SimpleNamespace(acquired=who)}) for who in ("alice", "bob"))
    coordinator = Coordinator.__new__(Coordinator)
    coordinator._session = first  # type: ignore[assignment]

    def choose(self: Coordinator) -> str:
        self._session = second  # type: ignore[assignment]
        return "bench"

    monkeypatch.setattr(Coordinator, "_bury", lambda self: None)
    monkeypatch.setattr(Coordinator, "_choose", choose)
    monkeypatch.setattr(Coordinator, "_plain", ME)
    with pytest.raises(names.Refused, match="it is held by bob"):
        coordinator.acquire()


# --- what is known of its board ---


class FakePlace:
    """Stands for a held place."""

    flashed = 0
    ended = False

    def __init__(self, info: BoardInfo) -> None:
        pass

    def why_ended(self) -> str:
        return ""

    def console(self, line: socket.socket) -> None:
        pass

    def reset(self) -> None:
        pass

    def flash(self, image: Path) -> None:
        type(self).flashed += 1

    def close(self) -> None:
        pass


def test_of_a_place_that_was_lost_it_is_not_known_what_its_board_runs(
    info: BoardInfo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(FakePlace, "flashed", 0)
    monkeypatch.setattr(board_module, "HeldPlace", FakePlace)
    monkeypatch.setattr(board_module.files, "write", lambda *_: tmp_path)
    with LabgridBoard(info.model_copy(update={"network": None})) as board:
        board._image = SimpleNamespace(build_id="abc")  # type: ignore[assignment]
        board.power_on()
        board.power_on()
        assert FakePlace.flashed == 1
        board._held.ended = True  # type: ignore[misc]
        board.power_on()
        assert FakePlace.flashed == 2


def test_its_line_is_a_wire(info: BoardInfo) -> None:
    """Also without `serial.port`: what is lost on it is asked for again."""
    assert info.serial.port is None
    assert info.repeat_after == 2.0
    serial = info.serial.model_copy(update={"repeat_after": 0.5})
    assert info.model_copy(update={"serial": serial}).repeat_after == 0.5
    assert boards.load("mps2-an385").repeat_after is None


# --- how a look goes wrong ---


def look(info: BoardInfo, coordinator: str) -> str:
    """Why the board cannot be used with this coordinator."""
    labgrid = info.labgrid.model_copy(update={"coordinator": coordinator}) if info.labgrid else None
    return LabgridKind().why_not(info.model_copy(update={"labgrid": labgrid}))


@pytest.mark.parametrize("address", ["a..b:1", "a..b", f"{'x' * 64}:1", "host:", "host:0", "host:65536", "host:x"])
def test_an_address_that_can_be_none(info: BoardInfo, address: str) -> None:
    with pytest.raises(ConfigError, match=r"labgrid.coordinator: .* should be a host and a port, such as '127.0.0.1"):
        look(info, address)


def test_warnings_are_no_answer(info: BoardInfo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As libraries print them, the last one when the program ends."""
    program = tmp_path / "python"
    program.write_text(
        """#!/bin/sh\necho early >&2\necho '{"bench": [[], {}, "ci/alice"], "rack": [[], {}, ""]}'\necho late >&2\n"""
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(program))
    with socket.create_server(("127.0.0.1", 0)) as coordinator:
        address = "{}:{}".format(*coordinator.getsockname())
        assert look(info, address) == "labgrid's place 'bench': it is held by ci/alice"
        program.write_text("#!/bin/sh\necho no such method >&2\nexit 1\n")
        assert look(info, address).endswith("no labgrid coordinator, or one of another version: no such method\n")
