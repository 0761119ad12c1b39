"""Pattern data: bytes that tell from their value where in a stream they belong and by which seed they were made."""

from __future__ import annotations


def pattern(length: int, seed: int = 0, offset: int = 0) -> bytes:
    """Bytes ``offset`` to ``offset + length`` of the stream of a seed.

    The target makes and checks the same (``pattern_byte`` in firmware/agent/pattern.h).

    Arguments:
        length: bytes.
        seed: 0 to 255; streams of different seeds differ in every byte.
        offset: place of the first byte, counted from the start of the stream.
    """
    return bytes(((i * 167) ^ (i >> 8) ^ seed) & 0xFF for i in range(offset, offset + length))


def first_difference(data: bytes, seed: int = 0, offset: int = 0) -> int | None:
    """Index in ``data`` of the first byte that is not the pattern's, or None if all are right."""
    expected = pattern(len(data), seed, offset)
    return next((i for i, (got, right) in enumerate(zip(data, expected, strict=True)) if got != right), None)
