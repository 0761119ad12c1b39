"""What `platforms/<board>/board.toml` may say. A board is data: no code branches on a board's name.

Each table of the file is one class here, each key one field. A key that is not here is refused with its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr

from tlsbench.model.errors import ConfigError
from tlsbench.model.physical import DebugProbe, Flash, Labgrid, Lock, Reset
from tlsbench.model.source import Source
from tlsbench.model.table import Ipv4, Seconds, Table

Core = Literal[
    "cortex-m0",
    "cortex-m0plus",
    "cortex-m3",
    "cortex-m4",
    "cortex-m4f",
    "cortex-m7",
    "cortex-m7f",
    "cortex-m23",
    "cortex-m33",
    "cortex-m33f",
    "native",
]
"""Cores by Arm's names; a trailing `f` is one with a floating-point unit. `native` is this machine's own."""

REPEAT_AFTER_S = 2.0
WITHOUT_WIRE = ("qemu", "native")
"""Kinds of boards whose serial line loses nothing: it is a socket. That of any other kind is a UART's."""


def _setting(value: object) -> object:
    if not isinstance(value, bool | int | float | str):
        raise ValueError('should be a number, true, false or a string, and its key one name in quotes: "library.key"')
    return value


Setting = Annotated[Any, BeforeValidator(_setting)]
Address = Annotated[int, Field(ge=0, le=0xFFFF_FFFF)]
Size = Annotated[int, Field(gt=0, le=0xFFFF_FFFF)]
Irq = Annotated[int, Field(ge=0, le=495)]


class Memory(Table):
    """`[memory]`: where the image lives. Origins are addresses, sizes are bytes."""

    flash_origin: Address
    flash_bytes: Size
    ram_origin: Address
    ram_bytes: Size


class Oscillator(Table):
    """`[oscillator]`: what drives the chip's clocks from outside. Without it the chip's own oscillator does.

    Arguments:
        hz: its frequency.
        external: it brings a clock signal, not a crystal.
    """

    hz: Annotated[int, Field(gt=0)]
    external: bool = False


Pin = Annotated[str, Field(pattern=r"^(P[A-K](\d|1[0-5]) AF(\d|1[0-5])|P0\.(\d|[12]\d|3[01]))$")]
"""`[pins]`: where a peripheral's line, such as `uart0_tx`, is: port, number and alternate function ("PA9 AF7"), or port
and number where any pin can have any function ("P0.24")."""


class FirmwareParts(Table):
    """`[firmware]`: the parts of `firmware/` that an image for this board is built from.

    Arguments:
        linker_script: a file in the board's folder, if the layout that all boards share (`firmware/linker/`) does not
            suit it.
    """

    drivers: str
    ethernet: str | None = None
    stack: str
    linker_script: str | None = None


class Peripheral(Table):
    """`[peripherals.<name>]`: base address and interrupt numbers (counted from the first external interrupt)."""

    base: Address
    irq: Irq | None = None
    rx_irq: Irq | None = None
    tx_irq: Irq | None = None


class Serial(Table):
    """`[serial]`: the line that carries console text and agent frames.

    Arguments:
        baud: bits per second, where a UART needs to know.
        sync_timeout: seconds until the agent must have spoken after power on; written with its unit ("5 s").

    Of a physical board:
        port: `usb:` and the USB serial number of the adapter or board (`usb:SERIAL/1` is its second port), a device
            such as `/dev/serial/by-id/...`, or a URL of pyserial's (`hwgrep://`, `rfc2217://`, `socket://`).
        settle: seconds to let the port be after it was opened, before the board is reset.
        appear: seconds within which the port is there, after it went away with a reset or was plugged in anew.
        repeat_after: seconds without an answer after which a request is sent again, since a line may lose bytes; each
            further time is twice as long. Where there is a wire and nothing else is said, it is 2 s.
        reset: how the board is reset.
    """

    baud: Annotated[int, Field(gt=0)] | None = None
    sync_timeout: Seconds
    port: str | None = None
    settle: Seconds = 0.0
    appear: Seconds = 5.0
    repeat_after: Seconds | None = None
    reset: Reset | None = None


class NetworkPlan(Table):
    """`[network]`: IPv4 addresses as the target sees them.

    Arguments:
        host: the machine that runs the bench and its peers.
        address, netmask, gateway: of the target, when it gets them without DHCP.
        dns: the server that knows the bench's own names; None where the target is told them without a server.
        dhcp: whether a server on the network gives out addresses.
        listen: address of this machine that peers listen on; an emulator leads to loopback what is sent to `host`.
    """

    host: Ipv4
    address: Ipv4
    netmask: Ipv4
    gateway: Ipv4
    dns: Ipv4 | None = None
    dhcp: bool = True
    listen: Ipv4 = "127.0.0.1"


class Emulator(Table):
    """`[emulator]`: how an emulated board is started.

    Arguments:
        program: its command.
        machine: the emulator's name for the board.
        nic_model: its name for the Ethernet chip; without it the board has no network.
        arguments: further arguments, put behind all others.
        icount: nanoseconds per instruction as a power of two; with it the target's clock is driven by instructions
            (`virtual`), without it by this machine's clock (`real`).
        paced: let the serial line be as slow as `serial.baud` says; without it bytes pass as fast as they can.
    """

    program: str
    machine: str
    nic_model: str | None = None
    arguments: tuple[str, ...] = Field(default=(), strict=False)
    icount: Annotated[int, Field(ge=0, le=10)] | None = None
    paced: bool = False


Profiles = Annotated[tuple[Literal["default", "small"], ...], Field(strict=False, min_length=1)]


class BoardInfo(Table):
    """One board, as its `board.toml` describes it. Only a process has no clock and no memory of its own.

    Arguments:
        like: another board, whose keys hold where this one says nothing else.
    """

    name: str
    like: str | None = None
    description: str
    kind: str
    core: Core
    tags: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Names of the pools that it is in, besides those of its kind and its core."""
    profiles: Profiles = ("default", "small")
    """Build profiles that fit it. The first one is meant when none is asked for; where every board runs every suite, a
    board without the profile takes it, too."""
    configuration: str = ""
    """Configuration of the agent's image when none is asked for; empty: the ordinary one."""
    clock_hz: Annotated[int, Field(gt=0)] | None = None
    memory: Memory | None = None
    firmware: FirmwareParts
    oscillator: Oscillator | None = None
    peripherals: dict[str, Peripheral] = Field(default_factory=dict)
    pins: dict[str, Pin] = Field(default_factory=dict)
    config: dict[str, Setting] = Field(default_factory=dict)
    """`[config]`: keys of the firmware's libraries (their mbed_lib.json) that this board needs to have other values."""
    serial: Serial
    network: NetworkPlan | None = None
    emulator: Emulator | None = None
    flash: Flash | None = None
    probe: DebugProbe | None = None
    lock: Lock = Lock()
    labgrid: Labgrid | None = None

    _sources: tuple[Source, ...] = PrivateAttr(default=())
    _own: Source | None = PrivateAttr(default=None)

    @property
    def clock(self) -> str:
        """Label of durations: `virtual` where instructions drive the target's clock, else `real`."""
        return "virtual" if self.emulator is not None and self.emulator.icount is not None else "real"

    @property
    def repeat_after(self) -> float | None:
        """`serial.repeat_after`, or what holds where it says nothing; None where the line loses nothing."""
        if self.serial.repeat_after is None and self.kind not in WITHOUT_WIRE:
            return REPEAT_AFTER_S
        return self.serial.repeat_after

    @property
    def pools(self) -> tuple[str, ...]:
        """Names of the pools that it is in."""
        return (*dict.fromkeys((*self.tags, self.kind, self.core)),)

    def line_s(self, length: int) -> float:
        """Seconds that so many bytes of a socket may take on the way; 0 where they do not take the serial line.

        Half of the line's speed is left for frames around them, for acknowledgements, and for a busy machine.
        """
        if self.firmware.stack != "offload" or self.serial.baud is None:
            return 0.0
        return 2 * 10 * length / self.serial.baud

    @property
    def fpu(self) -> bool:
        """Whether exception frames may hold floating-point registers."""
        return self.core.endswith("f")

    def folder_of(self, key: str) -> Path:
        """The folder of the file that says what is at `key` (dotted): a relative name in it is meant from there."""
        source = source_of(self._sources, self._own, tuple(key.split("."))) if self._own is not None else None
        return source.file.parent if source is not None and isinstance(source.file, Path) else Path()

    def error(self, message: str, key: str) -> ConfigError:
        """A ConfigError that points at `key` (dotted) of the file that the value came from."""
        if self._own is None:
            return ConfigError(message, key=key)
        path = tuple(key.split("."))
        source = source_of(self._sources, self._own, path)
        return ConfigError(message, file=source.file, line=source.line(path), key=key)


def source_of(sources: Sequence[Source], own: Source, path: tuple[str, ...]) -> Source:
    """Who says what is at `path`; the board's own file where nobody does."""
    return next((source for source in reversed(sources) if source.says(path)), own)
