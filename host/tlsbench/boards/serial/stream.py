"""A serial port as a byte stream."""

from __future__ import annotations

import io
import os
import select
import termios
import time
from contextlib import suppress

import serial

from tlsbench.boards.serial.port import Port, missing_rights, users
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BoardError, LinkClosedError, PortInUse

WRITE_TIMEOUT_S = 10.0
"""Longer than any line that works takes for the longest frame."""
POLL_S = 0.05
LINE_ERRORS = (OSError, termios.error)
"""What is raised for a port that went away. pyserial's own exceptions are an OSError; termios's is none."""


def open_port(info: BoardInfo, port: Port) -> PortStream:
    """Open a port as the board wants it: baud rate, nobody else, and no modem line that holds the board in reset.

    Errors:
        PortInUse: somebody else has it open; says who, where that can be known.
        BoardError: it cannot be opened.
    """
    reset = info.serial.reset
    line = serial.serial_for_url(port.url, do_not_open=True)
    line.baudrate = info.serial.baud or line.baudrate
    line.timeout = POLL_S
    if port.device is not None:
        line.exclusive = True
    if not port.url.startswith("rfc2217://"):  # pyserial has none there
        line.write_timeout = WRITE_TIMEOUT_S
    if reset is not None and reset.method == "dtr-rts":
        if reset.dtr is not None:
            line.dtr = not reset.dtr
        if reset.rts is not None:
            line.rts = not reset.rts
    try:
        line.open()
    except (*LINE_ERRORS, ValueError) as error:
        raise _cannot_open(info, port, error) from error
    return PortStream(line, port)


def _cannot_open(info: BoardInfo, port: Port, error: Exception) -> Exception:
    rights = missing_rights(port)
    if rights:
        return BoardError(f"{info.name}: {rights}")
    others = users(port.device) if port.device is not None else []
    if others or "exclusively lock" in str(error):
        by = ", ".join(others) or "somebody else"
        return PortInUse(f"{info.name}: {port.about} is open already, in {by}: close it there")
    if isinstance(error, ValueError):
        return info.error(f"{port.about} cannot do {info.serial.baud} baud: {error}", "serial.baud")
    return BoardError(f"{info.name}: {port.about} cannot be opened: {error}")


class PortStream:
    """A `ByteStream` over an open port of pyserial's, which it owns.

    Arguments:
        line: the port.
        port: what it is.
    """

    def __init__(self, line: serial.Serial, port: Port) -> None:
        self.line = line
        self._port = port
        self._why_ended = ""
        try:
            self._file: int | None = line.fileno()  # of a device, and of pyserial's socket://
            os.set_blocking(self._file, False)
        except (AttributeError, io.UnsupportedOperation):
            self._file = None

    @property
    def ended(self) -> str:
        """Why the line ended; empty while it has not."""
        return self._why_ended

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Between 1 and `max_bytes` bytes as soon as there are some; empty when none came within `timeout_s` seconds.

        Errors:
            LinkClosedError: the port went away, or was closed.
        """
        deadline = time.monotonic() + timeout_s
        try:
            while not self._why_ended:
                data = self._read_some(max_bytes, max(0.0, deadline - time.monotonic()))
                if data or time.monotonic() >= deadline:
                    return data
        except (OSError, TypeError, AttributeError, ValueError) as error:  # what pyserial says of a port that is closed
            raise self._end(str(error)) from error
        raise self._end("")

    def _read_some(self, max_bytes: int, left_s: float) -> bytes:
        if self._file is None:
            first = bytes(self.line.read(1))  # waits for POLL_S at most
            more = min(max_bytes - 1, self.line.in_waiting) if first else 0
            return first + (bytes(self.line.read(more)) if more else b"")
        waiting = select.poll()
        waiting.register(self._file, select.POLLIN)
        if not waiting.poll(min(left_s, POLL_S) * 1000):
            return b""
        try:
            data = os.read(self._file, max_bytes)
        except BlockingIOError:
            return b""
        if not data:
            raise OSError("it hung up")
        return data

    def write(self, data: bytes) -> None:
        """Send all of `data`.

        Errors:
            LinkClosedError: the port went away, or takes nothing any more.
        """
        if self._why_ended:
            raise self._end("")
        try:
            self.line.write(data)
        except serial.SerialTimeoutException as error:
            raise LinkClosedError(
                f"{self._port.about} took no more of {len(data)} bytes for {WRITE_TIMEOUT_S:g} s"
            ) from error
        except (OSError, TypeError, AttributeError) as error:
            raise self._end(str(error)) from error

    def forget_input(self) -> None:
        """Throw away what has come and was not read: it is from before a reset.

        Errors:
            LinkClosedError: the port went away.
        """
        try:
            self.line.reset_input_buffer()
        except LINE_ERRORS as error:
            raise self._end(str(error)) from error

    def close(self) -> None:
        """Let go of the port. May be called twice."""
        self._why_ended = self._why_ended or "the bench closed it"
        with suppress(*LINE_ERRORS, TypeError):  # it may have gone first
            self.line.close()

    def _end(self, why: str) -> LinkClosedError:
        self._why_ended = self._why_ended or why
        device = self._port.device
        gone = " and its device is gone: the cable was pulled, or the board lost power" if self._is_gone() else ""
        where = f" ({device})" if device is not None and str(device) != self._port.about else ""
        return LinkClosedError(f"the serial port {self._port.about}{where} ended: {self._why_ended}{gone}")

    def _is_gone(self) -> bool:
        return self._port.device is not None and not self._port.device.exists()
