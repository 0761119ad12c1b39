"""A bench that is ended in the middle, and a look at whether what it had started goes with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

THEN_SLEEP = "\nimport time; time.sleep(600)\n"
"""A script's end: it is killed long before."""


@contextmanager
def killed_bench(
    script: str, *arguments: str, end: signal.Signals = signal.SIGKILL, environment: dict[str, str] | None = None
) -> Iterator[int]:
    """Run a script that starts something with the bench, until the end of the block; then end it by a signal.

    Args:
        script: prints one number, such as a port, when all is there.
        arguments: of the script, its ``sys.argv[1:]``.
        end: what it gets.
        environment: variables besides those of this process.

    Yields:
        The number.
    """
    with subprocess.Popen(
        [sys.executable, "-c", script + THEN_SLEEP, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | (environment or {}),
    ) as bench:
        assert bench.stdout is not None
        try:
            yield int(bench.stdout.readline())
            bench.send_signal(end)
            bench.wait(30)
        finally:
            bench.kill()


def soon(condition: Callable[[], bool], within_s: float = 20.0) -> bool:
    """Whether it holds, now or before the time is over."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def gone(pid: int, within_s: float = 20.0) -> bool:
    """Whether a process has ended."""
    return soon(lambda: not Path(f"/proc/{pid}").exists(), within_s)
