"""mbed_trace: what it prints, on this machine under sanitizers; and that it takes nothing from an image without it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tlsbench import firmware

SOURCE = firmware.ROOT / "tests/firmware/trace"
INCLUDE = [f"-I{firmware.SOURCE}", f"-I{firmware.SOURCE / 'platform'}", "-I" + str(firmware.SOURCE / "rtos/native")]
WARNINGS = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fno-rtti"]


def compiled(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("trace") / "trace_test"
    options = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    macros = ["-DMBED_CONF_MBED_TRACE_ENABLE=1", "-DMBED_CONF_MBED_TRACE_LINE_LENGTH=48"]
    sources = [SOURCE / "main.cpp", firmware.SOURCE / "platform/mbed_trace.cpp"]
    compiled(["g++", *WARNINGS, *options, *macros, *INCLUDE, *sources, "-o", made])
    return made


@pytest.mark.parametrize(
    "check", ["nothing_without_init", "levels", "modes", "filters", "long_lines", "arrays", "mutex"]
)
def test_lines_are_as_they_are_asked_for(program: Path, check: str) -> None:
    done = subprocess.run([program, check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def sections(file: Path) -> dict[str, bytes]:
    """What an object brings into an image."""
    with file.open("rb") as stream:
        return {x.name: x.data() for x in ELFFile(stream).iter_sections() if x["sh_flags"] & 2}  # SHF_ALLOC


@pytest.mark.parametrize("optimise", ["-O0", "-O2", "-Os"])
def test_off_the_lines_compile_to_nothing(tmp_path: Path, optimise: str) -> None:
    made = [tmp_path / "with.o", tmp_path / "without.o"]
    for file, macro in zip(made, ("-DLINES", "-DNONE"), strict=True):
        core = ["-mcpu=cortex-m3", "-mthumb", optimise]
        compiled(["arm-none-eabi-g++", *WARNINGS, *core, macro, *INCLUDE, "-c", SOURCE / "off.cpp", "-o", file])
    assert any(sections(made[1]).values())
    if optimise == "-O0":  # its locals keep their place on the stack, but nothing more
        assert not any(b"test" in data for data in sections(made[0]).values())
    else:
        assert sections(made[0]) == sections(made[1])


def test_off_nothing_of_it_is_in_the_image(agent_image: Path) -> None:
    with agent_image.open("rb") as stream:
        elf = ELFFile(stream)
        names = [symbol.name for symbol in elf.get_section_by_name(".symtab").iter_symbols()]
        loaded = b"".join(segment.data() for segment in elf.iter_segments("PT_LOAD"))
    assert "main" in names
    assert not [name for name in names if "trace_" in name]
    assert b"tlsbench agent on" in loaded
    assert b"TLSW" not in loaded
