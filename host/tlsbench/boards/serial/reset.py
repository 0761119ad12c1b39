"""Presses a board's reset button."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tlsbench.boards.boot import SYMBOL, BootValues
from tlsbench.boards.serial import tools
from tlsbench.boards.serial.stream import PortStream
from tlsbench.measure.image import Image
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import LinkClosedError
from tlsbench.model.physical import Reset

BOOT = "{boot}"


def plan(info: BoardInfo) -> Reset:
    """How the board is reset, with all that its method needs.

    Errors:
        ConfigError: it is not said, or not all of it.
    """
    reset = info.serial.reset
    if reset is None:
        raise info.error(f"a board of kind {info.kind!r} needs to know how it is reset: a table", "serial.reset")
    if reset.method == "dtr-rts" and reset.dtr is None and reset.rts is None:
        raise info.error("say which line is wired to the reset pin: dtr = true, or rts = true", "serial.reset.dtr")
    if reset.method == "command" and not reset.command:
        raise info.error('the method "command" needs one', "serial.reset.command")
    if reset.method == "pyocd":
        tools.pyocd(info, "reset")
    if reset.method == "openocd":
        tools.openocd(info)
    return reset


def missing(info: BoardInfo) -> str:
    """What this machine lacks to reset the board; empty if nothing."""
    reset = plan(info)
    if reset.method in ("dtr-rts", "break"):
        return ""
    return tools.missing(reset.command[0] if reset.method == "command" else reset.method)


def can_tell(info: BoardInfo) -> bool:
    """Whether this way of resetting can also put something into the board's memory."""
    reset = plan(info)
    return reset.method in ("pyocd", "openocd") or any(BOOT in part for part in reset.command)


def press(info: BoardInfo, stream: PortStream, image: Image | None, values: BootValues | None) -> None:
    """Reset a board. What it said before is thrown away; what it says afterwards is kept.

    Arguments:
        info: the board.
        stream: its port, open.
        image: what it runs, if that is known.
        values: what is in its memory before the first instruction, where the method can do that.

    Errors:
        LinkClosedError, FlashError, ToolMissingError: it could not be reset.
    """
    reset = plan(info)
    if reset.method == "dtr-rts":
        _lines(reset, stream, held=True)
        time.sleep(reset.hold)
        stream.forget_input()
        _lines(reset, stream, held=False)
        return
    stream.forget_input()
    if reset.method == "break":
        _break(reset, stream)
        return
    with tempfile.TemporaryDirectory(prefix="tlsbench-reset-") as folder:
        block, address = _block(image, values, Path(folder))
        if reset.method == "pyocd":
            tools.reset_pyocd(info, block, address)
        elif reset.method == "openocd":
            tools.reset_openocd(info, block, address)
        else:
            told = {"boot": str(block or ""), "boot_address": f"0x{address:x}", "port": str(stream.line.port)}
            command = tools.filled_in(info, "serial.reset.command", reset.command, told)
            tools.run(f"resetting {info.name}", command, tools.RESET_S)


def _block(image: Image | None, values: BootValues | None, folder: Path) -> tuple[Path | None, int]:
    if image is None or values is None:
        return None, 0
    where = image.required(SYMBOL, "where it takes its seed from (firmware/platform/boot.h)")
    file = folder / "boot.bin"
    file.write_bytes(values.block())
    return file, where.address


def _break(reset: Reset, stream: PortStream) -> None:
    """A break as long as is asked for: that of pyserial's `send_break` is as long as the kernel likes."""
    try:
        stream.line.break_condition = True
        try:
            time.sleep(reset.hold)  # what is asked for is this time, not something to wait for
        finally:
            stream.line.break_condition = False
    except OSError as error:
        raise LinkClosedError(f"the port {stream.line.port} cannot send a break: {error}") from error


def _lines(reset: Reset, stream: PortStream, *, held: bool) -> None:
    try:
        if reset.dtr is not None:
            stream.line.dtr = reset.dtr == held
        if reset.rts is not None:
            stream.line.rts = reset.rts == held
    except OSError as error:
        raise LinkClosedError(f"the port {stream.line.port} has no line to reset the board with: {error}") from error
