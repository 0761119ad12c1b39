"""A board is data: one folder makes a new one, of another core, from what the README says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import tlsbench
from conftest import ROOT

from tlsbench import firmware

BOARD = "my-board"


def readme_board() -> str:
    """The board.toml that the README shows."""
    found = re.search(rf'```toml\n((?:(?!```).)*name = "{BOARD}".*?)```', (ROOT / "README.md").read_text(), re.DOTALL)
    assert found
    return found[1]


def test_the_readme_needs_ten_lines() -> None:
    assert len([line for line in readme_board().splitlines() if line.strip()]) <= 10


@pytest.fixture
def new_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A board in a folder anywhere, and the agent's image for it."""
    folder = tmp_path / "boards" / BOARD
    folder.mkdir(parents=True)
    (folder / "board.toml").write_text(readme_board())
    monkeypatch.setenv("TLSBENCH_PLATFORMS", str(folder.parent))
    firmware.image(BOARD)
    yield BOARD
    shutil.rmtree(firmware.build_folder(BOARD).parent, ignore_errors=True)


@pytest.mark.usefixtures("new_board")
def test_a_folder_makes_a_board(tmp_path: Path) -> None:
    listed = tlsbench("boards", cwd=tmp_path)
    assert listed.status == 0, listed.output
    assert f"{BOARD}  usable" in listed.output
    assert "cortex-m4f, 256.0 KiB RAM, 1.00 MiB flash" in listed.output
    ended = tlsbench("measure", "--board", BOARD, cwd=tmp_path)
    assert ended.status == 0, ended.output
    assert f"PASS  {BOARD}, profile default" in ended.output
    assert re.search(r"board RAM\s+256(\.0)?\s+KiB", ended.output), ended.output
