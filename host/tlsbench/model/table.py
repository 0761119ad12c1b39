"""What every table of a board file is made of."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}


def _seconds(value: object) -> object:
    """Seconds from text such as `"5 s"` or `"200 ms"`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|min)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('should be a time with its unit, such as "5 s" or "200 ms"')
    return float(match[1]) * SECONDS[match[2]]


def _ipv4(value: object) -> object:
    try:
        return str(IPv4Address(value if isinstance(value, str) else ""))
    except ValueError:
        raise ValueError('should be an IPv4 address, such as "10.0.2.15"') from None


Seconds = Annotated[float, BeforeValidator(_seconds)]
Ipv4 = Annotated[str, BeforeValidator(_ipv4)]


class Table(BaseModel):
    """One table: a key that is not one of its fields is refused, and a value is of the type it should be."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
