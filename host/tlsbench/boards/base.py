"""What the classes of boards share, so that each kind's file tells only what is its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from tlsbench.boards import ByteStream
from tlsbench.boards.child import Child
from tlsbench.measure.probe import Probe
from tlsbench.measure.wire import WireTap
from tlsbench.model.board import BoardInfo, NetworkPlan
from tlsbench.model.errors import BoardError

ImageT = TypeVar("ImageT")


class Power(Protocol):
    """What exists only while a board is on that is a program: one run of it."""

    @property
    def child(self) -> Child:
        """The program."""

    @property
    def stream(self) -> ByteStream:
        """Its serial line."""

    def why_ended(self) -> BoardError:
        """What to say of a program that ended by itself."""

    def off(self) -> None:
        """End it."""


PowerT = TypeVar("PowerT", bound=Power)


class BaseBoard(ABC, Generic[ImageT]):
    """A board of any kind, of which the bench sees only the line; see `boards.Board`.

    Arguments:
        info: the board.
    """

    def __init__(self, info: BoardInfo) -> None:
        self._info = info
        self._names: dict[str, str] = {}
        self._image: ImageT | None = None

    @property
    def info(self) -> BoardInfo:
        """What `board.toml` says."""
        return self._info

    @property
    def network(self) -> NetworkPlan | None:
        """Addresses on the board's network, as the target sees them; `host` is this machine."""
        return self._info.network

    @property
    def names(self) -> dict[str, str]:
        """Host names that the bench answers for."""
        return self._names

    @property
    def wire(self) -> WireTap | None:
        """None: the bench does not see the board's network."""
        return None

    @property
    def probe(self) -> Probe | None:
        """None: nobody counts its instructions."""
        return None

    @property
    def emulator(self) -> tuple[str, str] | None:
        """None: nothing is emulated."""
        return None

    @abstractmethod
    def flash(self, image: Path) -> None:
        """Choose the image that the board runs from the next `power_on` on."""

    @abstractmethod
    def power_off(self) -> None:
        """Switch off; does nothing if it is off."""

    def _chosen(self, image: Path | None) -> ImageT:
        """The image to switch on with: this one, flashed first, or the one that was flashed last."""
        if image is not None:
            self.flash(image)
        if self._image is None:
            raise BoardError(f"{self._info.name} has no image yet: flash one first")
        return self._image

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.power_off()


class ProgramBoard(BaseBoard[ImageT], Generic[ImageT, PowerT]):
    """A board that is a program on this machine while it is on: an emulator, or the firmware itself.

    Arguments:
        info: the board.
        why_not: why this machine cannot use it; empty if it can.

    Errors:
        BoardError: it cannot.
    """

    def __init__(self, info: BoardInfo, why_not: str) -> None:
        super().__init__(info)
        if why_not:
            raise BoardError(f"board {info.name} cannot be used here: {why_not}")
        self._power: PowerT | None = None

    @property
    def stream(self) -> ByteStream:
        """The serial line since the last `power_on`."""
        return self._on().stream

    def power_on(self, image: Path | None = None) -> None:
        """Start the program; the bench listens before it says anything."""
        chosen = self._chosen(image)
        self.power_off()
        self._power = self._start(chosen)

    def power_off(self) -> None:
        """End the program."""
        if self._power is not None:
            power, self._power = self._power, None
            power.off()

    def alive(self) -> None:
        """Return if the program runs; else raise what it left."""
        power = self._on()
        if power.child.ended:
            raise power.why_ended()

    @abstractmethod
    def _start(self, image: ImageT) -> PowerT:
        """Start the program with an image."""

    def _on(self) -> PowerT:
        if self._power is None:
            raise BoardError(f"{self._info.name} is switched off")
        return self._power
