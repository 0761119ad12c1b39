"""Write what the build needs to know of a board: board.cmake, board_config.h, board_vectors.h and memory.ld.

Usage: board.py PLATFORMS BOARD OUTPUT. The one source is PLATFORMS/BOARD/board.toml, with that of the board it is
like; a file is rewritten only when its text changes, so configuring again does not rebuild the firmware.
"""

import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from board_file import BoardFile, refuse

# The folder of rtos/kernel that a core's kernel needs, and what the compiler must be told of it. A core with an FPU is
# written with a trailing "f", as Arm's data sheets do; softfp, as in Mbed OS, so that code may do without the FPU.
# "native" is the machine that builds: its image is a process.
CORES = {
    "cortex-m0": ("armv6m", "-mcpu=cortex-m0 -mthumb -mfloat-abi=soft"),
    "cortex-m0plus": ("armv6m", "-mcpu=cortex-m0plus -mthumb -mfloat-abi=soft"),
    "cortex-m3": ("armv7m", "-mcpu=cortex-m3 -mthumb -mfloat-abi=soft"),
    "cortex-m4": ("armv7m", "-mcpu=cortex-m4 -mthumb -mfloat-abi=soft"),
    "cortex-m4f": ("armv7m", "-mcpu=cortex-m4 -mthumb -mfloat-abi=softfp -mfpu=fpv4-sp-d16"),
    "cortex-m7f": ("armv7m", "-mcpu=cortex-m7 -mthumb -mfloat-abi=softfp -mfpu=fpv5-sp-d16"),
    "cortex-m33": ("armv8m", "-mcpu=cortex-m33+nofp -mthumb -mfloat-abi=soft"),
    "cortex-m33f": ("armv8m", "-mcpu=cortex-m33 -mthumb -mfloat-abi=softfp -mfpu=fpv5-sp-d16"),
    "native": ("native", ""),
}

END_OF_ADDRESSES = 0xE000_0000  # beyond lies what belongs to the core
LINKER_SCRIPTS = Path(__file__).resolve().parents[1] / "linker"


def linker_script(board: BoardFile) -> Path:
    """The script in the board's own folder that it names, else the one of all boards."""
    if "linker_script" not in board.get("firmware", dict):
        return LINKER_SCRIPTS / ("native.ld" if board.get("core", str) == "native" else "cortex-m.ld")
    script = Path(board.get("firmware.linker_script", str))
    if not script.is_file():
        refuse(f"{board.path}: firmware.linker_script: {script} does not exist")
    return script


def has_fpu(board: BoardFile) -> bool:
    """Whether applications may use a floating-point unit."""
    return "-mfpu" in CORES[board.get("core", str)][1]


def board_cmake(board: BoardFile) -> str:
    """Variables for CMakeLists.txt."""
    core = board.get("core", str)
    if core not in CORES:
        refuse(f"{board.path}: core = {core!r} is not known; use one of {', '.join(CORES)}")
    port, flags = CORES[core]
    files = ";".join(str(relative.path) for relative in board.family)
    lines = [
        f"set(TLSBENCH_PORT {port})",
        f"set(TLSBENCH_CORE_FLAGS {flags})",
        f"set(TLSBENCH_FPU {int(has_fpu(board))})",
        f"set(TLSBENCH_DRIVERS {board.get('firmware.drivers', str)})",
        f"set(TLSBENCH_ETHERNET {board.get('firmware.ethernet', str, '')})",
        f"set(TLSBENCH_STACK {board.get('firmware.stack', str)})",
        f"set(TLSBENCH_ENTROPY_SOURCE {int('rng' in board.get('peripherals', dict, {}))})",
        f'set(TLSBENCH_LINKER_SCRIPT "{linker_script(board).resolve()}")',
        f'set(TLSBENCH_BOARD_FILES "{files}")',
    ]
    return "\n".join(lines) + "\n"


def board_config(board: BoardFile) -> str:
    """BOARD_* macros: names, clock, memory, and every key of every peripheral."""
    lines = [
        "#pragma once",
        f'#define BOARD_NAME "{board.get("name", str)}"',
        f'#define BOARD_CORE "{board.get("core", str)}"',
        f"#define BOARD_FPU {int(has_fpu(board))}",
    ]
    if board.get("core", str) != "native":  # whose clock, line and memory are the machine's
        lines += [
            f"#define BOARD_CLOCK_HZ {board.get('clock_hz', int)}u",
            f"#define BOARD_SERIAL_BAUD {board.get('serial.baud', int)}u",
        ]
        for key in ("flash_origin", "flash_bytes", "ram_origin", "ram_bytes"):
            lines.append(f"#define BOARD_{key.upper()} {board.get(f'memory.{key}', int):#010x}u")
    for name, peripheral in board.get("peripherals", dict, {}).items():
        for key in peripheral:
            value = board.get(f"peripherals.{name}.{key}", int)
            text = f"{value}" if key.endswith("irq") else f"{value:#010x}u"
            lines.append(f"#define BOARD_{name.upper()}_{key.upper()} {text}")
    if "oscillator" in board.data:
        lines.append(f"#define BOARD_OSCILLATOR_HZ {board.get('oscillator.hz', int)}u")
        lines.append(f"#define BOARD_OSCILLATOR_EXTERNAL {int(board.get('oscillator.external', bool, False))}")
    for name in board.get("pins", dict, {}):
        text = board.get(f"pins.{name}", str)
        pin = re.fullmatch(r"P([A-K])(\d|1[0-5]) AF(\d|1[0-5])|P0\.(\d|[12]\d|3[01])", text)
        if pin is None:
            refuse(
                f'{board.path}: pins.{name} = {text!r}: it must be a pin and its function, such as "PA9 AF7", '
                'or, where any pin can have any function, a pin such as "P0.24"'
            )
        if pin[4] is not None:
            lines.append(f"#define BOARD_{name.upper()}_PIN {pin[4]}")
            continue
        lines.append(f"#define BOARD_{name.upper()}_PIN {(ord(pin[1]) - ord('A')) * 16 + int(pin[2])}")
        lines.append(f"#define BOARD_{name.upper()}_FUNCTION {pin[3]}")
    return "\n".join(lines) + "\n"


def board_vectors(board: BoardFile) -> str:
    """BOARD_INTERRUPT(number, handler) per interrupt, for the vector table; BOARD_INTERRUPTS is how many it needs."""
    interrupts = list(board.interrupts())
    count = max((number for number, _ in interrupts), default=-1) + 1
    lines = [f"BOARD_INTERRUPT({number}, {handler}_handler)" for number, handler in interrupts]
    return f"#define BOARD_INTERRUPTS {count}\n#ifdef BOARD_INTERRUPT\n" + "\n".join(lines) + "\n#endif\n"


def memory_ld(board: BoardFile, *, bounded: bool = True) -> str:
    """The MEMORY command that the linker script includes; empty for a process.

    Arguments:
        board: the board.
        bounded: whether a region ends where the board's does. If not, it goes on to where the next one begins, so that
            an image which does not fit can be linked and looked at.
    """
    if board.get("core", str) == "native":
        return ""
    regions = {
        name: (board.get(f"memory.{name}_origin", int), board.get(f"memory.{name}_bytes", int))
        for name in ("flash", "ram")
    }
    lines = []
    for (name, (origin, length)), access in zip(regions.items(), ("rx", "rwx"), strict=True):
        if not bounded:
            length = min((end for end, _ in regions.values() if end > origin), default=END_OF_ADDRESSES) - origin
        lines.append(f"    {name.upper():5} {f'({access})':5} : ORIGIN = {origin:#010x}, LENGTH = {length}\n")
    return f"MEMORY\n{{\n{''.join(lines)}}}\n"


def main() -> None:
    """Write the files."""
    if len(sys.argv) != 4:
        refuse("usage: board.py PLATFORMS BOARD OUTPUT")
    board, output = BoardFile(Path(sys.argv[1]), sys.argv[2]), Path(sys.argv[3])
    writers: dict[str, Callable[[BoardFile], str]] = {
        "board.cmake": board_cmake,
        "board_config.h": board_config,
        "board_vectors.h": board_vectors,
        "memory.ld": memory_ld,
        "unbounded/memory.ld": partial(memory_ld, bounded=False),
    }
    for name, write in writers.items():
        path, text = output / name, write(board)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
