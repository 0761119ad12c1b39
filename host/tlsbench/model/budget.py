"""What may be spent: the limits of each build profile, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tlsbench.model.errors import ConfigError
from tlsbench.model.metric import QUANTITIES, Phase
from tlsbench.model.quantity import parse

IMAGE = "image"
"""The table for what belongs to the whole image instead of one phase (static RAM, flash)."""


_VARIANTS = ("mbedtls-", "configuration-")
"""How tables begin that hold for some images of a profile only."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that one quantity may be.

    Arguments:
        at_most: in the unit of the quantity.
        phase: None for the whole image.
        thread: for `stack_peak`.
    """

    name: str
    at_most: int
    phase: Phase | None = None
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """The allowances of one profile."""

    profile: str
    file: Path
    allowances: tuple[Allowance, ...]

    @classmethod
    def load(cls, file: Path, profile: str, mbedtls: str = "", configuration: str = "") -> Self:
        """Read the budget of one profile from a file of budgets.

        The file has one table per profile and phase, `[small.handshake]`, or `[small.image]`; its keys are the
        names of quantities and its values limits with units. `stack_peak` is a table by thread. What one
        generation of Mbed TLS is allowed instead is said in `[small."mbedtls-2.28".handshake]`, what one configuration
        of the image is in `[small."configuration-dtls".handshake]`; of two such limits the later one holds.

        Arguments:
            file: TOML.
            profile: the build profile.
            mbedtls: the generation, such as `2.28`; empty: what holds for all.
            configuration: of the image, such as `dtls`; empty: the ordinary one.

        Raises:
            ConfigError: no such file or profile, or a phase, quantity or limit that cannot be.
        """
        try:
            tables = tomllib.loads(file.read_text("utf-8"))
        except OSError as error:
            raise ConfigError(f"no budget can be read ({error.strerror})", file=file) from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"not valid TOML: {error}", file=file) from error
        if profile not in tables:
            raise ConfigError(
                f"no budget for this profile; there is one for: {', '.join(tables)}", file=file, key=profile
            )
        variants = {key: value for key, value in tables[profile].items() if key.startswith(_VARIANTS)}
        common = {key: value for key, value in tables[profile].items() if key not in variants}
        allowances = {_key(allowance): allowance for allowance in _allowances(common, file, profile)}
        for variant, sections in variants.items():
            own = _allowances(sections, file, f'{profile}."{variant}"')
            if variant in (f"mbedtls-{mbedtls}", f"configuration-{configuration}"):
                allowances.update((_key(allowance), allowance) for allowance in own)
        return cls(profile, file, tuple(allowances.values()))

    def find(self, name: str, phase: Phase | None, thread: str | None = None) -> Allowance:
        """The allowance for this quantity.

        Raises:
            ConfigError: the budget says nothing about it.
        """
        for allowance in self.allowances:
            if _key(allowance) == (name, phase, thread):
                return allowance
        key = ".".join(part for part in (self.profile, phase or IMAGE, name, thread) if part)
        raise ConfigError("the budget says nothing about this", file=self.file, key=key)


def _key(allowance: Allowance) -> tuple[str, Phase | None, str | None]:
    return allowance.name, allowance.phase, allowance.thread


def _allowances(sections: Mapping[str, Any], file: Path, where: str) -> list[Allowance]:
    """The limits of one table of phases; `where` is its key in the file."""
    allowances: list[Allowance] = []
    for section, limits in sections.items():
        if section != IMAGE and section not in list(Phase):
            known = ", ".join([IMAGE, *Phase])
            raise ConfigError(f"neither a phase nor {IMAGE!r}; known: {known}", file=file, key=f"{where}.{section}")
        phase = None if section == IMAGE else Phase(section)
        for name, limit in limits.items():
            by_thread = limit.items() if isinstance(limit, dict) else [(None, limit)]
            for thread, text in by_thread:
                key = ".".join(part for part in (where, section, name, thread) if part)
                if name not in QUANTITIES:
                    raise ConfigError(f"no such quantity; known: {', '.join(QUANTITIES)}", file=file, key=key)
                try:
                    at_most = parse(text, QUANTITIES[name].unit)
                except ValueError as error:
                    raise ConfigError(str(error), file=file, key=key) from error
                allowances.append(Allowance(name, at_most, phase, thread))
    return allowances
