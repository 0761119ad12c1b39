"""The wire tap between a target and a network that this test plays itself: what passes, and what is kept of it."""

from __future__ import annotations

import errno
import socket
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event

import dpkt
import pytest
from dnslib import QTYPE, RCODE, DNSRecord
from tapped import DNS, NETWORK_MAC, TARGET, TARGET_MAC, Emulator, tcp, udp

from tlsbench.measure.pcapng import Capture
from tlsbench.measure.wire import Direction, Forward, Frame, WireTap
from tlsbench.model.errors import WireError

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


# --- a tap that breaks ---


def test_a_capture_that_cannot_be_written_is_told_to_whoever_asks(
    emulator: Emulator, tap: WireTap, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    tap.start("w")
    with monkeypatch.context() as patched:
        patched.setattr(Capture, "add", full)
        emulator.target_sends(tcp(True, 1, b"x"))
        for ask_for in (tap.counts, tap.stop, tap.start, tap.restart):
            with pytest.raises(WireError, match=r"the board's network broke: OSError: .*No space left on device"):
                ask_for("w")
    with pytest.raises(WireError):
        tap.check()


def test_what_breaks_in_the_background_is_kept(emulator: Emulator, tap: WireTap) -> None:
    def impair(frame: Frame, forward: Forward) -> None:
        broken.set()
        raise ValueError("this frame is odd")

    broken = Event()
    tap.check()
    tap.filters.append(impair)
    emulator.target_sends(tcp(True, 1, b"x"))
    assert broken.wait(10)
    with pytest.raises(WireError, match="ValueError: this frame is odd"):
        tap.start("w")
    tap.filters.clear()
    again = Emulator(tap)  # the board is switched on again
    again.target_sends(tcp(True, 1, b"x"))
    assert again.network_gets() == tcp(True, 1, b"x")
    tap.check()
    tap.detach()
    again.close()


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


# --- a place for impairment ---


def test_a_filter_can_drop_repeat_and_hold_frames(emulator: Emulator, tap: WireTap) -> None:
    seen: list[Direction] = []
    held: list[Callable[[], None]] = []

    def impair(frame: Frame, forward: Forward) -> None:
        seen.append(frame.direction)
        payload = dpkt.ethernet.Ethernet(frame.data).data.data.data
        if payload == b"twice":
            forward(frame)
            forward(frame)
        elif payload == b"later":
            held.append(partial(forward, frame))

    tap.filters.append(impair)
    tap.start("w")
    lost, twice, later = (udp(payload, 4433) for payload in (b"lost", b"twice", b"later"))
    emulator.target_sends(lost, later, twice)
    assert [emulator.network_gets() for _ in range(2)] == [twice, twice]
    held.pop()()  # in another thread than the tap's
    assert emulator.network_gets() == later
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
