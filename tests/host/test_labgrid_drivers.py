"""How a labgrid place is found, and what is done through which of labgrid's drivers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from cli import tlsbench
from conftest import BOARD
from killed import gone, soon
from lab import EXPORTER, PLACE, TTY, Lab

from tlsbench import boards
from tlsbench.boards.labgrid import LabgridKind
from tlsbench.boards.labgrid.held import HeldPlace
from tlsbench.model.errors import BoardError, ConfigError, FlashError

SOON_S = 60.0


@contextmanager
def held() -> Iterator[HeldPlace]:
    with closing(HeldPlace(boards.load(BOARD))) as place:
        yield place


def refused(message: str) -> None:
    """The place cannot be had, and why."""
    with pytest.raises(BoardError, match=message):
        HeldPlace(boards.load(BOARD)).close()


@pytest.fixture
def programs(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """The lab, with ssh to its exporter's machine and OpenOCD there; what OpenOCD was told before is forgotten."""
    monkeypatch.setenv("PATH", str(lab.bench.programs), prepend=os.pathsep)
    lab.bench.openocd_log.unlink(missing_ok=True)
    yield lab
    lab.bench.rig.emulated.power_off()


# --- which place ---


def test_a_place_goes_by_name_alias_and_the_variable_of_labgrid(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.ask("AddPlaceAlias", placename=TTY, alias="the-rack")
    lab.edit(f'place = "{PLACE}"', 'place = "the-rack"')
    with held() as place:
        assert place.about["place"] == TTY
    lab.edit('place = "the-rack"\n', "")
    lab.edit(f'coordinator = "{lab.address}"\n', "")
    monkeypatch.setenv("LG_PLACE", TTY)
    monkeypatch.setenv("LG_COORDINATOR", lab.address)
    with held() as place:
        assert place.about["place"] == TTY
        assert list(lab.holders) == [TTY]
    monkeypatch.delenv("LG_PLACE")
    with pytest.raises(ConfigError, match=r"needs to know its place: place in the table \[labgrid\], or tags, or"):
        LabgridKind().why_not(boards.load(BOARD))


def test_a_place_that_is_missing_is_told_with_the_nearest(lab: Lab, tmp_path: Path) -> None:
    lab.edit(f'place = "{PLACE}"', 'place = "bnech"')
    there = f"'bnech': the coordinator has no such place; did you mean '{PLACE}'?; there are: {PLACE}, {TTY}"
    refused(there.replace("?", r"\?"))
    assert LabgridKind().why_not(boards.load(BOARD)).endswith(there)
    lab.edit('place = "bnech"', 'tags = { board = "mps3" }')
    why = "a place of labgrid's with board=mps3: the coordinator has no such place; there are the tags: board=mps2"
    refused(why)
    assert LabgridKind().why_not(boards.load(BOARD)) == why


def test_a_place_that_somebody_holds_is_not_taken_but_waited_for(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setenv("LG_USERNAME", "alice")
        lab.client("-p", PLACE, "acquire")
    refused(rf"{BOARD}: labgrid's place '{PLACE}': it is held by \S+/alice")
    why = LabgridKind().why_not(boards.load(BOARD))
    assert why.endswith("/alice")
    lab.edit("[labgrid]\n", '[labgrid]\nwait = "1 s"\n')
    assert LabgridKind().why_not(boards.load(BOARD)) == ""
    refused(rf"none is free after 1 s: {PLACE}: it is held by \S+/alice")
    lab.edit('wait = "1 s"', 'wait = "60 s"')
    later = threading.Timer(2.0, lab.ask, ["ReleasePlace"], {"placename": PLACE})
    later.start()
    with held():
        later.join()
        assert ".tlsbench." in lab.holders[PLACE]
    assert list(lab.ask("GetReservations").reservations) == []


def test_two_places_with_one_tag_are_had_by_two(lab: Lab) -> None:
    lab.edit(f'place = "{PLACE}"', 'tags = { board = "mps2" }')
    with held() as one, held() as two:
        assert {one.about["place"], two.about["place"]} == {PLACE, TTY}
        refused(rf"board=mps2: none is free: {PLACE}: it is held by .*; {TTY}: it is held by .*\.tlsbench\.")


def test_ones_own_hold_is_not_taken(lab: Lab) -> None:
    lab.client("-p", PLACE, "acquire")
    refused("it is held by yourself, .*: labgrid-client release gives it back")
    lab.ask("ReleasePlace", placename=PLACE)


def test_a_reservation_of_ones_own_is_used_and_stays(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    token = lab.client("reserve", "--shell", f"name={TTY}").strip().rpartition("LG_TOKEN=")[2]
    user = next(each.owner for each in lab.ask("GetReservations").reservations)
    lab.edit(f'place = "{PLACE}"', 'place = "+"')
    refused("LG_TOKEN does not say by which reservation")
    monkeypatch.setenv("LG_TOKEN", token)
    with held() as place:
        assert place.about["place"] == TTY
        assert lab.holders == {TTY: user}
    lab.edit('place = "+"', f'place = "{TTY}"')
    with held():
        assert lab.holders == {TTY: user}
    with monkeypatch.context() as other:
        other.setenv("LG_USERNAME", "bob")
        refused(f"it is reserved for {user}")
    lab.ask("CancelReservation", token=token)


def test_what_is_not_exported_or_is_in_use_is_named(lab: Lab) -> None:
    lab.ask("AddPlace", name="other")
    lab.ask("AddPlaceMatch", placename="other", pattern=f"{EXPORTER}/{PLACE}/NetworkPowerPort")
    lab.client("-p", "other", "acquire")
    refused(f"Failed to acquire .*: {EXPORTER}/{PLACE}/NetworkPowerPort/NetworkPowerPort is in use by the place other")
    lab.ask("ReleasePlace", placename="other")
    lab.ask("AddPlaceMatch", placename="other", pattern=f"{EXPORTER}/{PLACE}/USBDebugger")
    lab.edit(f'place = "{PLACE}"', 'place = "other"')
    refused(f"no exporter exports what its match '{EXPORTER}/{PLACE}/USBDebugger' wants; is its exporter up")
    lab.ask("DeletePlace", name="other")


def test_a_coordinator_that_is_down_makes_the_board_unusable(lab: Lab, agent_image: Path, tmp_path: Path) -> None:
    lab.edit(f'coordinator = "{lab.address}"', 'coordinator = "127.0.0.1:1"')
    assert LabgridKind().why_not(boards.load(BOARD)) == (
        "no labgrid coordinator answers at 127.0.0.1:1 (Connection refused)"
    )
    run = tlsbench("run", "handshake", "--board", BOARD, "--image", agent_image, cwd=tmp_path)
    assert run.status == 2
    assert "cannot be used here: no labgrid coordinator answers at 127.0.0.1:1" in run.output


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[labgrid]", "[labgird]", r"labgird: unknown key; did you mean 'labgrid'\?"),
        (f'place = "{PLACE}"', f'plaec = "{PLACE}"', r"labgrid.plaec: unknown key; did you mean 'place'\?"),
        (
            "[labgrid]\n",
            '[labgrid]\ntags = { a = "b" }\n',
            r"labgrid.tags: a place is found by its name or by its tags",
        ),
        ('"lab.yaml"', '"no.yaml"', r"labgrid.environment: there is no file \S+/no.yaml"),
        ('coordinator = "127.0.0.1:', 'coordinator = "127.0.0.1:x', r"labgrid.coordinator: '\S+' should be a host and"),
    ],
)
def test_a_mistake_is_told_with_its_line(lab: Lab, old: str, new: str, message: str) -> None:
    lab.edit(old, new)
    with pytest.raises(ConfigError, match=rf"board.toml:\d+: {message}"):
        LabgridKind().why_not(boards.load(BOARD))


# --- which drivers ---


def test_without_an_environment_the_place_says_which_drivers_do(programs: Lab, agent_image: Path) -> None:
    lab = programs
    lab.edit('environment = "lab.yaml"\n', "")
    with held() as place:
        assert {key: place.about[key] for key in ("power", "reset", "flash")} == {
            "power": "NetworkPowerDriver",
            "reset": "NetworkPowerDriver",
            "flash": "",
        }
        with pytest.raises(FlashError, match="nothing can flash its board: name a driver in the file"):
            place.flash(agent_image)
    lab.file.write_text(lab.file.read_text() + '\n[probe]\nconfig = ["board/st_nucleo_f4.cfg"]\n')
    with held() as place:
        assert place.about["flash"] == "OpenOCDDriver, which verifies what it wrote"
        place.flash(agent_image)
        assert lab.bench.rig.flashed[-1] == agent_image
        lab.bench.verify_fails(True)
        with pytest.raises(FlashError, match=r"(?s)flashing failed: .*non-zero exit status 1.*checksum mismatch"):
            place.flash(agent_image)
    lab.bench.verify_fails(False)
    assert "--file board/st_nucleo_f4.cfg" in lab.bench.openocd_was_told
    assert f"program {{{agent_image}}} verify reset exit" in lab.bench.openocd_was_told
    assert 'adapter usb location "1-1"' in lab.bench.openocd_was_told


def test_openocd_of_the_environment_verifies_and_resets(programs: Lab, agent_image: Path) -> None:
    lab = programs
    lab.use(SerialDriver={}, OpenOCDDriver={"board_config": "any.cfg"})
    resets = lab.bench.rig.resets
    with held() as place:
        assert place.about["power"] == ""
        assert place.about["reset"] == "OpenOCDDriver, by the probe"
        place.flash(agent_image)
        place.reset()
    told = lab.bench.openocd_was_told
    assert f"bootstrap {agent_image}" in told
    assert f"verify_image {{{agent_image}}}" in told
    assert lab.bench.rig.resets == resets + 2  # once after the comparison, once asked for
    lab.bench.verify_fails(True)
    with held() as place, pytest.raises(FlashError, match="checksum mismatch"):
        place.flash(agent_image)
    lab.bench.verify_fails(False)


def test_a_flash_script_gets_the_image(programs: Lab, agent_image: Path) -> None:
    lab = programs
    arguments = [str(lab.folder), PLACE, "{image}"]
    lab.use(SerialDriver={}, NetworkPowerDriver={}, FlashScriptDriver={"script": "writer", "args": arguments})
    with held() as place:
        assert place.about["flash"].startswith("FlashScriptDriver, which does not read back")
        place.flash(agent_image)
    assert lab.bench.rig.flashed[-1] == agent_image


def test_power_by_a_command_and_a_button_of_its_own(lab: Lab, agent_image: Path, run_dir: Path) -> None:
    """The button wins over switching off and on."""
    switch = lab.folder / "switched"
    power = {f"cmd_{word}": f"sh -c 'echo {word} >>{switch}'" for word in ("on", "off")}
    button = {"HttpDigitalOutputDriver": {}, "DigitalOutputResetDriver": {"delay": 0.0}}
    lab.use(SerialDriver={}, ExternalPowerDriver=power, **button, RigFlasher=lab.flasher)
    lab.bench.rig.flash(str(agent_image))
    resets = lab.bench.rig.resets
    with boards.open_board(boards.load(BOARD), run_dir) as board:
        board.power_on(agent_image)
        board.reset()
    lab.bench.rig.emulated.power_off()
    assert switch.read_text().split() == ["on", "off"]
    assert lab.bench.rig.resets >= resets + 2


@pytest.mark.parametrize(
    ("drivers", "message"),
    [
        ({"SerialDriver": {}, "ManualPowerDriver": {}}, "its power is switched by hand .*nobody is there to do it"),
        ({"NetworkPowerDriver": {}}, "it has no console: no resource NetworkSerialPort, or the environment names no"),
        ({"SerialDrivre": {}}, "labgrid cannot use it: .*SerialDrivre"),
        (
            {
                "SerialDriver": {},
                "NetworkPowerDriver": {},
                "ExternalPowerDriver": {"cmd_on": "true", "cmd_off": "true"},
            },
            "multiple drivers matching PowerProtocol .*leave one of them out of the environment",
        ),
    ],
)
def test_drivers_that_will_not_do_are_refused_before_the_board_is_touched(
    lab: Lab, drivers: dict[str, dict[str, object]], message: str
) -> None:
    lab.use(**drivers)
    refused(message)
    assert not lab.bench.is_on


def test_a_line_that_is_exported_at_another_rate_is_refused(lab: Lab) -> None:
    lab.edit(f'place = "{PLACE}"', f'place = "{TTY}"')
    lab.edit("baud = 115_200", "baud = 921_600")
    refused("its serial port is set to 115200 baud, the board's image speaks at 921600: `speed: 921600` belongs")


def test_who_does_not_wait_for_a_flash_tool_gives_the_place_back(
    lab: Lab, agent_image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle: the tool ends, and the holder, busy as it is, gives the place back."""
    pid = lab.folder / "busy"
    lab.use(SerialDriver={}, NetworkPowerDriver={}, RigFlasher={"command": ["sh", "-c", f"echo $$ >{pid}; sleep 600"]})
    with held() as place:
        line = place._line

        def interrupted(timeout_s: float) -> bool:
            assert soon(lambda: pid.exists() and pid.read_text().endswith("\n"), timeout_s)
            raise KeyboardInterrupt

        monkeypatch.setattr(line, "wait", lambda timeout_s: bool(timeout_s) and interrupted(timeout_s))
        with pytest.raises(KeyboardInterrupt):
            place.flash(agent_image)
        assert lab.holders == {}
        assert gone(int(pid.read_text()), SOON_S)
        monkeypatch.undo()


def test_a_flash_tool_that_hangs_is_ended(lab: Lab, agent_image: Path) -> None:
    pid = lab.folder / "hanging"
    lab.edit("[labgrid]\n", '[labgrid]\ntimeout = "5 s"\n')
    lab.use(SerialDriver={}, NetworkPowerDriver={}, RigFlasher={"command": ["sh", "-c", f"echo $$ >{pid}; sleep 600"]})
    with held() as place:
        with pytest.raises(FlashError, match=r"flashing failed: .*it takes longer than 5 s"):
            place.flash(agent_image)
        assert gone(int(pid.read_text()), SOON_S)
