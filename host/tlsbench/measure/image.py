"""An image for a target: an ELF file, its symbols, sections and segments."""

from __future__ import annotations

import fnmatch
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.enums import ENUM_ST_INFO_TYPE
from elftools.elf.sections import NoteSection, SymbolTableSection

from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import ImageError

FUNCTION = ENUM_ST_INFO_TYPE["STT_FUNC"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named thing in the image: its address (without the Thumb bit) and size in bytes."""

    name: str
    address: int
    size: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section that takes memory on the target.

    Arguments:
        address, size: where it lives when the program runs, and how many bytes.
        loaded: whether its content is in the image (code, constants, start values), as opposed to zeroed memory.
        writable: whether it lives in RAM.
    """

    name: str
    address: int
    size: int
    loaded: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the file that is loaded: `data` goes to `address` (its load address)."""

    address: int
    data: bytes


class Image:
    """An ELF file for a 32-bit Arm core.

    Attributes:
        build_id: the linker's own name of it, in hexadecimal; empty if it gave none.

    Errors:
        ImageError: the file is missing, is no ELF, or is for another machine.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise ImageError(f"there is no image {path}: build the firmware first")
        with _opened(path) as elf:
            self.machine = _machine(elf)
            if self.machine != "ARM, 32 bits" or elf["e_type"] != "ET_EXEC":
                raise ImageError(
                    f"{path} is no program for an Arm Cortex-M core: machine {self.machine}, type {elf['e_type']}"
                )
            self.sections = [
                Section(
                    section.name,
                    section["sh_addr"],
                    section["sh_size"],
                    loaded=section["sh_type"] != "SHT_NOBITS",
                    writable=bool(section["sh_flags"] & SH_FLAGS.SHF_WRITE),
                )
                for section in elf.iter_sections()
                if section["sh_flags"] & SH_FLAGS.SHF_ALLOC and section["sh_size"]
            ]
            self.segments = [
                Segment(segment["p_paddr"], segment.data())
                for segment in elf.iter_segments("PT_LOAD")
                if segment["p_filesz"]
            ]
            self.build_id = _build_id(elf)
            self._symbols = {symbol.name: symbol for symbol in _symbols(elf)}

    def symbol(self, name: str) -> Symbol | None:
        """The symbol of this name, if the image has it."""
        return self._symbols.get(name)

    def required(self, name: str, why: str) -> Symbol:
        """The symbol of this name.

        Errors:
            ImageError: the image has none; `why` says what it is for.
        """
        found = self.symbol(name)
        if found is None:
            raise ImageError(f"{self.path} has no symbol {name!r}, {why}")
        return found

    def word(self, address: int) -> int | None:
        """The 32-bit word that the image loads to `address`, if it loads any there."""
        for segment in self.segments:
            at = address - segment.address
            if 0 <= at <= len(segment.data) - 4:
                return int.from_bytes(segment.data[at : at + 4], "little")
        return None

    def reset_handler(self, info: BoardInfo) -> int:
        """Address of the first instruction after reset, from the vector table at the start of flash.

        Errors:
            ImageError: the image has no vector table there, or it does not lie in the board's memory.
        """
        memory = info.memory
        if memory is None:
            raise info.error("an image for flash needs to know where that is", "memory")
        for segment in self.segments:
            end = segment.address + len(segment.data)
            if not memory.flash_origin <= segment.address < end <= memory.flash_origin + memory.flash_bytes:
                raise ImageError(
                    f"{self.path} loads 0x{segment.address:08x} to 0x{end:08x}, outside the flash of {info.name} "
                    f"(0x{memory.flash_origin:08x}, {memory.flash_bytes} bytes)"
                )
        stack, handler = self.word(memory.flash_origin), self.word(memory.flash_origin + 4)
        if stack is None or handler is None or not handler & 1:
            raise ImageError(f"{self.path} has no vector table at 0x{memory.flash_origin:08x}, the start of flash")
        return handler & ~1


def symbols(path: Path, pattern: str) -> list[str]:
    """Names of a program's symbols, for a core or for this machine, that a pattern with `*` and `?` fits.

    Errors:
        ImageError: the file is missing, or no ELF.
    """
    with _opened(path) as elf:
        tables = (part for part in elf.iter_sections() if isinstance(part, SymbolTableSection))
        names = {symbol.name for table in tables for symbol in table.iter_symbols()}
    return sorted(fnmatch.filter(names, pattern))


def build_id(path: Path) -> str:
    """The linker's own name of a program, for a core or for this machine, in hexadecimal; empty if it gave none.

    Errors:
        ImageError: the file is missing, or no ELF.
    """
    with _opened(path) as elf:
        return _build_id(elf)


def machine(path: Path) -> str:
    """What a program runs on: "ARM, 32 bits".

    Errors:
        ImageError: the file is missing, or no ELF.
    """
    with _opened(path) as elf:
        return _machine(elf)


@contextmanager
def _opened(path: Path) -> Iterator[ELFFile]:
    try:
        with path.open("rb") as file:
            yield ELFFile(file)
    except (ELFError, OSError) as error:
        raise ImageError(f"{path} is no ELF file: {error or type(error).__name__}") from None


def _symbols(elf: ELFFile) -> Iterator[Symbol]:
    """What has a name and a place in a 32-bit program.

    pyelftools needs a tenth of a second for the rows of a table, whenever a board is switched on. They are plain enough
    to read here: name, value, size, info, other, section (System V ABI, chapter 4, "Symbol Table").
    """
    for table in elf.iter_sections():
        if isinstance(table, SymbolTableSection):
            names = table.stringtable.data()
            try:
                for at, value, size, info, _, section in struct.iter_unpack("<IIIBBH", table.data()):
                    name = names[at : names.index(b"\0", at)].decode("utf-8", "replace")
                    if name and section:
                        yield Symbol(name, value & ~1 if info & 0xF == FUNCTION else value, size)
            except (struct.error, ValueError) as error:
                raise ELFError(f"its symbol table is broken: {error}") from None


def _machine(elf: ELFFile) -> str:
    name = elf["e_machine"]
    return f"{name.removeprefix('EM_') if isinstance(name, str) else '?'}, {elf.elfclass} bits"


def _build_id(elf: ELFFile) -> str:
    notes = (
        note for section in elf.iter_sections() if isinstance(section, NoteSection) for note in section.iter_notes()
    )
    return next((str(note["n_desc"]) for note in notes if note["n_type"] == "NT_GNU_BUILD_ID"), "")
