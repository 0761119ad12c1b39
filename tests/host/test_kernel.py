"""The kernel on the emulated target: its own checks, every way to fault, and what it costs.

Each CHECK(topic, name) in tests/firmware/kernel is one test here.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tlsbench import firmware
from tlsbench.boards.child import DIE_WITH_PARENT

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tests" / "firmware" / "kernel"
CHECKS = [
    f"{topic}.{name}"
    for source in sorted(SOURCES.glob("check_*.cpp"))
    for topic, name in re.findall(r"^CHECK\((\w+), (\w+)\)", source.read_text(), re.MULTILINE)
]
WITHOUT_FPU = {name: "absent: an FPU" for name in CHECKS if name.startswith("fpu.")}
CORES_WITH_FPU = ("mps2-an386", "mps2-an500", "mps2-an505")
NO_MPU = "microbit"
"""An Armv6-M core in a chip with 16 KB of RAM, and a timer of another family."""

# Time goes by 1 ns per instruction, however busy the machine is.
# (Idle time is real: with sleep=off QEMU 7.2 skips every other alarm.)
INSTRUCTION_TIME = ("-icount", "shift=0")


class Target:
    """The test image, running in the emulator; the console is its standard input and output."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)
        self.received = ""

    def send(self, data: bytes) -> None:
        self._input.write(data)
        self._input.flush()

    def read_until(self, end: str, timeout_s: float) -> str:
        """Everything received up to and with `end`."""
        deadline = time.monotonic() + timeout_s
        while end not in self.received:
            ready = self._selector.select(max(0.0, deadline - time.monotonic()))
            chunk = os.read(self._output.fileno(), 4096) if ready else b""
            if not chunk:
                pytest.fail(f"no {end!r} within {timeout_s} s; received:\n{self.received}")
            self.received += chunk.decode("ascii", "backslashreplace")
        position = self.received.index(end) + len(end)
        text, self.received = self.received[:position], self.received[position:]
        return text


@contextmanager
def running(image: Path, machine: str = "mps2-an385", *options: str) -> Iterator[Target]:
    """The image in the emulator, ready for a command."""
    emulator = ["qemu-system-arm", "-M", machine, "-kernel", str(image), "-display", "none", "-nodefaults"]
    console = ["-serial", "stdio", "-monitor", "none", "-net", "none"]
    process = subprocess.Popen(
        [*DIE_WITH_PARENT, str(os.getpid()), *emulator, *console, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )
    with process:
        try:
            target = Target(process)
            target.read_until("kernel test ready\n", 10)
            yield target
        finally:
            process.kill()


def run_checks(image: Path, machine: str) -> dict[str, str]:
    """What each check said, by name."""
    with running(image, machine, *INSTRUCTION_TIME) as target:
        target.send(b"checks\n")
        text = target.read_until("\ndone\n", 150)
    return dict(re.findall(r"^check ([\w.]+): (.*)$", text, re.MULTILINE))


@pytest.fixture(scope="module")
def image() -> Path:
    return firmware.image("mps2-an385", target="kernel_test")


@pytest.fixture(scope="module")
def results(image: Path) -> dict[str, str]:
    return run_checks(image, "mps2-an385")


@pytest.mark.parametrize("check", CHECKS)
def test_check(results: dict[str, str], check: str) -> None:
    assert results.get(check, "did not run") == WITHOUT_FPU.get(check, "ok")


@pytest.mark.parametrize("machine", CORES_WITH_FPU)
def test_all_checks_hold_on_a_core_with_an_fpu(machine: str) -> None:
    """The boards are called as the emulator calls them. Built for size, which the others are not."""
    results = run_checks(firmware.image(machine, "small", target="kernel_test"), machine)
    assert {name: results.get(name) for name in CHECKS} == dict.fromkeys(CHECKS, "ok")


def test_all_checks_hold_on_a_core_without_an_mpu() -> None:
    """But one that the chip's timer cannot be used for."""
    results = run_checks(firmware.image(NO_MPU, "small", target="kernel_test"), NO_MPU)
    expected = dict.fromkeys(CHECKS, "ok") | WITHOUT_FPU
    expected["time.sleep_over_a_wrap"] = "absent: a timer that can be set to near its wrap"
    assert results == expected


def test_checks_hold_on_a_board_with_64_kb() -> None:
    """Its clock is another chip's, too. Three threads at once want more heap than it has."""
    results = run_checks(firmware.image("lm3s6965evb", "small", target="kernel_test"), "lm3s6965evb")
    del results["heap.threads_share_it"]
    expected = dict.fromkeys(CHECKS, "ok") | WITHOUT_FPU
    del expected["heap.threads_share_it"]
    assert results == expected


FAULTS = {
    # name: kind, thread, reason
    "null-write": ("MemManage", "victim", r"forbidden data access at 0x00000008 \(null pointer\)"),
    "null-read": ("MemManage", "victim", r"forbidden data access at 0x0000000c \(null pointer\)"),
    "bus": ("BusFault", "victim", "precise data bus error at 0x70000000"),
    "wild-jump": ("BusFault", "victim", "bus error on fetching code"),
    "divide": ("UsageFault", "victim", "division by zero"),
    "undefined": ("UsageFault", "victim", "undefined instruction"),
    "even-jump": ("UsageFault", "victim", "invalid state: a jump to an even address"),
    "masked": ("HardFault", "victim", r"forbidden data access at 0x00000008 \(null pointer\)"),
    "overflow": ("stack overflow", "victim", "992 bytes of stack are used up: forbidden data access at 0x[0-9a-f]{8}"),
    "overflow-leap": ("stack overflow", "victim", "992 bytes of stack are used up: .*"),
    "overflow-into-others": ("stack overflow", "victim", "what lies below the stack was overwritten"),
    "overflow-masked": ("stack overflow", "victim", "992 bytes of stack are used up: .*"),
    "overflow-interrupt": ("stack overflow", "isr", "992 bytes of stack are used up: .*"),
    "overflow-unguarded": ("stack overflow", "victim", "what lies below the stack was overwritten"),
    "interrupt": ("BusFault", "isr", "precise data bus error at 0x70000000"),
    "unexpected-interrupt": ("unexpected interrupt", "isr", "interrupt 4 came, which no driver handles"),
    "assert": ("assert", "victim", r"1 \+ 1 == 3, file: tests/firmware/kernel/faults.cpp, line \d+"),
    "error": ("error", "victim", "code 42"),
    "abort": ("exit", "victim", r"the program called exit\(\) or abort\(\)"),
    "out-of-memory": ("out of memory", "victim", r"operator new of 100000 bytes; \d+ of the heap's \d+ are in use"),
    "free-twice": ("heap corruption", "victim", "a pointer was freed that is not allocated, or a block was overrun"),
    "unlock-unowned": ("assert", "victim", "a mutex unlocked by a thread that does not hold it"),
    "wait-in-interrupt": ("assert", "isr", "a wait in an interrupt handler or a critical section"),
    "wait-in-critical-section": ("assert", "victim", "a wait in an interrupt handler or a critical section"),
}

BAD_ACCESS = "an access that is unaligned or to an address where nothing is, or an undefined instruction"
FAULTS_WITHOUT_STATUS = FAULTS | {
    "bus": ("HardFault", "victim", BAD_ACCESS),
    "wild-jump": ("HardFault", "victim", "code fetched from memory that holds none"),
    "divide": ("division by zero", "victim", "a division by zero"),
    "undefined": ("HardFault", "victim", "undefined instruction"),
    "even-jump": ("HardFault", "victim", "invalid state: a jump to an even address"),
    "interrupt": ("HardFault", "isr", BAD_ACCESS),
}
"""On Armv6-M: one exception, and no registers that say more."""

WITHOUT_MPU = {
    "null-write",
    "null-read",
    "masked",
    "overflow",
    "overflow-leap",
    "overflow-masked",
    "overflow-interrupt",
}
"""Faults that nothing notices on a core without one."""


def provoke(target: Target, fault: str) -> dict[str, str]:
    """The fault report, by line."""
    target.send(f"fault {fault}\n".encode())
    target.read_until("++ tlsbench fault ++\n", 10)
    report = target.read_until("-- tlsbench fault --\n", 10)
    return dict(line.split(": ", 1) for line in report.splitlines()[:-1])


def values(lines: dict[str, str]) -> set[str]:
    return {name for name, value in lines.items() if re.fullmatch("0x[0-9a-f]{8}", value)}


STACKED = {"pc", "lr", "psr", "r0", "r1", "r2", "r3", "r12"}
SAVED = {"sp", *(f"r{n}" for n in range(4, 12))}
STATUS = {"cfsr", "hfsr", "mmfar", "bfar"}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_reported(image: Path, fault: str) -> None:
    kind, thread, reason = FAULTS[fault]
    with running(image) as target:
        lines = provoke(target, fault)
    assert (lines["kind"], lines["thread"]) == (kind, thread)
    assert re.fullmatch(reason, lines["reason"])
    no_room = kind == "stack overflow" and int(lines["cfsr"], 16)  # for the core to save the rest
    assert values(lines) == SAVED | STATUS | (set() if no_room else STACKED)


LIMIT = "992 bytes of stack are used up: the stack pointer went below its limit"
FAULTS_OF_OTHER_CORES = {
    # The same registers, FPU state in the frame.
    ("mps2-an386", "overflow"): FAULTS["overflow"],
    ("mps2-an500", "null-write"): FAULTS["null-write"],
    # Limits of the stack pointers, another protection unit, and one more fault.
    ("mps2-an505", "null-read"): FAULTS["null-read"],
    ("mps2-an505", "overflow"): ("stack overflow", "victim", LIMIT),
    ("mps2-an505", "overflow-leap"): ("stack overflow", "victim", LIMIT),
    ("mps2-an505", "overflow-masked"): ("stack overflow", "victim", LIMIT),
    ("mps2-an505", "overflow-interrupt"): ("stack overflow", "isr", LIMIT),
    ("mps2-an505", "overflow-unguarded"): FAULTS["overflow-unguarded"],
    ("mps2-an505", "secure"): ("SecureFault", "victim", "non-secure memory, branched to from secure code"),
}


@pytest.mark.parametrize(("machine", "fault"), FAULTS_OF_OTHER_CORES)
def test_fault_is_reported_by_other_cores(machine: str, fault: str) -> None:
    kind, thread, reason = FAULTS_OF_OTHER_CORES[machine, fault]
    with running(firmware.image(machine, "small", target="kernel_test"), machine) as target:
        lines = provoke(target, fault)
    assert (lines["kind"], lines["thread"]) == (kind, thread)
    assert re.fullmatch(reason, lines["reason"])
    status = STATUS | ({"sfsr", "sfar"} if machine == "mps2-an505" else set())
    assert values(lines) - STACKED == SAVED | status


@pytest.mark.parametrize("fault", FAULTS_WITHOUT_STATUS)
def test_fault_is_reported_without_a_status(fault: str) -> None:
    kind, thread, reason = FAULTS_WITHOUT_STATUS[fault]
    with running(firmware.image(NO_MPU, "small", target="kernel_test"), NO_MPU) as target:
        if fault in WITHOUT_MPU:
            target.send(f"fault {fault}\n".encode())
            assert target.read_until("\n", 10) == f"fault {fault}: absent: an MPU\n"
            return
        lines = provoke(target, fault)
    assert (lines["kind"], lines["thread"]) == (kind, thread)
    assert re.fullmatch(reason, lines["reason"])
    assert values(lines) == SAVED | STACKED


@pytest.mark.parametrize("board", ["mps2-an385", NO_MPU])
def test_serial_input_waits_until_it_is_read(board: str) -> None:
    with running(firmware.image(board, target="kernel_test"), board) as target:
        target.send(b"listen\n")
        target.read_until("send 3000 bytes\n", 10)
        target.send(bytes(i % 251 for i in range(3000)))
        assert target.read_until("more\n", 10) == "3000 bytes, 0 of them wrong, 0 more\n"


def test_unknown_command_is_refused(image: Path) -> None:
    with running(image) as target:
        target.send(b"fault no-such-fault\n")
        assert target.read_until("\n", 10) == "unknown command: fault no-such-fault\n"


def test_costs_in_instructions(image: Path) -> None:
    with running(image, "mps2-an385", *INSTRUCTION_TIME) as target:
        target.send(b"cost\n")
        text = target.read_until("done\n", 30)
    costs = {name: int(value) for name, value in re.findall(r"^cost (.*): (\d+)$", text, re.MULTILINE)}
    limits = {"clock": 30, "mutex": 110, "semaphore": 50, "malloc and free": 130, "yield": 130, "ping-pong": 330}
    assert set(costs) == set(limits)
    assert {name: cost for name, cost in costs.items() if not 0 < cost <= limits[name]} == {}
