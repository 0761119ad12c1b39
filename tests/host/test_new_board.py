"""A board is data: one folder makes a new one, of another core."""

from __future__ import annotations

from pathlib import Path

from cli import tlsbench


def test_a_folder_makes_a_board(tmp_path: Path, platforms: Path) -> None:
    """The MPS2 of application note 386 has a Cortex-M4 with an FPU, and what matters here where the 385 has it."""
    old, new = platforms / "mps2-an385", platforms / "mps2-an386"
    old.rename(new)
    (new / "mps2-an385.ld").rename(new / "mps2-an386.ld")
    file = new / "board.toml"
    file.write_text(file.read_text().replace("an385", "an386").replace("cortex-m3", "cortex-m4f"))
    listed = tlsbench("boards", cwd=tmp_path)
    assert listed.status == 0
    assert "cortex-m4f" in listed.output
    ended = tlsbench("measure", "--board", "mps2-an386", cwd=tmp_path)
    assert ended.status == 0, ended.output
    assert "PASS  mps2-an386, profile default" in ended.output
