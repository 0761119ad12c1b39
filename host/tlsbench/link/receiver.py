"""What comes over the line: messages for the bench, console text, and evidence of what went wrong with them."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Protocol

from google.protobuf.message import DecodeError

from . import codec
from .answers import rejections
from .console import FAULT_BEGIN, Console, FaultReport
from .schema import PROTOCOL_VERSION, pb

KEPT_BAD_FRAMES = 8
OTHER_CHANNELS = (2,)
"""Channels of the line besides the agent's (firmware/line/frame.h): what comes on one is no other version of it."""


class Channel(Protocol):
    """Whoever has a channel of the line besides the agent. Called by the thread that reads: it must be quick."""

    def take(self, message: bytes) -> None:
        """A message came."""

    def damaged(self) -> None:
        """A frame was damaged, perhaps one of this channel."""


class Receiver:
    """Takes the bytes of the line. Not for several threads at once.

    Arguments:
        console_log: where the console text goes, each line with a host time; None writes none.
    """

    def __init__(self, console_log: Path | None) -> None:
        self._decoder = codec.FrameDecoder()
        self._console = Console(console_log)
        self._bad_frames: deque[codec.BadFrame] = deque(maxlen=KEPT_BAD_FRAMES)
        self._bytes = 0
        self.channels: dict[int, Channel | None] = dict.fromkeys(OTHER_CHANNELS)
        """Who gets the frames of the other channels, by their numbers; None: nobody yet, or nobody any more."""
        self._rejected = ""
        self._foreign = 0
        self._damaged = 0
        self.troubles = 0
        """Damaged frames until now, in both directions."""
        self.other_version: int | None = None
        """The protocol version of a frame that was not ours."""

    @property
    def text(self) -> str:
        """The last few thousand characters that the target printed."""
        return self._console.tail

    @property
    def lines(self) -> int:
        """How many lines the target printed until now."""
        return self._console.count

    def lines_since(self, count: int) -> list[str]:
        """The whole lines that the target printed after the first `count`."""
        return self._console.since(count)

    @property
    def fault(self) -> FaultReport | None:
        """The fault report, once the target has printed one."""
        return self._console.fault

    def feed(self, data: bytes) -> list[pb.Notice]:
        """Take bytes as they come.

        Returns:
            The messages that became complete, in order.
        """
        self._bytes += len(data)
        return self._take(self._decoder.feed(data))

    def break_off(self) -> None:
        """The line has been silent: take what began and was not ended as it is.

        A target that stops in the middle of a frame prints its fault report into it.
        """
        marker = FAULT_BEGIN.encode()
        partial = self._decoder.partial
        if marker in partial:
            self._decoder.give_up()
            begin = partial.index(marker)
            self._keep_damaged(codec.BadFrame(partial[:begin], "ends in the middle"))
            self._console.text(partial[begin:])
        if self._console.in_fault_report:
            self._console.end_fault_report()

    def reject(self, rejected: pb.Rejected) -> None:
        """The target could not take a frame."""
        self.troubles += 1
        counts = ", ".join(f"{name} {count}" for name, count in rejections(rejected.counts).items())
        self._rejected = f"the target did not take a frame: {rejected.reason} (since its boot: {counts})"
        self._console.note(self._rejected)

    def ignore_foreign(self) -> None:
        """Count a message of another run."""
        self._foreign += 1

    def note(self, text: str) -> None:
        """Put a remark of the bench between the lines of the console."""
        self._console.note(text)

    def forget_failures(self) -> None:
        """The target is started anew."""
        self._console.clear_fault()
        self._rejected = ""
        self.other_version = None

    def evidence(self) -> str:
        """All that can be told about the line: console text, damaged frames, rejections, bytes received."""
        parts = [self._console.tail.rstrip("\n")] if self._console.tail.strip() else []
        if self._damaged:
            parts.append(f"damaged frames from the target: {self._damaged}, the last ones:")
            parts += [f"  {frame}" for frame in self._bad_frames]
        if self._decoder.partial:
            parts.append(f"a frame that has not ended: {self._decoder.partial[:64].hex(' ')}")
        if self._rejected:
            parts.append(self._rejected)
        if self._foreign:
            parts.append(f"{self._foreign} frames belonged to another run and were ignored")
        parts.append(f"{self._bytes} bytes in all")
        return "\n".join(parts)

    def close(self) -> None:
        """Finish the console log."""
        self._console.close()

    def _take(self, events: list[codec.Event]) -> list[pb.Notice]:
        notices = []
        for event in events:
            if isinstance(event, codec.Text):
                self._console.text(event.data)
            elif isinstance(event, codec.BadFrame):
                self._keep_damaged(event)
            elif event.version in self.channels:
                if channel := self.channels[event.version]:
                    channel.take(event.message)
            elif event.version != PROTOCOL_VERSION:
                self.other_version = event.version
            else:
                notice = pb.Notice()
                try:
                    notice.ParseFromString(event.message)
                    notices.append(notice)
                except DecodeError:
                    self._keep_damaged(codec.BadFrame(event.message, "CRC is right, but no message of the schema"))
        return notices

    def _keep_damaged(self, frame: codec.BadFrame) -> None:
        self._bad_frames.append(frame)
        self._damaged += 1
        self.troubles += 1
        self._console.note(f"damaged frame, {frame}")
        for channel in filter(None, self.channels.values()):
            channel.damaged()
