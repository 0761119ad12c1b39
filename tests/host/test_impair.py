"""What may happen to datagrams on their way."""

from __future__ import annotations

import pytest

from tlsbench.measure.frames import Datagram, packet_of
from tlsbench.measure.impair import Damage, Impairment
from tlsbench.measure.traffic import Direction, Frame

PORT = 4433


def to_target(payload: bytes, port: int = PORT) -> Frame:
    asked = Datagram(b"\x01" * 6, b"\x02" * 6, bytes([10, 0, 2, 15]), bytes([10, 0, 2, 2]), 50000, port, b"")
    return Frame(Direction.RX, asked.answer(payload))


def payload(frame: Frame) -> bytes:
    packet = packet_of(frame.data)
    assert packet is not None
    datagram = Datagram.read(frame.data, packet)
    assert datagram is not None
    return datagram.payload


def through(impairment: Impairment, *frames: Frame) -> list[bytes]:
    out: list[Frame] = []
    for frame in frames:
        impairment(frame, out.append)
    return [payload(frame) for frame in out]


@pytest.mark.parametrize(
    ("damage", "numbers", "out"),
    [
        ("lose", [1, 3], [b"2", b"4"]),
        ("lose", [], []),
        ("duplicate", [2], [b"1", b"2", b"2", b"3", b"4"]),
        ("swap", [1], [b"2", b"1", b"3", b"4"]),
        ("swap", [], [b"2", b"1", b"4", b"3"]),
        ("swap", [4], [b"1", b"2", b"3"]),
        ("corrupt", [1], [bytes([ord("1") ^ 0x55]), b"2", b"3", b"4"]),
    ],
)
def test_what_comes_out(damage: Damage, numbers: list[int], out: list[bytes]) -> None:
    impairment = Impairment(PORT, "to target", damage, numbers)
    assert through(impairment, *(to_target(bytes([ord("0") + i])) for i in range(1, 5))) == out
    assert impairment.count == 4
    assert impairment.touched == (len(numbers) or (4 if damage != "swap" else 2))


def test_others_are_left_alone() -> None:
    impairment = Impairment(PORT, "to target", "lose")
    other_way = Frame(Direction.TX, to_target(b"x").data)
    assert through(impairment, to_target(b"other port", PORT + 1), other_way) == [b"other port", b"x"]
    assert impairment.count == 0


def test_a_corrupt_datagram_has_no_checksum_to_betray_it() -> None:
    out: list[Frame] = []
    Impairment(PORT, "to target", "corrupt")(to_target(b"data"), out.append)
    packet = packet_of(out[0].data)
    assert packet is not None
    assert out[0].data[packet.start + 6 : packet.start + 8] == bytes(2)
