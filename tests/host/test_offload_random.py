"""The host's end against a board whose firmware is broken: whatever it says, nothing breaks and nothing stays open."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from offload_target import FRAME_BYTES, NAMES, StandIn

from tlsbench.offload import Host
from tlsbench.offload.base import HostSocket
from tlsbench.offload.schema import pb
from tlsbench.offload.tcp import TcpSocket

SESSIONS, MESSAGES = 60, 12
NUMBERS = (0, 1, 2, 3, 7, 80, 4096, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF)
KINDS = [field.name for field in pb.ToHost.DESCRIPTOR.oneofs_by_name["what"].fields]


def number(chance: random.Random) -> int:
    return chance.choice(NUMBERS)


def endpoint(chance: random.Random) -> pb.Endpoint:
    address = chance.choice((0x7F000001, 0, 0xC0000201))
    return pb.Endpoint(address=address, port=number(chance), size=chance.choice((0, 5, 4000, 0xFFFFFFFF)))


def made_up(chance: random.Random, sequence: int, session: int) -> pb.ToHost:
    """A message with everything in it that a field may hold."""
    message = pb.ToHost(session=session, sequence=sequence, ack=number(chance), socket=chance.randrange(6))
    message.data = chance.randbytes(chance.choice((0, 1, 4, 90)))
    kind = chance.choice([*KINDS[2:], None])  # neither hello nor bye
    ask = pb.Ask(
        id=number(chance), endpoint=endpoint(chance), value=number(chance), level=chance.choice((7000, 7099, -1))
    )
    ask.name, ask.offset, ask.total = (
        chance.randrange(-1, 7),
        chance.choice((0, 4, 90)),
        chance.choice((0, 4, 90, 10**6)),
    )
    match kind:
        case "open":
            message.open.CopyFrom(pb.Open(datagrams=chance.random() < 0.5, limit=number(chance)))
        case "connect" | "datagram":
            getattr(message, kind).CopyFrom(endpoint(chance))
        case "bind" | "listen" | "set_option" | "get_option":
            getattr(message, kind).CopyFrom(ask)
        case "close":
            message.close = True
        case "limit" | "accept" | "resolve":
            setattr(message, kind, number(chance))
    return message


def open_sockets() -> set[str]:
    links = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder itself was open
            links.add(str(entry.readlink()))
    return {link for link in links if link.startswith(("socket:", "pipe:"))}


def is_served(target: StandIn, host: Host) -> None:
    """A session that begins now is as good as any."""
    assert host._thread.is_alive()
    target.greets()
    target.says(0, resolve=5, data=b"server.test")
    assert target.answer(0, "resolved").resolved.address == 0x7F000001


@pytest.mark.parametrize("seed", range(6))
def test_whatever_a_session_says_the_next_one_is_served(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    died: list[object] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    chance = random.Random(seed)
    before = open_sockets()
    target = StandIn()
    with Host(target, NAMES) as host:
        for _ in range(SESSIONS):
            session = target.greets()
            for sequence in range(1, MESSAGES + 1):
                host.take(made_up(chance, sequence, session).SerializeToString())
                if chance.random() < 0.1:
                    host.take(chance.randbytes(chance.randrange(FRAME_BYTES)))
                    host.damaged()
        is_served(target, host)
    assert died == []
    assert open_sockets() <= before


def test_a_mistake_of_the_host_s_end_ends_one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    died: list[object] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    target = StandIn()
    with Host(target, NAMES) as host:
        old = target.greets()
        target.opens(2)
        with monkeypatch.context() as patch:
            patch.delattr(TcpSocket, "limit")
            patch.setattr(HostSocket, "limit", None)
            target.says(2, limit=1)
            target.wait(lambda: any(one.unknown and one.session == old for one in target.loose))
        assert any("mistake of the bench's" in note and "TypeError" in note for note in target.notes)
        is_served(target, host)
    assert died == []


@pytest.mark.parametrize("frame_bytes", [0, 95, 2049, 0xFFFFFFFF])
def test_a_target_that_takes_no_messages_is_told_of(frame_bytes: int) -> None:
    target = StandIn()
    with Host(target, NAMES) as host:
        target.says_raw(hello=pb.Hello(frame_bytes=frame_bytes))
        target.wait(lambda: target.notes)
        assert f"messages of {frame_bytes} bytes" in target.notes[0]
        is_served(target, host)
