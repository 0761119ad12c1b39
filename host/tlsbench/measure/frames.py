"""What the wire tap needs to know of Ethernet, IPv4, TCP and UDP, read from raw frames with as little work as can be.

Sources: RFC 791 (IPv4), RFC 768 (UDP), RFC 9293 (TCP).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import NamedTuple

ARP, IPV4 = 0x0806, 0x0800
TCP, UDP = 6, 17
SYN = 0x02


class Packet(NamedTuple):
    """An IPv4 packet inside an Ethernet frame. Addresses are 4 bytes each; `start` is where its payload begins."""

    protocol: int
    source: bytes
    destination: bytes
    start: int
    end: int


class Segment(NamedTuple):
    """A TCP segment. `size` is its payload in bytes."""

    source: int
    destination: int
    sequence: int
    flags: int
    size: int


def ethertype(frame: bytes) -> int:
    """The type field of an Ethernet frame; 0 if it is too short to have one."""
    return int.from_bytes(frame[12:14], "big")


def packet_of(frame: bytes) -> Packet | None:
    """The IPv4 packet in a frame; None if there is none, or it is cut short."""
    if len(frame) < 34 or ethertype(frame) != IPV4:
        return None
    start = 14 + (frame[14] & 0x0F) * 4
    end = 14 + int.from_bytes(frame[16:18], "big")
    if not start <= end <= len(frame):
        return None
    return Packet(frame[23], frame[26:30], frame[30:34], start, end)


def segment_of(frame: bytes, packet: Packet) -> Segment | None:
    """The TCP segment in a packet; None if it holds something else."""
    if packet.protocol != TCP or packet.end - packet.start < 20:
        return None
    source, destination, sequence, _, offset, flags = struct.unpack_from(">HHIIBB", frame, packet.start)
    return Segment(source, destination, sequence, flags, max(0, packet.end - packet.start - (offset >> 4) * 4))


def ports_of_datagram(frame: bytes, packet: Packet) -> tuple[int, int, int] | None:
    """Source port, destination port and payload size of a UDP datagram, its first fragment if it was cut.

    None if the packet holds something else.
    """
    if packet.protocol != UDP or packet.end - packet.start < 8 or int.from_bytes(frame[20:22], "big") & 0x1FFF:
        return None
    source, destination, length = struct.unpack_from(">HHH", frame, packet.start)
    return source, destination, max(0, length - 8)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@dataclass(frozen=True, slots=True)
class Datagram:
    """A UDP datagram with the addresses around it."""

    source_mac: bytes
    destination_mac: bytes
    source: bytes
    destination: bytes
    source_port: int
    destination_port: int
    payload: bytes

    @classmethod
    def read(cls, frame: bytes, packet: Packet) -> Datagram | None:
        """The datagram in a packet; None if it holds something else or only a fragment."""
        if packet.protocol != UDP or packet.end - packet.start < 8 or int.from_bytes(frame[20:22], "big") & 0x3FFF:
            return None
        source_port, destination_port, length = struct.unpack_from(">HHH", frame, packet.start)
        payload = frame[packet.start + 8 : min(packet.end, packet.start + length)]
        return cls(frame[6:12], frame[0:6], packet.source, packet.destination, source_port, destination_port, payload)

    def answer(self, payload: bytes) -> bytes:
        """The Ethernet frame that carries `payload` back to where this datagram came from."""
        length = 8 + len(payload)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + length, 0, 0x4000, 64, UDP, 0) + self.destination + self.source
        ip = ip[:10] + checksum(ip).to_bytes(2, "big") + ip[12:]
        udp = struct.pack(">HHHH", self.destination_port, self.source_port, length, 0)
        pseudo = self.destination + self.source + struct.pack(">BBH", 0, UDP, length)
        udp = udp[:6] + (checksum(pseudo + udp + payload) or 0xFFFF).to_bytes(2, "big")
        return self.source_mac + self.destination_mac + IPV4.to_bytes(2, "big") + ip + udp + payload


def dotted(address: bytes) -> str:
    """An IPv4 address as people write it."""
    return str(IPv4Address(address))
