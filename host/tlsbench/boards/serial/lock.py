"""One user of a board at a time: a lock that the kernel releases, however its holder ends."""

from __future__ import annotations

import fcntl
import json
import os
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from tlsbench.boards.serial.port import Port
from tlsbench.boards.user import user
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import PortInUse

POLL_S = 0.1
FOR_ALL = 0o666
"""Mode of a lock file: another user must be able to lock it, and to write down that they hold it."""


def file_of(info: BoardInfo, port: Port) -> Path:
    """The lock's file: the same for everybody who means this port, by whatever name."""
    return Path(info.lock.folder) / f"tlsbench-{port.key}.lock"


class PortLock:
    """Holds a board's port until it is closed or this process ends. A context manager.

    Arguments:
        info: the board; it says where locks are kept, and how long to wait for them.
        port: what is locked.

    Errors:
        PortInUse: somebody else has it, for longer than `lock.wait`; says who and since when.
        ConfigError: lock files cannot be kept where they should be.
    """

    def __init__(self, info: BoardInfo, port: Port) -> None:
        self.file = file_of(info, port)
        try:
            self._handle = _open(self.file)
        except OSError as error:
            raise info.error(
                f"the lock {self.file} cannot be opened ({error.strerror}): name a folder that all users of the board "
                "may write to",
                "lock.folder",
            ) from None
        deadline = time.monotonic() + info.lock.wait
        while True:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(POLL_S)
                    continue
                holder = self._holder()
                os.close(self._handle)
                waited = f"; waited {info.lock.wait:g} s for it" if info.lock.wait else ""
                raise PortInUse(f"{info.name} ({port.about}) is in use: {holder}{waited}") from None
            break
        me = {"pid": os.getpid(), "user": user(), "since": datetime.now().astimezone().isoformat(timespec="seconds")}
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, json.dumps({**me, "board": info.name}).encode(), 0)

    def _holder(self) -> str:
        try:
            told = json.loads(os.pread(self._handle, 1000, 0))
            return f"process {told['pid']} of {told['user']} has it since {told['since']}, as board {told['board']}"
        except (ValueError, KeyError, TypeError):  # it has just taken the lock, and says next who it is
            return "somebody has just taken it"

    def close(self) -> None:
        """Give the board back. May be called twice."""
        if self._handle >= 0:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open(file: Path) -> int:
    # A file of another user in a sticky folder may be opened, but not with O_CREAT: see protected_regular, proc(5).
    while True:
        try:
            return os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)  # anybody may put a link there
        except FileNotFoundError:
            pass
        try:
            handle = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_CREAT | os.O_EXCL, FOR_ALL)
        except FileExistsError:
            continue
        os.fchmod(handle, FOR_ALL)  # whatever the umask says
        return handle
