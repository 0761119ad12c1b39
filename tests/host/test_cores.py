"""Boards of the MPS2 family with other cores keep the budget of the first; test_new_board.py is about Cortex-M4F."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cli import tlsbench
from conftest import ROOT

from tlsbench import boards
from tlsbench.model.budget import Budget


@pytest.mark.parametrize("board", ["mps2-an500", "mps2-an505"])
def test_a_connection_stays_within_the_budget_of_its_profile(board: str, tmp_path: Path) -> None:
    ended = tlsbench("measure", "--board", board, "--profile", "small", cwd=tmp_path)
    assert ended.status == 0, ended.output
    metrics = json.loads((tmp_path / "out" / "latest" / "result.json").read_text())["metrics"]
    for limit in Budget.load(ROOT / "robot" / "budgets.toml", "small").allowances:
        measured = [
            metric["value"]
            for metric in metrics
            if (metric["name"], metric.get("phase"), metric.get("thread")) == (limit.name, limit.phase, limit.thread)
        ]
        assert measured, limit
        assert max(measured) <= limit.at_most, limit


def test_the_readme_lists_every_board() -> None:
    text = (ROOT / "README.md").read_text()
    table = text[text.index("## The boards") : text.index("## Add a board")]
    rows = re.findall(r"^\| `([\w-]+)` \| (?:Cortex-(M\w+)( with FPU)?|a process)", table, re.MULTILINE)
    cores = {name: f"cortex-{core.lower()}{'f' if fpu else ''}" if core else "native" for name, core, fpu in rows}
    assert cores == {name: boards.load(name).core for name in boards.names()}
