"""How an image gets onto a board: as files of each kind, to a drive, by probes, each with proof that it got there."""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import serial
from killed import soon

from tlsbench.boards.boot import BootValues
from tlsbench.boards.child import Child
from tlsbench.boards.serial import files, flash, reset, tools
from tlsbench.boards.serial.port import Port
from tlsbench.boards.serial.stream import PortStream
from tlsbench.measure.image import Image, Symbol
from tlsbench.model.board import BoardInfo
from tlsbench.model.board_file import parse_board
from tlsbench.model.errors import ConfigError, FlashError, ToolMissingError

FILE = (Path(__file__).resolve().parents[2] / "platforms/mps2-an385/board.toml").read_text()
PORT = Port("loop://", "loop", None, "loop://")


@pytest.fixture
def image(agent_image: Path) -> Image:
    return Image(agent_image)


def board(tables: str) -> BoardInfo:
    head = FILE.replace('kind = "qemu"', 'kind = "serial"')
    return parse_board((head + tables).encode(), Path("board.toml"))


def objcopy(*arguments: str | Path) -> None:
    subprocess.run(["arm-none-eabi-objcopy", *arguments], check=True)


# --- files ---


def test_plain_bytes_are_what_binutils_makes_of_the_image(image: Image, tmp_path: Path) -> None:
    objcopy("-O", "binary", "--gap-fill", "0xff", image.path, tmp_path / "theirs")
    assert files.write(image, "bin", tmp_path).read_bytes() == (tmp_path / "theirs").read_bytes()


def test_intel_hex_is_read_back_by_binutils(image: Image, tmp_path: Path) -> None:
    objcopy("-I", "ihex", "-O", "binary", files.write(image, "hex", tmp_path), tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == files.binary(image).data


def test_uf2_blocks_carry_the_whole_image(image: Image, tmp_path: Path) -> None:
    data = files.write(image, "uf2", tmp_path, 0x57755A57).read_bytes()
    assert len(data) % 512 == 0
    whole = files.binary(image)
    came = b""
    for number in range(len(data) // 512):
        block = data[512 * number : 512 * (number + 1)]
        head = struct.unpack_from("<8I", block)
        assert head[:3] == (0x0A324655, 0x9E5D5157, 0x2000)
        assert head[3:] == (whole.address + 256 * number, 256, number, len(data) // 512, 0x57755A57)
        assert block[-4:] == struct.pack("<I", 0x0AB16F30)
        came += block[32 : 32 + 256]
    assert came[: len(whole.data)] == whole.data
    assert set(came[len(whole.data) :]) <= {0xFF}


# --- a drive ---


def is_open(file: Path) -> bool:
    """Whether this process, which writes it, has it open."""
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if descriptor.readlink() == file:
                return True
    return False


@contextmanager
def drive(folder: Path, complaint: str = "") -> Iterator[dict[str, bytes]]:
    """A drive as DAPLink's: it takes a file when that is closed and whole, and then it is made anew."""
    folder.mkdir()
    (folder / "DETAILS.TXT").write_text("Interface Version: 0257\n")
    taken: dict[str, bytes] = {}
    stop = threading.Event()

    def serve() -> None:
        while not stop.wait(0.05):
            for file in folder.glob("image.*"):
                if file.stat().st_size == 0 or is_open(file):
                    continue
                taken[file.name] = file.read_bytes()
                if complaint:
                    (folder / "FAIL.TXT").write_text(complaint)
                file.unlink()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield taken
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("kind", ["bin", "hex"])
def test_a_file_is_copied_to_the_drive_and_waited_for(image: Image, tmp_path: Path, kind: str) -> None:
    info = board(f'[flash]\nmethod = "drive"\ndrive = "{tmp_path}/DAP*"\nformat = "{kind}"\n')
    with drive(tmp_path / "DAPLINK") as taken:
        flash.write(info, image, PORT)
    assert taken == {f"image.{kind}": files.write(image, kind, tmp_path).read_bytes()}


def test_what_the_drive_says_of_a_failure_is_told(image: Image, tmp_path: Path) -> None:
    info = board(f'[flash]\nmethod = "drive"\ndrive = "{tmp_path}/DAPLINK"\n')
    with (
        drive(tmp_path / "DAPLINK", "error: The interface firmware FAILED to reset/halt the target MCU"),
        pytest.raises(FlashError, match=r"(?s)did not take the image.*FAILED to reset/halt the target MCU"),
    ):
        flash.write(info, image, PORT)


def test_a_drive_that_takes_nothing_is_told_in_time(image: Image, tmp_path: Path) -> None:
    info = board(f'[flash]\nmethod = "drive"\ndrive = "{tmp_path}/D"\ntimeout = "300 ms"\n')
    (tmp_path / "D").mkdir()
    (tmp_path / "D" / "DETAILS.TXT").touch()
    with pytest.raises(FlashError, match=r"(?s)did not take the image within 0.3 s.*image.bin is still there"):
        flash.write(info, image, PORT)


def test_nothing_is_copied_to_a_folder_that_is_no_board(image: Image, tmp_path: Path) -> None:
    info = board(f'[flash]\nmethod = "drive"\ndrive = "{tmp_path}"\n')
    with pytest.raises(FlashError, match=r"does not look like a board: it has none of DETAILS.TXT, INFO_UF2.TXT"):
        flash.write(info, image, PORT)
    assert list(tmp_path.iterdir()) == []
    missing = board(f'[flash]\nmethod = "drive"\ndrive = "{tmp_path}/no"\n')
    assert flash.missing(missing) == f"one drive must be mounted at {tmp_path}/no; none is"


# --- probes: programs in the place of pyOCD and OpenOCD, which do with a file what those do with a chip ---

PYOCD = """
import sys, pathlib
from elftools.elf.elffile import ELFFile
here = pathlib.Path(__file__).parent
words = sys.argv[1:]
with (here / "said").open("a") as said:
    print(*words, file=said)
if words[0] == "load":
    with open(words[-1], "rb") as file:
        segments = [(s["p_paddr"], s.data()) for s in ELFFile(file).iter_segments("PT_LOAD") if s["p_filesz"]]
    start = min(at for at, _ in segments)
    chip = bytearray([255] * (1 << 20))
    for at, data in segments:
        chip[at - start : at - start + len(data)] = data
    chip[1000] ^= FLIP
    (here / "chip").write_bytes(chip)
elif words[0] == "commander" and words[-1].startswith("savemem "):
    _, at, length, file = words[-1].split()
    pathlib.Path(file).write_bytes((here / "chip").read_bytes()[: int(length)])
elif words[0] == "commander":
    load = next(word for word in words if word.startswith("loadmem"))
    (here / "block").write_bytes(pathlib.Path(load.split()[2]).read_bytes())
"""
OPENOCD = """
import sys
print("** Programming Finished **")
print("VERDICT")
"""


def program(folder: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program on the PATH."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!{sys.executable}\n{text}")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


BY_PYOCD = """
[flash]
method = "pyocd"
[probe]
target = "stm32f429xi"
id = "066A"
[serial.reset]
method = "pyocd"
"""


def test_pyocd_writes_and_what_it_reads_back_is_compared(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = program(tmp_path / "bin", "pyocd", PYOCD.replace("FLIP", "0"), monkeypatch)
    flash.write(board(BY_PYOCD), image, PORT)
    load, back = (folder / "said").read_text().splitlines()
    assert load == f"load --no-wait --target stm32f429xi --uid 066A --format elf {image.path.absolute()}"
    assert back.startswith("commander --no-wait --target stm32f429xi --uid 066A -c savemem 0x0 ")


def test_a_bit_that_is_read_back_wrong_is_found(image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "pyocd", PYOCD.replace("FLIP", "8"), monkeypatch)
    with pytest.raises(FlashError, match="what was read back from 0x00000000 is not what was written"):
        flash.write(board(BY_PYOCD), image, PORT)


def test_a_probe_can_put_seed_and_time_into_the_memory(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image._symbols["tlsbench_boot"] = Symbol("tlsbench_boot", 0x2000_0100, 80)  # as in an image without the agent
    folder = program(tmp_path / "bin", "pyocd", PYOCD.replace("FLIP", "0"), monkeypatch)
    values = BootValues(bytes(range(64)), 1_700_000_000)
    info = board(BY_PYOCD)
    assert reset.can_tell(info)
    stream = PortStream(serial.serial_for_url("loop://", timeout=0.05), PORT)
    reset.press(info, stream, image, values)
    stream.close()
    assert (folder / "block").read_bytes() == values.block()
    said = (folder / "said").read_text()
    assert said.index("-c reset halt") < said.index("-c loadmem 0x20000100 ") < said.index("-c go")


def test_openocd_must_have_verified(image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = board('[flash]\nmethod = "openocd"\n[probe]\nconfig = ["board/x.cfg"]\n')
    program(tmp_path / "bin", "openocd", OPENOCD.replace("VERDICT", "** Verified OK **"), monkeypatch)
    flash.write(info, image, PORT)
    program(tmp_path / "bin", "openocd", OPENOCD.replace("VERDICT", "** Verify skipped **"), monkeypatch)
    with pytest.raises(FlashError, match=r"(?s)openocd did not verify what it wrote.*Programming Finished"):
        flash.write(info, image, PORT)


class Begun(Child):
    """A program whose time counts from its first word on."""

    def wait(self, timeout_s: float) -> bool:
        assert soon(lambda: bool(self.output))
        return super().wait(timeout_s)


def test_a_tool_that_hangs_is_ended_in_time(image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = board('[flash]\nmethod = "openocd"\ntimeout = "500 ms"\n[probe]\nconfig = ["x.cfg"]\n')
    program(
        tmp_path / "bin", "openocd", "import time\nprint('Info : waiting', flush=True)\ntime.sleep(60)\n", monkeypatch
    )
    monkeypatch.setattr(tools, "Child", Begun)
    began = time.monotonic()
    with pytest.raises(FlashError, match=r"(?s)openocd did not end within 0.5 s.*Info : waiting"):
        flash.write(info, image, PORT)
    assert time.monotonic() - began < 30


def test_a_command_of_ones_own_gets_the_files_that_it_asks_for(image: Image, tmp_path: Path) -> None:
    info = board(f'[flash]\nmethod = "command"\ncommand = ["cp", "{{bin}}", "{tmp_path}/chip"]\n')
    flash.write(info, image, PORT)
    assert (tmp_path / "chip").read_bytes() == files.binary(image).data
    wrong = board('[flash]\nmethod = "command"\ncommand = ["cp", "{bni}"]\n')
    with pytest.raises(ConfigError, match=r"toml:\d+: flash.command: .*'bni' is no placeholder; there are: {elf}"):
        flash.write(wrong, image, PORT)


def test_a_tool_that_is_missing_is_named_with_its_package(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ToolMissingError, match=r"flashing mps2-an385: pyocd is not installed .* extra `physical`"):
        flash.write(board(BY_PYOCD), image, PORT)
