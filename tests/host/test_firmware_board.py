"""What the build makes of a board.toml, and what it says about a wrong one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "firmware" / "cmake" / "board.py"

GOOD = """
name = "bench-1"
core = "cortex-m3"
clock_hz = 25_000_000

[memory]
flash_origin = 0x0800_0000
flash_bytes = 65_536
ram_origin = 0x2000_0000
ram_bytes = 16_384

[firmware]
drivers = "cmsdk"
ethernet = "lan9118"
stack = "lwip"
linker_script = "bench-1.ld"

[peripherals.uart0]
base = 0x4000_4000
rx_irq = 0
tx_irq = 3

[serial]
baud = 9600
"""


CHIP = """
[oscillator]
hz = 8_000_000
external = true

[pins]
uart0_tx = "PD8 AF7"
"""


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """The folder of a board that the build can use."""
    folder = tmp_path / "platforms" / "bench-1"
    folder.mkdir(parents=True)
    (folder / "board.toml").write_text(GOOD)
    (folder / "bench-1.ld").write_text("")
    return folder


def generate(board: Path, name: str = "bench-1") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(board.parent), name, str(board.parent.parent / "generated")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_writes_what_the_build_includes(board: Path) -> None:
    assert generate(board).returncode == 0
    generated = board.parent.parent / "generated"
    config = (generated / "board_config.h").read_text()
    assert "#define BOARD_UART0_BASE 0x40004000u\n" in config
    assert "#define BOARD_UART0_TX_IRQ 3\n" in config
    assert "OSCILLATOR" not in config
    assert "#define BOARD_CLOCK_HZ 25000000u\n" in config
    vectors = (generated / "board_vectors.h").read_text()
    assert "#define BOARD_INTERRUPTS 4\n" in vectors
    assert "BOARD_INTERRUPT(3, uart0_tx_irq_handler)\n" in vectors
    assert "RAM   (rwx) : ORIGIN = 0x20000000, LENGTH = 16384" in (generated / "memory.ld").read_text()
    assert "-mcpu=cortex-m3" in (generated / "board.cmake").read_text()


def test_a_board_takes_what_it_does_not_say_from_the_one_it_is_like(board: Path) -> None:
    other = board.parent / "bench-2" / "board.toml"
    other.parent.mkdir()
    other.write_text(
        'name = "bench-2"\nlike = "bench-1"\n[memory]\nram_bytes = 8192\n[peripherals.uart0]\ntx_irq = 5\n'
    )
    assert generate(board, "bench-2").returncode == 0
    generated = board.parent.parent / "generated"
    config = (generated / "board_config.h").read_text()
    assert '#define BOARD_NAME "bench-2"\n' in config
    assert "#define BOARD_RAM_BYTES 0x00002000u\n#define BOARD_UART0_BASE 0x40004000u\n" in config
    assert "#define BOARD_INTERRUPTS 6\n" in (generated / "board_vectors.h").read_text()
    assert f"{board / 'bench-1.ld'}" in (generated / "board.cmake").read_text()
    assert f'"{board / "board.toml"};{other}"' in (generated / "board.cmake").read_text()


def test_a_board_may_be_like_one_of_this_tree(board: Path) -> None:
    (board / "board.toml").write_text('name = "bench-1"\nlike = "mps2-an385"\n[memory]\nram_bytes = 8192\n')
    assert generate(board).returncode == 0
    script = SCRIPT.parents[1] / "linker" / "cortex-m.ld"
    assert f'"{script}"' in (board.parent.parent / "generated" / "board.cmake").read_text()


def test_leaves_unchanged_files_alone(board: Path) -> None:
    generate(board)
    files = list((board.parent.parent / "generated").iterdir())
    before = [file.stat().st_mtime_ns for file in files]
    generate(board)
    assert [file.stat().st_mtime_ns for file in files] == before


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('core = "cortex-m3"', 'core = "z80"', "core = 'z80' is not known; use one of cortex-m0, "),
        ("clock_hz = 25_000_000", "", "clock_hz is missing; it must be int"),
        ("baud = 9600", 'baud = "fast"', "serial.baud = 'fast': it must be int"),
        ("tx_irq = 3", "tx_irq = 0", "interrupt 0 belongs to both uart0_rx_irq and uart0_tx_irq"),
        ('"bench-1.ld"', '"other.ld"', "firmware.linker_script: "),
        ("[serial]", "[serial", "(at line "),
        ("clock_hz", 'like = "bench-9"\nclock_hz', "like = 'bench-9': "),
        ("clock_hz", 'like = "bench-1"\nclock_hz', "like = 'bench-1': a board cannot be like itself"),
    ],
)
def test_wrong_file_is_refused_with_its_name(board: Path, old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    (board / "board.toml").write_text(GOOD.replace(old, new))
    done = generate(board)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{board / 'board.toml'}: ")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


def test_unknown_board_is_refused_with_the_known_ones(board: Path) -> None:
    done = generate(board, "bench-2")
    assert done.returncode == 1
    assert "BOARD=bench-2: " in done.stderr
    assert done.stderr.endswith("known boards: bench-1\n")


def test_oscillator_and_pins_are_for_the_drivers(board: Path) -> None:
    (board / "board.toml").write_text(GOOD + CHIP)
    assert generate(board).returncode == 0
    config = (board.parent.parent / "generated" / "board_config.h").read_text()
    for line in ("OSCILLATOR_HZ 8000000u", "OSCILLATOR_EXTERNAL 1", "UART0_TX_PIN 56", "UART0_TX_FUNCTION 7"):
        assert f"#define BOARD_{line}\n" in config


@pytest.mark.parametrize("pin", ["PL8 AF7", "PD16 AF7", "PD8", "PD8 AF16", "D8 AF7", "P0.32", "P1.0", "P0.24 AF7"])
def test_a_pin_that_is_none_is_named(board: Path, pin: str) -> None:
    (board / "board.toml").write_text(GOOD + CHIP.replace("PD8 AF7", pin))
    ended = generate(board)
    assert ended.returncode == 1
    assert (
        f"board.toml: pins.uart0_tx = '{pin}': it must be a pin and its function, such as \"PA9 AF7\"" in ended.stderr
    )
