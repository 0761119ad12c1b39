"""What may happen to datagrams on their way between the target and a peer.

It happens at the peer's socket, so it is the same for every kind of board.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Literal, NamedTuple, get_args

from tlsbench.model.errors import ConfigError

Way = Literal["to target", "from target"]
Damage = Literal["lose", "duplicate", "swap", "corrupt"]

_FLIPPED_BITS = 0x55


class Datagram(NamedTuple):
    """A datagram on its way."""

    client: tuple[str, int]
    """Whose it is: where it comes from or goes to."""
    data: bytes


class Impairment:
    """What happens to some of the datagrams that go one way, from now on.

    Args:
        way: ``to target`` or ``from target``.
        damage: ``lose``; ``duplicate``; ``swap`` (with the next one that comes); ``corrupt`` (bits of the last byte
            change).
        numbers: which datagrams, counted from 1; none means all. Of two that are swapped, the first one's counts.
        beginning: bytes that a datagram begins with that is counted; others go by.

    Attributes:
        count: datagrams that came so far.
        touched: how many of them something happened to.
        first: payload of the first one that something happened to, as it was before; None: there was none yet.

    Raises:
        ConfigError: no such way or damage, or a number below 1.
    """

    def __init__(self, way: Way, damage: Damage, numbers: Collection[int] = (), beginning: bytes = b"") -> None:
        for key, value, known in (("way", way, get_args(Way)), ("damage", damage, get_args(Damage))):
            if value not in known:
                raise ConfigError(f"{key} of datagrams cannot be {value!r}; choose one of: {', '.join(known)}", key=key)
        if any(number < 1 for number in numbers):
            raise ConfigError("datagrams are counted from 1", key="numbers")
        self.count = 0
        self.touched = 0
        self.first: bytes | None = None
        self.way = way
        self._damage = damage
        self._numbers = frozenset(numbers)
        self._beginning = beginning
        self._held: list[Datagram] = []
        self._lock = Lock()

    def __call__(self, datagram: Datagram) -> list[Datagram]:
        """A datagram comes; gives what goes on."""
        with self._lock:
            if not datagram.data.startswith(self._beginning):
                return [datagram]
            self.count += 1
            held, self._held = self._held, []
            # The one before is waiting to be swapped with this one, whatever is to happen to this one.
            if held or (self._numbers and self.count not in self._numbers):
                return [datagram, *held]
            self.touched += 1
            if self.first is None:
                self.first = datagram.data
            if self._damage == "swap":
                self._held = [datagram]
            return self._damaged(datagram)

    def _damaged(self, datagram: Datagram) -> list[Datagram]:
        if self._damage == "duplicate":
            return [datagram, datagram]
        if self._damage == "corrupt":
            flipped = bytes([datagram.data[-1] ^ _FLIPPED_BITS]) if datagram.data else b""
            return [datagram._replace(data=datagram.data[:-1] + flipped)]
        return []


class Path:
    """The way between a peer and its clients, both directions. Any thread may use it."""

    def __init__(self) -> None:
        self._impairments: tuple[Impairment, ...] = ()

    @contextmanager
    def impaired(self, impairment: Impairment) -> Iterator[Impairment]:
        """Has something happen to datagrams inside a ``with``. Several impairments work one after the other."""
        self._impairments += (impairment,)
        try:
            yield impairment
        finally:
            self._impairments = tuple(other for other in self._impairments if other is not impairment)

    def through(self, way: Way, datagram: Datagram) -> list[Datagram]:
        """What comes out at the other end when a datagram goes in."""
        out = [datagram]
        for impairment in self._impairments:
            if impairment.way == way:
                out = [passed for each in out for passed in impairment(each)]
        return out
