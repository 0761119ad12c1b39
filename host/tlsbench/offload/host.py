"""The host's end as a whole: one thread that moves messages between the line and the sockets."""

from __future__ import annotations

import os
import secrets
import threading
import traceback
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from google.protobuf.message import DecodeError

from tlsbench.link import Link
from tlsbench.model.board import BoardInfo

from . import addresses
from .base import HostSocket
from .schema import CHANNEL, pb
from .session import WINDOW, Counts, Session
from .sockets import Sockets

STACK = "offload"
"""The stack that this is the other end of, as `[firmware] stack` in board.toml has it."""
INBOX = 256
"""Messages that may wait here. A target that keeps to the protocol has far fewer under way."""
SHORTEST_FRAME, FRAME_BYTES = 96, 2048
"""Longest message: what it may be for a target (`offload.frame-bytes`), and here."""
BITS_PER_BYTE = 10
RESERVED = 2
"""Places that data leaves to messages that keep others going."""


class Host:
    """Opens, connects and closes sockets as a target says, and moves their data. A context manager.

    All of it runs in one thread. Nothing grows without end: a peer's data is read only as far as the target takes it,
    and the target sends only as much as there is room for here.

    Arguments:
        link: the line.
        names: IPv4 addresses by host name, in lower case: those that can be resolved.
        baud: of the line; None: it is faster than anybody.
    """

    def __init__(self, link: Link, names: Mapping[str, str], baud: int | None = None) -> None:
        self._link = link
        self._baud = baud
        self._inbox: deque[bytes | None] = deque(maxlen=INBOX)  # None: a frame was damaged
        self._awake, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._session: Session | None = None
        self._sockets = Sockets(self, names)
        self._told_trouble = 0
        self.counts: list[Counts] = []
        """Of every session, the newest last."""
        self._ending = False
        self._thread = threading.Thread(target=self._serve, name="offload host", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._link.set_channel(CHANNEL, self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End: every socket is closed, and the target hears nothing more. May be called twice."""
        if not self._ending:
            self._link.set_channel(CHANNEL, None)
            self._ending = True
            self._rouse()
            self._thread.join()
            os.close(self._wake)
            os.close(self._awake)

    # --- called by the link ---

    def take(self, message: bytes) -> None:
        """A message came; one too many is lost, and comes again."""
        self._inbox.append(message)
        self._rouse()

    def damaged(self) -> None:
        """A frame was damaged."""
        self._inbox.append(None)
        self._rouse()

    def _rouse(self) -> None:
        with suppress(BlockingIOError):  # it is awake
            os.write(self._wake, b"!")

    # --- for the sockets ---

    @property
    def room(self) -> int:
        """How many messages of data may be sent now."""
        return max(0, self._session.room - RESERVED) if self._session else 0

    @property
    def data_room(self) -> int:
        """Most bytes of data in one message."""
        return self._session.data_room if self._session else 0

    def send(self, message: pb.ToTarget) -> None:
        """Send a message, in order."""
        if self._session:
            self._session.send(message)

    def note(self, text: str) -> None:
        """Put a remark into the console's log."""
        self._link.note(f"offload: {text}")

    def next_number(self) -> int:
        """A number for a connection that a listener accepted."""
        return self._sockets.next_number()

    def add(self, sock: HostSocket) -> None:
        """Look after a socket from now on."""
        self._sockets.add(sock)

    # --- the thread ---

    def _serve(self) -> None:
        try:
            while not self._ending:
                with self._guarded():
                    self._wait()
                while self._inbox and not self._ending:
                    with self._guarded():
                        self._hear(self._inbox.popleft())
                with self._guarded():
                    if self._session:
                        self._session.write_one()
                self._sockets.forget_done()
        finally:
            self._drop_all()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """What a target that is broken asks for ends its session, and is told; it ends nothing else, nor do we."""
        try:
            yield
        except Exception as error:
            why = "the board asks for what cannot be"
            if not isinstance(error, OSError | OverflowError | ValueError):
                frame = traceback.extract_tb(error.__traceback__)[-1]
                why = f"a mistake of the bench's ({Path(frame.filename).name}, line {frame.lineno})"
            self.note(f"{why}, the board's session ends: {type(error).__name__}: {error}")
            if self._session:
                self._write(pb.ToTarget(session=self._session.number, unknown=True).SerializeToString())
            self._drop_all()

    def _wait(self) -> None:
        """Wait for the link, the sockets or time, and serve the sockets that are ready."""
        timeout = None
        if self._session:
            timeout = 0.0 if self._session.busy else self._session.tick()
        if self._sockets.serve(self._awake, timeout):
            os.read(self._awake, 4096)

    def _hear(self, data: bytes | None) -> None:
        if data is None:
            if self._session:
                self._session.damaged()
            self._tell_trouble()
            return
        message = pb.ToHost()
        try:
            message.ParseFromString(data)
        except DecodeError:
            return  # its CRC was right: the target is of another version, and will hear nothing
        what = message.WhichOneof("what")
        if what == "hello":
            self._welcome(message.hello)
        elif self._session is None or message.session != self._session.number:
            self._link.send_on(CHANNEL, pb.ToTarget(session=message.session, unknown=True).SerializeToString())
        elif what == "bye":
            self._drop_all()
        elif self._session.take(message):
            self._sockets.obey(message)
        self._tell_trouble()

    def _welcome(self, hello: pb.Hello) -> None:
        if not SHORTEST_FRAME <= hello.frame_bytes <= FRAME_BYTES:
            raise ValueError(f"messages of {hello.frame_bytes} bytes; {SHORTEST_FRAME} to {FRAME_BYTES} can be")
        # The line keeps the order: while nothing else has come, this is the same hello, said again.
        if self._session is None or not self._session.fresh:
            self._drop_all()
            number = secrets.randbelow((1 << 14) - 1) + 1
            patience = 0.25
            if self._baud:
                patience += 3 * WINDOW * hello.frame_bytes * BITS_PER_BYTE / self._baud
            self._session = Session(number, hello.frame_bytes, patience, self._write)
            self.counts.append(self._session.counts)
            self._told_trouble = 0
        home = addresses.number_of(addresses.LOOPBACK)
        netmask = addresses.number_of("255.0.0.0")
        welcome = pb.Welcome(address=home, netmask=netmask, gateway=home, frame_bytes=FRAME_BYTES, id=hello.id)
        self._write(pb.ToTarget(session=self._session.number, welcome=welcome).SerializeToString())

    def _write(self, message: bytes) -> None:
        self._link.send_on(CHANNEL, message)

    # --- ends ---

    def _drop_all(self) -> None:
        """The session is over, and with it all that the target had."""
        self._sockets.drop_all()
        if self._session and self._session.counts.trouble > self._told_trouble:
            self.note(f"in all: {self._session.counts}")
        self._session = None

    def _tell_trouble(self) -> None:
        """Tell when the line first did harm, and when that has doubled."""
        if self._session is None:
            return
        trouble = self._session.counts.trouble
        if trouble > self._told_trouble and trouble >= 2 * self._told_trouble:
            self._told_trouble = trouble
            self.note(str(self._session.counts))


@contextmanager
def serve(link: Link, info: BoardInfo, names: Mapping[str, str]) -> Iterator[Host | None]:
    """The other end of a board's stack, as long as the context lasts; nothing for a board with another stack.

    Arguments:
        link: the board's line.
        info: what `board.toml` says.
        names: IPv4 addresses by host name, in lower case.
    """
    if info.firmware.stack != STACK:
        yield None
        return
    with Host(link, names, info.serial.baud) as host:
        yield host
