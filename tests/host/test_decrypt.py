"""A capture of the bench can be read in the clear: by Wireshark's own reader, with the keys that the peer logged."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import dpkt
import pytest
from tls_client import context, plain

from tlsbench.measure.pcapng import Capture
from tlsbench.peers import Authority, TlsPeer
from tlsbench.peers.pki import SERVER_NAME

REQUEST = b"GET /secret HTTP/1.1\r\nHost: server.tlsbench.test\r\n\r\n"
TARGET, PEER = b"\x0a\x00\x02\x0f", b"\x0a\x00\x02\x02"
TARGET_PORT, PEER_PORT = 49152, 443


def converse(peer: TlsPeer, authority: Authority) -> list[tuple[bool, bytes]]:
    """A handshake, one request and its echo; returns what went over TCP: whether the client sent it, and the bytes."""
    flights: list[tuple[bool, bytes]] = []
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context(authority).wrap_bio(incoming, outgoing, server_hostname=SERVER_NAME)
    with plain(peer) as sock:

        def exchange() -> None:
            if data := outgoing.read():
                flights.append((True, data))
                sock.sendall(data)
            flights.append((False, sock.recv(65536)))
            incoming.write(flights[-1][1])

        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                exchange()
        client.write(REQUEST)
        echoed = b""
        while len(echoed) < len(REQUEST):
            exchange()
            echoed += client.read(65536)
        assert echoed == REQUEST
    return flights


class Wire:
    """Writes Ethernet frames of one TCP connection into a capture."""

    def __init__(self, file: Path) -> None:
        self.capture = Capture(file, "target")
        self.next = {True: 1000, False: 5000}
        self.time_ns = 1_750_000_000_000_000_000

    def segment(self, outbound: bool, flags: int, data: bytes = b"") -> None:
        ports = (TARGET_PORT, PEER_PORT) if outbound else (PEER_PORT, TARGET_PORT)
        addresses = (TARGET, PEER) if outbound else (PEER, TARGET)
        tcp = dpkt.tcp.TCP(sport=ports[0], dport=ports[1], flags=flags, win=8192, data=data)
        tcp.seq, tcp.ack = self.next[outbound], self.next[not outbound] if flags & dpkt.tcp.TH_ACK else 0
        ip = dpkt.ip.IP(src=addresses[0], dst=addresses[1], p=dpkt.ip.IP_PROTO_TCP, ttl=64, data=tcp)
        ip.len = len(ip)
        self.capture.add(bytes(dpkt.ethernet.Ethernet(data=ip)), self.time_ns, outbound)
        self.time_ns += 1_000_000
        self.next[outbound] += len(data) + bool(flags & dpkt.tcp.TH_SYN)

    def write(self, flights: list[tuple[bool, bytes]]) -> None:
        self.segment(True, dpkt.tcp.TH_SYN)
        self.segment(False, dpkt.tcp.TH_SYN | dpkt.tcp.TH_ACK)
        self.segment(True, dpkt.tcp.TH_ACK)
        for outbound, data in flights:
            for start in range(0, len(data), 1460):
                self.segment(outbound, dpkt.tcp.TH_ACK | dpkt.tcp.TH_PUSH, data[start : start + 1460])


def tshark(*arguments: str | Path) -> str:
    done = subprocess.run(["tshark", *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("key", ["ec", "rsa"])
def test_wireshark_reads_what_was_said_inside_tls(run_dir: Path, version: str, key: str) -> None:
    authority = Authority(key=key)
    keylog, file = run_dir / "keys.log", run_dir / "capture.pcapng"
    with TlsPeer(authority.server(), keylog=keylog, min_version=version, max_version=version) as peer:
        flights = converse(peer, authority)
    assert not any(REQUEST in data for _, data in flights), "it is encrypted on the wire"

    wire = Wire(file)
    wire.write(flights)
    wire.capture.close(keylog.read_bytes())

    said = tshark(
        "-r", file, "-d", "tls.port==443,http", "-Y", "http.request", "-T", "fields", "-e", "http.request.uri"
    )
    assert said.split() == ["/secret", "/secret"], "the request, and its echo"
    assert "Host: server.tlsbench.test" in tshark("-r", file, "-q", "-z", "follow,tls,ascii,0")


def test_without_the_keys_nothing_can_be_read(run_dir: Path) -> None:
    authority = Authority()
    file = run_dir / "capture.pcapng"
    with TlsPeer(authority.server()) as peer:
        flights = converse(peer, authority)
    wire = Wire(file)
    wire.write(flights)
    wire.capture.close()
    assert tshark("-r", file, "-Y", "http") == ""
    assert "secret" not in tshark("-r", file, "-q", "-z", "follow,tls,ascii,0")
    assert tshark(
        "-r", file, "-Y", "tls.handshake.type == 1", "-T", "fields", "-e", "tls.handshake.extensions_server_name"
    )


def test_the_capture_of_a_run_needs_no_further_keys(agent_image: Path, tmp_path: Path) -> None:
    from tlsbench.session import Config, Session
    from tlsbench.session.connection import ECHO, one_connection

    with Session(Config(out=tmp_path / "out", image=agent_image)) as session:
        one_connection(session)
        _, folder = session.finish()
    said = tshark("-r", folder / "capture.pcapng", "-Y", "tls && data", "-T", "fields", "-e", "data.data")
    assert [bytes.fromhex(line) for line in said.split()] == [ECHO, ECHO], "what was sent, and its echo"
