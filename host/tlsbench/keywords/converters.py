"""Types of keyword arguments that Robot does not know by itself."""

from __future__ import annotations

from typing import Any

from tlsbench.model.nsapi import Nsapi, parse_nsapi, parse_result
from tlsbench.model.quantity import parse


class Size(int):
    """A size in bytes with an optional unit: ``16 KiB``, ``3.5 KiB``, ``900 B``, ``2 MiB``; ``kB`` is 1000 bytes."""


class Count(int):
    """A count with an optional scale: ``150 M``, ``12 k``, ``40``."""


class Outcome(int):
    """The result that a call must have: ``NSAPI_ERROR_AUTH_FAILURE``, ``AUTH_FAILURE``, or ``MBEDTLS_ERR_...``."""


CONVERTERS: dict[type, Any] = {
    Size: lambda text: Size(parse(text, "bytes")),
    Count: lambda text: Count(parse(text, "count")),
    Outcome: lambda text: Outcome(parse_result(text)),
    Nsapi: lambda text: parse_nsapi(str(text)),
}
"""Functions without annotations: Robot Framework works those out anew, for all converters, whenever a keyword runs."""
