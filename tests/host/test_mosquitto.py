"""The MQTT broker as a peer: it serves, it tells what it saw, and nothing of it is left."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from killed import killed_bench, soon
from tls_client import TIMEOUT_S, context, receive

from tlsbench.model.errors import PeerError, ToolMissingError
from tlsbench.peers import Authority
from tlsbench.peers.mosquitto import Mosquitto
from tlsbench.peers.pki import SERVER_NAME

AUTHORITY = Authority()
CONNECT = bytes.fromhex("10 10 00 04 4d515454 04 02 003c 0004 74657374")  # client "test"
CONNACK = bytes.fromhex("20 02 00 00")


def test_it_takes_clients_over_tls_and_over_tcp() -> None:
    with Mosquitto(AUTHORITY.server()) as broker:
        plain = socket.create_connection((broker.address, broker.plain_port), TIMEOUT_S)
        secure = socket.create_connection((broker.address, broker.port), TIMEOUT_S)
        with plain, context(AUTHORITY).wrap_socket(secure, server_hostname=SERVER_NAME) as wrapped:
            for client in (plain, wrapped):
                client.sendall(CONNECT)
                assert receive(client, len(CONNACK)) == CONNACK
        for port in (broker.port, broker.plain_port):
            assert f"on port {port}." in broker.wait_for_log(f"*New connection from * on port {port}.", 5)


def test_two_of_them_run_side_by_side() -> None:
    with Mosquitto(AUTHORITY.server()) as one, Mosquitto(AUTHORITY.server()) as other:
        assert len({one.port, one.plain_port, other.port, other.plain_port}) == 4


def test_it_gives_its_ports_back_and_keeps_its_log() -> None:
    with Mosquitto(AUTHORITY.server()) as broker:
        ports = broker.port, broker.plain_port
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((broker.address, port), TIMEOUT_S)
    assert any("running" in line for line in broker.log)


def test_a_line_that_does_not_come_is_told_with_the_log() -> None:
    silent = pytest.raises(PeerError, match=r"did not log '\*never said\*' within 0\.1 s")
    with Mosquitto(AUTHORITY.server()) as broker, silent as caught:
        broker.wait_for_log("*never said*", 0.1)
    assert "running" in str(caught.value)
    with pytest.raises(PeerError, match="has ended"):
        broker.wait_for_log("*never said*", 5)


def test_a_broker_that_cannot_start_says_why() -> None:
    broker = Mosquitto(AUTHORITY.server(), address="127.0.0.1")
    broker.identity = AUTHORITY.client()  # a chain whose key the next line spoils
    object.__setattr__(broker.identity, "key", AUTHORITY.server(key="rsa").key)
    with pytest.raises(PeerError, match="has ended") as caught:
        broker.start()
    assert "key" in str(caught.value)


def test_it_has_ports_only_once_it_is_started() -> None:
    with pytest.raises(PeerError, match="only once it is started"):
        _ = Mosquitto(AUTHORITY.server()).port


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tlsbench.peers.mosquitto.SYSTEM_PROGRAMS", str(tmp_path))
    with pytest.raises(ToolMissingError, match="install the Debian package mosquitto"):
        Mosquitto(AUTHORITY.server()).start()


BENCH = """
from tlsbench.peers import Authority
from tlsbench.peers.mosquitto import Mosquitto
broker = Mosquitto(Authority().server()).start()
print(broker.port, flush=True)
"""


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), TIMEOUT_S).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_killed_bench_leaves_no_broker() -> None:
    with killed_bench(BENCH) as port:
        assert answers(port)
    assert soon(lambda: not answers(port)), "the broker outlived the bench"
