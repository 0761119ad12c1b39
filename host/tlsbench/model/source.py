"""Where a value of a board comes from: a file, and the line in it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from tlsbench.model.errors import ConfigError


@dataclass(frozen=True)
class Source:
    """Values of one board, and the text that they were read from.

    Arguments:
        file: the file, or the name of the option or variable that a value was given by.
        values: what it says of the board.
        text: what the file holds; empty for an option.
        table: the table of the file that is about this board; empty where all of it is.
    """

    file: Path | str
    values: dict[str, Any]
    text: str = ""
    table: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: bytes, file: Path) -> Self:
        """A TOML file.

        Errors:
            ConfigError: it is none.
        """
        try:
            text = data.decode()
            return cls(file, tomllib.loads(text), text)
        except UnicodeDecodeError as error:
            raise ConfigError(f"byte {error.start} is not UTF-8", file=file) from None
        except tomllib.TOMLDecodeError as error:
            where = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error))
            at = int(where[2]) if where and where[2] else text.count("\n") + 1
            raise ConfigError(f"this is no TOML: {where[1] if where else error}", file=file, line=at) from None

    def says(self, path: tuple[str, ...]) -> bool:
        """Whether there is a value or a table at `path`."""
        found: Any = self.values
        for part in path:
            if not isinstance(found, dict) or part not in found:
                return False
            found = found[part]
        return True

    def line(self, path: tuple[str, ...]) -> int | None:
        """The line that sets the key at `path`, or else of the innermost table around it."""
        return line_of(self.text, self.table + path)

    def without(self, *keys: str) -> Self:
        """The same without some keys."""
        return replace(self, values={name: value for name, value in self.values.items() if name not in keys})

    def over(self, values: dict[str, Any]) -> dict[str, Any]:
        """`values` with these laid over them, table by table."""
        return _laid_over(values, self.values)


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        known = result.get(key)
        result[key] = _laid_over(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return result


def content(file: Path) -> bytes:
    """What a file holds.

    Errors:
        ConfigError: it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"this file cannot be read ({error.strerror})", file=file) from None


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """The line, counted from 1, that sets the key at `path`, or else of the innermost table around it.

    The standard TOML reader keeps no positions. A file with one key per line is all this needs to understand.
    """
    depth = 0
    best: int | None = None
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]#]+?)\s*\]", line)
        setting = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        if header:
            table = found = _dotted(header[1])
        elif setting:
            found = table + _dotted(setting[1])
        else:
            continue
        if found == path[: len(found)] and len(found) > depth:
            depth, best = len(found), number
    return best


def _dotted(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in key.split("."))
