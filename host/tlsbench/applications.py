"""The example applications of `firmware/apps/`, and the values that a run gives to their own keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tlsbench.model.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "firmware" / "apps"
CONFIGURATION = "mbed_app.json"
ESCAPED = "\n\r\t"
"""What a text may hold besides what can be printed."""


def names() -> tuple[str, ...]:
    """Every application: a folder with a configuration."""
    return tuple(sorted(file.parent.name for file in FOLDER.glob(f"*/{CONFIGURATION}")))


def configuration(name: str) -> Path:
    """The configuration of an application.

    Errors:
        ConfigError: there is no such application.
    """
    if name not in names():
        raise ConfigError(f"unknown application {name!r}; there are: {', '.join(names())}", key="application")
    return FOLDER / name / CONFIGURATION


def overrides(name: str, values: Mapping[str, str | int | bytes]) -> str:
    """What the build lays over an application's configuration: the text of its APP_OVERRIDES.

    Arguments:
        name: the application.
        values: by the names of its keys, without ``app.``. A key whose own value is a C string takes any text; others
            take what stands in a macro: a number, usually.

    Errors:
        ConfigError: no such application or key, a value is no text, or the configuration cannot be read.
    """
    file = configuration(name)
    try:
        own: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")).get("config", {})
    except (OSError, ValueError) as error:
        raise ConfigError(str(error), file=file) from error
    for key in values:
        if key not in own:
            raise ConfigError(f"{name} has no such key; it has: {', '.join(own) or 'none'}", key=key)
    laid_over = {f"app.{key}": _macro(key, own[key], value) for key, value in values.items()}
    return json.dumps({"target_overrides": {"*": laid_over}}, indent=1) + "\n"


def _macro(key: str, entry: Any, value: str | int | bytes) -> str | int:
    own = entry.get("value") if isinstance(entry, dict) else entry
    try:
        given = value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError as error:
        raise ConfigError("its value is no text", key=key) from error
    if not (isinstance(own, str) and own.startswith('"')):
        return given
    text = str(given)
    for character in text:
        if not character.isprintable() and character not in ESCAPED:
            raise ConfigError(f"its value holds {character!a}, which a text cannot", key=key)
    # JSON escapes quotes, backslashes and these as C++ does; all else stays as it is, in UTF-8.
    return json.dumps(text, ensure_ascii=False)
