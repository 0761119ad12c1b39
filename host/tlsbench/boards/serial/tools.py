"""Programs that reach into a board: debug probes, and commands of the user's own."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tlsbench.boards.child import Child
from tlsbench.boards.serial import files
from tlsbench.measure.image import Image
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import FlashError, ToolMissingError

PACKAGES = {
    "pyocd": "install tlsbench with its extra `physical` (pip install 'tlsbench[physical]')",
    "openocd": "install the Debian package openocd",
}
RESET_S = 20.0
"""Seconds that a tool has to reset a board."""


def missing(program: str) -> str:
    """Why a program cannot be run, and what would help; empty if it can."""
    if shutil.which(program):
        return ""
    return f"{program} is not installed or not on the PATH: {PACKAGES.get(program, 'install what brings it')}"


def run(what: str, command: Sequence[str], timeout_s: float) -> str:
    """Run a program to its end, and give what it printed.

    Arguments:
        what: it is for, for messages.
        command: program and arguments.
        timeout_s: seconds that it may take.

    Errors:
        ToolMissingError: it is not there; says how to get it.
        FlashError: it ended badly or not in time; carries command, status and output.
    """
    why_not = missing(command[0])
    if why_not:
        raise ToolMissingError(f"{what}: {why_not}")
    child = Child(command)
    try:
        ended = child.wait(timeout_s)
        if not ended or child.status != 0:
            why = "failed" if ended else f"did not end within {timeout_s:g} s"
            raise FlashError(f"{what}: {command[0]} {why}", command=command, status=child.status, received=child.output)
        return child.output
    finally:
        child.kill()


def filled_in(info: BoardInfo, key: str, command: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """A command of the user's with `{name}` replaced by values.

    Errors:
        ConfigError: it wants a value that there is not.
    """
    try:
        return [part.format_map(values) for part in command]
    except (KeyError, ValueError, IndexError) as error:
        known = ", ".join(f"{{{name}}}" for name in values)
        raise info.error(f"{shlex.join(command)!r}: {error} is no placeholder; there are: {known}", key) from None


# --- pyOCD and OpenOCD -----------------------------------------------------------------------------------------------


def pyocd(info: BoardInfo, subcommand: str, *arguments: str) -> list[str]:
    """A command line of pyOCD for this board's probe."""
    if info.probe is None or info.probe.target is None:
        raise info.error("pyocd needs to know the chip: target, see `pyocd list --targets`", "probe.target")
    chosen = ["--uid", info.probe.id] if info.probe.id else []
    return ["pyocd", subcommand, "--no-wait", "--target", info.probe.target, *chosen, *arguments]


def openocd(info: BoardInfo, *commands: str) -> list[str]:
    """A command line of OpenOCD for this board's probe, which ends when the commands are done."""
    if info.probe is None or not info.probe.config:
        raise info.error('openocd needs its file of the board: config = ["board/st_nucleo_f4.cfg"]', "probe.config")
    chosen = ["-c", f"adapter serial {info.probe.id}"] if info.probe.id else []
    config = [part for file in info.probe.config for part in ("-f", file)]
    return ["openocd", *config, *chosen, *(part for text in (*commands, "shutdown") for part in ("-c", text))]


def flash_pyocd(info: BoardInfo, image: Image, timeout_s: float) -> None:
    """Write an image with pyOCD, read it back and compare.

    Errors:
        FlashError, ToolMissingError: it did not get there.
    """
    what = f"flashing {info.name}"
    run(what, pyocd(info, "load", "--format", "elf", str(image.path.absolute())), timeout_s)
    whole = files.binary(image)
    with tempfile.TemporaryDirectory(prefix="tlsbench-flash-") as folder:
        back = Path(folder) / "back.bin"
        command = pyocd(info, "commander", "-c", f"savemem 0x{whole.address:x} {len(whole.data)} {back}")
        output = run(f"reading {info.name} back", command, timeout_s)
        read = back.read_bytes() if back.exists() else b""
    for segment in image.segments:
        at = segment.address - whole.address
        if read[at : at + len(segment.data)] != segment.data:
            raise FlashError(
                f"{what}: what was read back from 0x{segment.address:08x} is not what was written",
                command=command,
                received=output,
            )


def flash_openocd(info: BoardInfo, image: Image, timeout_s: float) -> None:
    """Write an image with OpenOCD, which verifies it.

    Errors:
        FlashError, ToolMissingError: it did not get there.
    """
    command = openocd(info, f"program {{{image.path.absolute()}}} verify reset")
    output = run(f"flashing {info.name}", command, timeout_s)
    if "Verified OK" not in output:
        raise FlashError(
            f"flashing {info.name}: openocd did not verify what it wrote", command=command, received=output
        )


def reset_pyocd(info: BoardInfo, block: Path | None, address: int) -> None:
    """Reset a board with pyOCD; with a block, that is in memory before the first instruction."""
    command = pyocd(info, "reset")
    if block is not None:
        load = ["-c", "reset halt", "-c", f"loadmem 0x{address:x} {block}", "-c", "go"]
        command = pyocd(info, "commander", *load)
    run(f"resetting {info.name}", command, RESET_S)


def reset_openocd(info: BoardInfo, block: Path | None, address: int) -> None:
    """Reset a board with OpenOCD; with a block, that is in memory before the first instruction."""
    command = openocd(info, "init", "reset run")
    if block is not None:
        command = openocd(info, "init", "reset halt", f"load_image {{{block}}} 0x{address:x} bin", "resume")
    run(f"resetting {info.name}", command, RESET_S)
