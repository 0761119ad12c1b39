"""What a datagram of DTLS 1.2 shows to everybody: its records (RFC 6347, section 4.1)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from tlsbench.peers.records import CONTENT_TYPES

_HEADER = struct.Struct(">BHHHHHH")  # type, version, epoch, 48 bits of sequence number, length
_HELLO_VERIFY_REQUEST = 3
_VERSIONS = {0xFEFF: "DTLSv1", 0xFEFD: "DTLSv1.2"}


class DtlsRecord(NamedTuple):
    """One record."""

    kind: str
    """Its content type: ``handshake``, ``application_data``, ..."""
    version: str
    """The protocol that its header names: ``DTLSv1.2``."""
    epoch: int
    """0 in the clear, more once it is encrypted."""
    data: bytes
    """All of it, header included."""

    @property
    def asks_for_cookie(self) -> bool:
        """Whether it is a HelloVerifyRequest (section 4.2.1)."""
        return self.kind == "handshake" and self.epoch == 0 and self.data[_HEADER.size] == _HELLO_VERIFY_REQUEST


def dtls_records(data: bytes) -> list[DtlsRecord]:
    """The records in a datagram; what is no record at its end is left out."""
    records = []
    while len(data) > _HEADER.size:
        kind, version, epoch, _, _, _, length = _HEADER.unpack_from(data)
        end = _HEADER.size + length
        if not length or len(data) < end:
            break
        name = CONTENT_TYPES.get(kind, "unknown")
        records.append(DtlsRecord(name, _VERSIONS.get(version, f"0x{version:04x}"), epoch, data[:end]))
        data = data[end:]
    return records
