"""The watch on leftovers sees what it should: an orphan, and nobody else's process."""

from __future__ import annotations

import os
import subprocess

from conftest import MARK, marked_processes
from killed import soon


def test_an_orphan_of_this_session_is_seen_and_a_stranger_is_not() -> None:
    mark = os.environ[MARK]
    shell = ["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"]
    orphan = int(subprocess.run(shell, stdout=subprocess.PIPE, check=True).stdout)
    stranger = subprocess.Popen(["cat"], stdin=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
    try:
        # The shell may have told its number before it is what it is to be.
        assert soon(lambda: marked_processes(mark).get(orphan, "").startswith("sleep 60"))
        assert stranger.pid not in marked_processes(mark)
    finally:
        os.kill(orphan, 9)
        stranger.communicate()
