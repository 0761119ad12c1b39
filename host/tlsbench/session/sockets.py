"""Socket calls on the target, each in the phase that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlsbench.link import PendingCall, Reply, calls
from tlsbench.link.agent import side_by_side
from tlsbench.link.calls import Call, Range
from tlsbench.measure import cpu
from tlsbench.model.errors import CallFailed, NotThere
from tlsbench.model.metric import Metric, Phase
from tlsbench.model.nsapi import Nsapi
from tlsbench.session import capacity

if TYPE_CHECKING:
    from tlsbench.session.session import Session

CALL_S = 30.0
"""Seconds that a socket call may block before the test is told so."""
TIDY_S = 30.0
"""Seconds that the target has to delete a socket after a test."""

PHASE_OF_CALL = {
    "create": Phase.OPEN,
    "open": Phase.OPEN,
    "set_root_ca_cert": Phase.TRUST,
    "append_root_ca_cert": Phase.TRUST,
    "set_client_cert_key": Phase.TRUST,
    "share": Phase.TRUST,
    "connect": Phase.HANDSHAKE,
    "connect_host": Phase.HANDSHAKE,
    "send": Phase.TRANSFER,
    "recv": Phase.TRANSFER,
    "sendto": Phase.TRANSFER,
    "recvfrom": Phase.TRANSFER,
    "send_pattern": Phase.TRANSFER,
    "recv_pattern": Phase.TRANSFER,
    "close": Phase.CLOSED,
}
"""The phase that a call on a secure socket begins; a call that is not here stays in the phase it finds."""
GOES_ON = (Nsapi.IN_PROGRESS, Nsapi.ALREADY)
"""What connect() returns when it is not done: it is to be called again, or another call of it runs."""
PLAIN_KINDS = ("tcp", "udp", "odd")
"""Kinds of socket whose calls are no phase of a secure connection."""


@dataclass(frozen=True, slots=True)
class RunningCall:
    """A socket call that was begun on the target and is waited for later, with `Sockets.wait`."""

    call: Call
    worker: int
    pending: PendingCall
    phase: Phase | None = None
    """The phase that it began in: the target may be in another one when it returns."""

    @property
    def thread(self) -> str:
        """The target's thread that makes the call."""
        return f"worker{self.worker}"


class Sockets:
    """The sockets of one run's target.

    Arguments:
        session: the run.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.kinds: dict[str, str] = {}
        """Sockets that exist on the target, and the kind of each."""

    def call(self, call: Call, worker: int = 0, timeout_s: float = CALL_S) -> Reply:
        """Have a worker on the target make a socket call, in the phase that it belongs to, and wait for it.

        Arguments:
            call: from `link.calls`.
            worker: the target's worker thread, from 0.
            timeout_s: seconds until the bench gives up.
        """
        return self.wait(self.begin(call, worker), timeout_s)

    def begin(self, call: Call, worker: int = 0) -> RunningCall:
        """Have a worker make a socket call, and go on; `wait` takes its answer.

        Errors:
            BoardTooSmall: the target has less than the call needs.
        """
        session = self._session
        capacity.check(call, worker, len(self.kinds), session.agent.hello)
        kind = self._kind_to_create(call) if call.name == "create" else self.kinds.get(call.socket, "")
        if kind and kind not in PLAIN_KINDS:
            if call.name == "delete_socket":
                session.leave()  # so that the last phase shows what close() gave back, not what delete did
            elif (phase := PHASE_OF_CALL.get(call.name)) is not None:
                session.enter(phase)
        return RunningCall(call, worker, session.agent.begin(call, worker), session.target.phase)

    def _kind_to_create(self, call: Call) -> str:
        """The kind of a new socket; that of an image with another configuration need not be in this one."""
        kind, hello = call.message.create.kind, self._session.target.hello
        if hello.configuration and kind not in hello.kinds:
            raise NotThere(f"the configuration {hello.configuration!r} has no sockets of kind {kind!r}")
        return kind

    def wait(self, running: RunningCall, timeout_s: float = CALL_S) -> Reply:
        """Wait until a call returns.

        Errors:
            CallTimeout: it did not, within `timeout_s` seconds; it may be waited for again.
        """
        session = self._session
        reply = running.pending.wait(timeout_s)
        call = running.call
        if call.name == "create" and reply.ok:
            self.kinds[call.socket] = call.message.create.kind
        elif call.name == "delete_socket" and reply.ok:
            self.kinds.pop(call.socket, None)
        elif PHASE_OF_CALL.get(call.name) == Phase.HANDSHAKE and session.target.phase == Phase.HANDSHAKE:
            if reply.ok:
                self.record_blocked(running, reply)  # the phase's own values hold the agent's work besides
            if reply.result not in GOES_ON:
                done = reply.ok or reply.result == Nsapi.IS_CONNECTED
                session.enter(Phase.ESTABLISHED if done else None)
        return reply

    def store(self, *blobs: bytes) -> list[Range]:
        """Lay certificates and keys down on the target for the next call, outside of any phase: it is the bench that
        does this, no application would.

        Errors:
            BoardTooSmall: there is no room for them.
        """
        self._session.leave()
        agent = self._session.agent
        capacity.require(agent.hello, "blob_bytes", len(side_by_side(*blobs)[0]))
        return agent.store(*blobs)

    def delete_all(self) -> None:
        """Delete every socket that is left on the target, a wrapper before the socket below it.

        Errors:
            CallFailed: one cannot be deleted.
        """
        for name in reversed(list(self.kinds)):
            reply = self.call(calls.delete(name), timeout_s=TIDY_S)
            if not reply.ok:
                raise CallFailed(f"{reply}")

    def record_blocked(self, running: RunningCall, reply: Reply) -> None:
        """Record how long a call kept its caller, and the instructions that the target executed meanwhile."""
        session = self._session
        phase, thread, name = running.phase, running.thread, running.call.name
        method = f"target's clock around the call, {session.info.clock}"
        blocked = Metric("blocked", reply.blocked_us, method, phase, thread, name)
        probe = session.board.probe
        spent = [cpu.call_metric(probe.call(reply.id), phase, thread, name)] if probe is not None else []
        session.recorder.record_call(blocked, *spent)
