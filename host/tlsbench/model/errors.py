"""What can go wrong, one exception type per cause.

Every error carries its evidence: the command that was run, the exit status it gave, and everything received until
then. ``str(error)`` is the whole story for a person; a front end prints it and never a traceback.

A new cause is one more class at the end of this file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

EVIDENCE_TAIL = 4000
"""Characters of evidence shown in a message; the attribute ``received`` keeps everything."""


def _indent(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())


def nearest(word: str, known: Iterable[str]) -> str:
    """For a message about an unknown word: `; did you mean 'x'?` if one of `known` looks like it, else nothing."""
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


class BenchError(Exception):
    """Base of every error that the bench raises on purpose.

    Arguments:
        message: what went wrong and what would be right, without a full stop at the end of its last line.
        command: the command or request that failed, as arguments or as text.
        status: its exit status, if it ended.
        received: everything received so far (console text, standard error, raw bytes).
    """

    def __init__(
        self,
        message: str,
        *,
        command: Sequence[str | Path] | str | None = None,
        status: int | None = None,
        received: str | bytes | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if command is None or isinstance(command, str):
            self.command = command
        else:
            self.command = " ".join(str(part) for part in command)
        self.status = status
        self.received = received

    def evidence(self) -> str:
        """Command, exit status and what was received, as text; empty when there is none."""
        parts = []
        if self.command is not None:
            parts.append(f"command: {self.command}")
        if self.status is not None:
            parts.append(f"exit status: {self.status}")
        if self.received is not None:
            received = self.received
            text = received.decode("utf-8", "backslashreplace") if isinstance(received, bytes) else received
            if len(text) > EVIDENCE_TAIL:
                text = f"[the last {EVIDENCE_TAIL} of {len(text)} characters]\n{text[-EVIDENCE_TAIL:]}"
            parts.append("received:\n" + _indent(text) if text.strip() else "received: nothing")
        return "\n".join(parts)

    def __str__(self) -> str:
        evidence = self.evidence()
        return f"{self.message}\n{evidence}" if evidence else self.message


# --- configuration and set-up -------------------------------------------------------------------------------------


class NotThere(BenchError):
    """The board, or the image that it runs, has not got what a test is about: the test is absent."""


class BoardTooSmall(NotThere):
    """The board has less of something than a test needs, which other boards have: the test is absent there."""


class ConfigError(BenchError):
    """A data file or an option says something that it may not say.

    Arguments:
        file: the file at fault, if it is one.
        line: its line, counted from 1.
        key: the key or option, dotted (``memory.flash.size``).
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        key: str | None = None,
        command: Sequence[str | Path] | str | None = None,
        received: str | bytes | None = None,
    ) -> None:
        where = "" if file is None else f"{file}:{line}: " if line is not None else f"{file}: "
        what = f"{key}: " if key is not None else ""
        super().__init__(f"{where}{what}{message}", command=command, received=received)
        self.file = file
        self.line = line
        self.key = key


class ToolMissingError(BenchError):
    """A program that the bench needs is not installed; the message says how to get it."""


class BuildError(BenchError):
    """The firmware or a part of the bench does not build; carries the compiler's output."""


class DoesNotFitError(BuildError):
    """An image needs more memory than the board has; says of which memory, how many bytes, and what takes them.

    Arguments:
        what: was done, in words.
        in_short: `does not fit` which board, and how many bytes of which memory are missing.
        details: what takes them, as text.
    """

    def __init__(
        self, what: str, in_short: str, details: str, *, command: Sequence[str | Path], status: int | None
    ) -> None:
        super().__init__(f"{what} failed: it {in_short}\n{details}", command=command, status=status)
        self.in_short = in_short


class CertificateError(BenchError):
    """A file that should hold a certificate or a key does not."""


# --- boards -------------------------------------------------------------------------------------------------------


class BoardError(BenchError):
    """A board cannot be used, or stopped being usable."""


class LaunchError(BoardError):
    """An emulator did not start, or ended by itself; carries exit status, command and output."""


class ImageError(BoardError):
    """A file is no image for this board: no ELF, another machine, outside its memory, or a symbol is missing."""


class PortMissingError(BoardError):
    """A board's serial port is not there; the message says which ports are."""


class FlashError(BoardError):
    """An image did not get onto a board, or another one runs there; carries the tool's command, status and output."""


class MeasurementError(BenchError):
    """Two ways to measure the same thing disagree, or a number is missing that must be there."""


class PortInUse(BenchError):
    """A network or serial port that is needed belongs to somebody else."""


class ProbeError(BenchError):
    """The emulator's probe gave no answer, or one that cannot be right."""


class WireError(BenchError):
    """The tap on the board's network broke: frames were neither passed on nor counted."""


class PeerError(BenchError):
    """A peer (a server that the bench runs for the target) failed."""


# --- the link to the target ---------------------------------------------------------------------------------------


class LinkError(BenchError):
    """Base of what can go wrong between the bench and the agent on the target."""


class LinkClosedError(LinkError):
    """The byte stream to the target ended."""


class SyncTimeout(LinkError):
    """The target never said that it is ready; carries the bytes that did arrive."""


class ProtocolVersionError(LinkError):
    """The firmware on the target speaks another protocol version.

    Arguments:
        theirs: version spoken by the target.
        ours: version spoken by this bench.
    """

    def __init__(self, theirs: int, ours: int, *, received: str | bytes | None = None) -> None:
        super().__init__(
            f"the target speaks version {theirs} of the agent protocol, this bench speaks version {ours}: "
            "build and flash the firmware of this same source tree",
            received=received,
        )
        self.theirs = theirs
        self.ours = ours


class FrameError(LinkError):
    """A frame was corrupt, truncated or too long, on one of the two sides of the link."""


class CallTimeout(LinkError):
    """The agent did not answer a request before its deadline."""


class AgentError(LinkError):
    """The agent refused a request: unknown socket, busy worker, a range out of bounds, ..."""


class RestartError(LinkError):
    """The target started again in the middle of a run."""


class FaultError(LinkError):
    """The firmware stopped with a fault report.

    Arguments:
        kind: ``HardFault``, ``assert``, ``stack overflow``, ...
        thread: name of the thread that ran.
        reason: what the report says about the cause.
        registers: the report's other lines, such as ``{"pc": "0x00001234"}``.
    """

    def __init__(
        self,
        *,
        kind: str,
        thread: str,
        reason: str,
        registers: dict[str, str],
        command: str | None = None,
        received: str | bytes | None = None,
    ) -> None:
        where = f" (pc {registers['pc']}, lr {registers.get('lr', '?')})" if "pc" in registers else ""
        super().__init__(
            f"the firmware stopped: {kind} in thread {thread}: {reason}{where}", command=command, received=received
        )
        self.kind = kind
        self.thread = thread
        self.reason = reason
        self.registers = registers


class CallFailed(BenchError):
    """A call of the socket API on the target gave another result than it should; carries what the peer saw."""


class ReportError(BenchError):
    """A report could not be made of a record."""
