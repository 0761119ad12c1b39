"""Programs that the bench starts and that never outlive it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from tlsbench.model.errors import LaunchError, ToolMissingError

DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--", "sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"')
"""Runs a program that the kernel kills when its parent ends. The shell's test closes the gap before the request: a
parent that ended until then is no longer the parent. Both programs are in packages that every Debian system has."""


def find_program(name: str, package: str, *, also_in: str = "") -> str:
    """Path of a program.

    Arguments:
        name: its name.
        package: the Debian package that brings it.
        also_in: a folder to look in besides those of the PATH.

    Errors:
        ToolMissingError: it is not installed; names the Debian package that brings it.
    """
    path = shutil.which(name) or (shutil.which(name, path=also_in) if also_in else None)
    if path is None:
        raise ToolMissingError(f"{name} is not installed or not on the PATH: install the Debian package {package}")
    return path


class MemoryFiles:
    """Files that live in memory, for programs and libraries that read only files. A context manager: leaving it closes
    them here; a child that inherited them keeps them to its end.

    So a private key is never on a disk, not even after a SIGKILL.

    Attributes:
        descriptors: of all of them, for a child to inherit.
    """

    def __init__(self) -> None:
        self.descriptors: list[int] = []

    def add(self, content: bytes) -> str:
        """A new file; the answer is its path, here and in a child that inherits it."""
        descriptor = os.memfd_create("tlsbench-file")
        self.descriptors.append(descriptor)
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        return f"/proc/self/fd/{descriptor}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self.descriptors:
            os.close(self.descriptors.pop())


class Child:
    """A program that runs now.

    The kernel ties it to the thread that started it, so that thread does nothing but wait for it to end. Its output
    goes to memory, where no unread pipe can stop it.

    Arguments:
        command: program and arguments.
        pass_fds: open files it inherits, by the same numbers.
        line: an open file that is its standard input and output; without one it has no input, and what it prints is
            part of `output`.
        environment: variables that it gets besides those of the bench.
        cores: numbers of the cores that it may run on; without them, all of the bench's.
        tied: have the kernel end it with the bench. One that is not must see by itself that its line ended: it has
            something to put right first.

    Errors:
        LaunchError: it could not be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        pass_fds: Sequence[int] = (),
        *,
        line: int | None = None,
        environment: Mapping[str, str] | None = None,
        cores: Set[int] | None = None,
        tied: bool = True,
    ) -> None:
        self.command = list(command)
        self.status: int | None = None
        self._output = os.memfd_create("tlsbench-output")
        self._pass_fds = tuple(pass_fds)
        self._line = line
        self._prefix = (*DIE_WITH_PARENT, str(os.getpid())) if tied else ()
        self._cores = cores
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._refused: list[OSError] = []
        self._final: str | None = None
        self._started = Event()
        self._keeper = Thread(target=self._keep, name=f"keeper of {command[0]}", daemon=True)
        self._keeper.start()
        self._started.wait()
        if self._refused:
            self.kill()
            raise LaunchError(f"cannot start {command[0]}: {self._refused[0]}", command=self.command)

    def _keep(self) -> None:
        try:
            if self._cores:
                os.sched_setaffinity(0, self._cores)  # of this thread, and so of its child
            self._process = subprocess.Popen(
                [*self._prefix, *self.command],
                stdin=subprocess.DEVNULL if self._line is None else self._line,
                stdout=self._output if self._line is None else self._line,
                stderr=self._output,
                pass_fds=self._pass_fds,
                env=self._environment,
                start_new_session=True,  # Ctrl-C in a terminal is for the bench, which then ends it in order
            )
        except OSError as error:
            self._refused.append(error)
        finally:
            self._started.set()
        if self._process is not None:
            self.status = self._process.wait()

    @property
    def output(self) -> str:
        """Everything it has printed so far."""
        if self._final is not None:
            return self._final
        return os.pread(self._output, os.fstat(self._output).st_size, 0).decode("utf-8", "backslashreplace")

    def wait(self, timeout_s: float) -> bool:
        """Wait until it has ended, at most `timeout_s` seconds; the answer is whether it has."""
        self._keeper.join(timeout_s)
        return not self._keeper.is_alive()

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.wait(0)

    @property
    def open_files(self) -> set[str]:
        """What it has open, as proc(5) calls it: paths, and ``socket:[inode]``."""
        found = set()
        if self._process is not None:
            with suppress(OSError):  # it has ended
                for descriptor in Path(f"/proc/{self._process.pid}/fd").iterdir():
                    with suppress(FileNotFoundError):  # closed meanwhile
                        found.add(str(descriptor.readlink()))
        return found

    def terminate(self) -> None:
        """Ask it to end (SIGTERM), if it has not: it may have something to put right first."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, with what it started, if it has not ended, and wait until it is gone. Its output is kept."""
        if self._process is not None and not self.ended:
            with suppress(ProcessLookupError):  # it ended just now
                os.killpg(self._process.pid, signal.SIGKILL)
        self._keeper.join()
        if self._final is None:
            self._final = self.output
            os.close(self._output)

    def failure(self, message: str) -> LaunchError:
        """A LaunchError with its command, its exit status if it has ended, and all its output."""
        self.wait(1.0)  # an end that is under way brings the exit status with it
        return LaunchError(message, command=self.command, status=self.status, received=self.output)
