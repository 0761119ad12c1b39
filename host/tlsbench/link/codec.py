"""Frames on the serial line, and the console text between them.

A frame is ``00 COBS(version, message, CRC-32 little endian) 00``. Text never contains a zero byte, so a zero opens a
frame and the next one closes it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from cobs import cobs

CRC_BYTES = 4
MAX_PAYLOAD = 4096
"""Bytes of version, message and CRC that a frame may have here; more than any target sends."""
MAX_ENCODED = MAX_PAYLOAD + MAX_PAYLOAD // 254 + 1


@dataclass(frozen=True)
class Text:
    """Console text, as it came."""

    data: bytes


@dataclass(frozen=True)
class Frame:
    """A frame whose CRC is right. A version other than ours may carry anything."""

    version: int
    message: bytes


@dataclass(frozen=True)
class BadFrame:
    """What stood between two zero bytes and is no frame.

    Arguments:
        data: the bytes as they came, without the zeros.
        reason: what is wrong with them.
    """

    data: bytes
    reason: str

    def __str__(self) -> str:
        shown = self.data[:64]
        more = f" ... [{len(self.data)} bytes]" if len(self.data) > len(shown) else ""
        return f"{self.reason}: {shown.hex(' ')}{more}"


Event = Text | Frame | BadFrame


def encode(version: int, message: bytes) -> bytes:
    """The bytes on the line for a message, both zeros included."""
    body = bytes([version]) + message
    crc = zlib.crc32(body).to_bytes(CRC_BYTES, "little")
    return b"\0" + bytes(cobs.encode(body + crc)) + b"\0"


def decode(encoded: bytes) -> Frame | BadFrame:
    """What stands between two zero bytes, as a frame if it is one."""
    try:
        payload = cobs.decode(encoded)
    except cobs.DecodeError as error:
        return BadFrame(encoded, f"not COBS ({error})")
    if len(payload) < 1 + CRC_BYTES:
        return BadFrame(encoded, "shorter than a version and a CRC")
    body, crc = payload[:-CRC_BYTES], int.from_bytes(payload[-CRC_BYTES:], "little")
    if zlib.crc32(body) != crc:
        return BadFrame(encoded, f"CRC is {crc:08x}, should be {zlib.crc32(body):08x}")
    return Frame(body[0], body[1:])


class FrameDecoder:
    """Takes the bytes of the line in any pieces and tells what they say. Memory is bounded.

    A zero byte always starts a frame, also the one that ended a damaged frame, because it may be the opening zero of
    the next. What follows is taken back as text as soon as it cannot be a frame: the second byte of a frame is the
    protocol version, which is no character. So one damaged byte never hides the console text behind it.
    """

    def __init__(self) -> None:
        self._frame: bytearray | None = None  # None: in console text

    @property
    def partial(self) -> bytes:
        """Bytes of a frame that has begun and not ended."""
        return bytes(self._frame or b"")

    def feed(self, data: bytes) -> list[Event]:
        """Decode more bytes.

        Returns:
            What became known by them, in order. Text is given as soon as it comes, a frame when it is complete.
        """
        events: list[Event] = []
        for number, piece in enumerate(data.split(b"\0")):
            if number > 0:
                self._zero(events)
            if piece:
                self._bytes(piece, events)
        return events

    def give_up(self) -> list[Event]:
        """Stop waiting for the end of a frame that has begun: its bytes are evidence, and text follows."""
        pending, self._frame = self.partial, None
        return [BadFrame(pending, "ends in the middle")] if pending else []

    def _bytes(self, piece: bytes, events: list[Event]) -> None:
        if self._frame is None:
            events.append(Text(piece))
            return
        self._frame += piece
        if _is_text(self._frame[1:2]):
            events.append(Text(self.partial))
        elif len(self._frame) > MAX_ENCODED:
            events.append(BadFrame(self.partial, f"longer than {MAX_ENCODED} bytes"))
        else:
            return
        self._frame = None

    def _zero(self, events: list[Event]) -> None:
        pending, self._frame = self._frame, bytearray()
        if not pending:
            return
        if _is_text(pending):  # one character
            events.append(Text(bytes(pending)))
            return
        result = decode(bytes(pending))
        events.append(result)
        if isinstance(result, Frame):
            self._frame = None


def _is_text(data: bytes | bytearray) -> bool:
    return bool(data) and all(byte >= 0x20 or byte in b"\t\n\r\x1b" for byte in data)
