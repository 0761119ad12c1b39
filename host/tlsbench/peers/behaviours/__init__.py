"""What peers do with a connection. One behaviour is one file here and one line below."""

import dataclasses

from pydantic import ValidationError

from tlsbench.model.errors import ConfigError
from tlsbench.peers.behaviours.base import Behaviour, BehaviourFailed, Moment
from tlsbench.peers.behaviours.close import Close
from tlsbench.peers.behaviours.drip import Drip
from tlsbench.peers.behaviours.echo import Echo
from tlsbench.peers.behaviours.flood import Flood
from tlsbench.peers.behaviours.half_open import HalfOpen
from tlsbench.peers.behaviours.http import Http
from tlsbench.peers.behaviours.prompted import Prompted
from tlsbench.peers.behaviours.reset import Reset
from tlsbench.peers.behaviours.silent import Silent, SilentAfterHandshake
from tlsbench.peers.behaviours.sink import Sink
from tlsbench.peers.behaviours.slow import Slow
from tlsbench.peers.behaviours.source import Source
from tlsbench.peers.behaviours.starttls import StartTls

__all__ = [
    "BEHAVIOURS",
    "Behaviour",
    "BehaviourFailed",
    "Close",
    "Drip",
    "Echo",
    "Flood",
    "HalfOpen",
    "Http",
    "Moment",
    "Prompted",
    "Reset",
    "Silent",
    "SilentAfterHandshake",
    "Sink",
    "Slow",
    "Source",
    "StartTls",
    "make_behaviour",
    "options_of",
]

BEHAVIOURS: dict[str, type[Behaviour]] = {
    kind.name: kind
    for kind in (
        Close,
        Drip,
        Echo,
        Flood,
        HalfOpen,
        Http,
        Prompted,
        Reset,
        Silent,
        SilentAfterHandshake,
        Sink,
        Slow,
        Source,
        StartTls,
    )
}
"""Every behaviour by its name."""


def options_of(name: str) -> list[str]:
    """The options of a behaviour.

    Args:
        name: one of `BEHAVIOURS`.
    """
    return [field.name for field in dataclasses.fields(BEHAVIOURS[name]) if field.init]  # type: ignore[arg-type]


def make_behaviour(name: str, **options: object) -> Behaviour:
    """A behaviour by its name.

    Args:
        name: one of `BEHAVIOURS`; case, spaces and underscores do not matter.
        options: its options; text is converted to what each option needs (``16 KiB``, ``50 ms``, ``true``).

    Raises:
        ConfigError: no such behaviour, no such option, or a value that it cannot take; the message lists what exists.
    """
    known = name.strip().casefold().replace(" ", "-").replace("_", "-")
    if known not in BEHAVIOURS:
        raise ConfigError(f"no peer behaves like {name!r}; choose one of: {', '.join(BEHAVIOURS)}", key="behaviour")
    try:
        return BEHAVIOURS[known](**options)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0])
        if option in options_of(known):
            message = f"{first['input']!r} will not do: {first['msg'].removeprefix('Value error, ')}"
        else:
            message = f"{known} has no such option; it has: {', '.join(options_of(known)) or 'none'}"
        raise ConfigError(message, key=f"{known}.{option}") from error
