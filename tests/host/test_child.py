"""Programs that the bench starts: what they leave, and that they never outlive it."""

from __future__ import annotations

import signal
import subprocess

from killed import soon

from tlsbench.boards.child import DIE_WITH_PARENT, Child


def test_a_child_whose_parent_is_gone_already_does_not_start() -> None:
    somebody_else = "1"
    done = subprocess.run([*DIE_WITH_PARENT, somebody_else, "echo", "ran"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")


def test_a_child_keeps_its_output_when_it_is_killed() -> None:
    child = Child(["sh", "-c", "echo out; echo err >&2; exec sleep 60"])
    assert soon(lambda: "err" in child.output)
    assert not child.ended
    child.kill()
    child.kill()
    assert (child.output, child.status) == ("out\nerr\n", -signal.SIGKILL)
    told = str(child.failure("it went wrong"))
    assert told.startswith("it went wrong\ncommand: sh -c echo out")
    assert told.endswith("exit status: -9\nreceived:\n    out\n    err")


def test_a_child_that_ends_tells_its_status() -> None:
    child = Child(["sh", "-c", "exit 7"])
    assert child.wait(5)
    assert child.status == 7
    child.kill()
