"""A board.toml as the build reads it: with what it takes from the board that it is `like`."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

OURS = Path(__file__).resolve().parents[2] / "platforms"
"""The boards of this source tree, which a board that is kept elsewhere may be like."""


def refuse(message: str) -> NoReturn:
    """End with one clear line on stderr; CMake shows it as its own error."""
    print(message, file=sys.stderr)
    raise SystemExit(1)


def laid_over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The values of `base` with those of `own` in their place, table by table."""
    tables = {key for key in base.keys() & own.keys() if isinstance(base[key], dict) and isinstance(own[key], dict)}
    return {**base, **own, **{key: laid_over(base[key], own[key]) for key in tables}}


class BoardFile:
    """A board.toml and its place, so that every complaint can name file and key.

    Arguments:
        platforms: the folder of boards; one that another is like may also be among those of this source tree.
        board: the name of its folder.
        before: files that were read on the way here, each like the next.
    """

    def __init__(self, platforms: Path, board: str, before: tuple[Path, ...] = ()) -> None:
        self.path = platforms / board / "board.toml"
        if before and not self.path.is_file():
            self.path = OURS / board / "board.toml"
        if not self.path.is_file():
            known = ", ".join(sorted(p.parent.name for p in platforms.glob("*/board.toml"))) or "none"
            who = f"{before[-1]}: like = {board!r}" if before else f"BOARD={board}"
            refuse(f"{who}: {self.path} does not exist; known boards: {known}")
        if self.path in before:
            refuse(f"{before[-1]}: like = {board!r}: a board cannot be like itself")
        try:
            self.data: dict[str, Any] = tomllib.loads(self.path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            refuse(f"{self.path}: {error}")
        self.family: list[BoardFile] = [self]
        """The boards whose files were read: what one of them says holds unless a later one says otherwise."""
        self.own = self.data
        """What this file itself says."""
        if self.get("firmware", dict, {}).get("linker_script"):  # its place is beside the file that names it
            self.data["firmware"]["linker_script"] = str(self.path.parent / self.get("firmware.linker_script", str))
        if "like" in self.data:
            base = BoardFile(platforms, self.get("like", str), (*before, self.path))
            self.family = [*base.family, self]
            self.data = laid_over({key: value for key, value in base.data.items() if key != "name"}, self.data)

    def get(self, key: str, kind: type, default: Any = None) -> Any:
        """The value at a dotted key, which must be of `kind`, and be there unless there is a default."""
        value: Any = self.data
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            value = default
        if value is None:
            refuse(f"{self.path}: {key} is missing; it must be {kind.__name__}")
        if not isinstance(value, kind):
            refuse(f"{self.path}: {key} = {value!r}: it must be {kind.__name__}")
        return value

    def interrupts(self) -> Iterator[tuple[int, str]]:
        """Each interrupt number of the board and the handler's name: [peripherals.uart0] rx_irq -> uart0_rx_irq."""
        seen: dict[int, str] = {}
        for name, peripheral in self.get("peripherals", dict, {}).items():
            for key, value in peripheral.items():
                if key == "irq" or key.endswith("_irq"):
                    number, handler = self.get(f"peripherals.{name}.{key}", int), f"{name}_{key}"
                    if number in seen:
                        refuse(f"{self.path}: interrupt {value} belongs to both {seen[number]} and {handler}")
                    seen[number] = handler
        yield from sorted(seen.items())
