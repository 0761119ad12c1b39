"""The doctor: what it finds on a board that is well, and what it says of one that is not."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cli import tlsbench
from conftest import BOARD
from rig import Rig

from tlsbench.boards import load
from tlsbench.boards.serial.lock import PortLock
from tlsbench.boards.serial.port import find
from tlsbench.doctor import CHECKS, Finding, examine, target
from tlsbench.session import Config

OURS = [check for check in CHECKS if not check.kinds or "serial" in check.kinds]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "physical-board.md"


@pytest.fixture(autouse=True)
def quick_look_at_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "WATCH_S", 0.3)


def visit(image: Path) -> dict[str, Finding]:
    found = list(examine(Config(board=BOARD, image=image), lambda _: None))
    assert [finding.check for finding in found] == OURS
    return {finding.check.name: finding for finding in found}


def edit(rig: Rig, old: str, new: str) -> None:
    text = rig.file.read_text()
    assert old in text
    rig.file.write_text(text.replace(old, new))


def complains(image: Path, name: str, *said: str) -> dict[str, Finding]:
    """One check fails, and says so; what needs it is not tried."""
    found = visit(image)
    assert [finding.check.name for finding in found.values() if finding.state == "failed"] == [name]
    for words in said:
        assert re.search(words, found[name].said), found[name].said
    if found[name].check.needed:
        behind = list(found.values())[list(found).index(name) + 1 :]
        assert {finding.state for finding in behind} == {"not tried"}
    return found


def test_a_board_that_is_well(rig: Rig, tmp_path: Path, agent_image: Path) -> None:
    run = tlsbench("doctor", "--board", BOARD, "--image", agent_image, "--json", cwd=tmp_path)
    assert run.status == 0, run.output
    record = json.loads(run.output)
    assert record["ok"]
    states = {check["check"]: check["state"] for check in record["checks"]}
    assert list(states) == [check.name for check in OURS]
    assert states.pop("cycles") == "absent"
    assert set(states.values()) == {"ok"}


def test_a_port_that_is_not_there(rig: Rig, agent_image: Path) -> None:
    rig.pull()
    edit(rig, "[serial]\n", '[serial]\nappear = "100 ms"\n')
    complains(agent_image, "port", "is not plugged in")


def test_a_board_that_somebody_else_uses(rig: Rig, agent_image: Path) -> None:
    info = load(BOARD)
    with PortLock(info, find(info)):
        complains(agent_image, "lock", f"in use: process {os.getpid()} of ")


def test_a_programmer_that_is_not_installed(rig: Rig, agent_image: Path) -> None:
    edit(rig, "[flash]\n", "[flash]\n")
    rig.file.write_text(
        re.sub(r'method = "command"\n(command = .*"flash".*)', 'method = "openocd"', rig.file.read_text())
    )
    rig.file.write_text(rig.file.read_text() + '\n[probe]\nconfig = ["board/st_nucleo_f4.cfg"]\n')
    complains(agent_image, "tools", "openocd is not installed .*: install the Debian package openocd")


@pytest.mark.parametrize(
    ("mangle", "said"),
    [
        (lambda data: b"", "nothing came in 2 s: not one byte"),
        (lambda data: bytes(byte ^ 0xA5 | 0x80 for byte in data), "make no sense: the baud rate differs"),
        (lambda data: b"Hello, I am a blinking LED\r\n", "(?s)another program runs.*blinking LED"),
    ],
)
def test_a_line_on_which_no_agent_is_heard(
    rig: Rig, agent_image: Path, mangle: Callable[[bytes], bytes], said: str
) -> None:
    edit(rig, 'sync_timeout = "5 s"', 'sync_timeout = "2 s"')
    rig.to_bench = mangle
    complains(agent_image, "line", said)


def test_a_reset_that_does_nothing(rig: Rig, agent_image: Path) -> None:
    rig.reset = lambda block="": None  # type: ignore[method-assign]
    edit(rig, 'sync_timeout = "5 s"', 'sync_timeout = "3 s"')  # it is asked again after each second
    complains(agent_image, "line", "the reset had no effect")


def test_a_board_that_does_not_find_this_machine(rig: Rig, agent_image: Path) -> None:
    edit(rig, 'host = "10.0.2.2"', 'host = "10.0.2.77"')
    found = visit(agent_image)
    assert found["network"].state == "ok"
    assert found["peer"].state == "failed"
    assert "connect" in found["peer"].said


def test_a_file_with_a_mistake(rig: Rig, agent_image: Path) -> None:
    edit(rig, "[lock]\n", "[lock]\nwiat = 1\n")
    found = list(examine(Config(board=BOARD, image=agent_image), lambda _: None))
    assert [finding.state for finding in found[:1]] == ["failed"]
    assert "unknown key; did you mean 'wait'?" in found[0].said
    assert {finding.state for finding in found[1:]} == {"not tried"}


def test_the_page_tells_of_every_check() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", PAGE.read_text(), re.MULTILINE)
    assert rows == [(check.name, check.right, check.wrong, check.remedy) for check in CHECKS]
