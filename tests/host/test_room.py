"""What does not fit a board is told by the build: which memory, how many bytes, and what takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import tlsbench

from tlsbench import boards, firmware
from tlsbench.measure import room
from tlsbench.model.errors import DoesNotFitError

NAME = "bench-1"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of a board that is made up."""
    platforms = tmp_path_factory.mktemp("platforms")
    folder = platforms / NAME
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(boards.PLATFORMS, str(platforms))
        patch.setattr(firmware, "BUILD", platforms / "build")
        yield folder / "board.toml"


def give(board: Path, flash: int, ram: int) -> None:
    """Give the board so many bytes of memory."""
    board.write_text(
        f'name = "{NAME}"\nlike = "mps2-an385"\n[memory]\nflash_bytes = {flash}\nram_bytes = {ram}\n'
        '[config]\n"rtos.main-thread-stack-size" = 2048\n'
    )


def sizes_in(text: str) -> dict[str, tuple[int, ...]]:
    """By the name of each memory: bytes needed, there and left."""
    rows = re.findall(r"^(flash|ram) +([\d,]+) +([\d,]+) +(-?[\d,]+)$", text, re.MULTILINE)
    return {name: tuple(int(x.replace(",", "")) for x in numbers) for name, *numbers in rows}


def build() -> Path:
    return firmware.image(NAME, "small", target="kernel_test")


@pytest.fixture
def compiled() -> None:
    """All of the image is compiled: that is not to count against the command's time."""
    with pytest.raises(DoesNotFitError):
        firmware.image("lm3s6965evb", "default")


@pytest.mark.usefixtures("compiled")
def test_a_handshake_with_16_kb_records_does_not_fit_64_kb_of_ram(tmp_path: Path) -> None:
    ended = tlsbench("run", "handshake", "--board", "lm3s6965evb", "--profile", "default", cwd=tmp_path)
    assert ended.status == 2
    flash, ram = (sizes_in(ended.output)[name] for name in ("flash", "ram"))
    assert flash[2] > 0
    assert ram[1:] == (65_536, 65_536 - ram[0])
    assert f"does not fit lm3s6965evb: {-ram[2]:,} bytes of ram too many" in " ".join(ended.output.split())
    assert "40,960  heap, at least" in ended.output
    assert "Traceback" not in ended.output


def test_a_board_is_too_small_by_as_many_bytes_as_are_told(board: Path) -> None:
    give(board, 16_384, 8_192)
    with pytest.raises(DoesNotFitError) as caught:
        build()
    text = str(caught.value)
    sizes = sizes_in(text)
    flash, ram = sizes["flash"][0], sizes["ram"][0]
    assert sizes == {"flash": (flash, 16_384, 16_384 - flash), "ram": (ram, 8_192, 8_192 - ram)}
    first = f"it does not fit {NAME}: {flash - 16_384:,} bytes of flash and {ram - 8_192:,} bytes of ram too many"
    assert text.splitlines()[0].endswith(first)

    give(board, flash, ram)
    image = build()
    found = {region.name: region for region in room.regions(image, boards.load(NAME))}
    assert (found["flash"].needed, found["ram"].needed) == (flash, ram)

    give(board, flash, ram - 8)
    with pytest.raises(DoesNotFitError, match=f"it does not fit {NAME}: 8 bytes of ram too many"):
        build()


def test_what_takes_the_room_is_told_by_object(board: Path) -> None:
    give(board, 1_048_576, 8_192)
    with pytest.raises(DoesNotFitError) as caught:
        build()
    text = str(caught.value)
    told = text.partition("what the ram is needed for, in bytes\n")[2].partition("\ncommand:")[0].splitlines()
    rows = [line.split() for line in told]
    sizes = [int(row[0].replace(",", "")) for row in rows]
    assert sum(sizes) == sizes_in(text)["ram"][0]
    assert sizes[:-1] == sorted(sizes[:-1], reverse=True)
    assert any(row[1:] == [".stacks", "rtos", "main_thread.cpp.obj"] for row in rows)
    assert any(row[1:] == ["heap,", "at", "least"] and row[0] == "1,024" for row in rows)
    assert re.fullmatch(r"in \d+ other places, and gaps", " ".join(rows[-1][1:]))
    assert "what the flash is needed for" not in text
