"""Which serial port is meant: by what does not change when other things are plugged in."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import serial
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BoardError, PortMissingError

POLL_S = 0.1
URL = re.compile(r"[a-z0-9]+://")
Used = TypeVar("Used")
EXAMPLES = '"usb:SERIAL", "/dev/serial/by-id/...", "hwgrep://...", "rfc2217://HOST:PORT"'


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port that is there.

    Arguments:
        url: what pyserial opens.
        key: names it, however it was asked for: two users of the port have the same one.
        device: its device file; None for one that is reached by a URL.
        about: for a person.
    """

    url: str
    key: str
    device: Path | None
    about: str


def plugged_in() -> list[ListPortInfo]:
    """Serial ports of this machine that are there, in the order of their names."""
    return sorted(list_ports.comports(), key=lambda port: port.device)


def describe(port: ListPortInfo) -> str:
    """A port for a person: what it is, and how board.toml would call it."""
    if not port.serial_number:
        return f"{port.device}: {port.description}"
    same = [other.device for other in plugged_in() if other.serial_number == port.serial_number]
    which = f"/{same.index(port.device)}" if len(same) > 1 else ""
    ids = f"{port.vid:04x}:{port.pid:04x} " if port.vid is not None and port.pid is not None else ""
    what = f"{ids}{port.manufacturer or ''} {port.product or ''}".strip()
    return f"usb:{port.serial_number}{which}: {port.device}, {what}"


def find(info: BoardInfo) -> Port:
    """The port of a board.

    Errors:
        ConfigError: none is named, or the name cannot be one.
        PortMissingError: it is not there; says what is.
    """
    name = info.serial.port
    if not name:
        raise info.error(f"a board of kind {info.kind!r} needs to know its port: {EXAMPLES}", "serial.port")
    if name.startswith("usb:"):
        return _of_device(_by_serial_number(info, name.removeprefix("usb:")))
    if name.startswith("hwgrep://"):
        try:
            # pyserial itself looks for the port when it is told the URL.
            found = serial.serial_for_url(name, do_not_open=True).port
        except re.error as error:
            raise info.error(f"{name!r} is no regular expression: {error}", "serial.port") from None
        except (serial.SerialException, ValueError) as error:
            raise _missing(info, str(error)) from None
        return _of_device(str(found))
    if URL.match(name):
        try:
            serial.serial_for_url(name, do_not_open=True)
        except (serial.SerialException, ValueError) as error:
            raise info.error(f"{name!r}: {error}", "serial.port") from None
        plain = name.partition("?")[0].rstrip("/")
        return Port(name, re.sub(r"[^\w.-]+", "-", plain), None, name)
    if not name.startswith("/"):
        raise info.error(f"{name!r} is no port: it is one of {EXAMPLES}", "serial.port")
    if not Path(name).exists():
        raise _missing(info, "there is no such device")
    return _of_device(name)


def wait_for(info: BoardInfo, use: Callable[[Port], Used]) -> Used:
    """What is made of the port of a board, as soon as it is there.

    Arguments:
        info: the board.
        use: opens the port, say. A device may be seen before it can be opened: udev says next who may do so.

    Errors:
        BoardError: the port is not there within `serial.appear`, or the device cannot be used until then.
    """
    deadline = time.monotonic() + info.serial.appear
    while True:
        port = None
        try:
            port = find(info)
            return use(port)
        except BoardError:
            is_url = port is not None and port.device is None
            if is_url or time.monotonic() >= deadline:
                raise
            time.sleep(POLL_S)


def users(device: Path) -> list[str]:
    """Processes that have a device open: ``name (process 1234)``. Other users' processes do not show theirs."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        try:
            if any(descriptor.readlink() == device for descriptor in (process / "fd").iterdir()):
                found.append(f"{(process / 'comm').read_text().strip()} (process {process.name})")
        except OSError:
            continue  # not ours to see, or just gone
    return found


def _by_serial_number(info: BoardInfo, name: str) -> str:
    number, slash, which = name.partition("/")
    ports = [port.device for port in plugged_in() if port.serial_number == number]
    if slash and not which.isdigit():
        raise info.error(f"{which!r} is no number of a port: they count from 0", "serial.port")
    if not ports:
        raise _missing(info, f"no USB device with the serial number {number!r} has a serial port")
    if not slash and len(ports) > 1:
        raise info.error(
            f"this USB device has {len(ports)} serial ports: say which, from usb:{number}/0 to "
            f"usb:{number}/{len(ports) - 1}",
            "serial.port",
        )
    if int(which or 0) >= len(ports):
        raise _missing(info, f"this USB device has only the serial ports 0 to {len(ports) - 1}")  # as yet
    return ports[int(which or 0)]


def _of_device(name: str) -> Port:
    device = Path(name).resolve()
    usb = next((port for port in plugged_in() if Path(port.device).resolve() == device and port.serial_number), None)
    if usb is None:
        return Port(str(device), str(device).strip("/").replace("/", "-"), device, name)
    key = re.sub(r"[^\w.-]+", "-", f"usb-{usb.serial_number}-{(usb.location or '').partition(':')[2]}").rstrip("-")
    return Port(str(device), key, device, describe(usb))


def _missing(info: BoardInfo, why: str) -> BoardError:
    there = "; ".join(describe(port) for port in plugged_in()) or "none"
    told = info.error(f"{info.serial.port!r} is not plugged in: {why}; serial ports that are: {there}", "serial.port")
    return PortMissingError(told.message)


def missing_rights(port: Port) -> str:
    """Why this user may not open the port, and what would help; empty if they may."""
    if port.device is None or os.access(port.device, os.R_OK | os.W_OK):
        return ""
    group = _group(port.device)
    return (
        f"{port.device} may not be read and written by this user: join the group {group} "
        f"(sudo usermod -aG {group} $USER), and log in again"
    )


def _group(device: Path) -> str:
    try:
        return device.group()
    except KeyError:
        return str(device.stat().st_gid)
