"""What a board file says of a physical board: how it is reset, flashed, and kept for one user at a time."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tlsbench.model.table import Seconds, Table

Arguments = Annotated[tuple[str, ...], Field(strict=False)]


class Reset(Table):
    """`[serial.reset]`: how the bench presses the reset button.

    Arguments:
        method: `dtr-rts` (a modem line of the port is wired to the reset pin), `break` (the line's break condition),
            `pyocd` or `openocd` (the debug probe), or `command`.
        dtr, rts: with `dtr-rts`, whether this line is asserted while the board is held in reset; it is the opposite
            otherwise. Without a value the line is left alone.
        hold: seconds that a line or a break is held; written with its unit ("100 ms").
        command: with `command`, a program and its arguments; `{port}` stands for the serial port, `{boot}` for a file
            and `{boot_address}` for the address that it goes to in memory before the first instruction.
        reopens: the serial port goes away with a reset and comes back, as that of a board whose own USB makes it.
    """

    method: Literal["dtr-rts", "break", "pyocd", "openocd", "command"]
    dtr: bool | None = None
    rts: bool | None = None
    hold: Seconds = 0.1
    command: Arguments = ()
    reopens: bool = False


class Flash(Table):
    """`[flash]`: how an image gets onto the board.

    Arguments:
        method: `pyocd` or `openocd` (the debug probe), `drive` (a file is copied to the drive that the board is), or
            `command`.
        drive: with `drive`, the folder where the drive is mounted; `*` and `?` stand for what differs.
        format: with `drive`, what the file is: `bin`, `hex` (Intel) or `uf2`.
        family: with `uf2`, the family of the chip, as UF2's own list numbers it.
        command: with `command`, a program and its arguments; `{elf}`, `{bin}` and `{hex}` stand for the image as a file
            of that kind, `{port}` for the serial port.
        timeout: seconds that writing may take; written with its unit.
        always: write the image even if the board runs it already.
    """

    method: Literal["pyocd", "openocd", "drive", "command"]
    drive: str | None = None
    format: Literal["bin", "hex", "uf2"] = "bin"
    family: Annotated[int, Field(ge=0, le=0xFFFF_FFFF)] | None = None
    command: Arguments = ()
    timeout: Seconds = 120.0
    always: bool = False


class DebugProbe(Table):
    """`[probe]`: the debug probe, for what is flashed or reset by `pyocd` or `openocd`.

    Arguments:
        target: pyOCD's name of the chip, see `pyocd list --targets`.
        config: OpenOCD's files for it, see its folder `scripts/board`.
        id: the probe's own serial number, where several are plugged in.
    """

    target: str | None = None
    config: Arguments = ()
    id: str | None = None


class Lock(Table):
    """`[lock]`: one user at a time.

    Arguments:
        folder: where lock files go; it must be the same for all users of the board.
        wait: seconds to wait for the board until its user is done; written with its unit.
    """

    folder: str = "/run/lock"
    wait: Seconds = 0.0


class Labgrid(Table):
    """`[labgrid]`: the place of a labgrid coordinator that holds the board.

    Arguments:
        place: its name or alias; `+TOKEN` is the one of a reservation, and `+` that of the variable `LG_TOKEN`. Without
            a place and tags that of the variable `LG_PLACE`.
        tags: instead of a name, what the coordinator knows of a place: any free one with all of them is taken.
        wait: seconds to wait for the place until its user is done; written with its unit.
        coordinator: host and port; without them those of the variable `LG_COORDINATOR`, or this machine's.
        environment: labgrid's file about the board, which names the drivers and their options; beside the file that
            names it. Without one a serial console is used, and a power port and a debug probe if the place has them.
        target: the target in that file.
        image: what kind of file its driver flashes.
        timeout: seconds that writing an image may take; written with its unit.
        always: write the image even if the board runs it already.
    """

    place: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    wait: Seconds = 0.0
    coordinator: str | None = None
    environment: str | None = None
    target: str = "main"
    image: Literal["elf", "bin", "hex"] = "elf"
    timeout: Seconds = 120.0
    always: bool = False
