"""Frames: what the decoder makes of a line that carries them whole, cut, damaged and among text."""

from __future__ import annotations

import random

import pytest

from tlsbench.link import codec
from tlsbench.link.codec import BadFrame, Event, Frame, FrameDecoder, Text, decode, encode


def decoded(data: bytes) -> list[Event]:
    """The events of `data`, neighbouring texts joined."""
    return joined(FrameDecoder().feed(data))


def joined(events: list[Event]) -> list[Event]:
    result: list[Event] = []
    for event in events:
        if isinstance(event, Text) and result and isinstance(result[-1], Text):
            result[-1] = Text(result[-1].data + event.data)
        else:
            result.append(event)
    return result


def random_message(generator: random.Random) -> bytes:
    """Messages of the lengths where COBS changes its mind, rich in zeros."""
    length = generator.choice([0, 1, 2, 10, 248, 249, 250, 253, 254, 255, 508, 700])
    return bytes(generator.choice([0, 0, 1, 255, generator.randrange(256)]) for _ in range(length))


@pytest.mark.parametrize("seed", range(50))
def test_any_message_comes_back_whatever_pieces_it_arrives_in(seed: int) -> None:
    generator = random.Random(seed)
    sent: list[Event] = []
    line = b""
    for _ in range(10):
        message = random_message(generator)
        sent.append(Frame(1, message))
        line += encode(1, message)
        if generator.random() < 0.5:
            text = "".join(generator.choices("abc äöü\n\t", k=generator.randrange(1, 40))).encode()
            sent.append(Text(text))
            line += text
    decoder = FrameDecoder()
    events: list[Event] = []
    while line:
        size = generator.randrange(1, 50)
        events += decoder.feed(line[:size])
        line = line[size:]
    assert joined(events) == joined(sent)
    assert decoder.partial == b""


def test_a_frame_has_no_zero_byte_inside() -> None:
    frame = encode(1, bytes(range(256)) * 2)
    assert frame[0] == frame[-1] == 0
    assert 0 not in frame[1:-1]


def test_text_is_given_at_once_and_not_at_the_end_of_its_line() -> None:
    assert FrameDecoder().feed(b"no line feed") == [Text(b"no line feed")]


@pytest.mark.parametrize("position", range(1, 20))
def test_a_flipped_bit_is_found_and_the_next_frame_is_not_lost(position: int) -> None:
    frame = bytearray(encode(1, b"hello, target"))
    frame[position] ^= 0x10
    assert frame[position] != 0, "a zero would end the frame: flip another bit"
    events = decoded(bytes(frame) + b"text\n" + encode(1, b"second"))
    assert events[-1] == Frame(1, b"second")
    assert Frame(1, b"hello, target") not in events
    said = b"".join(event.data for event in events if isinstance(event, Text | BadFrame))
    assert b"text\n" in said


@pytest.mark.parametrize("cut", range(1, 18))
def test_a_truncated_frame_is_evidence_and_the_next_frame_is_not_lost(cut: int) -> None:
    frame = encode(1, b"hello, target")
    events = decoded(frame[:cut] + encode(1, b"second"))
    assert events[-1] == Frame(1, b"second")
    assert Frame(1, b"hello, target") not in events
    if cut > 2:
        assert any(isinstance(event, BadFrame) for event in events)


def test_noise_before_the_first_frame_costs_no_frame() -> None:
    generator = random.Random(1)
    for _ in range(300):
        noise = generator.randbytes(generator.randrange(60))
        assert decoded(noise + encode(1, b"ready"))[-1] == Frame(1, b"ready"), noise.hex(" ")


def test_text_behind_a_damaged_frame_is_not_held_back() -> None:
    frame = bytearray(encode(1, b"hello, target"))
    frame[5] ^= 1
    decoder = FrameDecoder()
    decoder.feed(bytes(frame))
    assert decoder.feed(b"++ tlsbench fault ++\n") == [Text(b"++ tlsbench fault ++\n")]


def test_a_frame_of_another_version_is_given_with_that_version() -> None:
    assert decoded(encode(2, b"from the future")) == [Frame(2, b"from the future")]


def test_a_flood_without_end_is_cut_off() -> None:
    decoder = FrameDecoder()
    events: list[Event] = decoder.feed(b"\0\x05\x01")
    for _ in range(100):
        events += decoder.feed(b"\x01" * 1000)
        assert len(decoder.partial) <= codec.MAX_ENCODED
    assert isinstance(events[0], BadFrame)
    assert "longer than" in events[0].reason


def test_random_bytes_never_make_a_frame_or_an_exception() -> None:
    generator = random.Random(2)
    decoder = FrameDecoder()
    for _ in range(2000):
        for event in decoder.feed(generator.randbytes(generator.randrange(100))):
            assert not isinstance(event, Frame)


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        (b"\xff\x01", "not COBS"),
        (b"\x03\x01\x02", "shorter than a version and a CRC"),
        (encode(1, b"abc")[1:-1].replace(b"b", b"B"), "CRC is"),
    ],
)
def test_what_is_wrong_with_a_bad_frame_is_said(encoded: bytes, reason: str) -> None:
    result = decode(encoded)
    assert isinstance(result, BadFrame)
    assert reason in str(result)
    assert encoded.hex(" ") in str(result)


def test_giving_up_a_frame_hands_over_its_bytes() -> None:
    decoder = FrameDecoder()
    decoder.feed(b"\0\x05\x01xy")
    assert decoder.give_up() == [BadFrame(b"\x05\x01xy", "ends in the middle")]
    assert decoder.feed(b"text") == [Text(b"text")]
