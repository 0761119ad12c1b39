"""The name server for boards on a real network."""

from __future__ import annotations

import socket

import pytest
from dnslib import RCODE, DNSRecord

from tlsbench.boards.nameserver import NameServer
from tlsbench.model.errors import BoardError

ADDRESS = "127.0.0.1"


def ask(server: NameServer, name: str) -> DNSRecord:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(10)
        asking.connect((ADDRESS, server.port))
        asking.send(DNSRecord.question(name).pack())
        return DNSRecord.parse(asking.recv(512))


def test_it_knows_the_names_that_it_is_told_at_any_time_and_no_others() -> None:
    names = {"server.tlsbench.test": "192.168.7.1"}
    with NameServer(ADDRESS, names, port=0) as server:
        assert str(ask(server, "Server.TLSBench.test").a.rdata) == "192.168.7.1"
        assert ask(server, "other.tlsbench.test").header.rcode == RCODE.NXDOMAIN
        names["other.tlsbench.test"] = "192.168.7.2"
        assert str(ask(server, "other.tlsbench.test").a.rdata) == "192.168.7.2"


def test_what_is_no_query_does_not_end_it() -> None:
    with NameServer(ADDRESS, {"a.test": "10.0.0.1"}, port=0) as server:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rude:
            rude.sendto(b"\0\1what is this", (ADDRESS, server.port))
            rude.sendto(b"", (ADDRESS, server.port))
        assert str(ask(server, "a.test").a.rdata) == "10.0.0.1"


def test_a_port_that_it_may_not_have_is_told_with_what_helps() -> None:
    with (
        NameServer(ADDRESS, {}, port=0) as first,
        pytest.raises(
            BoardError, match=r"cannot answer for its .* on 127.0.0.1, port \d+ .*: another board's run answers"
        ),
    ):
        NameServer(ADDRESS, {"server.tlsbench.test": ADDRESS}, port=first.port)
