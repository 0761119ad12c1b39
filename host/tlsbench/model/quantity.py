"""Sizes and counts as people write them: `16 KiB`, `3.5 KiB`, `150 M`, `1.5 ms`."""

from __future__ import annotations

import re

_SCALES = {
    "bytes": {"": 1, "b": 1, "byte": 1, "bytes": 1, "kb": 1000, "mb": 1000**2, "kib": 1024, "mib": 1024**2},
    "count": {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3},
    "us": {"us": 1, "µs": 1, "ms": 1000, "s": 1000**2},
}
_EXAMPLES = {
    "bytes": "`16 KiB`, `3.5 KiB`, `900 B`",
    "count": "`150 M`, `12 k`, `40`",
    "us": "`250 us`, `1.5 ms`, `2 s`",
}
_NUMBER = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?)\s*([A-Za-zµ]*)")


def parse(text: str | int | float, unit: str) -> int:
    """The number that `text` means, in `unit`.

    Arguments:
        text: a number with an optional scale: KiB and MiB are 1024 and 1024^2 bytes, kB and MB 1000 and 1000^2;
            counts take k, M and G; times need us, ms or s.
        unit: `bytes`, `us`, or anything else, which is a count.

    Raises:
        ValueError: it cannot be read, is negative, or is no whole number of the unit.
    """
    kind = unit if unit in _SCALES else "count"
    match = _NUMBER.fullmatch(str(text).strip())
    scale = _SCALES[kind].get(match[2].lower()) if match else None
    if match is None or scale is None:
        raise ValueError(f"{text!r} cannot be read as {unit}; write for example {_EXAMPLES[kind]}")
    return round(float(match[1].replace("_", "")) * scale)


def show(value: int | float | None, unit: str) -> str:
    """The number as a person reads it, with its unit: `10.9 KiB`, `149.2 M`, `431 ms`. None is `absent`."""
    if value is None:
        return "absent"
    if unit == "bytes":
        if value < 1024:
            return f"{value:.0f} B"
        return f"{value / 1024:.1f} KiB" if value < 1024**2 else f"{value / 1024**2:.2f} MiB"
    if unit == "us":
        if value < 1000:
            return f"{value:.0f} us"
        return f"{value / 1000:.1f} ms" if value < 1000**2 else f"{value / 1000**2:.2f} s"
    if value < 10_000:
        return f"{value:.0f}"
    return f"{value / 1000:.1f} k" if value < 1000**2 else f"{value / 1000**2:.1f} M"
