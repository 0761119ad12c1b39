"""Asks the agent on the target: socket calls in its worker threads, and everything that is answered at once."""

from __future__ import annotations

from ..model.errors import ConfigError, LinkError
from .answers import Hello, Reply, Stats, Status
from .calls import Call, Range
from .link import Link
from .pending import PendingCall
from .schema import pb

ANSWER_S = 10.0
"""Seconds within which the agent answers what it answers at once; much more than it takes, for busy machines."""
ALIGNMENT = 4
"""Bytes to which blobs are aligned on the target."""


class Agent:
    """The remote-control agent of one target. All methods may be used from several threads.

    Every method raises what ``PendingCall.wait`` raises: the link's errors, with their evidence.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self._hello: Hello | None = None
        self._stored = b""  # what `store` left in the blob area

    @property
    def hello(self) -> Hello:
        """What the firmware said of itself at start.

        Raises:
            LinkError: the agent was not started yet.
        """
        if self._hello is None:
            raise LinkError("the agent was not started yet: call start first")
        return self._hello

    def start(self, nonce: int, seed: bytes, epoch_s: int, timeout_s: float = 5.0) -> Hello:
        """Begin a run: wait for the target to be ready and start it.

        Again after a reset, with a new nonce: ``link.expect_ready()``, then the reset, then this.

        Arguments:
            nonce: names the run, 1 to 2**64 - 1; frames of other runs are ignored by both sides.
            seed: entropy for a board that has none, at most 64 bytes; empty: the board's own.
            epoch_s: wall clock for the target, seconds since 1970 UTC; certificates are checked against it.
            timeout_s: seconds for the target to get ready and answer.

        Raises:
            SyncTimeout: the target never spoke, or not to us; carries what was received.
        """
        if not 0 < nonce < 2**64:
            raise ConfigError(f"{nonce} is out of range; it may be 1 to 2**64 - 1", key="nonce")
        if len(seed) > 64:
            raise ConfigError(f"{len(seed)} bytes; the target takes at most 64", key="seed")
        reply = self.link.start(nonce, pb.Start(seed=seed, epoch_s=epoch_s), timeout_s)
        if reply.hello is None:
            raise LinkError("the target answered the start without saying what it is", received=self.link.evidence())
        self._hello, self._stored = reply.hello, b""
        return reply.hello

    # --- socket calls, in a worker ---

    def begin(self, call: Call, worker: int = 0) -> PendingCall:
        """Have a worker make a call, and return at once.

        Arguments:
            call: from ``link.calls``.
            worker: 0 to ``Hello.workers - 1``; it must be idle.

        Returns:
            The call, to be waited for.
        """
        message = pb.Call()
        message.CopyFrom(call.message)
        message.worker = worker
        return self.link.send(pb.Request(call=message), f"{call.text} in worker {worker}")

    def call(self, call: Call, worker: int = 0, timeout_s: float = 30.0) -> Reply:
        """Have a worker make a call and wait until it returns.

        Arguments:
            call: from ``link.calls``.
            worker: 0 to ``Hello.workers - 1``; it must be idle.
            timeout_s: seconds; a call that blocks longer stays pending on the target and keeps its worker.
        """
        return self.begin(call, worker).wait(timeout_s)

    # --- answered at once, also while calls block ---

    def _ask(self, request: pb.Request, text: str) -> Reply:
        return self.link.send(request, text, prompt=True).wait(ANSWER_S)

    def status(self) -> Status:
        """What the workers do and for how long, and the sockets."""
        status = self._ask(pb.Request(status=pb.Ask()), "status").status
        assert status is not None, "the agent answers `status` with a status"
        return status

    def stats(self) -> Stats:
        """Heap and stacks now, with the peaks since the last mark."""
        return _stats(self._ask(pb.Request(stats=pb.Ask()), "stats"))

    def mark(self, mark_id: int) -> Stats:
        """End a phase: the peaks restart, and the emulator's probe takes a snapshot under ``mark_id``.

        Returns:
            The stats of the phase that ends.
        """
        return _stats(self._ask(pb.Request(mark=pb.Mark(id=mark_id)), f"mark({mark_id})"))

    def set_time(self, epoch_s: int) -> None:
        """Set the target's wall clock, seconds since 1970 UTC."""
        self._ask(pb.Request(set_time=pb.SetTime(epoch_s=epoch_s)), f"set_time({epoch_s})")

    def set_worker(self, index: int, stack_bytes: int = 0, priority: int = 0) -> None:
        """Replace a worker by a fresh thread with a freshly painted stack. It must be idle.

        Arguments:
            index: 0 to ``Hello.workers - 1``.
            stack_bytes: its stack; 0: as much as a worker can have (``Hello.worker_stack_bytes``).
            priority: an ``osPriority`` (24 is osPriorityNormal); 0: osPriorityNormal.
        """
        message = pb.SetWorker(index=index, stack_bytes=stack_bytes, priority=priority)
        self._ask(pb.Request(set_worker=message), f"set_worker({index}, {stack_bytes}, {priority})")

    def heap_limit(self, limit_bytes: int) -> None:
        """Let allocations fail beyond so many live bytes, allocator overhead included; 0 lifts the limit."""
        self._ask(pb.Request(heap_limit=pb.HeapLimit(bytes=limit_bytes)), f"heap_limit({limit_bytes})")

    def trace(self, config: int) -> None:
        """Show log lines as this says (``mbed_trace_config_set``); 0: none (``mbed_trace_free``)."""
        self._ask(pb.Request(trace=pb.Trace(on=config != 0, config=config)), f"trace({config:#04x})")

    def put(self, offset: int, data: bytes) -> None:
        """Write into the target's blob area. It is shared by all calls; see `store`."""
        self._stored = b""
        step = self.hello.data_bytes
        for start in range(0, len(data), step):
            message = pb.Put(offset=offset + start, data=data[start : start + step])
            self._ask(pb.Request(put=message), f"put({offset + start}, {len(message.data)} bytes)")

    def store(self, *blobs: bytes) -> list[Range]:
        """Lay blobs side by side into the blob area, over what was there, for the next call.

        The calls copy what they are given, so each call may store anew. A zero byte follows each blob, so that it is
        also a C string.

        Returns:
            Where each one lies.

        Raises:
            ConfigError: they are too big together.
        """
        area, ranges = side_by_side(*blobs)
        if len(area) > self.hello.blob_bytes:
            raise ConfigError(
                f"{len(area)} bytes of certificates and keys; the target has room for {self.hello.blob_bytes}"
            )
        if area != self._stored:  # a serial line is slow, and certificates are used again and again
            self.put(0, area)
            self._stored = area
        return ranges


def side_by_side(*blobs: bytes) -> tuple[bytes, list[Range]]:
    """What the blob area has to hold for these blobs, and where in it each one lies."""
    ranges: list[Range] = []
    area = bytearray()
    for blob in blobs:
        area += bytes(-len(area) % ALIGNMENT)
        ranges.append(Range(len(area), len(blob)))
        area += blob + b"\0"
    return bytes(area), ranges


def _stats(reply: Reply) -> Stats:
    assert reply.stats is not None, "the agent answers `stats` and `mark` with stats"
    return reply.stats
