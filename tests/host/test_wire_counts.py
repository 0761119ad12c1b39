"""What the wire tap counts: bytes, payload, flights, retransmissions, each by window."""

from __future__ import annotations

from threading import Thread

import pytest
from dpkt.tcp import TH_ACK, TH_FIN, TH_SYN
from tapped import Emulator, tcp, udp

from tlsbench.measure.wire import WireCounts, WireTap


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


def test_a_window_that_starts_again_loses_no_frame_between(emulator: Emulator, tap: WireTap) -> None:
    assert tap.restart("w") is None
    frames, counted = 200, 0
    sender = Thread(target=emulator.target_sends, args=[tcp(True, n, b"x") for n in range(frames)])
    sender.start()
    while sender.is_alive():
        before = tap.restart("w")
        assert before is not None
        counted += before.frames_tx
    sender.join()
    assert counted + tap.stop("w").frames_tx == frames


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


def test_datagrams_make_flights_but_for_those_of_the_network_itself(emulator: Emulator, tap: WireTap) -> None:
    tap.start("w")
    for payload, port in ((b"where?", 53), (b"hello", 4433), (b"again", 4433), (b"", 4433)):
        emulator.target_sends(udp(payload, port))
    counts = tap.stop("w")
    assert (counts.flights, counts.payload_tx, counts.frames_tx) == (1, 10, 4)
