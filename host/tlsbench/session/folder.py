"""The folder of one run: nothing half-written is ever seen under its final name."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from tlsbench.model.errors import ConfigError

LATEST = "latest"
_PARTIAL = ".partial"


class RunFolder:
    """`out/.<run-id>.partial` while the run goes on, `out/<run-id>` when it has finished.

    The partial folder is locked by this process. The kernel releases the lock however the process ends, so the
    next run can tell a dead run's folder from a living one's, and removes it.

    Arguments:
        out: the folder of all runs; made if missing.

    Raises:
        ConfigError: the folder cannot be made or written.
    """

    def __init__(self, out: Path) -> None:
        self.out = out.absolute()
        self.started = datetime.now(UTC)
        self.id = f"{self.started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self.path = self.out / f".{self.id}{_PARTIAL}"
        self.finished = False
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            with self._all_runs():
                self._sweep()
                self.path.mkdir()
                self._lock: int | None = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
                fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError as error:
            raise ConfigError(f"run folders cannot go here ({error.strerror})", file=self.out) from error

    def finish(self) -> Path:
        """Give the folder its final name and point `latest` at it; returns the final path."""
        final = self.out / self.id
        with self._all_runs():
            self.path.rename(final)
            self.path = final
            self.finished = True
            link = self.out / f".{self.id}.link"
            link.symlink_to(self.id)
            link.replace(self.out / LATEST)
        self._unlock()
        return final

    def discard(self) -> None:
        """Remove the folder of a run that did not finish; does nothing to a finished one."""
        if not self.finished:
            with suppress(FileNotFoundError), self._all_runs():  # somebody may have removed all runs meanwhile
                shutil.rmtree(self.path, ignore_errors=True)
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def _all_runs(self) -> Iterator[None]:
        """Keep other runs from sweeping a folder that is being made or removed, or from moving `latest` meanwhile."""
        with (self.out / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _sweep(self) -> None:
        for folder in self.out.glob(f".*{_PARTIAL}"):
            try:
                handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                continue  # somebody else removed it
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            else:
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)
        for link in self.out.glob(".*.link"):
            link.unlink(missing_ok=True)


class PartFolder:
    """The folder of one board in a run of several: it comes and goes with the folder of the whole run.

    Arguments:
        run: the id of the whole run.
        started: when that began.
        path: where this board's files go; made if missing.
    """

    def __init__(self, run: str, started: datetime, path: Path) -> None:
        self.id = run
        self.started = started
        self.path = path
        self.path.mkdir(parents=True, exist_ok=True)

    def finish(self) -> Path:
        """See `RunFolder`."""
        return self.path

    def discard(self) -> None:
        """Whoever owns the whole run removes it."""
