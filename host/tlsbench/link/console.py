"""What the target prints: kept in a log with host times, and searched for a fault report."""

from __future__ import annotations

import codecs
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from ..model.errors import FaultError

FAULT_BEGIN = "++ tlsbench fault ++"
FAULT_END = "-- tlsbench fault --"
TAIL_CHARACTERS = 8000
LINE_CHARACTERS = 1000
"""Longest line; a line feed that never comes does not hold text back."""
KEPT_LINES = 20_000
"""How many of the last lines can be asked for."""


@dataclass(frozen=True)
class FaultReport:
    """The report that the firmware prints when it stops for good."""

    kind: str
    thread: str
    reason: str
    registers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_lines(cls, lines: list[str]) -> FaultReport:
        """From the lines between the markers, ``key: value`` each; several on one line are told apart too."""
        values: dict[str, str] = {}
        for line in lines:
            key, separator, value = line.partition(":")
            if not separator:
                continue
            if key.strip() not in ("kind", "thread", "reason"):
                # "lr: 0x1234   sp: 0x5678"
                words = line.replace(":", " ").split()
                values.update(zip(words[::2], words[1::2], strict=False))
            else:
                values[key.strip()] = value.strip()
        return cls(
            kind=values.pop("kind", "unknown fault"),
            thread=values.pop("thread", "?"),
            reason=values.pop("reason", "no reason given"),
            registers=values,
        )

    def error(self, *, command: str | None, received: str) -> FaultError:
        """As the error that every wait for this target ends with."""
        return FaultError(
            kind=self.kind,
            thread=self.thread,
            reason=self.reason,
            registers=dict(self.registers),
            command=command,
            received=received,
        )


class Console:
    """Lines of console text, as they come.

    Arguments:
        log: file to append to, each line with the seconds since the link was opened; None writes none.
    """

    def __init__(self, log: Path | None) -> None:
        self._started = time.monotonic()
        self._file: TextIO | None = None
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            self._file = log.open("a", encoding="utf-8", buffering=1)
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")  # a character may come in two reads
        self._line = ""
        self._tail = ""
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._fault_lines: list[str] | None = None
        self.fault: FaultReport | None = None
        self.count = 0
        """How many lines were printed until now."""

    @property
    def tail(self) -> str:
        """The last of what was printed, up to now."""
        return self._tail + self._line

    def since(self, count: int) -> list[str]:
        """The whole lines that were printed after the first `count`, as far as they are still kept."""
        kept = list(self._lines)
        return kept[max(0, len(kept) - (self.count - count)) :]

    @property
    def in_fault_report(self) -> bool:
        """A fault report has begun and not ended."""
        return self._fault_lines is not None

    def text(self, data: bytes) -> None:
        """Take text as it came over the line."""
        self._line += self._decoder.decode(data)
        *lines, self._line = self._line.split("\n")
        if len(self._line) > LINE_CHARACTERS:
            lines.append(self._line)
            self._line = ""
        for line in lines:
            self._complete(line.rstrip("\r"))

    def note(self, text: str) -> None:
        """Put a remark of the bench into log and tail, on a line of its own."""
        self.flush()
        self._keep(f"[{text}]")

    def flush(self) -> None:
        """Take what was printed last as a line, though it has no line feed yet."""
        line, self._line = self._line, ""
        if line:
            self._complete(line.rstrip("\r"))

    def end_fault_report(self) -> None:
        """Take a report that broke off as it is."""
        self.flush()
        if self._fault_lines is not None:
            self.fault = FaultReport.from_lines(self._fault_lines)
            self._fault_lines = None

    def clear_fault(self) -> None:
        """Forget a fault, when the target is started anew."""
        self.fault = None
        self._fault_lines = None

    def close(self) -> None:
        """Finish the log."""
        self._line += self._decoder.decode(b"", final=True)
        self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _complete(self, line: str) -> None:
        self.count += 1
        self._lines.append(line)
        self._keep(line)
        if line.endswith(FAULT_BEGIN):
            self._fault_lines = []
        elif self._fault_lines is not None:
            if line.startswith(FAULT_END):
                self.fault = FaultReport.from_lines(self._fault_lines)
                self._fault_lines = None
            else:
                self._fault_lines.append(line)

    def _keep(self, line: str) -> None:
        self._tail = (self._tail + line + "\n")[-TAIL_CHARACTERS:]
        if self._file is not None:
            self._file.write(f"[{time.monotonic() - self._started:10.4f}] {line}\n")
