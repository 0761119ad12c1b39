"""Moves requests and answers over one serial byte stream, and tells everybody who waits when it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from ..boards import ByteStream
from ..model.errors import (
    BenchError,
    LinkClosedError,
    ProtocolVersionError,
    RestartError,
    SyncTimeout,
)
from . import codec
from .answers import Reply
from .pending import Failure, PendingCall
from .receiver import Channel, Receiver
from .repeat import Repeats
from .requests import Requests
from .schema import PROTOCOL_VERSION, pb

READ_BYTES = 65536
POLL_S = 0.1
"""Longest wait of one read of the stream: how soon the reader sees that it shall end."""
REPEAT_POLL_S = 0.05
"""How often to look whether a request is to be sent again."""
SILENCE_S = 1.0
"""Silence after which a fault report or a frame that broke off is taken as it is."""
RESEND_START_S = 1.0
"""How often a start is repeated that has no answer: the target may not have been listening yet."""


class Link:
    """The serial line to one target. A reader thread serves all that wait; close it, or use it with ``with``.

    Arguments:
        stream: the line; stays the board's, which closes it.
        console_log: where the console text goes, each line with a host time; None writes none.
        repeat_after_s: seconds without an answer after which a request is sent again, to a target that can take that;
            None: the line loses nothing.
    """

    def __init__(
        self, stream: ByteStream, console_log: Path | None = None, repeat_after_s: float | None = None
    ) -> None:
        self._stream = stream
        self._received = Receiver(console_log)
        self._changed = threading.Condition()  # its lock guards all that follows
        self._write_lock = threading.Lock()
        self._requests = Requests(self._changed, self._received)
        self._readies = 0
        self.ready_at: float | None = None
        """``time.monotonic()`` of the first Ready since the link was opened or `expect_ready` was called."""
        self._closing = threading.Event()
        self._repeat_after_s = repeat_after_s
        self._repeats = False  # the target takes a request twice
        self._threads = [threading.Thread(target=self._read, name="link reader", daemon=True)]
        if repeat_after_s is not None:
            self._threads.append(threading.Thread(target=self._repeat, name="link repeater", daemon=True))
        for thread in self._threads:
            thread.start()

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
        for thread in self._threads:
            thread.join()

    @property
    def console(self) -> str:
        """The last few thousand characters that the target printed."""
        with self._changed:
            return self._received.text

    @property
    def console_lines(self) -> int:
        """How many lines the target printed until now, the bench's own remarks not counted."""
        with self._changed:
            return self._received.lines

    def console_since(self, count: int, enough: Callable[[list[str]], bool], timeout_s: float) -> list[str]:
        """The lines that the target printed after the first `count`, when they are enough or the time has passed.

        It does not wait for a target that has stopped; `check` tells that.

        Arguments:
            count: how many lines to leave out.
            enough: looks at them, again whenever something came.
            timeout_s: seconds from now.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._requests.over or enough(self._received.lines_since(count)), timeout_s)
            return self._received.lines_since(count)

    def check(self, awaited: str) -> None:
        """Return if the target may still say something; else raise why it will not.

        Arguments:
            awaited: what was waited for, for the message.

        Raises:
            FaultError, LinkClosedError, ...: what every wait for this target ends with.
        """
        with self._changed:
            if failure := self._requests.over:
                raise failure(awaited)

    def evidence(self) -> str:
        """All that can be told about the line: console text, damaged frames, rejections, bytes received."""
        with self._changed:
            return self._received.evidence()

    # --- asking ---

    def start(self, nonce: int, start: pb.Start, timeout_s: float) -> Reply:
        """Begin a run: wait for the target, hand over nonce and start values, and take its first answer.

        The target may be freshly on (it says Ready) or running from an earlier run (it says nothing): the request is
        sent at each Ready and each second. Requests of before are dropped. Before a reset, call `expect_ready`.

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
            self._take([])  # the target may have said already why it will not answer
            seen = 0  # a Ready of before this call counts
        pending = self._register("start")
        request = pb.Request(nonce=nonce, id=pending.id, start=start)
        while True:
            with self._changed:
                resend = min(deadline, time.monotonic() + RESEND_START_S)
                while not pending.done() and self._readies == seen and time.monotonic() < resend:
                    self._changed.wait(max(0.0, resend - time.monotonic()))
                if pending.done():
                    reply = pending.wait(0)
                    self._requests.started = True
                    self._repeats = reply.hello is not None and reply.hello.repeats
                    return reply
                if self._readies == seen and time.monotonic() >= deadline:
                    self._requests.forget(pending)
                    raise self._no_sync(timeout_s)
                seen = self._readies
            self._put(self._framed(request))

    def _no_sync(self, timeout_s: float) -> SyncTimeout:
        said = "never said that it is ready" if self.ready_at is None else "said that it is ready, but not its name"
        return SyncTimeout(f"the target {said}, in {timeout_s:g} s", received=self._received.evidence())

    def expect_ready(self) -> None:
        """Say that the target is about to restart (reset, power): its Ready is no failure."""
        with self._changed:
            self._drop_run(0)
            self._received.forget_failures()
            self._readies = 0
            self.ready_at = None

    def send(self, request: pb.Request, text: str, *, prompt: bool = False) -> PendingCall:
        """Send a request of the run; fills in its nonce and id.

        Arguments:
            request: has its ``op`` set.
            text: the request for messages.
            prompt: the agent answers it at once: when a frame is damaged meanwhile, it is not waited for much longer.
        """
        pending = self._register(text, prompt)
        request.nonce = self._requests.nonce
        request.id = pending.id
        pending.frame = self._framed(request)
        if self._repeat_after_s is not None and self._repeats:
            with self._changed:
                pending.repeats = Repeats(self._repeat_after_s, time.monotonic(), self._received.troubles)
        self._put(pending.frame)
        return pending

    def _register(self, text: str, prompt: bool = False) -> PendingCall:
        with self._changed:
            return self._requests.register(text, prompt)

    # --- other channels ---

    def set_channel(self, number: int, channel: Channel | None) -> None:
        """Say who gets what comes on a channel; None: nobody any more, and what still comes is no mistake."""
        with self._changed:
            self._received.channels[number] = channel

    def send_on(self, number: int, message: bytes) -> None:
        """Send a message on a channel. Waits while the line is busy; a line that has ended takes it and is silent."""
        self._put(codec.encode(number, message))

    def note(self, text: str) -> None:
        """Put a remark of the bench between the lines of the console."""
        with self._changed:
            self._received.note(text)

    def _framed(self, request: pb.Request) -> bytes:
        return codec.encode(PROTOCOL_VERSION, request.SerializeToString())

    def _repeat(self) -> None:
        """Send again what was not answered, in a thread of its own."""
        while not self._closing.wait(REPEAT_POLL_S):
            with self._changed:
                due = self._requests.due()
            for pending in due:
                self._put(pending.frame, of=pending)

    def _put(self, frame: bytes, of: PendingCall | None = None) -> None:
        """Send a frame; one that is sent again only if its request is not answered meanwhile.

        Nobody can have sent a later request on the strength of that answer: it would have gone over this lock.
        """
        try:
            with self._write_lock:
                if of is None or self._requests.waits(of):
                    self._stream.write(frame)
        except (BenchError, OSError, EOFError) as error:
            self._end(self._line_ended(error))

    def _drop_run(self, nonce: int) -> None:
        """Forget the run until now, its failure included, and take what carries ``nonce`` from here on."""
        self._requests.begin(nonce, lambda text: RestartError("the target was started anew meanwhile", command=text))
        self._changed.notify_all()

    # --- receiving, in the reader's thread ---

    def _read(self) -> None:
        silent_since = time.monotonic()
        try:
            while not self._closing.is_set():
                data = self._stream.read(READ_BYTES, POLL_S)
                with self._changed:
                    if data:
                        silent_since = time.monotonic()
                        self._take(self._received.feed(data))
                    elif time.monotonic() - silent_since > SILENCE_S:
                        self._received.break_off()
                        self._take([])
        except Exception as error:  # whatever it is: nobody may wait for a reader that is gone
            with self._changed:
                self._received.break_off()
                self._take([])
            self._end(self._line_ended(error))
        finally:
            with self._changed:
                self._received.close()

    def _take(self, notices: list[pb.Notice]) -> None:
        for notice in notices:
            kind = notice.WhichOneof("kind")
            if kind == "ready":
                self._ready()
            elif kind == "rejected":
                self._received.reject(notice.rejected)
            elif notice.nonce != self._requests.nonce:
                self._received.ignore_foreign()
            elif kind == "reply":
                self._requests.answer(notice.reply)
        fault, version = self._received.fault, self._received.other_version
        if fault is not None or version is not None:
            evidence = self._received.evidence()
            if fault is not None:
                self._requests.fail(lambda text: fault.error(command=text, received=evidence))
            if version is not None:
                self._requests.fail(lambda _: ProtocolVersionError(version, PROTOCOL_VERSION, received=evidence))
        self._changed.notify_all()

    def _ready(self) -> None:
        self._readies += 1
        self._received.forget_failures()  # it lives
        if self.ready_at is None:
            self.ready_at = time.monotonic()
        if self._requests.started:
            self._requests.started = False
            self._received.note("the target started again")
            message, evidence = "the target started again in the middle of the run", self._received.evidence()
            self._requests.fail(lambda text: RestartError(message, command=text, received=evidence))

    def _end(self, failure: Failure) -> None:
        """End every wait for good."""
        with self._changed:
            self._requests.end(failure)
            self._changed.notify_all()

    def _line_ended(self, error: Exception) -> Failure:
        if isinstance(error, BenchError):
            return lambda _: error
        message, evidence = f"the line to the target has ended: {str(error) or type(error).__name__}", self.evidence()
        return lambda text: LinkClosedError(message, command=text, received=evidence)
