"""Puts an image onto a board, each way with its own proof that it got there."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from tlsbench.boards.serial import files, tools
from tlsbench.boards.serial.port import Port
from tlsbench.measure.image import Image
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import FlashError
from tlsbench.model.physical import Flash

POLL_S = 0.1
TAKES_S = 30.0
"""Seconds within which a drive takes what was written, and is there again."""
COMPLAINTS = ("FAIL.TXT", "ASSERT.TXT")
"""Files in which a DAPLink drive says why it did not take an image (its user guide, "drag-and-drop programming")."""
MARKS = ("DETAILS.TXT", "INFO_UF2.TXT", "MBED.HTM")
"""Files by which a drive is known to be a board: nothing is ever copied to a folder without one."""


def plan(info: BoardInfo) -> Flash:
    """How the board is flashed, with all that its method needs.

    Errors:
        ConfigError: it is not said, or not all of it.
    """
    flash = info.flash
    if flash is None:
        raise info.error(f"a board of kind {info.kind!r} needs to know how it is flashed: the table [flash]", "flash")
    if flash.method == "command" and not flash.command:
        raise info.error('the method "command" needs one', "flash.command")
    if flash.method == "drive" and not flash.drive:
        raise info.error('the method "drive" needs the folder where the drive is mounted', "flash.drive")
    if flash.format == "uf2" and flash.family is None:
        raise info.error('the format "uf2" needs the number of the chip\'s family', "flash.family")
    if flash.method == "pyocd":
        tools.pyocd(info, "load")
    if flash.method == "openocd":
        tools.openocd(info)
    return flash


def missing(info: BoardInfo) -> str:
    """What this machine lacks to flash the board; empty if nothing."""
    flash = plan(info)
    if flash.method == "command":
        return tools.missing(flash.command[0])
    if flash.method == "drive":
        return _drive(flash)[1]
    return tools.missing(flash.method)


def write(info: BoardInfo, image: Image, port: Port) -> None:
    """Write an image.

    Errors:
        FlashError, ToolMissingError: it did not get there; carries the tool's command, status and output.
    """
    flash = plan(info)
    match flash.method:
        case "pyocd":
            tools.flash_pyocd(info, image, flash.timeout)
        case "openocd":
            tools.flash_openocd(info, image, flash.timeout)
        case "drive":
            _copy(info, image, flash)
        case "command":
            _command(info, image, flash, port)


def _command(info: BoardInfo, image: Image, flash: Flash, port: Port) -> None:
    with tempfile.TemporaryDirectory(prefix="tlsbench-flash-") as folder:
        words = " ".join(flash.command)
        kinds = [kind for kind in ("elf", "bin", "hex") if f"{{{kind}}}" in words]
        values = {kind: str(files.write(image, kind, Path(folder))) for kind in kinds}
        every = {"elf": "", "bin": "", "hex": "", "port": port.url} | values
        command = tools.filled_in(info, "flash.command", flash.command, every)
        tools.run(f"flashing {info.name}", command, flash.timeout)


# --- a drive that is a board -----------------------------------------------------------------------------------------


def _drive(flash: Flash) -> tuple[Path, str]:
    """The folder of the drive, and why it cannot be used; empty if it can."""
    found = sorted(Path("/").glob(str(flash.drive).lstrip("/")))
    if len(found) != 1:
        there = "none is" if not found else f"these are: {', '.join(map(str, found))}"
        return Path(), f"one drive must be mounted at {flash.drive}; {there}"
    if not _has(found[0], MARKS):
        return Path(), f"{found[0]} does not look like a board: it has none of {', '.join(MARKS)}"
    if not os.access(found[0], os.W_OK):
        return Path(), f"{found[0]} may not be written by this user"
    return found[0], ""


def _copy(info: BoardInfo, image: Image, flash: Flash) -> None:
    """Copy the image to the drive: the whole file under its final name, on the medium before anything else happens.

    The drive programs its chip while it is written, and is mounted anew when it is done.
    """
    drive, why_not = _drive(flash)
    if why_not:
        raise FlashError(f"flashing {info.name}: {why_not}")
    before = _complaint(drive)
    with tempfile.TemporaryDirectory(prefix="tlsbench-flash-") as folder:
        data = files.write(image, flash.format, Path(folder), flash.family or 0).read_bytes()
    name = f"image.{flash.format}"
    try:
        handle = os.open(drive / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            written = 0
            while written < len(data):
                written += os.write(handle, data[written:])
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        # Some drives go away with the last block, before they have confirmed it: whether all is well, the agent says.
        if drive.exists() and _has(drive, MARKS):
            why = f"{name} could not be written to {drive} ({error.strerror})"
            raise FlashError(f"flashing {info.name}: {why}", received=_complaint(drive)) from None
    _wait_for_it(info, flash, drive / name, before)


def _wait_for_it(info: BoardInfo, flash: Flash, file: Path, before: str) -> None:
    """Wait until the drive has taken the file: it is gone, since the drive was made anew, or a complaint came."""
    deadline = time.monotonic() + min(flash.timeout, TAKES_S)
    while True:
        drive, why_not = _drive(flash)
        if not why_not:
            complaint = _complaint(drive)
            if complaint and complaint != before:
                raise FlashError(f"flashing {info.name}: the drive did not take the image", received=complaint)
            if not (drive / file.name).exists():
                return
        elif flash.format == "uf2":
            return  # a UF2 boot loader goes away with its drive, and the program starts
        if time.monotonic() > deadline:
            raise FlashError(
                f"flashing {info.name}: the drive did not take the image within {min(flash.timeout, TAKES_S):g} s",
                received=why_not or f"{file} is still there",
            )
        time.sleep(POLL_S)


def _complaint(drive: Path) -> str:
    found = ""
    for name in COMPLAINTS:
        try:
            found += (drive / name).read_text(errors="backslashreplace")
        except OSError:
            continue  # there is none, or the drive is just going away
    return found


def _has(folder: Path, names: tuple[str, ...]) -> bool:
    return any((folder / name).exists() for name in names)
