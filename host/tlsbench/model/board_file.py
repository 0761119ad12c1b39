"""Reads a `board.toml`, and tells of every mistake in it with file, line and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from tlsbench.model.board import BoardInfo, source_of
from tlsbench.model.errors import ConfigError, nearest
from tlsbench.model.source import Source

OF_HARDWARE = (("clock_hz",), ("memory",), ("peripherals",), ("serial", "baud"))
"""Keys that every board needs but one whose core is `native`: a process has none of that for its own."""
TOML_TYPES = {str: "a string", bool: "true or false", int: "a whole number", float: "a number", list: "an array"}


def parse_board(
    data: bytes, file: Path, find: Callable[[str], BoardInfo] | None = None, more: Sequence[Source] = ()
) -> BoardInfo:
    """The board that this `board.toml` describes.

    Arguments:
        data: what the file holds.
        file: its path, for messages.
        find: gives the board that this one is `like`; a LookupError says why it cannot.
        more: what is laid over it, the last on top.

    Errors:
        ConfigError: the file is no TOML, a key is unknown or missing, a value is of the wrong type or out of range;
            names file, line and key, and lists every further problem.
    """
    own = Source.read(data, file)
    base: tuple[Source, ...] = ()
    if find and isinstance(own.values.get("like"), str):
        try:
            base = find(own.values["like"])._sources
        except LookupError as error:
            raise ConfigError(error.args[0], file=file, line=own.line(("like",)), key="like") from None
    sources = (*(source.without("name", "tags") for source in base), own, *more)
    values: dict[str, Any] = {}
    for source in sources:
        values = source.over(values)
    complaints = list(_missing_of_hardware(values))
    try:
        info = BoardInfo.model_validate(values)
    except ValidationError as error:
        complaints += [dict(problem) for problem in error.errors(include_url=False)]
    if complaints:
        # What is missing says least: a key that is misspelt is, too, and all keys are where `like` is wrong.
        rank = {"extra_forbidden": 0, "missing": 2}
        complaints.sort(key=lambda complaint: rank.get(complaint["type"], 1))
        problems = [_problem(sources, own, complaint) for complaint in complaints]
        where, line, key, message = problems[0]
        others = "".join(f"\n{there}:{at or 1}: {name}: {what}" for there, at, name, what in problems[1:])
        raise ConfigError(message + others, file=where, line=line, key=key)
    info._sources, info._own = sources, own
    return info


def _missing_of_hardware(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Complaints, as pydantic makes them, about what only a process may leave out."""
    if values.get("core") == "native":
        return
    for path in OF_HARDWARE:
        table: Any = values
        for part in path[:-1]:
            table = table.get(part)
        if isinstance(table, dict) and path[-1] not in table:
            yield {"type": "missing", "loc": path, "input": table}


def _problem(
    sources: Sequence[Source], own: Source, problem: dict[str, Any]
) -> tuple[Path | str, int | None, str, str]:
    """File, line, dotted key and message of one complaint of pydantic's."""
    path = tuple(str(part) for part in problem["loc"])
    source, key = source_of(sources, own, path), ".".join(path)
    return source.file, source.line(tuple(key.split("."))), key, _complaint(path, problem)


def _complaint(path: tuple[str, ...], problem: dict[str, Any]) -> str:
    value = problem["input"]
    match problem["type"]:
        case "extra_forbidden":
            known = _keys_beside(path)
            return f"unknown key{nearest(path[-1], known)}; known here: {', '.join(known)}"
        case "missing":
            return "this key is missing"
        case "literal_error":
            known = re.findall(r"'([^']+)'", problem["ctx"]["expected"])
            return f"{value!r} is unknown{nearest(str(value), known)}; known: {', '.join(known)}"
        case "value_error":
            return f"{value!r} {problem['ctx']['error']}"
        case kind if kind.endswith("_type"):
            wanted = {"int_type": "a whole number", "string_type": "a string", "tuple_type": "an array of strings"}
            wanted["bool_type"] = "true or false"
            found = TOML_TYPES.get(type(value), "a table" if isinstance(value, dict) else type(value).__name__)
            return f"should be {wanted.get(kind, 'a table')}, not {found} ({value!r})"
    return f"{value!r}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


def _keys_beside(path: tuple[str, ...]) -> list[str]:
    """Keys that the table around `path` may have."""
    table: type[BaseModel] = BoardInfo
    for part in path[:-1]:
        field = table.model_fields.get(part)
        if field is not None:  # a name below [peripherals] is no field: its table is the one of the level above
            arguments = (field.annotation, *get_args(field.annotation))
            table = next(type_ for type_ in arguments if isinstance(type_, type) and issubclass(type_, BaseModel))
    return list(table.model_fields)
