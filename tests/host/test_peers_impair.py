"""What may happen to datagrams on their way."""

from __future__ import annotations

import socket

import pytest

from tlsbench.model.errors import ConfigError
from tlsbench.peers import Impairment, UdpPeer
from tlsbench.peers.impair import Damage, Datagram, Path, Way

CLIENT = ("127.0.0.1", 50000)
SOON_S = 5.0


def through(path: Path, way: Way, *data: bytes) -> list[bytes]:
    return [passed.data for each in data for passed in path.through(way, Datagram(CLIENT, each))]


@pytest.mark.parametrize(
    ("damage", "numbers", "out", "touched"),
    [
        ("lose", [1, 3], [b"2", b"4"], 2),
        ("lose", [], [], 4),
        ("duplicate", [2], [b"1", b"2", b"2", b"3", b"4"], 1),
        ("swap", [1], [b"2", b"1", b"3", b"4"], 1),
        ("swap", [], [b"2", b"1", b"4", b"3"], 2),
        ("swap", [4], [b"1", b"2", b"3"], 1),
        ("corrupt", [1], [bytes([ord("1") ^ 0x55]), b"2", b"3", b"4"], 1),
    ],
)
def test_what_comes_out(damage: Damage, numbers: list[int], out: list[bytes], touched: int) -> None:
    path = Path()
    with path.impaired(Impairment("to target", damage, numbers)) as impairment:
        assert through(path, "to target", b"1", b"2", b"3", b"4") == out
        assert through(path, "from target", b"other way") == [b"other way"]
    assert (impairment.count, impairment.touched) == (4, touched)
    assert through(path, "to target", b"later") == [b"later"]


def test_several_work_one_after_the_other() -> None:
    path = Path()
    with path.impaired(Impairment("to target", "duplicate", [1])), path.impaired(Impairment("to target", "lose", [2])):
        assert through(path, "to target", b"1", b"2") == [b"1", b"2"]


def test_an_empty_datagram_cannot_be_corrupted() -> None:
    path = Path()
    with path.impaired(Impairment("to target", "corrupt")):
        assert through(path, "to target", b"") == [b""]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(("sideways", "lose"), "'sideways'"), (("to target", "melt"), "'melt'"), (("to target", "lose", [0]), "from 1")],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        Impairment(*arguments)  # type: ignore[arg-type]


def test_a_peer_is_reached_through_its_path() -> None:
    with UdpPeer("echo") as peer, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(SOON_S)
        client.connect((peer.address, peer.port))
        with (
            peer.path.impaired(Impairment("from target", "lose", [1])),
            peer.path.impaired(Impairment("to target", "duplicate", [1])),
        ):
            for data in (b"lost", b"twice", b"once"):
                client.send(data)
            assert [client.recv(100) for _ in range(3)] == [b"twice", b"twice", b"once"]
        assert peer.wait_for_session(SOON_S).datagrams == [b"twice", b"once"]
