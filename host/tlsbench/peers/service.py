"""What runs from a start to a stop."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Service(ABC):
    """Runs from `start` to `stop`, or inside a ``with``."""

    @abstractmethod
    def start(self) -> Self:
        """Begins."""

    @abstractmethod
    def stop(self) -> None:
        """Ends. May be called twice."""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
