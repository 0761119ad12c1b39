"""Building the firmware: incremental, one at a time, and clear about what is wrong. On a stand-in for firmware/."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tlsbench import firmware
from tlsbench.model.errors import BuildError, ConfigError, ToolMissingError

BOARD = "mps2-an385"

CMAKE = """
cmake_minimum_required(VERSION 3.20)
project(stand-in NONE)
if(EXISTS ${CMAKE_SOURCE_DIR}/broken)
    message(FATAL_ERROR "this stand-in cannot be configured")
endif()
add_custom_command(OUTPUT agent.elf DEPENDS ${CMAKE_SOURCE_DIR}/make.sh
    COMMAND sh ${CMAKE_SOURCE_DIR}/make.sh ${PROFILE} ${APP_CONFIG})
add_custom_target(agent DEPENDS agent.elf)
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "firmware"
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text(CMAKE)
    (folder / "agent/configurations").mkdir(parents=True)
    (folder / "agent/configurations/tcp.json").touch()
    (folder / "make.sh").write_text('echo "$1 $2" >agent.elf\n')
    monkeypatch.setattr(firmware, "SOURCE", folder)
    monkeypatch.setattr(firmware, "BUILD", tmp_path / "build")
    return folder


def test_builds_what_was_asked_for_each_in_its_own_folder(source: Path) -> None:
    default = firmware.image(BOARD)
    tcp = firmware.image(BOARD, "small", configuration="tcp")
    old = firmware.image(BOARD, "small", "2.28")
    assert [default.parent.name, tcp.parent.name, old.parent.name] == [
        "mps2-an385-default",
        "mps2-an385-small-tcp",
        "mps2-an385-small-mbedtls2.28",
    ]
    assert default.read_text() == "default \n"
    assert tcp.read_text() == f"small {source}/agent/configurations/tcp.json\n"


def test_an_unknown_configuration_lists_the_known_ones(source: Path) -> None:
    with pytest.raises(ConfigError, match="unknown configuration 'udp'; there are: tcp"):
        firmware.image(BOARD, configuration="udp")


def test_does_and_says_nothing_when_up_to_date(source: Path) -> None:
    said: list[str] = []
    first = firmware.image(BOARD, progress=said.append)
    assert said
    said.clear()
    before = first.stat().st_mtime_ns
    assert firmware.image(BOARD, progress=said.append).stat().st_mtime_ns == before
    assert said == []


def test_builds_again_what_changed(source: Path) -> None:
    firmware.image(BOARD)
    (source / "make.sh").write_text("echo changed >agent.elf\n")
    assert firmware.image(BOARD).read_text() == "changed\n"


def test_configures_again_when_a_folder_appears(source: Path) -> None:
    cmake = source / "CMakeLists.txt"
    cmake.write_text(cmake.read_text() + "if(EXISTS ${CMAKE_SOURCE_DIR}/new)\nadd_subdirectory(new)\nendif()\n")
    image = firmware.image(BOARD)
    (source / "new").mkdir()
    (source / "new/CMakeLists.txt").write_text("file(WRITE ${CMAKE_BINARY_DIR}/seen yes)\n")
    firmware.image(BOARD)
    assert (image.parent / "seen").exists()


def test_a_failed_build_carries_command_status_and_output(source: Path) -> None:
    (source / "make.sh").write_text("echo 'main.cpp:3: error: no such thing'; exit 7\n")
    with pytest.raises(BuildError) as failure:
        firmware.image(BOARD)
    error = failure.value
    assert error.command is not None
    assert error.command.startswith("ninja ")
    assert error.status == 1
    assert "main.cpp:3: error: no such thing" in str(error.received)
    assert error.message == "building mps2-an385-default/agent.elf failed: main.cpp:3: error: no such thing"


def test_a_failed_configuration_is_repeated_when_mended(source: Path) -> None:
    (source / "broken").touch()
    with pytest.raises(BuildError) as failure:
        firmware.image(BOARD)
    message = "configuring the firmware for mps2-an385-default failed: this stand-in cannot be configured"
    assert failure.value.message == message
    (source / "broken").unlink()
    assert firmware.image(BOARD).exists()


@pytest.mark.parametrize(("tool", "package"), firmware.TOOLS.items())
def test_a_missing_tool_is_named_with_its_package(
    tool: str, package: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in {"setpriv", "sh", *firmware.TOOLS} - {tool}:
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(ToolMissingError, match=rf"{tool.replace('+', '.')} is not installed.*package {package}$"):
        firmware.image(BOARD)


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        (("no-such-board",), "mps2-an385"),
        ((BOARD, "huge"), "default, small"),
        ((BOARD, "small", "4.0"), "3.6, 2.28"),
        ((BOARD, "small", "3.6", "nothing"), "agent, bare"),
    ],
)
def test_an_unknown_choice_lists_the_known_ones(arguments: tuple[str, ...], known: str, source: Path) -> None:
    with pytest.raises(ConfigError, match=known):
        firmware.image(*arguments)


# --- two at once ---

BUILDER = """
import pathlib
from tlsbench import firmware
firmware.SOURCE, firmware.BUILD = pathlib.Path({source!r}), pathlib.Path({build!r})
print(firmware.image("mps2-an385", progress=lambda line: print(line, flush=True)))
"""


def builder(source: Path) -> subprocess.Popen[str]:
    code = textwrap.dedent(BUILDER).format(source=str(source), build=str(source.parent / "build"))
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline, f"{file} did not appear"
        time.sleep(0.01)


def ends(pid: int) -> bool:
    """Whether the process goes away soon; a zombie that nobody has waited for has ended too."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_two_builds_of_one_folder_take_turns(source: Path) -> None:
    # mkdir fails if the other build is between its mkdir and rmdir.
    (source / "make.sh").write_text("mkdir busy || exit 9; sleep 0.3; rmdir busy; echo done >agent.elf\n")
    both = [builder(source), builder(source)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("waiting for another build" in text for text in said) == 1


def test_a_killed_build_leaves_no_process_and_no_lock(source: Path) -> None:
    marker = source / "compiling"
    (source / "make.sh").write_text(f"echo $$ >{marker}.new; mv {marker}.new {marker}; exec sleep 100\n")
    with builder(source) as process:
        wait_for(marker)
        process.send_signal(signal.SIGKILL)
    assert ends(int(marker.read_text()))
    (source / "make.sh").write_text("echo done >agent.elf\n")
    assert firmware.image(BOARD).read_text() == "done\n"


def test_ctrl_c_ends_the_build(source: Path) -> None:
    marker = source / "compiling"
    (source / "make.sh").write_text(f"echo $$ >{marker}.new; mv {marker}.new {marker}; exec sleep 100\n")
    with builder(source) as process:
        wait_for(marker)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode != 0
    assert ends(int(marker.read_text()))
