"""The watch on leftovers sees what it should: an orphan, and nobody else's process."""

from __future__ import annotations

import os
import subprocess
import sys

from conftest import MARK, marked_processes


def test_an_orphan_of_this_session_is_seen_and_a_stranger_is_not() -> None:
    mark = os.environ[MARK]
    orphan = int(subprocess.run(["sh", "-c", "sleep 60 >/dev/null & echo $!"], capture_output=True, check=True).stdout)
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env={})
    try:
        seen = marked_processes(mark)
        assert seen[orphan].startswith("sleep 60")
        assert stranger.pid not in seen
    finally:
        os.kill(orphan, 9)
        stranger.communicate()
