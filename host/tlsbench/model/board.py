"""What `platforms/<board>/board.toml` may say. A board is data: no code branches on a board's name.

Each table of the file is one class here, each key one field. A key that is not here is refused with its line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError

from tlsbench.model.errors import ConfigError

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

OF_HARDWARE = (("clock_hz",), ("memory",), ("peripherals",), ("serial", "baud"))
"""Keys that every board needs but one whose core is `native`: a process has none of that for its own."""
SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}
TOML_TYPES = {str: "a string", bool: "true or false", int: "a whole number", float: "a number", list: "an array"}


def _seconds(value: object) -> object:
    """Seconds from text such as `"5 s"` or `"200 ms"`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|min)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('should be a time with its unit, such as "5 s" or "200 ms"')
    return float(match[1]) * SECONDS[match[2]]


def _ipv4(value: object) -> object:
    try:
        return str(IPv4Address(value if isinstance(value, str) else ""))
    except ValueError:
        raise ValueError('should be an IPv4 address, such as "10.0.2.15"') from None


def _setting(value: object) -> object:
    if not isinstance(value, bool | int | float | str):
        raise ValueError('should be a number, true, false or a string, and its key one name in quotes: "library.key"')
    return value


Setting = Annotated[Any, BeforeValidator(_setting)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Ipv4 = Annotated[str, BeforeValidator(_ipv4)]
Address = Annotated[int, Field(ge=0, le=0xFFFF_FFFF)]
Size = Annotated[int, Field(gt=0, le=0xFFFF_FFFF)]
Irq = Annotated[int, Field(ge=0, le=495)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Memory(_Table):
    """`[memory]`: where the image lives. Origins are addresses, sizes are bytes."""

    flash_origin: Address
    flash_bytes: Size
    ram_origin: Address
    ram_bytes: Size


class FirmwareParts(_Table):
    """`[firmware]`: the parts of `firmware/` that an image for this board is built from.

    Arguments:
        linker_script: a file in the board's folder, if the layout that all boards share (`firmware/linker/`) does not
            suit it.
    """

    drivers: str
    ethernet: str | None = None
    stack: str
    linker_script: str | None = None


class Peripheral(_Table):
    """`[peripherals.<name>]`: base address and interrupt numbers (counted from the first external interrupt)."""

    base: Address
    irq: Irq | None = None
    rx_irq: Irq | None = None
    tx_irq: Irq | None = None


class Serial(_Table):
    """`[serial]`: the line that carries console text and agent frames.

    Arguments:
        baud: bits per second, where a UART needs to know.
        sync_timeout: seconds until the agent must have spoken after power on; written with its unit ("5 s").
    """

    baud: Annotated[int, Field(gt=0)] | None = None
    sync_timeout: Seconds


class NetworkPlan(_Table):
    """`[network]`: IPv4 addresses as the target sees them.

    Arguments:
        host: the machine that runs the bench and its peers.
        address, netmask, gateway: of the target, when it gets them without DHCP.
        dns: the server that knows the bench's own names; None where the target is told them without a server.
        dhcp: whether a server on the network gives out addresses.
    """

    host: Ipv4
    address: Ipv4
    netmask: Ipv4
    gateway: Ipv4
    dns: Ipv4 | None = None
    dhcp: bool = True


class Emulator(_Table):
    """`[emulator]`: how an emulated board is started.

    Arguments:
        program: its command.
        machine: the emulator's name for the board.
        nic_model: its name for the Ethernet chip; without it the board has no network.
        arguments: further arguments, put behind all others.
        icount: nanoseconds per instruction as a power of two; with it the target's clock is driven by instructions
            (`virtual`), without it by this machine's clock (`real`).
    """

    program: str
    machine: str
    nic_model: str | None = None
    arguments: tuple[str, ...] = Field(default=(), strict=False)
    icount: Annotated[int, Field(ge=0, le=10)] | None = None


class BoardInfo(_Table):
    """One board, as its `board.toml` describes it. Only a process has no clock and no memory of its own.

    Arguments:
        like: another board, whose keys hold where this one says nothing else.
    """

    name: str
    like: str | None = None
    description: str
    kind: str
    core: Core
    clock_hz: Annotated[int, Field(gt=0)] | None = None
    memory: Memory | None = None
    firmware: FirmwareParts
    peripherals: dict[str, Peripheral] = {}
    config: dict[str, Setting] = {}
    """`[config]`: keys of the firmware's libraries (their mbed_lib.json) that this board needs to have other values."""
    serial: Serial
    network: NetworkPlan | None = None
    emulator: Emulator | None = None

    _file: Path | None = PrivateAttr(default=None)
    _text: str = PrivateAttr(default="")
    _values: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def clock(self) -> str:
        """Label of durations: `virtual` where instructions drive the target's clock, else `real`."""
        return "virtual" if self.emulator is not None and self.emulator.icount is not None else "real"

    @property
    def fpu(self) -> bool:
        """Whether exception frames may hold floating-point registers."""
        return self.core.endswith("f")

    def error(self, message: str, key: str) -> ConfigError:
        """A ConfigError that points at `key` (dotted) of the file this board was read from."""
        return ConfigError(message, file=self._file, line=line_of(self._text, tuple(key.split("."))), key=key)


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` if one of `known` looks like `word`, else nothing."""
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """The line, counted from 1, that sets the key at `path`, or else of the innermost table around it.

    The standard TOML reader keeps no positions. A file with one key per line is all this needs to understand.
    """
    depth = 0
    best: int | None = None
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]#]+?)\s*\]", line)
        setting = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        if header:
            table = found = _dotted(header[1])
        elif setting:
            found = table + _dotted(setting[1])
        else:
            continue
        if found == path[: len(found)] and len(found) > depth:
            depth, best = len(found), number
    return best


def _dotted(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in key.split("."))


def parse_board(data: bytes, file: Path, find: Callable[[str], BoardInfo] | None = None) -> BoardInfo:
    """The board that this `board.toml` describes.

    Arguments:
        data: what the file holds.
        file: its path, for messages.
        find: gives the board that this one is `like`; a LookupError says why it cannot.

    Errors:
        ConfigError: the file is no TOML, a key is unknown or missing, a value is of the wrong type or out of range;
            names file, line and key, and lists every further problem.
    """
    try:
        text = data.decode()
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"byte {error.start} is not UTF-8", file=file) from None
    except tomllib.TOMLDecodeError as error:
        where = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        at = int(where[2]) if where and where[2] else text.count("\n") + 1
        raise ConfigError(f"this is no TOML: {where[1] if where else error}", file=file, line=at) from None
    if find and isinstance(values.get("like"), str):
        try:
            base = find(values["like"])
        except LookupError as error:
            raise ConfigError(error.args[0], file=file, line=line_of(text, ("like",)), key="like") from None
        values = _laid_over({key: value for key, value in base._values.items() if key != "name"}, values)
    complaints = list(_missing_of_hardware(values))
    try:
        info = BoardInfo.model_validate(values)
    except ValidationError as error:
        complaints += [dict(problem) for problem in error.errors(include_url=False)]
    if complaints:
        # What is missing says least: a key that is misspelt is, too, and all keys are where `like` is wrong.
        rank = {"extra_forbidden": 0, "missing": 2}
        complaints.sort(key=lambda complaint: rank.get(complaint["type"], 1))
        problems = [_problem(text, complaint) for complaint in complaints]
        line, key, message = problems[0]
        others = "".join(f"\n{file}:{at or 1}: {name}: {what}" for at, name, what in problems[1:])
        raise ConfigError(message + others, file=file, line=line, key=key)
    info._file = file
    info._text = text
    info._values = values
    return info


def _laid_over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The values of `base` with those of `own` in their place, table by table, as firmware/cmake/board_file.py does."""
    tables = {key for key in base.keys() & own.keys() if isinstance(base[key], dict) and isinstance(own[key], dict)}
    return {**base, **own, **{key: _laid_over(base[key], own[key]) for key in tables}}


def _missing_of_hardware(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Complaints, as pydantic makes them, about what only a process may leave out."""
    if values.get("core") == "native":
        return
    for path in OF_HARDWARE:
        table: Any = values
        for part in path[:-1]:
            table = table.get(part)
        if isinstance(table, dict) and path[-1] not in table:
            yield {"type": "missing", "loc": path, "input": table}


def _problem(text: str, problem: dict[str, Any]) -> tuple[int | None, str, str]:
    """Line, dotted key and message of one complaint of pydantic's."""
    path = tuple(str(part) for part in problem["loc"])
    key, value = ".".join(path), problem["input"]
    line = line_of(text, tuple(key.split(".")))
    match problem["type"]:
        case "extra_forbidden":
            known = _keys_beside(path)
            return line, key, f"unknown key{nearest(path[-1], known)}; known here: {', '.join(known)}"
        case "missing":
            return line, key, "this key is missing"
        case "literal_error":
            known = list(get_args(Core))
            return line, key, f"{value!r} is unknown{nearest(str(value), known)}; known: {', '.join(known)}"
        case "value_error":
            return line, key, f"{value!r} {problem['ctx']['error']}"
        case kind if kind.endswith("_type"):
            wanted = {"int_type": "a whole number", "string_type": "a string", "tuple_type": "an array of strings"}
            found = TOML_TYPES.get(type(value), "a table" if isinstance(value, dict) else type(value).__name__)
            return line, key, f"should be {wanted.get(kind, 'a table')}, not {found} ({value!r})"
    return line, key, f"{value!r}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


def _keys_beside(path: tuple[str, ...]) -> list[str]:
    """Keys that the table around `path` may have."""
    table: type[BaseModel] = BoardInfo
    for part in path[:-1]:
        field = table.model_fields.get(part)
        if field is not None:  # a name below [peripherals] is no field: its table is the one of the level above
            arguments = (field.annotation, *get_args(field.annotation))
            table = next(type_ for type_ in arguments if isinstance(type_, type) and issubclass(type_, BaseModel))
    return list(table.model_fields)
