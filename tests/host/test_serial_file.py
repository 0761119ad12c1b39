"""What the file of a physical board may say, and what a person is told who gets it wrong."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tlsbench import boards
from tlsbench.boards.serial import SerialKind
from tlsbench.boards.serial import port as ports
from tlsbench.boards.serial.plugged import look
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import ConfigError, PortMissingError

ORIGINAL = (boards.platforms_dir() / "mps2-an385" / "board.toml").read_text().partition("[emulator]")[0]
GOOD = (
    ORIGINAL.replace('kind = "qemu"', 'kind = "serial"').replace("mps2-an385", "desk")
    + """
[serial.reset]
method = "dtr-rts"
rts = true

[flash]
method = "pyocd"

[probe]
target = "stm32f429xi"
"""
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The board's file."""
    monkeypatch.setenv("TLSBENCH_PLATFORMS", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    file = tmp_path / "desk" / "board.toml"
    file.parent.mkdir()
    file.write_text(GOOD)
    return file


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two boards are plugged in; the second one has two ports."""
    there = [
        SimpleNamespace(
            device=device,
            serial_number=number,
            vid=0x0D28,
            pid=0x0204,
            manufacturer="Arm",
            product="DAPLink",
            description="DAPLink",
            location=location,
        )
        for device, number, location in (
            ("/dev/null", "AAA", "1-1:1.1"),
            ("/dev/zero", "BBB", "1-2:1.0"),
            ("/dev/full", "BBB", "1-2:1.2"),
        )
    ]
    monkeypatch.setattr(ports, "plugged_in", lambda: there)


def load(port: str) -> BoardInfo:
    return boards.load("desk", port)


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ('method = "pyocd"', 'method = "pyocdd"', "flash.method", "'pyocdd' is unknown; did you mean 'pyocd'?; known"),
        ('method = "dtr-rts"', 'method = "dtr"', "serial.reset.method", "'dtr' is unknown"),
        ("rts = true", "rst = true", "serial.reset.rst", "unknown key; did you mean 'rts'?"),
        ("rts = true", 'rts = "on"', "serial.reset.rts", "should be true or false, not a string ('on')"),
        ("rts = true", "rts = true\nhold = 5", "serial.reset.hold", "5 should be a time with its unit"),
        ("[probe]", "[prob]", "prob", "unknown key; did you mean 'probe'?"),
        ("sync_timeout", "syn_timeout", "serial.syn_timeout", "unknown key; did you mean 'sync_timeout'?"),
    ],
)
def test_a_mistake_is_told_with_its_line(place: Path, old: str, new: str, key: str, message: str) -> None:
    place.write_text(GOOD.replace(old, new))
    lines = place.read_text().splitlines()
    number = next(at for at, line in enumerate(lines, 1) if line.startswith(new.rpartition("\n")[2]))
    with pytest.raises(ConfigError) as caught:
        load("loop://")
    assert str(caught.value).startswith(f"{place}:{number}: {key}: {message}")


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ("rts = true", "", "serial.reset.dtr", "say which line is wired to the reset pin"),
        ('method = "dtr-rts"', 'method = "command"', "serial.reset.command", "needs one"),
        ('method = "pyocd"', 'method = "command"', "flash.command", "needs one"),
        ('method = "pyocd"', 'method = "drive"', "flash.drive", "needs the folder where the drive is mounted"),
        (
            'method = "pyocd"',
            'method = "drive"\ndrive = "/media/x"\nformat = "uf2"',
            "flash.family",
            "needs the number",
        ),
        ('target = "stm32f429xi"', "", "probe.target", "pyocd needs to know the chip"),
        ('method = "pyocd"', 'method = "openocd"', "probe.config", "openocd needs its file of the board"),
    ],
)
def test_what_a_method_needs_is_asked_for(place: Path, old: str, new: str, key: str, message: str) -> None:
    place.write_text(GOOD.replace(old, new))
    with pytest.raises(ConfigError, match=message) as caught:
        boards.open_board(load("loop://"), place.parent)
    assert caught.value.key == key
    assert caught.value.line is not None


@pytest.mark.usefixtures("place")
def test_tools_that_are_missing_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert SerialKind().why_not(load("loop://")) == (
        "pyocd is not installed or not on the PATH: install tlsbench with its extra `physical` "
        "(pip install 'tlsbench[physical]')"
    )


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("port", "message"),
    [
        ("ttyUSB0", r"port: serial.port: 'ttyUSB0' is no port: it is one of \"usb:SERIAL\""),
        ("/dev/serial/by-id/nothing", "is not plugged in: there is no such device; serial ports that are: "),
        ("hwgrep://nothing at all", "is not plugged in: no ports found"),
        ("hwgrep://(ST", r"port: serial.port: 'hwgrep://\(ST' is no regular expression: missing \), unterminated"),
        ("usb:123", "is not plugged in: no USB device with the serial number '123' has a serial port"),
        ("htp://there", "port: serial.port: 'htp://there': invalid URL, protocol 'htp' not known"),
    ],
)
def test_a_port_that_is_none(port: str, message: str) -> None:
    with pytest.raises((ConfigError, PortMissingError), match=message):
        ports.find(load(port))


@pytest.mark.usefixtures("place")
def test_a_board_without_a_port_is_told_how_ports_are_named() -> None:
    with pytest.raises(ConfigError, match=r"toml:\d+: serial.port: a board of kind 'serial' needs to know its port"):
        ports.find(boards.load("desk"))


@pytest.mark.usefixtures("place", "plugged")
def test_ports_are_found_by_the_serial_number_of_their_usb_device() -> None:
    assert ports.find(load("usb:AAA")).device == Path("/dev/null")
    assert ports.find(load("usb:BBB/1")).device == Path("/dev/full")
    with pytest.raises(ConfigError, match="this USB device has 2 serial ports: say which, from usb:BBB/0 to usb:BBB/1"):
        ports.find(load("usb:BBB"))
    with pytest.raises(PortMissingError, match="only the serial ports 0 to 1"):  # its ports come one by one
        ports.find(load("usb:BBB/2"))
    with pytest.raises(PortMissingError, match="ports that are: usb:AAA: /dev/null, 0d28:0204 Arm DAPLink; usb:BB"):
        ports.find(load("usb:CCC"))


@pytest.mark.usefixtures("place", "plugged")
def test_a_usb_port_has_one_key_whatever_it_is_called() -> None:
    assert ports.find(load("usb:BBB/1")).key == ports.find(load("/dev/full")).key == "usb-BBB-1.2"


def test_the_users_file_says_where_a_board_is(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "home" / "tlsbench" / "boards.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text('[desk.serial]\nport = "loop://"\n\n[desk.network]\nlisten = "192.168.7.1"\n\n[native.x]\n')
    info = boards.load("desk")
    assert info.serial.port == "loop://"
    assert info.serial.baud == 115_200  # the board's own
    assert info.network is not None
    assert info.network.listen == "192.168.7.1"
    monkeypatch.setenv("TLSBENCH_PORT_DESK", "socket://localhost:7")
    assert boards.load("desk").serial.port == "socket://localhost:7"
    assert boards.load("desk", "loop://x").serial.port == "loop://x"

    for text, message in (
        ('[desk.serial]\nprot = "x"\n', f"{mine}:2: serial.prot: unknown key; did you mean 'port'?"),
        ("\n[desk.memory]\nram_bytes = 1\n", f"{mine}:2: desk.memory: this cannot differ between machines"),
        ("[desk.serial]\nbaud = 9600\n", f"{mine}:2: desk.serial.baud: the baud rate is built into the image"),
        ("desk = 1\n", f"{mine}:1: desk: should be a table"),
        ("[desk\n", f"{mine}:1: this is no TOML"),
        ("[desk.lock]\n\n[desks.serial]\n", f"{mine}:3: desks: there is no such board; did you mean 'desk'?; known: "),
        ('[desks.serial.reset]\nmethod = "x"\n', f"{mine}:2: desks: there is no such board"),
    ):
        mine.write_text(text)
        with pytest.raises(ConfigError) as caught:
            boards.load("desk")
        assert str(caught.value).startswith(message)


@pytest.mark.usefixtures("place")
def test_a_users_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLSBENCH_BOARDS_FILE", "/nonexistent.toml")
    with pytest.raises(ConfigError, match=r"TLSBENCH_BOARDS_FILE: there is no file /nonexistent\.toml"):
        boards.load("desk")


@pytest.mark.usefixtures("plugged")
def test_what_is_plugged_in_is_listed_by_the_names_that_a_file_has_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyOCD is one that has found a probe; its answer is as that of release 0.46."""
    program = tmp_path / "pyocd"
    program.write_text(
        "#!/bin/sh\n[ \"$*\" = 'json --probes' ] && "
        """echo '{"status": 0, "boards": [{"unique_id": "0240AA", "info": "Arm DAPLink CMSIS-DAP"}]}'\n"""
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    found = look()
    assert found.ports[0] == ("usb:AAA", "/dev/null, 0d28:0204 Arm DAPLink")
    assert [name for name, _ in found.ports] == ["usb:AAA", "usb:BBB/0", "usb:BBB/1"]
    assert found.probes == [("0240AA", "Arm DAPLink CMSIS-DAP")]
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "pip install" in look().why_no_probes


@pytest.mark.usefixtures("place", "plugged")
def test_a_user_without_the_right_to_a_port_is_told_which_group_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may be a user that may do all: the kernel's answer is stood in for."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    group = Path("/dev/null").group()
    assert ports.missing_rights(ports.find(load("usb:AAA"))) == (
        f"/dev/null may not be read and written by this user: join the group {group} "
        f"(sudo usermod -aG {group} $USER), and log in again"
    )
