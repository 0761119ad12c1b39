"""TCP and UDP sockets, names and the interface on each network stack: the same checks, with real peers here."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import network_target as net
import pytest
from network_target import Behaviour, Target

from tlsbench import firmware
from tlsbench.peers import UdpPeer
from tlsbench.peers.ports import free_port

BOARD = "mps2-an385"


@pytest.fixture(scope="module", params=["lwip-default", "lwip-small", "offload"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Every stack, its network up."""
    stack, _, profile = request.param.partition("-")
    with ExitStack() as resources:
        running: Target
        if stack == "lwip":
            running = resources.enter_context(net.running(firmware.image(BOARD, profile, target="network_test")))
        else:
            running = resources.enter_context(net.on_line(tmp_path_factory.mktemp("run")))
        assert running.check("dhcp") == running.network.up
        yield running


PEER_CHECKS: list[tuple[str, Behaviour]] = [
    ("echo", net.echo),
    ("connect_without_waiting", net.silent),
    ("connect_again", net.silent),
    ("reset_by_peer", net.reset),
    ("closed_by_peer", net.goodbye),
    ("hundred_connections", net.echo),
    ("receive_timeout", net.silent),
    ("send_window", net.silent),
    ("close_wakes", net.silent),
    ("sigio_fires", net.echo),
]


@pytest.mark.parametrize(("check", "behave"), PEER_CHECKS, ids=[check for check, _ in PEER_CHECKS])
def test_with_a_peer(target: Target, check: str, behave: Behaviour) -> None:
    with net.peer(behave) as port:
        target.check(check, port)


@pytest.mark.parametrize("check", ["options", "exhaustion", "datagram_strangers"])
def test_alone(target: Target, check: str) -> None:
    target.check(check)


def test_a_connection_that_nobody_answers_ends_by_its_timeout(target: Target) -> None:
    with target.unanswering() as nobody:
        target.check("connect_timeout", nobody)


@pytest.mark.parametrize("check", ["datagram_sizes", "datagram_errors", "datagram_neighbours"])
def test_datagrams(target: Target, check: str) -> None:
    with UdpPeer("echo") as peer:
        target.check(check, f"{peer.port} {free_port()}")


@pytest.mark.parametrize("check", ["refused", "refused_without_waiting"])
def test_a_refused_connection_is_told(target: Target, check: str) -> None:
    target.check(check, free_port())


@pytest.mark.parametrize(("check", "behave"), [("receive_pattern", net.source), ("send_pattern", net.sink)])
def test_a_mebibyte_arrives_whole(target: Target, check: str, behave: Behaviour) -> None:
    with net.peer(behave) as port:
        said = target.check(check, port)
    found = re.fullmatch(r"1048576 bytes in \d+ ms: (\d+) KiB/s", said)
    assert found, said
    assert int(found[1]) > 100, said


@pytest.mark.parametrize(("behave", "size"), [(net.flood, net.FLOOD_BYTES), (net.drip, net.DRIPS)])
def test_data_that_nobody_reads_does_not_stop_the_others(target: Target, behave: Behaviour, size: int) -> None:
    with net.peer(behave) as stalled, net.peer(net.echo) as port:
        said = target.check("stalled_neighbours", f"{stalled} {port}")
    found = re.fullmatch(r"(\d+) connections, (\d+) bytes", said)
    assert found, said
    assert int(found[1]) >= 3, said
    assert int(found[2]) == int(found[1]) * size, said


def test_a_send_that_waits_for_the_window_goes_on(target: Target) -> None:
    full = threading.Event()

    def read_late(connection: socket.socket, _over: threading.Event) -> None:
        if full.wait(30):
            time.sleep(0.3)
            while connection.recv(65536):
                pass

    with net.peer(read_late) as port:
        target.begin("send_resumes", port)
        assert target.line(30) == "FULL"
        full.set()
        target.verdict("send_resumes")


def test_the_target_accepts_a_connection(target: Target) -> None:
    target.begin("accept", target.listen_port)
    assert target.line(10) == "LISTENING"
    with socket.create_connection(("127.0.0.1", target.forwarded_port), timeout=10) as client:
        client.sendall(b"ping")
        assert client.recv(4) == b"ping"
    assert target.verdict("accept") == target.network.client


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("192.168.0.1", "1 192.168.0.1"),
        ("0.0.0.0", "1 0.0.0.0"),
        ("256.1.1.1", "0 -"),
        ("1.2.3", "0 -"),
        ("01.2.3.4", "0 -"),
        ("1.2.3.4 ", "0 -"),
        ("", "0 -"),
        ("::", "2 ::"),
        ("::1", "2 ::1"),
        ("2001:DB8:0:0:1:0:0:1", "2 2001:db8::1:0:0:1"),
        ("1:2:3:4:5:6:7::", "2 1:2:3:4:5:6:7:0"),
        ("::ffff:1.2.3.4", "2 ::ffff:102:304"),
        ("1:2:3:4:5:6:7:8:9", "0 -"),
        ("1::2::3", "0 -"),
        ("fe80::1%en0", "0 -"),
        ("server.example", "0 -"),
    ],
)
def test_addresses_are_read_and_printed(target: Target, text: str, printed: str) -> None:
    assert target.check("parse", text) == printed


def test_a_name_that_cannot_be_resolved_is_a_dns_failure(target: Target) -> None:
    assert target.check("resolve", "no-such-host.invalid") == "-3009 9.9.9.9"


@pytest.mark.parametrize("name", ["", ".", "a..b", ".a", "x" * 64 + ".com", "long." * 60 + "com"])
def test_what_is_no_host_name_is_refused_without_asking(target: Target, name: str) -> None:
    assert target.check("resolve", name) == "-3003 9.9.9.9"


def test_an_address_needs_no_query(target: Target) -> None:
    assert target.check("resolve", "10.1.2.3") == "0 10.1.2.3"


def test_the_network_can_be_left_and_joined_again(target: Target) -> None:
    target.check("disconnect")
    assert int(target.check("add_dns_server", "10.0.2.3")) == target.network.add_dns_server
    assert target.check("static_address") == "10.0.2.77"
    with net.peer(net.echo) as port:
        target.check("echo", port)
    target.check("disconnect")
    target.check("asynchronous")
    with net.peer(net.echo) as port:
        target.check("echo", port)
