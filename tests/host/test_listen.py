"""Peers listen where the board's file says: a board on a real network does not reach the loopback interface."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlsbench import firmware
from tlsbench.session import Config, Session
from tlsbench.session.connection import one_connection

ELSEWHERE = "127.0.0.2"
"""An address of this machine on which nothing listens that listens on 127.0.0.1."""


def test_a_board_reaches_peers_at_the_address_that_its_file_names(platforms: Path, tmp_path: Path) -> None:
    file = platforms / "native" / "board.toml"
    text = file.read_text()
    assert 'host = "127.0.0.1"' in text
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TLSBENCH_PLATFORMS")
        image = firmware.image("native")
    file.write_text(text.replace('host = "127.0.0.1"', f'host = "{ELSEWHERE}"\nlisten = "{ELSEWHERE}"'))
    with Session(Config(board="native", image=image, out=tmp_path / "out")) as session:
        one_connection(session)
        result, _ = session.finish()
    assert [test.status for test in result.tests] == ["pass"]
