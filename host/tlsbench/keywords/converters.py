"""Types of keyword arguments that Robot does not know by itself."""

from __future__ import annotations

from typing import Any, Self

from tlsbench.model.nsapi import Nsapi, parse_nsapi, parse_result
from tlsbench.model.quantity import parse


class Size(int):
    """A size in bytes with an optional unit: ``16 KiB``, ``3.5 KiB``, ``900 B``, ``2 MiB``; ``kB`` is 1000 bytes."""

    @classmethod
    def parse(cls, text: str | int) -> Self:
        """Size as written: ``16 KiB``, ``900``."""
        return cls(parse(text, "bytes"))


class Count(int):
    """A count with an optional scale: ``150 M``, ``12 k``, ``40``."""

    @classmethod
    def parse(cls, text: str | int) -> Self:
        """Count as written: ``150 M``, ``40``."""
        return cls(parse(text, "count"))


class Outcome(int):
    """The result that a call must have: ``NSAPI_ERROR_AUTH_FAILURE``, ``AUTH_FAILURE``, or ``MBEDTLS_ERR_...``."""

    @classmethod
    def parse(cls, text: str | int) -> Self:
        """Result by its name: ``NSAPI_ERROR_AUTH_FAILURE``."""
        return cls(parse_result(text))


CONVERTERS: dict[type, Any] = {Size: Size.parse, Count: Count.parse, Outcome: Outcome.parse, Nsapi: parse_nsapi}
