"""The wire tap between a target and a network that this test plays itself."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import dpkt
import pytest
from dnslib import QTYPE, RCODE, DNSRecord
from dpkt.tcp import TH_ACK, TH_FIN, TH_SYN

from tlsbench import boards
from tlsbench.measure.wire import Direction, Forward, Frame, WireCounts, WireTap

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


@pytest.fixture
def tap(tmp_path: Path) -> Iterator[WireTap]:
    assert PLAN is not None
    tap = WireTap(PLAN, tmp_path / "capture.pcapng")
    yield tap
    tap.close()


@pytest.fixture
def emulator(tap: WireTap) -> Iterator[Emulator]:
    emulator = Emulator(tap)
    yield emulator
    tap.detach()
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


# --- forwarding ---


def test_frames_pass_both_ways_unchanged_and_in_order(emulator: Emulator) -> None:
    sent = [tcp(True, 1, bytes([n]) * n * 10) for n in range(1, 100)]
    emulator.target_sends(*sent)
    assert [emulator.network_gets() for _ in sent] == sent
    back = [tcp(False, 1, bytes([n]) * n * 10) for n in range(1, 100)]
    emulator.network_sends(*back)
    assert [emulator.target_gets() for _ in back] == back


def test_a_frame_may_come_in_pieces(emulator: Emulator) -> None:
    frame = tcp(True, 1, b"payload")
    for byte in len(frame).to_bytes(4, "big") + frame:
        emulator.from_target.sendall(bytes([byte]))
    assert emulator.network_gets() == frame


def test_a_side_that_does_not_read_stops_nobody_and_loses_nothing(emulator: Emulator, tap: WireTap) -> None:
    frames = [tcp(False, n, b"x" * 1400) for n in range(2000)]  # 2.9 MB: far more than a socket holds
    emulator.network_sends(*frames)
    emulator.target_sends(tcp(True, 1, b"still there"))
    assert emulator.network_gets() == tcp(True, 1, b"still there")
    assert [emulator.target_gets() for _ in frames] == frames


def test_an_emulator_that_goes_away_is_let_go(tap: WireTap) -> None:
    for _ in range(3):
        emulator = Emulator(tap)
        emulator.target_sends(tcp(True, 1, b"last words"))
        tap.start("w")
        emulator.close()
        tap.detach()
    assert tap.counts("w").frames_tx == 0  # the last words came before the window
    tap.detach()


# --- the target's world ends at this machine ---


@pytest.mark.parametrize("destination", ["8.8.8.8", "10.0.2.4", "10.0.2.3", "192.168.1.1", "127.0.0.1", "224.0.0.22"])
def test_only_this_machine_can_be_reached(emulator: Emulator, tap: WireTap, destination: str) -> None:
    emulator.target_sends(udp(b"hello", 4433, socket.inet_aton(destination)))
    assert emulator.nothing_comes()
    assert tap.refused == {destination: 1}


def test_ipv6_and_unknown_protocols_go_nowhere(emulator: Emulator, tap: WireTap) -> None:
    emulator.target_sends(NETWORK_MAC + TARGET_MAC + b"\x86\xdd" + bytes(60), b"\x00" * 5, b"")
    assert emulator.nothing_comes()
    assert tap.refused == {"ethertype 0x86dd": 1, "ethertype 0x0000": 2}


def test_dhcp_arp_and_this_machine_are_let_through(emulator: Emulator) -> None:
    arp = b"\xff" * 6 + TARGET_MAC + b"\x08\x06" + bytes(28)
    for frame in (arp, udp(b"discover", 67, b"\xff" * 4), udp(b"hello", 4433)):
        emulator.target_sends(frame)
        assert emulator.network_gets() == frame


# --- names ---


def ask(emulator: Emulator, name: str, kind: str = "A") -> DNSRecord:
    """The tap's answer to a query, with every field around it checked."""
    query = DNSRecord.question(name, kind)
    emulator.target_sends(udp(query.pack(), 53, DNS))
    raw = emulator.target_gets()
    frame = dpkt.ethernet.Ethernet(raw)
    assert (frame.src, frame.dst) == (NETWORK_MAC, TARGET_MAC)
    ip = frame.data
    assert (ip.src, ip.dst, ip.data.sport, ip.data.dport) == (DNS, TARGET, 53, 50000)
    pseudo_header = raw[26:34] + b"\x00\x11" + raw[38:40]
    assert (dpkt.in_cksum(raw[14:34]), dpkt.in_cksum(pseudo_header + raw[34:])) == (0, 0)
    reply = DNSRecord.parse(ip.data.data)
    assert reply.header.id == query.header.id
    return reply


def test_the_benchs_own_names_are_answered(emulator: Emulator, tap: WireTap) -> None:
    tap.names["server.tlsbench.test"] = "10.0.2.2"
    for name in ("server.tlsbench.test", "SERVER.tlsbench.Test."):
        reply = ask(emulator, name)
        assert [str(record.rdata) for record in reply.rr] == ["10.0.2.2"]
    assert emulator.nothing_comes(), "no query leaves this machine"


def test_any_other_name_does_not_exist(emulator: Emulator) -> None:
    reply = ask(emulator, "example.com")
    assert (reply.header.rcode, reply.rr) == (RCODE.NXDOMAIN, [])
    assert emulator.nothing_comes()


def test_a_name_without_an_address_of_that_kind_has_no_data(emulator: Emulator, tap: WireTap) -> None:
    tap.names["server.tlsbench.test"] = "10.0.2.2"
    reply = ask(emulator, "server.tlsbench.test", "AAAA")
    assert (reply.header.rcode, reply.rr, reply.q.qtype) == (RCODE.NOERROR, [], QTYPE.AAAA)


@pytest.mark.parametrize("payload", [b"", b"\x00" * 5, b"\xff" * 40, bytes(12)])
def test_a_query_that_is_none_gets_no_answer(emulator: Emulator, payload: bytes) -> None:
    emulator.target_sends(udp(payload, 53, DNS))
    assert emulator.nothing_comes()


# --- counting ---


def test_a_window_counts_what_both_sides_sent_within_it(emulator: Emulator, tap: WireTap) -> None:
    first, second, third = tcp(True, 1, b"before"), tcp(True, 7, b"hello"), tcp(False, 1, b"hi!")
    emulator.target_sends(first)
    tap.start("w")
    emulator.target_sends(second)
    assert emulator.network_gets() == first
    emulator.network_sends(third)
    assert emulator.target_gets() == third
    assert tap.stop("w") == WireCounts(
        bytes_tx=len(second), bytes_rx=len(third), frames_tx=1, frames_rx=1, payload_tx=5, payload_rx=3, flights=2
    )
    with pytest.raises(KeyError):
        tap.stop("w")


def test_what_the_target_sent_before_is_in_the_window_at_once(emulator: Emulator, tap: WireTap) -> None:
    tap.start("w")
    for count in range(1, 50):
        emulator.target_sends(udp(b"x", 4433))
        assert tap.counts("w").frames_tx == count


def test_windows_are_apart(emulator: Emulator, tap: WireTap) -> None:
    tap.start("whole")
    with tap.window("half"):
        emulator.target_sends(tcp(True, 1, b"a"))
        assert tap.counts("half").packets == 1
    emulator.target_sends(tcp(True, 2, b"b"))
    assert tap.counts("whole").packets == 2
    tap.start("whole")
    assert tap.counts("whole").packets == 0


def exchange(emulator: Emulator, tap: WireTap, *segments: tuple[bool, int, bytes, int]) -> WireCounts:
    """The counts of a window in which these segments passed: outbound, sequence number, payload, flags."""
    tap.start("x")
    for outbound, seq, payload, flags in segments:
        frame = tcp(outbound, seq, payload, flags)
        if outbound:
            emulator.target_sends(frame)
            assert emulator.network_gets() == frame
        else:
            emulator.network_sends(frame)
            assert emulator.target_gets() == frame
    return tap.stop("x")


def test_flights_are_runs_of_payload_in_one_direction(emulator: Emulator, tap: WireTap) -> None:
    counts = exchange(
        emulator,
        tap,
        (True, 0, b"", TH_SYN),
        (False, 0, b"", TH_SYN | TH_ACK),
        (True, 1, b"", TH_ACK),
        (True, 1, b"client hello", TH_ACK),
        (False, 1, b"", TH_ACK),
        (False, 1, b"server ", TH_ACK),
        (True, 13, b"", TH_ACK),
        (False, 8, b"hello", TH_ACK),
        (True, 13, b"finished", TH_ACK),
        (False, 13, b"finished", TH_ACK),
        (True, 21, b"", TH_ACK | TH_FIN),
    )
    assert (counts.flights, counts.retransmissions) == (4, 0)
    assert (counts.payload_tx, counts.payload_rx) == (20, 20)
    assert (counts.frames_tx, counts.frames_rx) == (6, 5)


def test_a_retransmission_is_no_flight_and_no_payload(emulator: Emulator, tap: WireTap) -> None:
    counts = exchange(
        emulator,
        tap,
        (True, 1, b"hello", TH_ACK),
        (False, 1, b"answer", TH_ACK),
        (True, 1, b"hello", TH_ACK),
        (False, 1, b"answer", TH_ACK),
        (True, 4, b"lo, more", TH_ACK),  # half of it is new
    )
    assert (counts.flights, counts.retransmissions) == (3, 2)
    assert (counts.payload_tx, counts.payload_rx) == (5 + 6, 6)
    assert counts.frames_tx == 3


def test_sequence_numbers_go_round(emulator: Emulator, tap: WireTap) -> None:
    near_the_end = (1 << 32) - 3
    counts = exchange(
        emulator,
        tap,
        (True, near_the_end, b"", TH_SYN),
        (True, near_the_end + 1, b"abcdef", TH_ACK),
        (True, 4, b"ghi", TH_ACK),
        (True, near_the_end + 1, b"abcdef", TH_ACK),
    )
    assert (counts.payload_tx, counts.retransmissions, counts.flights) == (9, 1, 1)


def test_a_port_that_is_used_again_starts_anew(emulator: Emulator, tap: WireTap) -> None:
    for _ in range(2):
        counts = exchange(emulator, tap, (True, 5000, b"", TH_SYN), (True, 5001, b"data", TH_ACK))
        assert (counts.payload_tx, counts.retransmissions) == (4, 0)


def test_connections_do_not_mix(emulator: Emulator, tap: WireTap) -> None:
    tap.start("w")
    for port in (1001, 1002):
        emulator.target_sends(tcp(True, 1, b"hello", port=port))
    assert tap.stop("w").flights == 2


# --- a place for impairment ---


def test_a_filter_can_drop_repeat_and_hold_frames(emulator: Emulator, tap: WireTap) -> None:
    seen: list[Direction] = []

    def impair(frame: Frame, forward: Forward) -> None:
        seen.append(frame.direction)
        payload = dpkt.ethernet.Ethernet(frame.data).data.data.data
        if payload == b"twice":
            forward(frame)
            forward(frame)
        elif payload == b"later":
            Timer(0.05, forward, (frame,)).start()

    tap.filters.append(impair)
    tap.start("w")
    lost, twice, later = (udp(payload, 4433) for payload in (b"lost", b"twice", b"later"))
    emulator.target_sends(lost, later, twice)
    assert [emulator.network_gets() for _ in range(3)] == [twice, twice, later]
    back = tcp(False, 1, b"lost")
    emulator.network_sends(back)
    assert emulator.nothing_comes()
    # The target sent three frames whatever became of them, and got none.
    counts = tap.stop("w")
    assert (counts.frames_tx, counts.frames_rx) == (3, 0)
    assert seen == [Direction.TX] * 3 + [Direction.RX]


# --- the capture ---


def test_the_capture_holds_every_frame_with_time_and_direction(
    emulator: Emulator, tap: WireTap, tmp_path: Path
) -> None:
    out, back = tcp(True, 1, b"out"), tcp(False, 1, b"back, odd length")
    began = time.time()
    emulator.target_sends(out)
    assert emulator.network_gets() == out
    emulator.network_sends(back)
    assert emulator.target_gets() == back
    tap.close()
    with (tmp_path / "capture.pcapng").open("rb") as file:
        packets = list(dpkt.pcapng.Reader(file))
    assert [frame for _, frame in packets] == [out, back]
    assert all(began - 1 < float(stamp) < time.time() + 1 for stamp, _ in packets)
    fields = ["-T", "fields", "-e", "frame.packet_flags_direction", "-e", "tcp.payload", "-e", "frame.interface_name"]
    command = ["tshark", "-r", str(tmp_path / "capture.pcapng"), *fields]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split("\t")[1:] for line in said] == [[b"out".hex(), "target"], [b"back, odd length".hex(), "target"]]
    assert said[0].split("\t")[0] != said[1].split("\t")[0]


def test_the_keys_are_in_the_capture_when_it_is_closed(emulator: Emulator, tap: WireTap, tmp_path: Path) -> None:
    keys = b"CLIENT_RANDOM " + b"11" * 32 + b" " + b"22" * 48 + b"\n"
    emulator.target_sends(tcp(True, 1, b"x"))
    assert emulator.network_gets()
    tap.key_log = tmp_path / "keys.log"
    tap.key_log.write_bytes(keys)
    tap.close()
    held = (tmp_path / "capture.pcapng").read_bytes()
    assert held.index(keys) < held.index(tcp(True, 1, b"x"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["capture.pcapng", "keys.log"]


def test_a_bench_that_is_killed_leaves_a_capture_that_can_be_read(
    emulator: Emulator, tap: WireTap, tmp_path: Path
) -> None:
    emulator.target_sends(tcp(True, 1, b"x"))
    assert emulator.network_gets()
    tap.detach()  # flushes, and nothing more
    with (tmp_path / "capture.pcapng").open("rb") as file:
        assert len(list(dpkt.pcapng.Reader(file))) == 1
