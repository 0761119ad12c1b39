"""Moves requests, answers and console text over one serial byte stream, and says what went wrong with it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from google.protobuf.message import DecodeError

from ..model.errors import (
    AgentError,
    BenchError,
    CallTimeout,
    FrameError,
    LinkClosedError,
    ProtocolVersionError,
    RestartError,
    SyncTimeout,
)
from . import codec
from .answers import Reply, rejections
from .console import FAULT_BEGIN, Console
from .schema import PROTOCOL_VERSION, pb

READ_BYTES = 65536
POLL_S = 0.1
"""Longest wait of one read of the stream: how soon the reader sees that it shall end."""
REPORT_S = 1.0
"""Silence after which a fault report or a frame that broke off is taken as it is."""
KEPT_BAD_FRAMES = 8


class ByteStream(Protocol):
    """The serial line, as a board gives it."""

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Up to ``max_bytes`` as soon as there are any; ``b""`` when ``timeout_s`` passes without.

        Raises:
            BenchError: the line has ended; says why.
            EOFError, OSError: the same, without a story.
        """
        ...

    def write(self, data: bytes) -> None:
        """Write all of ``data``."""
        ...


class PendingCall:
    """A request that was sent. May be waited for from any thread, and again after a wait that was too short."""

    def __init__(self, link: Link, request_id: int, text: str) -> None:
        self._link = link
        self.id = request_id
        self.text = text
        self._reply: Reply | None = None
        self._error: str | None = None
        self._failure: Failure | None = None

    def done(self) -> bool:
        """Whether a wait would end at once: answered, refused or failed."""
        return self._link.is_done(self)

    @property
    def reply(self) -> Reply | None:
        """The answer, or None while there is none. Raises what `wait` raises if the request failed."""
        return self.wait(0) if self.done() else None

    def wait(self, timeout_s: float) -> Reply:
        """Wait for the answer.

        Arguments:
            timeout_s: seconds from now.

        Raises:
            CallTimeout: no answer in time; the request stays pending.
            FrameError: a damaged frame came meanwhile, or the target could not take ours.
            FaultError: the firmware stopped with a fault report.
            RestartError: the target started again.
            ProtocolVersionError: the target speaks another version.
            AgentError: the agent refused the request.
            LinkClosedError: the line has ended (or the error that the board ended it with).
        """
        return self._link.wait(self, timeout_s)


Failure = Callable[[str | None], BenchError]
"""Makes the error that a wait ends with, from the text of the request that waited."""


class Link:
    """The serial line to one target. A reader thread serves all that wait; close it, or use it with ``with``.

    Arguments:
        stream: the line; stays the board's, which closes it.
        console_log: where the console text goes, each line with a host time; None writes none.
    """

    def __init__(self, stream: ByteStream, console_log: Path | None = None) -> None:
        self._stream = stream
        self._decoder = codec.FrameDecoder()
        self._console = Console(console_log)
        self._changed = threading.Condition()
        self._write_lock = threading.Lock()
        self._pending: dict[int, PendingCall] = {}
        self._next_id = 1
        self._nonce = 0
        self._started = False  # a Ready means a restart
        self._failure: Failure | None = None  # of this run
        self._ended: Failure | None = None  # of the line, for good
        self._bad_frames: deque[codec.BadFrame] = deque(maxlen=KEPT_BAD_FRAMES)
        self._bad_count = 0
        self._rejected = ""
        self._foreign = 0
        self._received = 0
        self.ready_at: float | None = None
        """``time.monotonic()`` of the first Ready since the link was opened or `expect_ready` was called."""
        self._readies = 0
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name="link reader", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the reader and the console log. Every wait ends with LinkClosedError. The stream stays open."""
        self._end(lambda text: LinkClosedError("the link was closed", command=text))
        self._closing.set()
        if self._reader is not threading.current_thread():
            self._reader.join()

    # --- what was received ---

    @property
    def console(self) -> str:
        """The last few thousand characters that the target printed."""
        with self._changed:
            return self._console.tail

    def evidence(self) -> str:
        """All that can be told about the line: console text, damaged frames, rejections, bytes received."""
        with self._changed:
            return self._evidence()

    def _evidence(self) -> str:
        parts = [self._console.tail.rstrip("\n")] if self._console.tail.strip() else []
        if self._bad_count:
            parts.append(f"damaged frames from the target: {self._bad_count}, the last ones:")
            parts += [f"  {frame}" for frame in self._bad_frames]
        if self._decoder.partial:
            parts.append(f"a frame that has not ended: {self._decoder.partial[:64].hex(' ')}")
        if self._rejected:
            parts.append(self._rejected)
        if self._foreign:
            parts.append(f"{self._foreign} frames belonged to another run and were ignored")
        parts.append(f"{self._received} bytes in all")
        return "\n".join(parts)

    # --- asking ---

    def start(self, nonce: int, start: pb.Start, timeout_s: float) -> Reply:
        """Begin a run: wait for the target, hand over nonce and start values, and take its first answer.

        The target may be freshly on (it says Ready) or running from an earlier run (it says nothing): the request is
        sent at each Ready and each second. Requests of before are dropped.

        Arguments:
            nonce: names the run; not 0.
            start: what the target is started with.
            timeout_s: seconds from now.

        Raises:
            SyncTimeout: no answer in time; carries what was received.
            Others as in ``PendingCall.wait``.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._drop_run(nonce)
            seen, self._readies = 0, min(self._readies, 1)
        pending = self._register("start")
        request = pb.Request(nonce=nonce, id=pending.id, start=start)
        while True:
            with self._changed:
                resend = min(deadline, time.monotonic() + 1.0)
                while not self._is_done(pending) and self._readies == seen and time.monotonic() < resend:
                    self._changed.wait(max(0.0, resend - time.monotonic()))
                ready, seen = self._readies > seen, self._readies
            if pending.done():
                reply = pending.wait(0)
                with self._changed:
                    self._started = True
                return reply
            if not ready and time.monotonic() >= deadline:
                with self._changed:
                    self._pending.pop(pending.id, None)
                    evidence = self._evidence()
                    silent = self.ready_at is None
                raise SyncTimeout(
                    f"the target never said that it is ready, in {timeout_s:g} s"
                    if silent
                    else f"the target said that it is ready and did not answer the start, in {timeout_s:g} s",
                    received=evidence,
                )
            self._write(request)

    def expect_ready(self) -> None:
        """Say that the target is about to restart (reset, power): its Ready is no failure."""
        with self._changed:
            self._drop_run(0)
            self._readies = 0
            self.ready_at = None

    def send(self, request: pb.Request, text: str) -> PendingCall:
        """Send a request of the run; fills in its nonce and id.

        Arguments:
            request: has its ``op`` set.
            text: the request for messages.
        """
        pending = self._register(text)
        request.nonce = self._nonce
        request.id = pending.id
        self._write(request)
        return pending

    def _register(self, text: str) -> PendingCall:
        with self._changed:
            pending = PendingCall(self, self._next_id, text)
            self._next_id += 1
            self._pending[pending.id] = pending
            return pending

    def _write(self, request: pb.Request) -> None:
        frame = codec.encode(PROTOCOL_VERSION, request.SerializeToString())
        try:
            with self._write_lock:
                self._stream.write(frame)
        except (BenchError, OSError, EOFError) as error:
            self._end(_line_ended(error, self.evidence))

    def is_done(self, pending: PendingCall) -> bool:
        """See ``PendingCall.done``."""
        with self._changed:
            return self._is_done(pending)

    def _is_done(self, pending: PendingCall) -> bool:
        return any((pending._reply, pending._error is not None, pending._failure, self._failure, self._ended))

    def wait(self, pending: PendingCall, timeout_s: float) -> Reply:
        """See ``PendingCall.wait``."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            bad_before = self._bad_count
            while not self._is_done(pending):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise self._timed_out(pending, timeout_s, self._bad_count - bad_before)
                self._changed.wait(left)
            if pending._error is not None:
                raise AgentError(f"the agent refused: {pending._error}", command=pending.text)
            if pending._reply is not None:
                return pending._reply
            failure = pending._failure or self._failure or self._ended
            assert failure is not None
            raise failure(pending.text)

    def _timed_out(self, pending: PendingCall, timeout_s: float, damaged: int) -> BenchError:
        if damaged:
            frames = "a damaged frame" if damaged == 1 else f"{damaged} damaged frames"
            message = f"no answer in {timeout_s:g} s, but {frames}"
            return FrameError(message, command=pending.text, received=self._evidence())
        return CallTimeout(f"no answer in {timeout_s:g} s", command=pending.text, received=self._evidence())

    def _drop_run(self, nonce: int) -> None:
        """Forget the run until now, failures included, and take what carries ``nonce`` from here on."""
        for pending in self._pending.values():
            pending._failure = lambda text: RestartError("the target was started anew meanwhile", command=text)
        self._pending.clear()
        self._failure = None
        self._console.clear_fault()
        self._rejected = ""
        self._nonce, self._next_id, self._started = nonce, 1, False
        self._changed.notify_all()

    # --- receiving, in the reader's thread ---

    def _read(self) -> None:
        silent_since = time.monotonic()
        try:
            while not self._closing.is_set():
                data = self._stream.read(READ_BYTES, POLL_S)
                now = time.monotonic()
                with self._changed:
                    if data:
                        silent_since = now
                        self._received += len(data)
                        self._take(self._decoder.feed(data))
                    elif now - silent_since > REPORT_S:
                        self._take_broken_off()
                    self._changed.notify_all()
        except (BenchError, OSError, EOFError) as error:
            with self._changed:
                self._take_broken_off()
            self._end(_line_ended(error, self.evidence))
        finally:
            with self._changed:
                self._console.close()

    def _take(self, events: list[codec.Event]) -> None:
        for event in events:
            if isinstance(event, codec.Text):
                self._console.text(event.data)
                self._check_fault()
            elif isinstance(event, codec.BadFrame):
                self._damaged(event)
            elif event.version != PROTOCOL_VERSION:
                self._other_version(event)
            else:
                self._message(event)

    def _take_broken_off(self) -> None:
        """What began and was not ended: a target that stopped in the middle of a frame prints its report into it."""
        marker = FAULT_BEGIN.encode()
        partial = self._decoder.partial
        if marker in partial:
            self._decoder.give_up()
            self._damaged(codec.BadFrame(partial[: partial.index(marker)], "ends in the middle"))
            self._console.text(partial[partial.index(marker) :])
        if self._console.in_fault_report:
            self._console.end_fault_report()
        self._check_fault()

    def _check_fault(self) -> None:
        report = self._console.fault
        if report is not None and self._failure is None:
            evidence = self._evidence()
            self._fail(lambda text: report.error(command=text, received=evidence))

    def _damaged(self, frame: codec.BadFrame) -> None:
        self._bad_frames.append(frame)
        self._bad_count += 1
        self._console.note(f"damaged frame, {frame}")

    def _other_version(self, frame: codec.Frame) -> None:
        evidence = self._evidence()
        self._fail(lambda _: ProtocolVersionError(frame.version, PROTOCOL_VERSION, received=evidence))

    def _message(self, frame: codec.Frame) -> None:
        notice = pb.Notice()
        try:
            notice.ParseFromString(frame.message)
        except DecodeError:
            self._damaged(codec.BadFrame(frame.message, "CRC is right, but no message of the schema"))
            return
        if notice.WhichOneof("kind") == "ready":
            self._ready()
        elif notice.WhichOneof("kind") == "rejected":
            self._reject(notice)
        elif notice.nonce != self._nonce:
            self._foreign += 1
        elif notice.WhichOneof("kind") == "reply":
            self._answer(notice.reply)

    def _ready(self) -> None:
        self._readies += 1
        if self.ready_at is None:
            self.ready_at = time.monotonic()
        if self._started:
            self._started = False
            self._console.note("the target started again")
            evidence = self._evidence()
            self._fail(
                lambda text: RestartError(
                    "the target started again in the middle of the run", command=text, received=evidence
                )
            )

    def _reject(self, notice: pb.Notice) -> None:
        counts = ", ".join(f"{name} {count}" for name, count in rejections(notice.rejected.counts).items())
        self._rejected = f"the target did not take a frame: {notice.rejected.reason} (since its boot: {counts})"
        self._console.note(self._rejected)
        if notice.nonce == self._nonce and self._started and self._pending:
            # Which request it was cannot be told from a damaged frame; requests are taken in order, so the newest
            # one that has no answer is the likely one, and the only one unless several threads ask at once.
            newest = self._pending.pop(max(self._pending))
            message, evidence = self._rejected, self._evidence()
            newest._failure = lambda text: FrameError(message, command=text, received=evidence)

    def _answer(self, message: pb.Reply) -> None:
        pending = self._pending.pop(message.id, None)
        if pending is None:
            return  # the second answer to a start that was sent twice
        if message.error:
            pending._error = message.error
        else:
            pending._reply = Reply.from_message(message, pending.text)

    def _fail(self, failure: Failure) -> None:
        """End every wait, now and later, until the next start. The first failure stands."""
        with self._changed:
            self._failure = self._failure or failure
            self._changed.notify_all()

    def _end(self, failure: Failure) -> None:
        """End every wait for good."""
        with self._changed:
            self._ended = self._ended or failure
            self._changed.notify_all()


def _line_ended(error: Exception, evidence: Callable[[], str]) -> Failure:
    if isinstance(error, BenchError):
        return lambda _: error
    return lambda text: LinkClosedError(f"the line to the target has ended: {error}", command=text, received=evidence())
