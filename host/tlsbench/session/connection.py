"""One secure connection, measured from its first call to its last."""

from __future__ import annotations

from tlsbench.link import Reply, calls
from tlsbench.link.calls import Call, Form
from tlsbench.model.errors import CallFailed
from tlsbench.peers import Authority, TlsPeer
from tlsbench.peers.pki import SERVER_NAME, hosts_on
from tlsbench.session.session import Session

SUITE = "measure"
TEST = "One connection: ECDHE-ECDSA, chain of 2, an echo, a close"
ECHO = b"What does a secure socket cost? This goes there and back again."
SOCKET = "tls"


def one_connection(session: Session) -> None:
    """Make one TLS 1.2 connection with ECDHE-ECDSA and a chain of 2, echo a line, close; all phases are recorded.

    Raises:
        CallFailed: a call of the socket API did not succeed, or the echo was wrong.
        BenchError: the board or the peer failed.
    """
    authority = Authority(key="ec")
    session.begin_test(SUITE, TEST)
    began = session.elapsed_s
    identity = authority.server(hosts=hosts_on(session.info.network), chain=2)
    peer = session.keep(TlsPeer(identity, "echo", address=session.listen, keylog=session.keylog))

    def call(what: Call) -> Reply:
        reply = session.sockets.call(what)
        if not reply.ok:
            raise CallFailed(f"{reply}", received=peer.report())
        return reply

    call(calls.create(SOCKET, "tls"))
    call(calls.open(SOCKET))
    call(calls.set_root_ca_cert(SOCKET, session.sockets.store(authority.root_pem + b"\0")[0], Form.STRING))
    call(calls.connect_host(SOCKET, SERVER_NAME, peer.port))
    call(calls.send(SOCKET, ECHO))
    came = b""
    while len(came) < len(ECHO) and (part := call(calls.recv(SOCKET, len(ECHO) - len(came))).data):
        came += part
    if came != ECHO:
        raise CallFailed(f"the echo of {ECHO!r} was {came!r}", received=peer.report())
    call(calls.close(SOCKET))
    session.leave()
    call(calls.delete(SOCKET))
    session.end_test("pass", "", session.elapsed_s - began)
