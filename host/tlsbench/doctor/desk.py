"""Checks of a board that is reached by a serial port."""

from __future__ import annotations

import time
from contextlib import suppress

from tlsbench.boards.serial import flash, port, reset
from tlsbench.boards.serial.lock import PortLock
from tlsbench.boards.serial.stream import open_port
from tlsbench.doctor.check import Check
from tlsbench.doctor.patient import Patient
from tlsbench.link.codec import BadFrame, Frame, FrameDecoder, Text
from tlsbench.link.receiver import OTHER_CHANNELS
from tlsbench.link.schema import PROTOCOL_VERSION, pb
from tlsbench.model.errors import BoardError, LinkError, SyncTimeout, ToolMissingError

READ_BYTES = 4096
SLACK_S = 0.5
"""How much longer than since its reset a board may say that it is up: its clock is not this machine's."""


def _tools(patient: Patient) -> str:
    lacking = [why for why in (flash.missing(patient.info), reset.missing(patient.info)) if why]
    if lacking:
        raise ToolMissingError("; ".join(dict.fromkeys(lacking)))
    return f"flash by {flash.plan(patient.info).method}, reset by {reset.plan(patient.info).method}"


def _port(patient: Patient) -> str:
    return port.wait_for(patient.info, lambda found: found.about)


def _rights(patient: Patient) -> str:
    why = port.missing_rights(port.find(patient.info))
    if why:
        raise BoardError(why)
    return "this user may read and write it"


def _lock(patient: Patient) -> str:
    with PortLock(patient.info, port.find(patient.info)) as lock:
        return f"{lock.file}"


def _opens(patient: Patient) -> str:
    info = patient.info
    open_port(info, port.find(info)).close()
    return f"{info.serial.baud} baud"


def _line(patient: Patient) -> str:
    """Listen until a frame comes, and judge what came if none does."""
    info, stream = patient.info, patient.board.stream
    decoder = FrameDecoder()
    deadline = time.monotonic() + info.serial.sync_timeout
    came, words = b"", ""
    while time.monotonic() < deadline:
        data = stream.read(READ_BYTES, max(0.0, deadline - time.monotonic()))
        came += data
        for event in decoder.feed(data):
            if isinstance(event, Text):
                words += event.data.decode("utf-8", "replace")
            elif isinstance(event, Frame):
                return _ready(patient, event)
            elif isinstance(event, BadFrame):
                words += "\ufffd" * len(event.data)
    wanted = f"in {info.serial.sync_timeout:g} s"
    _see_an_earlier_run(patient)
    if not came:
        raise SyncTimeout(f"nothing came {wanted}: not one byte", received="")
    if words.count("\ufffd") * 4 > len(words) or (not words.isprintable() and words.count("\n") == 0):
        raise SyncTimeout(f"{len(came)} bytes came {wanted} that make no sense: the baud rate differs", received=came)
    raise SyncTimeout(f"text came {wanted}, but no word of the agent: another program runs", received=words)


def _see_an_earlier_run(patient: Patient) -> None:
    """An agent that was started once and not reset since says nothing by itself, but answers.

    What was asked twice it answers twice: the end of such an answer may be what came.
    """
    with suppress(LinkError):
        if patient.hello.again:
            raise BoardError("the agent goes on with an earlier run: the reset had no effect")


def _ready(patient: Patient, frame: Frame) -> str:
    notice = pb.Notice()
    if frame.version == PROTOCOL_VERSION:
        notice.ParseFromString(frame.message)
    elif frame.version not in OTHER_CHANNELS:
        raise BoardError(f"the firmware speaks version {frame.version} of the protocol, this bench {PROTOCOL_VERSION}")
    if notice.WhichOneof("kind") != "ready":
        raise BoardError("the agent goes on with an earlier run: the reset had no effect")
    up, since = notice.ready.uptime_us / 1e6, time.monotonic() - patient.reset_at
    if up > since + SLACK_S:
        raise BoardError(f"the board is up for {up:.1f} s, its reset was {since:.1f} s ago: it had no effect")
    return f"ready {up * 1000:.0f} ms after its reset"


KINDS = ("serial",)

BEFORE = (
    Check(
        "tools",
        "what flashes and resets the board is installed",
        "a program that [flash] or [serial.reset] names is not on the PATH",
        "install the package that the message names",
        _tools,
        kinds=KINDS,
    ),
    Check(
        "port",
        "the serial port is there",
        "nothing is plugged in under that name, or the cable only charges",
        "see `tlsbench boards` for what is plugged in; name the port in ~/.config/tlsbench/boards.toml",
        _port,
        kinds=KINDS,
    ),
    Check(
        "rights",
        "this user may use it",
        "the port belongs to a group that you are not in",
        "join the group that the message names, and log in again",
        _rights,
        kinds=KINDS,
    ),
    Check(
        "lock",
        "nobody else uses the board",
        "another run has it: the message says whose",
        'wait for it, or let [lock] wait = "10 min" do so',
        _lock,
        kinds=KINDS,
    ),
    Check(
        "opens",
        "the port opens at the baud rate",
        "a terminal program has it open, or the adapter cannot do that rate",
        "close the program that the message names; choose a usual rate in board.toml and build anew",
        _opens,
        kinds=KINDS,
    ),
)

AFTER = (
    Check(
        "line",
        "after its reset the board says that it is ready",
        "nothing came: RX and TX are swapped, the port is another one, the image does not run, or the reset holds the "
        "board; nonsense: the baud rates differ; it was up before: the reset pin is not wired to that line",
        "try another port; compare serial.baud and clock_hz with the board's data sheet; try [serial.reset] with the "
        "other line, the other polarity, or another method",
        _line,
        kinds=(*KINDS, "labgrid"),
    ),
)
