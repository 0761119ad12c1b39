"""A serial port from its opening to its end: who waits for what, and what becomes of one that goes away meanwhile."""

from __future__ import annotations

import os
import socket
import termios
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tlsbench import boards
from tlsbench.boards.serial import board as board_module
from tlsbench.boards.serial import port as ports
from tlsbench.boards.serial import reset as resets
from tlsbench.boards.serial import stream as streams
from tlsbench.boards.serial.board import SerialBoard
from tlsbench.boards.serial.port import Port
from tlsbench.boards.serial.stream import PortStream, open_port
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BoardError, LinkClosedError, PortInUse
from tlsbench.model.physical import Flash, Lock, Reset


@pytest.fixture
def terminal() -> Iterator[list[int]]:
    """A port of this machine: the far end, and ours."""
    ends = list(os.openpty())
    yield ends
    for end in ends:
        os.close(end)


def desk(url: str, folder: Path) -> BoardInfo:
    """A board at this port, reset by a break."""
    info = boards.load("mps2-an385")
    reset = Reset.model_validate({"method": "break", "hold": "300 ms"})
    return info.model_copy(
        update={
            "kind": "serial",
            "serial": info.serial.model_copy(update={"port": url, "reset": reset, "appear": 60.0}),
            "flash": Flash(method="command", command=("true",)),
            "lock": Lock(folder=str(folder)),
        }
    )


@pytest.fixture
def info(terminal: list[int], tmp_path: Path) -> BoardInfo:
    return desk(os.ttyname(terminal[1]), tmp_path)


# --- it comes ---


class Refuses:
    """Stands for a port that cannot be used the first times."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error = error
        self.left = times
        self.opened = SimpleNamespace(close=lambda: None)

    def __call__(self, info: BoardInfo, port: Port) -> SimpleNamespace:
        if self.left:
            self.left -= 1
            raise self.error
        return self.opened


def test_a_device_that_may_not_be_opened_yet_is_waited_for(info: BoardInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    """As between the moment in which the kernel makes it and the one in which udev gives it to its group."""
    opening = Refuses(BoardError("it may not be read and written by this user"), 3)
    monkeypatch.setattr(ports, "POLL_S", 0.0)
    monkeypatch.setattr(board_module, "open_port", opening)
    with SerialBoard(info) as board:
        board._connect()
        assert cast("object", board.stream) is opening.opened


def test_a_device_that_can_never_be_opened_is_waited_for_no_longer_than_it_may(
    info: BoardInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = info.model_copy(update={"serial": info.serial.model_copy(update={"appear": 0.0})})
    with pytest.raises(BoardError, match="never"):
        ports.wait_for(hasty, partial(Refuses(BoardError("never"), 9), hasty))


def test_who_has_the_port_and_who_does_not_answer_is_told_at_once(info: BoardInfo, tmp_path: Path) -> None:
    with pytest.raises(PortInUse):
        ports.wait_for(info, partial(Refuses(PortInUse("it is open"), 1), info))
    away = desk("socket://127.0.0.1:1", tmp_path)
    with pytest.raises(BoardError, match="cannot be opened"):
        ports.wait_for(away, partial(open_port, away))


def test_a_port_that_goes_while_it_is_opened(info: BoardInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise termios.error(5, "Input/output error")

    monkeypatch.setattr("termios.tcsetattr", gone)
    with pytest.raises(BoardError, match=r"cannot be opened: .*Input/output error"):
        open_port(info, ports.find(info))


# --- it is used, and goes ---


def test_a_port_that_goes_before_the_board_is_reset(info: BoardInfo, terminal: list[int]) -> None:
    stream = open_port(info, ports.find(info))
    os.close(terminal.pop(0))
    with pytest.raises(LinkClosedError, match="Input/output error"):
        resets.press(info, stream, None, None)
    stream.close()


def test_a_break_is_as_long_as_is_asked_for(info: BoardInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []

    class Line:
        port = "line"

        def __setattr__(self, name: str, value: object) -> None:
            done.append((name, value))

    monkeypatch.setattr(resets.time, "sleep", done.append)
    stream = SimpleNamespace(line=Line(), forget_input=lambda: done.append("forget"))
    resets.press(info, cast(PortStream, stream), None, None)
    assert done == ["forget", ("break_condition", True), 0.3, ("break_condition", False)]


def test_a_line_over_a_socket_that_takes_no_more_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "WRITE_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        info = desk(f"socket://127.0.0.1:{server.getsockname()[1]}", tmp_path)
        stream = open_port(info, ports.find(info))
        with pytest.raises(LinkClosedError, match=r"took no more of \d+ bytes for 0\.05 s"):
            stream.write(bytes(50_000_000))
        stream.close()
