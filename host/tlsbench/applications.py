"""The example applications of `firmware/apps/`, and the values that a run gives to their own keys."""

from __future__ import annotations

import json
import re
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
        values: by the names of its keys, without ``app.``. A key takes what its own value is: any text where that is a
            C string, a whole number where it is a number; what stands in a macro where it is something else. The key's
            ``accepted_values``, ``value_min`` and ``value_max`` hold, as in every configuration.

    Errors:
        ConfigError: no such application or key, a value that its key does not take, or the configuration cannot be
            read.
    """
    file = configuration(name)
    try:
        own: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")).get("config", {})
    except (OSError, ValueError) as error:
        raise ConfigError(str(error), file=file) from error
    for key in values:
        if key not in own:
            raise ConfigError(f"{name} has no such key; it has: {', '.join(own) or 'none'}", key=key)
    laid_over = {f"app.{key}": _macro(name, key, own[key], value) for key, value in values.items()}
    return json.dumps({"target_overrides": {"*": laid_over}}, indent=1) + "\n"


def _macro(name: str, key: str, entry: Any, value: str | int | bytes) -> str | int:
    described = entry if isinstance(entry, dict) else {"value": entry}
    own = described.get("value")
    try:
        given = value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError as error:
        raise ConfigError(f"its value for {name} is no text", key=key) from error
    if isinstance(own, int):
        return _number(name, key, described, given)
    if not (isinstance(own, str) and own.startswith('"')):
        return given
    text = str(given)
    for character in text:
        if not character.isprintable() and character not in ESCAPED:
            raise ConfigError(f"its value for {name} holds {character!a}, which a text cannot", key=key)
    # JSON escapes quotes, backslashes and these as C++ does; all else stays as it is, in UTF-8.
    return json.dumps(text, ensure_ascii=False)


def _number(name: str, key: str, described: dict[str, Any], given: str | int) -> int:
    """A value for a key that is a number."""
    accepted = described.get("accepted_values", [0, 1] if isinstance(described["value"], bool) else None)
    low, high = described.get("value_min"), described.get("value_max")
    if not isinstance(accepted, list | None) or not all(isinstance(x, int | float | None) for x in (low, high)):
        accepted = low = high = None  # the build says what is wrong with the file
    if isinstance(given, int) or re.fullmatch("-?[0-9]{1,20}", given):
        number = int(given)
        good = accepted is None or number in accepted
        if good and (low is None or number >= low) and (high is None or number <= high):
            return number
    wanted = "a whole number"
    if accepted is not None:
        wanted = f"one of {', '.join(map(json.dumps, accepted))}"
    elif low is not None and high is not None:
        wanted += f" from {low} to {high}"
    elif low is not None or high is not None:
        wanted += f" of {low} at least" if high is None else f" of {high} at most"
    raise ConfigError(f"{given!r} is nothing for {name}, which takes {wanted}", key=key)
