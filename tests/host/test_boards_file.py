"""What board.toml may say, and what a person is told who gets it wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tlsbench import boards
from tlsbench.model.errors import ConfigError
from tlsbench.model.source import line_of

GOOD = (boards.platforms_dir() / "mps2-an385" / "board.toml").read_text()


@pytest.fixture
def platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A platforms folder of our own, with the project's first board in it."""
    monkeypatch.setenv("TLSBENCH_PLATFORMS", str(tmp_path))
    write(tmp_path, GOOD)
    return tmp_path


def write(platforms: Path, text: str, name: str = "mps2-an385") -> Path:
    file = platforms / name / "board.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def line(text: str, start: str) -> int:
    """Number of the line that starts so."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def refused(platforms: Path, text: str) -> ConfigError:
    write(platforms, text)
    with pytest.raises(ConfigError) as caught:
        boards.load("mps2-an385")
    return caught.value


@pytest.mark.usefixtures("platforms")
def test_the_first_board_is_read_as_written() -> None:
    info = boards.load("mps2-an385")
    assert (info.kind, info.core, info.memory.ram_bytes) == ("qemu", "cortex-m3", 4_194_304)
    assert info.serial.sync_timeout == 5.0
    assert info.peripherals["uart0"].rx_irq == 0
    assert info.network is not None
    assert info.network.host == "10.0.2.2"
    assert info.clock == "real"
    assert boards.names() == ["mps2-an385"]


@pytest.mark.usefixtures("platforms")
def test_an_unknown_board_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        ConfigError, match=r"unknown board 'mps2-an386'; did you mean 'mps2-an385'\?; known: mps2-an385"
    ):
        boards.load("mps2-an386")


@pytest.mark.usefixtures("platforms")
def test_a_path_is_no_board() -> None:
    with pytest.raises(ConfigError, match="unknown board"):
        boards.load("../platforms/mps2-an385")


@pytest.mark.parametrize(
    ("old", "new", "at", "key", "message"),
    [
        ("ram_bytes = ", "ram_byts = ", "ram_byts", "memory.ram_byts", "unknown key; did you mean 'ram_bytes'?"),
        ("rx_irq = 0", "rx_irk = 0", "rx_irk", "peripherals.uart0.rx_irk", "unknown key; did you mean 'rx_irq'?"),
        ("[emulator]", "[emulatr]", "[emulatr]", "emulatr", "unknown key; did you mean 'emulator'?"),
        ("baud = 115_200", "", "[serial]", "serial.baud", "this key is missing"),
        ('kind = "qemu"', "", None, "kind", "this key is missing"),
        (
            "clock_hz = 25_000_000",
            'clock_hz = "25 MHz"',
            "clock_hz",
            "clock_hz",
            "should be a whole number, not a string",
        ),
        (
            "baud = 115_200",
            "baud = 115_200.5",
            "baud",
            "serial.baud",
            "should be a whole number, not a number (115200.5)",
        ),
        ('machine = "mps2-an385"', "machine = 385", "machine", "emulator.machine", "should be a string, not a whole"),
        (
            'core = "cortex-m3"',
            'core = "cortex-m31"',
            "core",
            "core",
            "'cortex-m31' is unknown; did you mean 'cortex-m3",
        ),
        ('"5 s"', '"5"', "sync_timeout", "serial.sync_timeout", "'5' should be a time with its unit"),
        ('dns = "10.0.2.3"', 'dns = "10.0.2"', "dns", "network.dns", "'10.0.2' should be an IPv4 address"),
        (
            "ram_bytes = 4_194_304",
            "ram_bytes = 0",
            "ram_bytes",
            "memory.ram_bytes",
            "0: input should be greater than 0",
        ),
        ("[serial]", "serial = 1\n[seriel]", "serial = 1", "peripherals.ethernet.serial", "unknown key"),
        (
            'kind = "qemu"',
            'kind = "qemo"',
            "kind",
            "kind",
            "unknown kind 'qemo'; did you mean 'qemu'?; known: ",
        ),
        ('name = "mps2-an385"', 'name = "mps2"', "name", "name", "the folder is called 'mps2-an385'"),
    ],
)
def test_a_wrong_key_is_named_with_its_line(
    platforms: Path, old: str, new: str, at: str | None, key: str, message: str
) -> None:
    assert GOOD.count(old) >= 1
    text = GOOD.replace(old, new, 1)
    error = refused(platforms, text)
    assert error.key == key
    assert error.line == (line(text, at) if at else None)
    assert message in str(error)
    assert "mps2-an385/board.toml" in str(error)
    assert "Traceback" not in str(error)


@pytest.mark.parametrize(
    ("setting", "key"),
    [('"agent.workers" = [2]', "config.agent.workers"), ("agent = { workers = 2 }", "config.agent")],
)
def test_a_value_for_the_firmware_is_plain_and_its_key_one_name(platforms: Path, setting: str, key: str) -> None:
    text = f'{GOOD}\n[config]\n"agent.sockets" = 4\n'
    write(platforms, text)
    assert boards.load("mps2-an385").config == {"agent.sockets": 4}
    error = refused(platforms, text + setting)
    assert error.key == key
    assert error.line == line(text + setting, setting)
    assert 'its key one name in quotes: "library.key"' in str(error)


def test_a_board_takes_what_it_does_not_say_from_the_one_it_is_like(platforms: Path) -> None:
    like = 'name = "{}"\nlike = "{}"\n[emulator]\nmachine = "{}"\n'
    write(platforms, like.format("second", "mps2-an385", "m2"), "second")
    write(platforms, like.format("third", "second", "m3"), "third")
    first, third = boards.load("mps2-an385"), boards.load("third")
    assert first.emulator is not None
    emulator = {**first.emulator.model_dump(), "machine": "m3"}
    assert third.model_dump() == {**first.model_dump(), "name": "third", "like": "second", "emulator": emulator}


def test_a_board_may_be_like_one_of_this_tree_and_bear_its_name(platforms: Path) -> None:
    write(platforms, 'name = "mps2-an385"\nlike = "mps2-an386"\ncore = "cortex-m4"\n')
    write(platforms, 'name = "mine"\nlike = "native"\n', "mine")
    with pytest.raises(ConfigError, match="a board cannot be like itself"):
        boards.load("mps2-an385")
    assert boards.load("mine").core == "native"


@pytest.mark.parametrize(
    ("text", "at", "key", "message"),
    [
        ('like = "mps2-an3850"', 2, "like", "there is no board 'mps2-an3850' to be like; did you mean 'mps2-an385'?"),
        ('like = "second"', 2, "like", "a board cannot be like itself"),
        ("like = 1", 2, "like", "should be a string, not a whole number (1)"),
        ('like = "mps2-an385"\ncolour = 1', 3, "colour", "unknown key"),
        ('like = "mps2-an385"\n[memory]\nram_bytes = 0', 4, "memory.ram_bytes", "greater than 0"),
        ('like = "mps2-an385"\nmemory = 1', 3, "memory", "should be a table, not a whole number (1)"),
    ],
)
def test_what_is_wrong_in_a_board_like_another_is_named_with_its_line(
    platforms: Path, text: str, at: int, key: str, message: str
) -> None:
    write(platforms, f'name = "second"\n{text}\n', "second")
    with pytest.raises(ConfigError) as caught:
        boards.load("second")
    assert (caught.value.line, caught.value.key) == (at, key)
    assert message in str(caught.value)


def test_what_is_wrong_in_the_board_that_another_is_like_is_told_of_that_file(platforms: Path) -> None:
    write(platforms, GOOD.replace("clock_hz", "clock_hertz"))
    write(platforms, 'name = "second"\nlike = "mps2-an385"\n', "second")
    with pytest.raises(ConfigError, match=r"mps2-an385/board.toml:\d+: clock_hertz: unknown key"):
        boards.load("second")


@pytest.mark.usefixtures("platforms")
def test_a_name_is_not_taken_from_another_board(platforms: Path) -> None:
    write(platforms, 'like = "mps2-an385"\n', "second")
    with pytest.raises(ConfigError, match="name: this key is missing"):
        boards.load("second")


def test_every_problem_is_told_at_once(platforms: Path) -> None:
    text = GOOD.replace("ram_bytes", "ram_byts").replace("baud = 115_200", 'baud = "fast"')
    error = refused(platforms, text)
    for key in ("memory.ram_byts", "memory.ram_bytes", "serial.baud"):
        assert re.search(rf"board\.toml:\d+: {re.escape(key)}: ", str(error)), key


@pytest.mark.parametrize(
    ("old", "new"), [("[memory]", "[memory"), ('name = "mps2-an385"', "name = mps2"), ("baud = ", "baud == ")]
)
def test_broken_syntax_is_told_with_its_line(platforms: Path, old: str, new: str) -> None:
    text = GOOD.replace(old, new, 1)
    error = refused(platforms, text)
    assert "this is no TOML" in str(error)
    assert error.line == line(text, new)


def test_text_that_ends_too_early_is_told_with_the_last_line(platforms: Path) -> None:
    error = refused(platforms, GOOD + 'description = """never closed\n')
    assert error.line is not None
    assert error.line >= GOOD.count("\n")


def test_a_file_that_is_no_text_is_refused(platforms: Path) -> None:
    write(platforms, "").write_bytes(b"name = \xff")
    with pytest.raises(ConfigError, match="byte 7 is not UTF-8"):
        boards.load("mps2-an385")


def test_a_folder_in_the_place_of_a_file_is_refused(
    platforms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(platforms, GOOD)
    monkeypatch.setenv("TLSBENCH_BOARDS_FILE", str(tmp_path))
    with pytest.raises(ConfigError, match=rf"^{tmp_path}: this file cannot be read"):
        boards.load("mps2-an385")
    file.unlink()
    file.mkdir()
    monkeypatch.delenv("TLSBENCH_BOARDS_FILE")
    with pytest.raises(ConfigError, match=r"mps2-an385/board.toml: this file cannot be read \(Is a directory\)"):
        boards.load("mps2-an385")


def test_a_line_is_found_by_the_innermost_table() -> None:
    text = "a = 1\n[t]\n# a = 2\n[t.u]\nb.c = 3\n"
    assert line_of(text, ("a",)) == 1
    assert line_of(text, ("t", "missing")) == 2
    assert line_of(text, ("t", "u", "b", "c")) == 5
    assert line_of(text, ("nowhere",)) is None
