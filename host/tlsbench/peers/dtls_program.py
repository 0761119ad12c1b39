"""Other people's DTLS servers as peers, for a second opinion: OpenSSL's ``s_server`` and GnuTLS's ``gnutls-serv``."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import ClassVar, Literal, Self, get_args

from tlsbench.boards.child import Child, MemoryFiles, find_program
from tlsbench.model.errors import ConfigError
from tlsbench.peers.connection import Signal
from tlsbench.peers.dtls_records import DtlsRecord, dtls_records
from tlsbench.peers.pki import Authority, Identity
from tlsbench.peers.ports import LOOPBACK, bind_datagrams, datagram_sockets, free_port
from tlsbench.peers.seen import PeerSession, Stage
from tlsbench.peers.udp import LONGEST_DATAGRAM, UdpPeer

Program = Literal["openssl", "gnutls"]

_START_S = 10.0
_POLL_S = 0.01


def _openssl(port: int, chain: str, key: str, mtu: int) -> list[str]:
    command = [find_program("openssl", "openssl"), "s_server", "-quiet", "-dtls1_2", "-listen", "-mtu", str(mtu)]
    return [*command, "-cert", chain, "-cert_chain", chain, "-key", key, "-accept", f"{LOOPBACK}:{port}"]


def _gnutls(port: int, chain: str, key: str, mtu: int) -> list[str]:
    command = [find_program("gnutls-serv", "gnutls-bin"), "--udp", "--echo", "--disable-client-cert", f"--mtu={mtu}"]
    return [*command, f"--x509certfile={chain}", f"--x509keyfile={key}", f"--port={port}"]


_COMMANDS: Mapping[str, Callable[[int, str, str, int], list[str]]] = {"openssl": _openssl, "gnutls": _gnutls}


class DtlsProgram(UdpPeer):
    """A program that serves DTLS 1.2 and sends back what it receives, with a HelloVerifyRequest before each handshake.

    The program listens on a port of its own. The peer stands before it and hands datagrams on, so that it can tell
    what it saw and impair them, as any other peer. It serves one client at a time.

    OpenSSL's listens on the loopback interface alone. GnuTLS's has no option for that: while it runs, whoever reaches
    this machine reaches its port, too, and gets his own words back. Certificate and key are memory that the program
    inherits, and the kernel kills it when the bench ends.

    Args:
        program: ``openssl`` or ``gnutls``.
        identity: certificate chain and key that it shows; None makes a good one.
        mtu: longest datagram that it sends, bytes.
        address: address of this machine to listen on.
        port: port to listen on; 0 takes a free one.

    Raises:
        ConfigError: no such program.
    """

    kind: ClassVar[str] = "DTLS"

    def __init__(
        self,
        program: Program,
        identity: Identity | None = None,
        *,
        mtu: int = 1400,
        address: str = LOOPBACK,
        port: int = 0,
    ) -> None:
        super().__init__(address=address, port=port)
        if program not in _COMMANDS:
            raise ConfigError(
                f"no DTLS server is called {program!r}; choose one of: {', '.join(get_args(Program))}", key="program"
            )
        self._behaviour_name = program
        self._program = program
        self._identity = identity or Authority().server()
        self._mtu = mtu
        self._ends = ExitStack()
        self._to_program: dict[int, socket.socket] = {}
        self._program_port = 0

    def start(self) -> Self:
        """Starts the program, and waits until it listens.

        Raises:
            ToolMissingError: it is not installed; names the Debian package that brings it.
            LaunchError: it does not listen in time, or somebody else has its port. Carries its command, status and
                output.
        """
        try:
            self._launch()
            return super().start()
        except BaseException:
            self._ends.close()
            raise

    def stop(self) -> None:
        """Ends the program, too. May be called twice."""
        super().stop()
        self._ends.close()

    def _launch(self) -> None:
        self._program_port = port = free_port()
        ours, theirs = socket.socketpair()
        self._line = self._ends.enter_context(ours)
        with theirs, MemoryFiles() as files:
            chain, key = files.add(self._identity.chain_pem), files.add(self._identity.key_pkcs8_pem)
            command = _COMMANDS[self._program](port, chain, key, self._mtu)
            # OpenSSL's prints what it receives and sends what it reads.
            line = theirs.fileno() if self._program == "openssl" else None
            child = Child(command, files.descriptors, line=line)
        self._ends.callback(child.kill)
        deadline = time.monotonic() + _START_S
        # The port was free a moment ago, so anybody may have it now who takes it by its number.
        while not (sockets := datagram_sockets(port)) or not sockets & child.open_files:
            if sockets:
                raise child.failure(f"{self._program} cannot listen: somebody else took port {port} meanwhile")
            if child.wait(_POLL_S) or time.monotonic() > deadline:
                raise child.failure(f"{self._program} does not listen on port {port} within {_START_S:g} s")

    # --- at work

    def _run(self, sock: socket.socket, stop: Signal) -> None:
        self._watch(self._line, self._echo)
        super()._run(sock, stop)

    def _echo(self) -> None:
        data = self._line.recv(LONGEST_DATAGRAM)
        if data:
            self._deliver(self.sessions[-1], data)
            self._line.sendall(data)
        else:
            self._unwatch(self._line)

    def _handle(self, session: PeerSession, data: bytes) -> None:
        if session.number not in self._to_program:
            upstream = self._ends.enter_context(bind_datagrams(LOOPBACK, 0))
            upstream.connect((LOOPBACK, self._program_port))
            self._to_program[session.number] = upstream
            self._watch(upstream, lambda: self._answer(session, upstream))
        for record in dtls_records(data):
            session.records_rx[record.kind] += 1
            self._note(session, record)
        with suppress(OSError):  # it has gone; whoever waits for its answer says so
            self._to_program[session.number].send(data)

    def _answer(self, session: PeerSession, upstream: socket.socket) -> None:
        try:
            data = upstream.recv(LONGEST_DATAGRAM)
        except OSError:
            return
        for record in dtls_records(data):
            session.records_tx[record.kind] += 1
            session.hello_verify_requests += record.asks_for_cookie
            self._note(session, record)
        self._send(session, data)

    def _note(self, session: PeerSession, record: DtlsRecord) -> None:
        if record.kind == "application_data" and session.stage is Stage.ACCEPTED:
            session.version = record.version
            self._book.advance(session, Stage.ESTABLISHED)
