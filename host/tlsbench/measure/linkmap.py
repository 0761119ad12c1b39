"""Reads the map that GNU ld writes (`-Wl,-Map`): which object of which library put how much into which section."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

START = "Linker script and memory map"
OUTPUT = re.compile(r"(\S+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)(?:\s+load address .*)?$")
INPUT = re.compile(r" (\S+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)(?:\s+(\S.*))?$")
LONG_NAME = re.compile(r" ?[.A-Za-z_][^\s=]*$")
MEMBER = re.compile(r"(.*)\(([^()]+)\)$")
TARGET = re.compile(r"(?:^|/)CMakeFiles/([^/]+)\.dir/")

PADDING = "(padding)"


@dataclass(frozen=True, slots=True)
class Part:
    """What one object contributes to one section of the image.

    Arguments:
        section: name of the section in the image (`.text`, `.bss`, ...).
        library: name of the library or build target it belongs to (`mbedtls`, `c_nano`, ...).
        object: its file's name.
        size: bytes.
    """

    section: str
    library: str
    object: str
    size: int


@dataclass(frozen=True, slots=True)
class LinkMap:
    """A link map: the size in bytes of each section of the image, and what takes room in it, in the map's order."""

    sections: dict[str, int]
    parts: list[Part]


def read(map_file: Path) -> LinkMap:
    """The map in this file. Padding between objects belongs to `(padding)`."""
    lines = iter(map_file.read_text(encoding="utf-8", errors="replace").splitlines())
    for line in lines:
        if line.startswith(START):
            break
    sections: dict[str, int] = {}
    parts: list[Part] = []
    section = ""
    for line in lines:
        whole = line
        if LONG_NAME.match(line):  # a long name has a line of its own
            whole = line + next(lines, "")
        output, given = OUTPUT.match(whole), INPUT.match(whole)
        if output:
            section = output[1]
            sections[section] = int(output[2], 16)
        elif given and section and int(given[2], 16):
            parts.append(Part(section, *_origin(given[3] or ""), int(given[2], 16)))
    return LinkMap(sections, parts)


def _origin(file: str) -> tuple[str, str]:
    """Library and object of an input file such as `rtos/librtos.a(Mutex.cpp.obj)`."""
    member = MEMBER.match(file)
    if member:
        return PurePosixPath(member[1]).stem.removeprefix("lib"), member[2]
    if not file:
        return PADDING, PADDING
    target = TARGET.search(file)
    name = PurePosixPath(file).name
    return (target[1] if target else name), name
