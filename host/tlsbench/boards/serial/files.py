"""An image as the files that flash tools read: plain bytes, Intel HEX, UF2."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from tlsbench.measure.image import Image, Segment

ERASED = b"\xff"
HEX_BYTES = 16
UF2_BYTES = 256
"""Bytes of the image in a block; what every boot loader takes."""
UF2_FAMILY_IS_GIVEN = 0x2000
_UF2 = struct.Struct("<8I476sI")
_UF2_BEGIN, _UF2_SECOND, _UF2_END = 0x0A324655, 0x9E5D5157, 0x0AB16F30


def binary(image: Image) -> Segment:
    """The image as one piece; gaps are as erased flash."""
    segments = sorted(image.segments, key=lambda segment: segment.address)
    start = segments[0].address
    data = b""
    for segment in segments:
        data += ERASED * (segment.address - start - len(data)) + segment.data
    return Segment(start, data)


def intel_hex(image: Image) -> bytes:
    """The image in Intel's hexadecimal object format (revision A, 1988): records 00, 01 and 04."""
    whole = binary(image)
    lines = []
    upper = -1
    for at in range(0, len(whole.data), HEX_BYTES):
        address = whole.address + at
        if address >> 16 != upper:
            upper = address >> 16
            lines.append(_record(0, 4, upper.to_bytes(2, "big")))
        # A record must not cross a border of 64 KiB; the image starts at a multiple of its length.
        lines.append(_record(address & 0xFFFF, 0, whole.data[at : at + HEX_BYTES]))
    return "".join([*lines, _record(0, 1, b"")]).encode()


def _record(offset: int, kind: int, data: bytes) -> str:
    body = bytes([len(data)]) + offset.to_bytes(2, "big") + bytes([kind]) + data
    return f":{body.hex().upper()}{-sum(body) & 0xFF:02X}\n"


def uf2(image: Image, family: int) -> bytes:
    """The image in Microsoft's UF2 format: blocks of 512 bytes, each with its address.

    Arguments:
        image: the image.
        family: number of the chip's family, from the list of the UF2 project.
    """
    whole = binary(image)
    pieces = [whole.data[at : at + UF2_BYTES] for at in range(0, len(whole.data), UF2_BYTES)]

    def blocks() -> Iterator[bytes]:
        for number, piece in enumerate(pieces):
            yield _UF2.pack(
                _UF2_BEGIN,
                _UF2_SECOND,
                UF2_FAMILY_IS_GIVEN,
                whole.address + number * UF2_BYTES,
                UF2_BYTES,
                number,
                len(pieces),
                family,
                piece.ljust(UF2_BYTES, ERASED),
                _UF2_END,
            )

    return b"".join(blocks())


def write(image: Image, kind: str, folder: Path, family: int = 0) -> Path:
    """The image as a file of a kind (`elf`, `bin`, `hex`, `uf2`) in a folder; the ELF file stays where it is."""
    if kind == "elf":
        return image.path.absolute()
    file = folder / f"{image.path.stem}.{kind}"
    match kind:
        case "bin":
            file.write_bytes(binary(image).data)
        case "hex":
            file.write_bytes(intel_hex(image))
        case "uf2":
            file.write_bytes(uf2(image, family))
    return file
