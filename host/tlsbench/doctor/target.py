"""Checks of what runs on a board, of any kind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tlsbench import boards
from tlsbench.doctor.check import Absent, Check
from tlsbench.doctor.patient import Patient
from tlsbench.link import Agent, calls
from tlsbench.model.errors import BenchError, BoardError, CallFailed, LinkError, MeasurementError
from tlsbench.model.quantity import show
from tlsbench.peers import TcpPeer
from tlsbench.peers.pki import SERVER_NAME
from tlsbench.peers.ports import LOOPBACK
from tlsbench.session.target import NETWORK_S

WATCH_S = 2.0
"""Seconds for which the target's clock is compared with this machine's."""
CLOCK_OFF = 0.05
"""By how much of that time they may differ, besides what the two questions take."""
ECHO = b"Is there anybody?"
SOCKET = "doctor"


def _file(patient: Patient) -> str:
    info = patient.info
    return f"{info.description}; kind {info.kind}, {info.core}"


def _usable(patient: Patient) -> str:
    why = boards.kind_of(patient.info).why_not(patient.info)
    if why:
        raise BoardError(why)
    return "this machine has what the board needs"


def _image(patient: Patient) -> str:
    return str(patient.image)


def _flash(patient: Patient) -> str:
    patient.start()
    return "the board was started with it"


def _agent(patient: Patient) -> str:
    hello = patient.hello
    return f"{hello.workers} workers, {hello.sockets} sockets; {hello.compiler}"


def _identity(patient: Patient) -> str:
    return patient.check_image()


def _clock(patient: Patient) -> str:
    if patient.info.clock == "virtual":
        raise Absent("instructions drive the target's clock: it has nothing to do with this machine's")
    readings = []
    for wait in (0.0, WATCH_S):
        time.sleep(wait)
        asked = time.monotonic()
        up = patient.agent.status().uptime_us / 1e6
        readings.append((asked, time.monotonic(), up))
    (asked, answered, first), (asked_again, answered_again, second) = readings
    least, most = asked_again - answered, answered_again - asked
    passed = second - first
    if not least * (1 - CLOCK_OFF) <= passed <= most * (1 + CLOCK_OFF):
        raise MeasurementError(f"{passed:.3f} s passed on the target, {least:.3f} to {most:.3f} s here")
    return f"{passed:.3f} s on the target in {least:.3f} to {most:.3f} s here"


def _entropy(patient: Patient) -> str:
    kind = patient.hello.entropy
    if not kind:
        raise BoardError("the image does not say where its random numbers come from")
    return kind


def _memory(patient: Patient) -> str:
    stats = patient.agent.stats()
    silent = [thread.name for thread in stats.threads if not 0 < thread.stack_peak < thread.stack_size]
    if "stack_peak" in _measures(patient) and (silent or not stats.threads):
        told = ", ".join(silent) or "none is told of"
        raise MeasurementError(f"stacks that are full, or seem never used: {told}")
    if stats.heap_region and stats.heap_arena_peak > stats.heap_region:
        raise MeasurementError(f"the heap took {stats.heap_arena_peak} bytes of a region of {stats.heap_region}")
    deepest = max(stats.threads, key=lambda thread: thread.stack_peak, default=None)
    stack = f"deepest stack {deepest.name}, {show(deepest.stack_peak, 'bytes')}" if deepest else "no stacks"
    return f"heap {show(stats.heap_current, 'bytes')} now; {stack}"


def _cycles(patient: Patient) -> str:
    first = patient.agent.stats()
    if first.cycles is None:
        raise Absent("the core has no cycle counter that counts; instructions or times stand in for it")
    second = patient.agent.stats()
    passed, seconds = (second.cycles or 0) - first.cycles, (second.uptime_us - first.uptime_us) / 1e6
    if passed <= 0:
        raise MeasurementError("the cycle counter stands still")
    if seconds <= 0:
        raise MeasurementError(f"the target's clock stands still, while {passed} cycles passed")
    return f"{passed / seconds / 1e6:.1f} million in a second"


def _measures(patient: Patient) -> list[str]:
    return boards.kind_of(patient.info).measures(patient.info)


def _network(patient: Patient) -> str:
    plan = patient.info.network
    if plan is None:
        raise Absent("the board has no network")
    keys = {"address", "netmask", "gateway", "dns"}
    static = {} if patient.config.network == "dhcp" else plan.model_dump(include=keys, exclude_none=True)
    reply = patient.agent.call(calls.network_up(**static), timeout_s=NETWORK_S)
    if not reply.ok:
        raise CallFailed(str(reply), received=patient.link.evidence())
    return reply.address


@contextmanager
def _tcp_socket(agent: Agent) -> Iterator[None]:
    """The target has the socket as long as the context lasts."""
    reply = agent.call(calls.create(SOCKET, "tcp"))
    if not reply.ok:
        raise CallFailed(str(reply))
    try:
        yield
    except BenchError:
        with suppress(LinkError):  # what went wrong first says more
            agent.call(calls.delete(SOCKET))
        raise
    agent.call(calls.delete(SOCKET))


def _peer(patient: Patient) -> str:
    plan, agent = patient.info.network, patient.agent
    if plan is None:
        raise Absent("the board has no network")
    with TcpPeer("echo", address=plan.listen) as peer, _tcp_socket(agent):
        for call in (
            calls.open(SOCKET),
            calls.set_timeout(SOCKET, 5000),
            calls.connect(SOCKET, plan.host, peer.port),
            calls.send(SOCKET, ECHO),
        ):
            reply = agent.call(call)
            if not reply.ok:
                raise CallFailed(str(reply), received=peer.report())
        came = agent.call(calls.recv(SOCKET, len(ECHO)))
        if came.data != ECHO:
            raise CallFailed(f"{came}; it should have been {len(ECHO)} bytes back", received=peer.report())
    where = "" if plan.listen == LOOPBACK else f", which listened on {plan.listen}"
    return f"an echo from {plan.host}{where}"


def _names(patient: Patient) -> str:
    plan = patient.info.network
    if plan is None:
        raise Absent("the board has no network")
    reply = patient.agent.call(calls.resolve(SERVER_NAME))
    if not reply.ok:
        raise CallFailed(str(reply))
    if reply.address != plan.host:
        raise CallFailed(f"{SERVER_NAME} is {reply.address} for the target; it should be {plan.host}")
    return f"{SERVER_NAME} is {reply.address}"


FIRST = (
    Check(
        "file",
        "board.toml can be read",
        "a key is misspelt or missing, or a value is of the wrong kind",
        "mend the line that the message names",
        _file,
    ),
)

USABLE = (
    Check(
        "usable",
        "this machine has what the board needs",
        "a program is missing, or a port, or a right",
        "do what the message says",
        _usable,
    ),
)

STARTED = (
    Check(
        "image",
        "the firmware builds for the board",
        "a tool is missing, or the board's data do not fit the drivers",
        "read the compiler's or the linker's message; `make setup` brings the tools",
        _image,
    ),
    Check(
        "flash",
        "the image gets onto the board, and it starts",
        "the probe or drive is not there, the chip is protected, or its name is wrong",
        "run the command that the message shows by hand; give [flash] more time; unlock the chip",
        _flash,
    ),
)

RUNNING = (
    Check(
        "agent",
        "the agent answers, and speaks this bench's protocol",
        "the board hears nothing (its RX), frames are damaged on the way, or the firmware is of another source tree",
        "check the wire to the board's RX; a lower baud rate; build and flash the firmware of this tree",
        _agent,
    ),
    Check(
        "identity",
        "the image that runs is the one that was flashed, and is for this board",
        "flashing had no effect, or the port is another board's than the probe",
        "give port and probe by serial number; [flash] always = true flashes in any case",
        _identity,
    ),
    Check(
        "clock",
        "the target's clock goes as this machine's does",
        "clock_hz in board.toml is not what the chip runs at: durations would be wrong",
        "compare clock_hz with the crystal and the start-up code",
        _clock,
        needed=False,
    ),
    Check(
        "entropy",
        "the target says where its random numbers come from",
        "no secure connection can be made",
        "the chip's driver gives them (platform/entropy.h), or the bench injects them",
        _entropy,
        needed=False,
    ),
    Check(
        "memory",
        "heap and stacks are told of, and none is full",
        "stacks are not painted, or one overflows",
        "give agent.worker-stack-bytes more; look at the linker script's regions",
        _memory,
        needed=False,
    ),
    Check(
        "cycles",
        "the core counts its cycles",
        "a debugger holds the counter, or the chip has none",
        "end the debugger; without it all but `cycles` is measured",
        _cycles,
        needed=False,
    ),
    Check(
        "network",
        "the target's network comes up",
        "no cable, no link, or no DHCP server",
        "check cable and lamps; set address, netmask and gateway in [network], or run with --network dhcp",
        _network,
    ),
    Check(
        "peer",
        "the target reaches a peer of the bench",
        "network.host is not this machine as the board sees it, peers listen elsewhere, or a firewall is between",
        "set [network] host and listen to this machine's address in the board's network; open the firewall",
        _peer,
        needed=False,
    ),
    Check(
        "names",
        "the target resolves the bench's host names",
        "no name server at network.dns knows them",
        "set [network] dns to host, and let the bench have port 53; or teach your name server the names",
        _names,
        needed=False,
    ),
)
