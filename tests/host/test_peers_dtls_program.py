"""Other people's DTLS servers as peers, with OpenSSL's client library before them."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, get_args

import pytest
from dtls_client import SOON_S, client_of
from killed import killed_bench, soon

from tlsbench.boards.child import Child
from tlsbench.model.errors import ConfigError, LaunchError, ToolMissingError
from tlsbench.peers import DtlsProgram, Impairment
from tlsbench.peers.dtls_program import Program
from tlsbench.peers.ports import LOOPBACK


@pytest.mark.parametrize("program", get_args(Program))
def test_it_sends_back_what_it_receives(program: Program) -> None:
    with DtlsProgram(program) as peer, client_of(peer) as client:
        client.shake_hands()
        client.send(b"hello\n")
        assert client.recv() == b"hello\n"
        session = peer.wait_for_session(SOON_S)
        assert session.version == "DTLSv1.2"
        assert session.hello_verify_requests > 0
        assert session.records_rx["application_data"] == 1


@pytest.mark.parametrize("program", get_args(Program))
def test_it_sends_again_what_was_lost(program: Program) -> None:
    with (
        DtlsProgram(program) as peer,
        peer.path.impaired(Impairment("to target", "lose", [2])) as loss,
        client_of(peer) as client,
    ):
        client.shake_hands()
        assert loss.touched == 1


def test_it_dies_with_its_peer() -> None:
    with DtlsProgram("gnutls") as peer:
        port = peer._program_port
        assert port in ports()
    assert port not in ports()


def ports() -> set[int]:
    """The UDP ports that somebody has."""
    lines = Path("/proc/net/udp").read_text().splitlines()[1:]
    return {int(line.split()[1].rpartition(":")[2], 16) for line in lines}


def test_an_unknown_program_is_refused() -> None:
    with pytest.raises(ConfigError, match="'wolf'; choose one of: openssl, gnutls"):
        DtlsProgram("wolf")  # type: ignore[arg-type]


def test_a_program_that_is_missing_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolMissingError, match="gnutls-bin"):
        DtlsProgram("gnutls").start()


def test_a_program_that_does_not_serve_tells_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gnutls-serv").write_text("#!/bin/sh\necho no certificate for today\nexit 3\n")
    (tmp_path / "gnutls-serv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(LaunchError, match="gnutls does not listen") as refused:
        DtlsProgram("gnutls").start()
    assert "no certificate for today" in str(refused.value)


@pytest.mark.parametrize("program", get_args(Program))
def test_a_port_that_somebody_else_took_is_told(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    class Thief(Child):
        def __init__(self, *args: Any, **options: Any) -> None:
            thief.bind((LOOPBACK, peer._program_port))
            super().__init__(*args, **options)

    peer = DtlsProgram(program)
    monkeypatch.setattr("tlsbench.peers.dtls_program.Child", Thief)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief,
        pytest.raises(LaunchError, match=r"cannot listen: somebody else took port \d+ meanwhile"),
    ):
        peer.start()


BENCH = """
import sys
from tlsbench.peers import DtlsProgram
peer = DtlsProgram(sys.argv[1]).start()
print(peer._program_port, flush=True)
"""


@pytest.mark.parametrize("program", get_args(Program))
def test_a_killed_bench_leaves_neither_program_nor_file(program: Program, tmp_path: Path) -> None:
    with killed_bench(BENCH, program, environment={"TMPDIR": str(tmp_path)}) as port:
        assert port in ports()
    assert soon(lambda: port not in ports()), "the program outlived the bench"
    assert list(tmp_path.iterdir()) == []
