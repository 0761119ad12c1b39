"""Parts of the firmware's platform and drivers that can be tried without a board, under sanitizers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tlsbench import firmware

SOURCE = firmware.ROOT / "tests/firmware/platform/main.cpp"
CHECKS = re.findall(r'^    \{"(\w+)", \w+\},$', SOURCE.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("platform") / "platform_test"
    warnings = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fno-rtti"]
    options = ["-O1", "-g", "-fsanitize=undefined", "-fno-sanitize-recover=all", "-DTLSBENCH_ENTROPY_SOURCE=1"]
    include = [f"-I{firmware.ROOT / 'tests/firmware/tls/stand_in'}", f"-I{firmware.SOURCE}"]
    sources = [SOURCE, firmware.SOURCE / "platform/entropy.cpp"]
    command = ["g++", *warnings, *options, *include, *sources, "-o", made]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


@pytest.mark.parametrize("check", CHECKS)
def test_without_a_board(program: Path, check: str) -> None:
    done = subprocess.run([program, check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
