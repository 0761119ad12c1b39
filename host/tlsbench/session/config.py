"""What one run is asked to do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from tlsbench.firmware import MBEDTLS, PROFILES, configurations
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import ConfigError

NETWORKS = ("static", "dhcp")
CHOICES = ("board", "profile", "mbedtls", "network", "seed")
"""What a suite may ask for, by arguments of its import or by variables of these names."""


@dataclass(frozen=True, slots=True)
class Config:
    """The choices of one run.

    Arguments:
        board: a folder of `platforms/`.
        profile: the build profile of the firmware, `default` or `small`; empty: the one that the board's file names.
        mbedtls: the generation of Mbed TLS, `3.6` or `2.28`.
        configuration: the ordinary image's, a file of `firmware/agent/configurations/`; empty: the one that the board's
            file names, or else the defaults.
        network: how the target gets its address, `static` or `dhcp`.
        seed: what the target's entropy grows from; the same seed repeats a run. None: a fresh one, recorded.
        image: a firmware image that was built elsewhere, for this board; None: build it from these sources.
        out: where run folders go.
        port: serial port of a physical board, in the place of what its files say.
    """

    board: str = "mps2-an385"
    profile: str = ""
    mbedtls: str = "3.6"
    configuration: str = ""
    network: str = "static"
    seed: int | None = None
    image: Path | None = None
    out: Path = Path("out")
    port: str = ""

    def __post_init__(self) -> None:
        for key, value, allowed in (
            ("profile", self.profile, ("", *PROFILES)),
            ("mbedtls", self.mbedtls, MBEDTLS),
            ("configuration", self.configuration, ("", *configurations())),
            ("network", self.network, NETWORKS),
        ):
            if value not in allowed:
                raise ConfigError(f"{value!r} is unknown; known: {', '.join(filter(None, allowed))}", key=key)
        if self.seed is not None and not 0 <= self.seed < 1 << 64:
            raise ConfigError(f"{self.seed} is out of range; it is a number from 0 to 2^64-1", key="seed")

    def for_board(self, info: BoardInfo) -> Self:
        """This configuration with what the board's file says of what was left open."""
        profile = self.profile or info.profiles[0]
        return replace(self, profile=profile, configuration=self.configuration or info.configuration)

    def updated(self, values: Mapping[str, Any]) -> Self:
        """This configuration with every value of `values` that is neither None nor empty."""
        known = {field.name for field in fields(self)}
        chosen = {key: value for key, value in values.items() if key in known and value not in (None, "")}
        if "seed" in chosen:
            try:
                chosen["seed"] = int(chosen["seed"])
            except ValueError:
                raise ConfigError(f"{chosen['seed']!r} is no whole number", key="seed") from None
        for key in ("image", "out"):
            if key in chosen:
                chosen[key] = Path(chosen[key])
        return replace(self, **chosen)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The defaults, with what `TLSBENCH_BOARD`, `TLSBENCH_PROFILE`, `TLSBENCH_SEED`, ... say."""
        config = cls()
        for field in fields(cls):
            variable = f"TLSBENCH_{field.name.upper()}"
            try:
                config = config.updated({field.name: environment.get(variable)})
            except ConfigError as error:
                raise ConfigError(error.message.removeprefix(f"{error.key}: "), key=variable) from error
        return config
