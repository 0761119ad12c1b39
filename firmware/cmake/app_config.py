"""Merge an application's mbed_app.json with the board's values and the libraries' mbed_lib.json, as Mbed OS does.

Usage: app_config.py libraries|application ROOT BOARD PLATFORMS OUTPUT APP_CONFIG OVERRIDES

`libraries` writes mbed_config.h (a macro MBED_CONF_<LIBRARY>_<KEY> per key of every mbed_lib.json below ROOT) and
mbed_config.cmake (variables of the same names). `application` writes mbed_app_config.h, the macros MBED_CONF_APP_<KEY>
of the application's own "config" section. What a board needs otherwise than the libraries say stands in the table
[config] of its PLATFORMS/BOARD/board.toml; the application has the last word. APP_CONFIG is the mbed_app.json;
OVERRIDES is a second file, which may set keys of the application and nothing else. Either may be empty. A file is
rewritten only when its text changes, so that only what depends on a changed key is compiled again.

A value is a number, true, false, null (the macro is not defined; TOML has no null) or a string. A string is the macro's
text as it stands: a C string needs quotes of its own, "\\"text\\"".
"""

import difflib
import json
import math
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from board_file import OURS, BoardFile, refuse

Value = int | float | bool | str | None

APP = "app"
KEY_FIELDS = ("help", "value", "macro_name", "accepted_values", "value_min", "value_max")
KEY_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
MACRO_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def nearest(word: str, known: Iterable[str]) -> str:
    """What was meant, if that can be guessed; else all that there is."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, 1)
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(names) or 'none'}"


def load(file: Path, known: tuple[str, ...]) -> dict[str, Any]:
    """A JSON file that holds one object with no other keys than `known`."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    except (ValueError, RecursionError) as error:  # no JSON, or no UTF-8; far too deep
        refuse(f"{file}: {error}")
    check_object(file, "the file", data, known)
    assert isinstance(data, dict)
    return data


def check_object(file: Path, what: str, data: Any, known: tuple[str, ...]) -> None:
    """Refuse what is no object, or has a key that is not known."""
    if not isinstance(data, dict):
        refuse(f"{file}: {what} must be an object, {{...}}")
    for key in data:
        if known and key not in known:
            refuse(f"{file}: {what}: {key} is unknown; {nearest(key, known)}")


def is_number(data: Any) -> bool:
    """A number that can be written down: JSON's 1e999 and NaN are none."""
    return type(data) is int or (isinstance(data, float) and math.isfinite(data))


def check_fields(file: Path, full: str, entry: dict[str, Any]) -> None:
    """Refuse a key's description that has a field of another type; the value itself is for Key.set()."""
    check_object(file, full, entry, KEY_FIELDS)
    for name, data in entry.items():
        if name == "help":
            good, must = isinstance(data, str), "a string"
        elif name == "macro_name":
            good, must = isinstance(data, str) and MACRO_NAME.fullmatch(data) is not None, "an identifier of C"
        elif name == "accepted_values":
            plain = isinstance(data, list) and not any(isinstance(value, list | dict) for value in data)
            good, must = plain and data != [], "a list of numbers, true, false, null or strings"
        else:
            good, must = name == "value" or is_number(data), "a number"
        if not good:
            refuse(f"{file}: {full}: {name} = {json.dumps(data)}: it must be {must}")


@dataclass
class Key:
    """One key, its present value, and what values it takes."""

    name: str
    macro: str
    value: Value
    limits: dict[str, Any] = field(default_factory=dict)
    optional: bool = False
    """Whether the library itself says null: it then decides by something else, and its limits are those of a number."""

    def set(self, value: Any, file: Path) -> None:
        """Give it a value that `file` says."""
        where = f"{file}: {self.name} = {json.dumps(value, default=str)}"
        if not isinstance(value, int | float | str | None):
            refuse(f"{where}: it must be a number, true, false, null or a string")
        if isinstance(value, float) and not math.isfinite(value):
            refuse(f"{where}: it must be a number that a compiler can read")
        if isinstance(value, str) and (not value.isprintable() or value.endswith("\\")):
            refuse(f"{where}: a macro is one line of printable characters, and no backslash ends it")
        accepted = self.limits.get("accepted_values")
        if accepted is not None and value not in accepted:
            refuse(f"{where}: it must be one of {', '.join(map(json.dumps, accepted))}")
        low, high = self.limits.get("value_min"), self.limits.get("value_max")
        if value is None and self.optional:
            low = high = None
        if low is not None or high is not None:
            if isinstance(value, str) or value is None:
                refuse(f"{where}: it must be a number")
            if (low is not None and value < low) or (high is not None and value > high):
                some = f"at most {high}" if low is None else f"at least {low}"
                refuse(f"{where}: it must be {some if low is None or high is None else f'from {low} to {high}'}")
        self.value = value

    @property
    def text(self) -> str:
        """The macro's text."""
        return str(int(self.value)) if isinstance(self.value, bool) else str(self.value)


class Settings:
    """All keys by their names, `library.key`."""

    def __init__(self, family: Iterable[str], boards: Iterable[str]) -> None:
        self.keys: dict[str, Key] = {}
        self.labels = ("*", *family)
        self.known_labels = {*self.labels, *boards}

    def add(self, file: Path, library: str, section: Any) -> None:
        """The keys that a "config" section makes."""
        check_object(file, "config", section, ())
        for name, what in section.items():
            full = f"{library}.{name}"
            if not KEY_NAME.fullmatch(name):
                refuse(f"{file}: {full}: a key is made of letters, digits, - and _")
            entry = what if isinstance(what, dict) else {"value": what}
            check_fields(file, full, entry)
            macro = entry.get("macro_name", "MBED_CONF_" + f"{library}_{name}".replace("-", "_").upper())
            limits = {limit: entry[limit] for limit in KEY_FIELDS[3:] if limit in entry}
            key = Key(full, macro, None, limits, optional=entry.get("value") is None)
            key.set(entry.get("value"), file)
            if full in self.keys:
                refuse(f"{file}: {full}: another file has this key too")
            for other in self.keys.values():
                if other.macro == macro:
                    refuse(f"{file}: {full}: {other.name} has the macro {macro} too")
            self.keys[full] = key

    def override(self, file: Path, sections: Any, *, only: str = "") -> None:
        """The values that a "target_overrides" section gives: for all boards ("*"), for what it is like, for it."""
        check_object(file, "target_overrides", sections, tuple(self.known_labels))
        for label in self.labels:
            values = sections.get(label, {})
            check_object(file, f"target_overrides of {label}", values, ())
            for name, value in values.items():
                self.set(name, value, file, only)

    def board(self, board: BoardFile) -> None:
        """The values that a board needs: the table [config] of its board.toml."""
        table = board.own.get("config", {})
        if not isinstance(table, dict):
            refuse(f"{board.path}: config must be a table, [config]")
        for name, value in table.items():
            if isinstance(value, dict):
                refuse(f'{board.path}: config.{name}: a key with its library is one name, in quotes: "{name}.some-key"')
            self.set(name, value, board.path)

    def set(self, name: str, value: Any, file: Path, only: str = "") -> None:
        """Give a key, of the library `only` if that is given, the value that `file` says."""
        full = name if "." in name else f"{APP}.{name}"
        if full not in self.keys:
            refuse(f"{file}: {name} is unknown; {nearest(full, self.keys)}")
        if only and not full.startswith(f"{only}."):
            refuse(f"{file}: {name}: this file may set the keys of {only} only")
        self.keys[full].set(value, file)

    def of(self, *, app: bool) -> list[Key]:
        """The application's own keys, or those of the libraries."""
        return [key for name, key in sorted(self.keys.items()) if name.startswith(f"{APP}.") is app]


def read(root: Path, board: str, platforms: Path, app: Path | None, overrides: Path | None) -> Settings:
    """Everything, merged: the libraries' values, the application's, and what is laid over those."""
    family = BoardFile(platforms, board).family
    boards = (file.parent.name for place in (platforms, OURS) for file in place.glob("*/board.toml"))
    settings = Settings([relative.path.parent.name for relative in family], boards)
    for file in sorted(root.rglob("mbed_lib.json")):
        data = load(file, ("name", "config"))
        name = data.get("name")
        if not isinstance(name, str) or not KEY_NAME.fullmatch(name) or name == APP:
            refuse(f"{file}: name = {json.dumps(name)}: it must be the library's name")
        settings.add(file, name, data.get("config", {}))
    for relative in family:
        settings.board(relative)
    if app is not None:
        data = load(app, ("config", "target_overrides"))
        settings.add(app, APP, data.get("config", {}))
        settings.override(app, data.get("target_overrides", {}))
    if overrides is not None:
        settings.override(overrides, load(overrides, ("target_overrides",)).get("target_overrides", {}), only=APP)
    return settings


def header(keys: Iterable[Key]) -> str:
    """A macro per key that has a value."""
    lines = [f"#define {key.macro} {key.text}" for key in keys if key.value is not None]
    return "\n".join(["#pragma once", *lines]) + "\n"


def variables(keys: Iterable[Key]) -> str:
    """A CMake variable per key that has a value."""
    return "".join(f"set({key.macro} [==[{key.text}]==])\n" for key in keys if key.value is not None)


def write(file: Path, text: str) -> None:
    """Write a file if that changes it: whole, or not at all."""
    data = text.encode()
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        if file.is_file() and file.read_bytes() == data:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        refuse(f"{file}: {error.strerror}")


def main() -> None:
    """Write the files of one half."""
    if len(sys.argv) != 8 or sys.argv[1] not in ("libraries", "application"):
        refuse("usage: app_config.py libraries|application ROOT BOARD PLATFORMS OUTPUT APP_CONFIG OVERRIDES")
    half, root, board, platforms, output, app, overrides = sys.argv[1:]
    files = (Path(app) if app else None, Path(overrides) if overrides else None)
    settings = read(Path(root), board, Path(platforms), *files)
    if half == "application":
        write(Path(output) / "mbed_app_config.h", header(settings.of(app=True)))
    else:
        write(Path(output) / "mbed_config.h", header(settings.of(app=False)))
        write(Path(output) / "mbed_config.cmake", variables(settings.of(app=False)))


if __name__ == "__main__":
    main()
