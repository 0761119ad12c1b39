"""Parts of the firmware's platform and drivers that can be tried without a board, under sanitizers.

The drivers of the STM32F4 are tried on a model of the chip: what goes wrong there no emulator shows.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tlsbench import boards, firmware

TESTS = firmware.ROOT / "tests/firmware"
FAMILY_BOARDS = ("netduinoplus2", "nucleo-f429zi")
UART_BOARDS = ("mps2-an385", "lm3s6965evb", "microbit")


def checks(source: Path) -> list[str]:
    return re.findall(r"^    CHECK\((\w+)\)", source.read_text(), re.MULTILINE)


def compiled(made: Path, include: list[Path], macros: list[str], sources: list[Path]) -> Path:
    warnings = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fno-rtti"]
    options = ["-O1", "-g", "-fsanitize=undefined", "-fno-sanitize-recover=all"]
    folders = [f"-I{folder}" for folder in (*include, TESTS, firmware.SOURCE)]
    command = ["g++", *warnings, *options, *macros, *folders, *map(str, sources), "-o", str(made)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


def run(program: Path, check: str) -> None:
    done = subprocess.run([program, check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sources = [TESTS / "platform/main.cpp", firmware.SOURCE / "platform/entropy.cpp"]
    made = tmp_path_factory.mktemp("platform") / "platform_test"
    return compiled(made, [TESTS / "tls/stand_in"], ["-DTLSBENCH_ENTROPY_SOURCE=1"], sources)


@pytest.mark.parametrize("check", checks(TESTS / "platform/main.cpp"))
def test_platform(platform: Path, check: str) -> None:
    run(platform, check)


def configured(board: str, folder: Path) -> Path:
    """A folder, with the header in it that a board's file makes."""
    script = [sys.executable, str(firmware.SOURCE / "cmake/board.py"), str(boards.platforms_dir())]
    subprocess.run([*script, board, str(folder)], check=True)
    return folder


@pytest.fixture(scope="module", params=FAMILY_BOARDS)
def stm32f4(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drivers on the model, as the board's file sets them."""
    folder = configured(request.param, tmp_path_factory.mktemp(request.param))
    drivers = [firmware.SOURCE / f"drivers/stm32f4/{name}.cpp" for name in ("clocks", "timer", "usart")]
    drivers.append(firmware.SOURCE / "drivers/serial.cpp")
    sources = [TESTS / "stm32f4/main.cpp", TESTS / "stm32f4/chip.cpp", *drivers]
    include = [TESTS / "stm32f4/stand_in", TESTS / "stm32f4", folder]
    macros = ["-DMBED_CONF_DRIVERS_UART_SERIAL_RXBUF_SIZE=512"]
    return compiled(folder / "stm32f4_test", include, macros, sources)


@pytest.mark.parametrize("check", checks(TESTS / "stm32f4/main.cpp"))
def test_stm32f4(stm32f4: Path, check: str) -> None:
    run(stm32f4, check)


@pytest.mark.parametrize("board", UART_BOARDS)
def test_a_uart_that_loses_bytes_tells_it(board: str, tmp_path: Path) -> None:
    family = boards.load(board).firmware.drivers
    sources = [TESTS / "uarts/main.cpp", TESTS / f"uarts/{family}.cpp", firmware.SOURCE / f"drivers/{family}/uart.cpp"]
    include = [TESTS / "uarts/stand_in", TESTS / "uarts", configured(board, tmp_path)]
    run(compiled(tmp_path / "uart_test", include, [], sources), "lost_bytes_are_counted")
