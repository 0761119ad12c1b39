"""What the agent answers, as plain values. Times are microseconds on the target's clock, sizes are bytes."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.nsapi import describe_mbedtls, describe_result, describe_verify_flags
from .schema import pb

CALL_NAMES: dict[int, str] = {field.number: field.name for field in pb.Call.DESCRIPTOR.oneofs_by_name["what"].fields}
"""Names of the calls by their number in the schema."""


@dataclass(frozen=True)
class Hello:
    """What the firmware says of itself at start."""

    board: str
    profile: str
    configuration: str
    """Which of the agent's configurations the image was built with; empty for the ordinary one."""
    mbedtls: str
    """Version of Mbed TLS, empty for an image without TLS."""
    lwip: str
    compiler: str
    firmware_id: str
    """Build id of the linked image, in hexadecimal."""
    entropy: str
    """``hardware``, or ``injected`` where the bench alone gave a seed, or ``none``."""
    clock_hz: int
    workers: int
    worker_stack_bytes: int
    sockets: int
    blob_bytes: int
    data_bytes: int
    """Most bytes of one send or recv through the link."""
    buffer_bytes: int
    """Most bytes of one chunk of pattern data."""
    kinds: tuple[str, ...]
    """Kinds of socket that this image can create."""
    uptime_us: int
    repeats: bool
    """A request may be sent again: it is answered again, and done once."""
    again: bool
    """The target had been started by another run before, without a reset in between."""

    @property
    def offloads_tls(self) -> bool:
        """Whether its TLS sockets leave TLS to the network: it has them, and no Mbed TLS."""
        return "tls" in self.kinds and not self.mbedtls

    @classmethod
    def from_message(cls, message: pb.Hello) -> Hello:
        """From the schema's message."""
        return cls(
            board=message.board,
            profile=message.profile,
            configuration=message.configuration,
            mbedtls=message.mbedtls,
            lwip=message.lwip,
            compiler=message.compiler,
            firmware_id=message.firmware_id,
            entropy=message.entropy,
            clock_hz=message.clock_hz,
            workers=message.workers,
            worker_stack_bytes=message.worker_stack_bytes,
            sockets=message.sockets,
            blob_bytes=message.blob_bytes,
            data_bytes=message.data_bytes,
            buffer_bytes=message.buffer_bytes,
            kinds=tuple(message.kinds),
            uptime_us=message.uptime_us,
            repeats=message.repeats,
            again=message.again,
        )


@dataclass(frozen=True)
class WorkerStatus:
    """What a worker thread does now."""

    index: int
    stack_bytes: int
    busy: bool
    request: int
    """Id of the request that it is busy with."""
    socket: str
    call: str
    """Name of the call, such as ``recv``; empty when idle."""
    elapsed_us: int
    """How long the call has kept the worker until now."""

    @classmethod
    def from_message(cls, message: pb.WorkerStatus) -> WorkerStatus:
        """From the schema's message."""
        return cls(
            index=message.index,
            stack_bytes=message.stack_bytes,
            busy=message.busy,
            request=message.request,
            socket=message.socket,
            call=CALL_NAMES.get(message.call, "") if message.busy else "",
            elapsed_us=message.elapsed_us,
        )


@dataclass(frozen=True)
class SocketStatus:
    """A named socket on the target."""

    name: str
    kind: str
    object_bytes: int
    """Size of the object that ``new`` made; its allocator overhead is not in it."""
    users: int
    """Workers that are inside a call of it."""
    sigio_count: int
    """How often its sigio callback fired since `sigio` was last switched on."""
    sigio_last_us: int
    tls_error: int
    verify_flags: int

    @classmethod
    def from_message(cls, message: pb.SocketStatus) -> SocketStatus:
        """From the schema's message."""
        return cls(
            name=message.name,
            kind=message.kind,
            object_bytes=message.object_bytes,
            users=message.users,
            sigio_count=message.sigio_count,
            sigio_last_us=message.sigio_last_us,
            tls_error=message.tls_error,
            verify_flags=message.verify_flags,
        )


@dataclass(frozen=True)
class Status:
    """What the target does now; asked for and answered also while calls block."""

    workers: tuple[WorkerStatus, ...]
    sockets: tuple[SocketStatus, ...]
    uptime_us: int
    rejected: dict[str, int]
    """Frames that the target could not take since boot, counted by cause."""

    @classmethod
    def from_message(cls, message: pb.Status) -> Status:
        """From the schema's message."""
        return cls(
            workers=tuple(WorkerStatus.from_message(worker) for worker in message.workers),
            sockets=tuple(SocketStatus.from_message(socket) for socket in message.sockets),
            uptime_us=message.uptime_us,
            rejected=rejections(message.rejections),
        )

    def socket(self, name: str) -> SocketStatus | None:
        """The socket of that name, or None if there is none."""
        return next((socket for socket in self.sockets if socket.name == name), None)


def rejections(message: pb.Rejections) -> dict[str, int]:
    """The causes that were counted at least once."""
    return {field.name: int(value) for field, value in message.ListFields()}


@dataclass(frozen=True)
class ThreadStats:
    """A thread of the target and its stack."""

    name: str
    slot: int
    """Its number for the emulator's probe; 31 is the interrupt stack."""
    stack_base: int
    """Lowest address of the stack."""
    stack_size: int
    stack_peak: int
    """Most bytes used since the last mark, by the painted high-water mark."""
    priority: int


@dataclass(frozen=True)
class Stats:
    """Memory of the target."""

    uptime_us: int
    heap_current: int
    heap_peak: int
    """Since the last mark."""
    heap_arena_peak: int
    """Highest address that the allocator ever took, counted from the start of its region."""
    heap_region: int
    threads: tuple[ThreadStats, ...]
    cycles: int | None = None
    """Of the core's clock, since boot; None where the core does not count them."""
    idle_cycles: int | None = None
    """Of these, those in the idle loop and in handlers that interrupted it."""

    @classmethod
    def from_message(cls, message: pb.Stats) -> Stats:
        """From the schema's message."""
        return cls(
            uptime_us=message.uptime_us,
            heap_current=message.heap_current,
            heap_peak=message.heap_peak,
            heap_arena_peak=message.heap_arena_peak,
            heap_region=message.heap_region,
            threads=tuple(
                ThreadStats(t.name, t.slot, t.stack_base, t.stack_size, t.stack_peak, t.priority)
                for t in message.threads
            ),
            cycles=message.cycles if message.HasField("cycles") else None,
            idle_cycles=message.idle_cycles if message.HasField("idle_cycles") else None,
        )

    def thread(self, name: str) -> ThreadStats | None:
        """The thread of that name, or None if there is none."""
        return next((thread for thread in self.threads if thread.name == name), None)


@dataclass(frozen=True)
class Transfer:
    """How far a transfer of pattern data came."""

    bytes: int
    """Sent, or received right and in order."""
    calls: int
    """How many sends or recvs it took."""
    wrong: bool
    """A byte was received that is not the pattern's; the next three tell which."""
    wrong_offset: int
    wrong_byte: int
    right_byte: int


@dataclass(frozen=True)
class Reply:
    """The answer to one request.

    ``result`` is what the call returned: a count of bytes, or an ``Nsapi`` code when it is 0 or negative. A result
    that is an error is no exception here: whether it is right is for the test to say.
    """

    id: int
    request: str
    """The request, as text for messages."""
    result: int
    started_us: int
    """The target's clock right before the call ..."""
    finished_us: int
    """... and right after it."""
    tls_error: int = 0
    """Mbed TLS's own code of the socket's last failure, 0 if none."""
    verify_flags: int = 0
    """Why the peer's certificate was not accepted, see ``VerifyFlag``."""
    data: bytes = b""
    address: str = ""
    port: int = 0
    netmask: str = ""
    gateway: str = ""
    transfer: Transfer | None = None
    hello: Hello | None = None
    status: Status | None = None
    stats: Stats | None = None

    @classmethod
    def from_message(cls, message: pb.Reply, request: str) -> Reply:
        """From the schema's message."""
        body = message.WhichOneof("body")
        place = message.data.sender if body == "data" else message.address
        moved = message.transfer
        return cls(
            id=message.id,
            request=request,
            result=message.result,
            started_us=message.started_us,
            finished_us=message.finished_us,
            tls_error=message.tls_error,
            verify_flags=message.verify_flags,
            data=message.data.data,
            address=place.address,
            port=place.port,
            netmask=place.netmask,
            gateway=place.gateway,
            transfer=Transfer(
                moved.bytes, moved.calls, moved.wrong, moved.wrong_offset, moved.wrong_byte, moved.right_byte
            )
            if body == "transfer"
            else None,
            hello=Hello.from_message(message.hello) if body == "hello" else None,
            status=Status.from_message(message.status) if body == "status" else None,
            stats=Stats.from_message(message.stats) if body == "stats" else None,
        )

    @property
    def blocked_us(self) -> int:
        """How long the call kept its caller."""
        return self.finished_us - self.started_us

    @property
    def ok(self) -> bool:
        """Whether the result is no error."""
        return self.result >= 0

    def __str__(self) -> str:
        """The outcome for a person: ``connect_host(...) gave NSAPI_ERROR_TIMEOUT (-3019) after 5000.1 ms``."""
        text = f"{self.request} gave {describe_result(self.result)} after {self.blocked_us / 1000:.1f} ms"
        if self.ok:
            return text
        if self.tls_error:
            text += f", Mbed TLS error {describe_mbedtls(self.tls_error)}"
        if self.verify_flags:
            text += f", certificate refused for {describe_verify_flags(self.verify_flags)}"
        return text
