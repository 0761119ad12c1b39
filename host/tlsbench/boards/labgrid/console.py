"""The console of a labgrid place as a line to the bench; part of the process that holds the place."""

from __future__ import annotations

import inspect
import socket
import sys
import threading
from contextlib import suppress
from typing import Any

import pexpect
from labgrid import Target

POLL_S = 0.05
CHUNK = 4096


class Console:
    """Carries bytes between labgrid's console driver and a line to the bench, until either ends."""

    def __init__(self, target: Target, driver: Any, line: socket.socket) -> None:
        self._target = target
        self._driver = driver
        # Without labgrid's count of steps, which is one for all threads.
        self._read, self._write = (inspect.unwrap(call) for call in (type(driver).read, type(driver).write))
        self._line = line
        self._open = True
        target.activate(driver)
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._to_bench, self._to_board)]
        for thread in self._threads:
            thread.start()

    def _to_bench(self) -> None:
        try:
            while self._open:
                with suppress(pexpect.TIMEOUT):
                    self._line.sendall(self._read(self._driver, size=1, timeout=POLL_S))
        except Exception as error:  # whatever a driver makes of a port that is gone
            print(f"the console ended: {error!r}", file=sys.stderr, flush=True)
        finally:
            self._hang_up()

    def _to_board(self) -> None:
        try:
            while data := self._line.recv(CHUNK):
                self._write(self._driver, data)
        except Exception as error:
            print(f"the console takes nothing: {error!r}", file=sys.stderr, flush=True)
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        self._open = False
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the board's port."""
        self._hang_up()
        for thread in self._threads:
            thread.join()
        self._line.close()
        self._target.deactivate(self._driver)
