"""One user of a board at a time, however users end and whatever they call its port."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tlsbench import boards
from tlsbench.boards.serial.lock import PortLock, file_of
from tlsbench.boards.serial.port import find
from tlsbench.boards.serial.stream import open_port
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import ConfigError, PortInUse

HOLDER = """
import sys, time
from tlsbench import boards
from tlsbench.boards.serial.lock import PortLock
from tlsbench.boards.serial.port import find
info = boards.load("desk")
with PortLock(info, find(info)):
    print("held", flush=True)
    time.sleep(float(sys.argv[1]))
"""


@pytest.fixture
def terminal() -> Iterator[Path]:
    """A port of this machine that nobody uses."""
    ours, theirs = os.openpty()
    yield Path(os.ttyname(theirs))
    os.close(ours)
    os.close(theirs)


@pytest.fixture
def desk(tmp_path: Path, terminal: Path, monkeypatch: pytest.MonkeyPatch) -> BoardInfo:
    """A board at this port."""
    text = (boards.platforms_dir() / "mps2-an385/board.toml").read_text().partition("[emulator]")[0]
    text = text.replace('kind = "qemu"', 'kind = "serial"').replace("mps2-an385", "desk")
    text += f'[lock]\nfolder = "{tmp_path}"\n[flash]\nmethod = "command"\ncommand = ["true"]\n'
    text += '[serial.reset]\nmethod = "dtr-rts"\ndtr = true\n'
    place = tmp_path / "platforms" / "desk"
    place.mkdir(parents=True)
    (place / "board.toml").write_text(text)
    monkeypatch.setenv("TLSBENCH_PLATFORMS", str(place.parent))
    monkeypatch.setenv("TLSBENCH_PORT_DESK", str(terminal))
    return boards.load("desk")


@contextmanager
def holder(seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the board."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(seconds)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_the_second_user_is_told_who_has_the_board_and_since_when(desk: BoardInfo) -> None:
    with holder(60) as first, pytest.raises(PortInUse) as caught:
        PortLock(desk, find(desk))
    message = str(caught.value)
    assert "desk" in message
    assert f"process {first.pid} of " in message
    assert time.strftime("since %Y-%m-%dT") in message


def test_a_user_that_is_killed_leaves_no_lock(desk: BoardInfo) -> None:
    with holder(60) as first:
        first.kill()
        first.wait()
        with PortLock(desk, find(desk)):
            pass


def test_who_may_wait_gets_the_board_when_it_is_free(desk: BoardInfo) -> None:
    patient = desk.model_copy(update={"lock": desk.lock.model_copy(update={"wait": 30.0})})
    with holder(0.5), PortLock(patient, find(desk)):
        pass


def test_all_names_of_a_port_are_one_lock(desk: BoardInfo, terminal: Path, tmp_path: Path) -> None:
    alias = tmp_path / "by-id"
    alias.symlink_to(terminal)
    other = boards.load("desk", str(alias))
    assert file_of(other, find(other)) == file_of(desk, find(desk))
    with PortLock(desk, find(desk)), pytest.raises(PortInUse):
        PortLock(other, find(other))


def test_a_lock_of_somebody_else_may_be_used_by_all(desk: BoardInfo) -> None:
    with PortLock(desk, find(desk)) as lock:
        assert lock.file.stat().st_mode & 0o777 == 0o666


def test_a_link_that_somebody_put_there_is_not_followed(desk: BoardInfo, tmp_path: Path) -> None:
    """Whoever may write to the folder could have another user's file emptied."""
    mine = tmp_path / "mine"
    mine.write_text("precious")
    file_of(desk, find(desk)).symlink_to(mine)
    with pytest.raises(ConfigError, match=r"lock\.folder: .*cannot be opened \(Too many levels of symbolic links\)"):
        PortLock(desk, find(desk))
    assert mine.read_text() == "precious"


def test_a_folder_that_is_not_there(desk: BoardInfo) -> None:
    nowhere = desk.model_copy(update={"lock": desk.lock.model_copy(update={"folder": "/nonexistent"})})
    with pytest.raises(ConfigError, match=r"lock\.folder: .*cannot be opened"):
        PortLock(nowhere, find(desk))


def test_a_port_that_another_program_has_open_is_told_with_its_name(desk: BoardInfo, terminal: Path) -> None:
    """pyserial takes a lock of its own on the device, as other programs do."""
    hold = (
        f"import fcntl, time; port = open({str(terminal)!r}); fcntl.flock(port, fcntl.LOCK_EX); "
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            with pytest.raises(PortInUse, match=rf"open already, in .*\(process {process.pid}\).*: close it there"):
                open_port(desk, find(desk))
        finally:
            process.kill()
