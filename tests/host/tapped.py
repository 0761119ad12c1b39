"""Plays the emulator around a wire tap: the target on one side of it, the network on the other."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dpkt
from dpkt.tcp import TH_ACK

from tlsbench import boards
from tlsbench.measure.wire import WireTap

PLAN = boards.load("mps2-an385").network
assert PLAN is not None
TARGET, HOST, DNS = (socket.inet_aton(address) for address in (PLAN.address, PLAN.host, PLAN.dns))
TARGET_MAC, NETWORK_MAC = b"\x52\x54\x00\x12\x34\x56", b"\x52\x55\x0a\x00\x02\x02"


class Emulator:
    """The emulator's ends of the four streams."""

    def __init__(self, tap: WireTap) -> None:
        self.tap = tap
        pairs = [socket.socketpair() for _ in range(4)]
        tap.attach(*(pair[0] for pair in pairs))
        self.from_target, self.to_network, self.from_network, self.to_target = (pair[1] for pair in pairs)
        for end in (self.to_network, self.to_target):
            end.settimeout(5)

    def target_sends(self, *frames: bytes) -> None:
        self.from_target.sendall(b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames))

    def network_sends(self, *frames: bytes) -> None:
        self.from_network.sendall(b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames))

    def network_gets(self) -> bytes:
        return self._read(self.to_network)

    def target_gets(self) -> bytes:
        return self._read(self.to_target)

    def nothing_comes(self) -> bool:
        """Whether no frame is on its way, once the tap has seen everything sent before."""
        self.tap.start("everything sent so far has been taken")
        for end in (self.to_network, self.to_target):
            end.setblocking(False)
            try:
                end.recv(1)
                return False
            except BlockingIOError:
                end.settimeout(5)
        return True

    @staticmethod
    def _read(end: socket.socket) -> bytes:
        def exactly(count: int) -> bytes:
            data = b""
            while len(data) < count:
                data += end.recv(count - len(data))
            return data

        return exactly(int.from_bytes(exactly(4), "big"))

    def close(self) -> None:
        for end in (self.from_target, self.to_network, self.from_network, self.to_target):
            end.close()


@contextmanager
def tapped(folder: Path) -> Iterator[Emulator]:
    """An emulator around a tap that captures into `folder`."""
    assert PLAN is not None
    tap = WireTap(PLAN, folder / "capture.pcapng")
    emulator = Emulator(tap)
    try:
        yield emulator
    finally:
        tap.close()
        emulator.close()


def ethernet(outbound: bool, ip: dpkt.ip.IP) -> bytes:
    macs = (TARGET_MAC, NETWORK_MAC) if outbound else (NETWORK_MAC, TARGET_MAC)
    return bytes(dpkt.ethernet.Ethernet(src=macs[0], dst=macs[1], data=ip))


def udp(payload: bytes, port: int, destination: bytes = HOST) -> bytes:
    datagram = dpkt.udp.UDP(sport=50000, dport=port, data=payload, ulen=8 + len(payload))
    return ethernet(True, dpkt.ip.IP(src=TARGET, dst=destination, p=dpkt.ip.IP_PROTO_UDP, data=datagram))


def tcp(outbound: bool, seq: int, payload: bytes = b"", flags: int = TH_ACK, port: int = 443) -> bytes:
    ports = (50000, port) if outbound else (port, 50000)
    segment = dpkt.tcp.TCP(sport=ports[0], dport=ports[1], seq=seq & 0xFFFFFFFF, flags=flags, data=payload)
    addresses = (TARGET, HOST) if outbound else (HOST, TARGET)
    return ethernet(outbound, dpkt.ip.IP(src=addresses[0], dst=addresses[1], p=dpkt.ip.IP_PROTO_TCP, data=segment))
