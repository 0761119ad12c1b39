"""Writes captures in the pcapng format (draft-ietf-opsawg-pcapng), with the TLS keys inside.

The file opens in Wireshark without further settings: a Decryption Secrets Block holds the key log.
"""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import BinaryIO

SECTION_HEADER, INTERFACE, ENHANCED_PACKET, SECRETS = 0x0A0D0D0A, 1, 6, 10
ETHERNET = 1
TLS_KEY_LOG = 0x544C534B
OPTION_END, OPTION_USER_APPLICATION, OPTION_NAME, OPTION_PACKET_FLAGS, OPTION_NANOSECONDS = 0, 4, 2, 2, 9
INBOUND, OUTBOUND = 1, 2


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _preamble(application: str, interface: str) -> bytes:
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _option(OPTION_USER_APPLICATION, application.encode())
    described = struct.pack("<HHI", ETHERNET, 0, 0) + _option(OPTION_NAME, interface.encode())
    end = struct.pack("<HH", OPTION_END, 0)
    resolution = _option(OPTION_NANOSECONDS, b"\x09")
    return _block(SECTION_HEADER, section + end) + _block(INTERFACE, described + resolution + end)


class Capture:
    """A capture of one Ethernet interface.

    Arguments:
        file: written as frames come, so that a run that is killed leaves what it saw.
        interface: its name, for the reader.
    """

    def __init__(self, file: Path, interface: str) -> None:
        self.file = file
        self._preamble = _preamble("tlsbench", interface)
        self._out: BinaryIO = file.open("wb", buffering=1 << 16)
        self._out.write(self._preamble)

    def add(self, frame: bytes, time_ns: int, outbound: bool) -> None:
        """Append an Ethernet frame (without FCS) seen at `time_ns` nanoseconds after 1970."""
        head = struct.pack("<IIIII", 0, time_ns >> 32, time_ns & 0xFFFF_FFFF, len(frame), len(frame))
        flags = struct.pack("<I", OUTBOUND if outbound else INBOUND)
        options = _option(OPTION_PACKET_FLAGS, flags) + struct.pack("<HH", OPTION_END, 0)
        self._out.write(_block(ENHANCED_PACKET, head + _padded(frame) + options))

    def flush(self) -> None:
        """Hand everything to the file."""
        self._out.flush()

    def close(self, key_log: bytes = b"") -> None:
        """Finish the file; with a key log (NSS format) put it in, ahead of the frames that it decrypts."""
        if self._out.closed:
            return
        self._out.close()
        if not key_log.strip():
            return
        # Readers that go through a file once, such as tshark, need the keys before the frames.
        finished = self.file.with_name(self.file.name + ".part")
        with self.file.open("rb") as frames, finished.open("wb") as out:
            frames.seek(len(self._preamble))
            out.write(self._preamble)
            out.write(_block(SECRETS, struct.pack("<II", TLS_KEY_LOG, len(key_log)) + _padded(key_log)))
            shutil.copyfileobj(frames, out)
        finished.replace(self.file)
