"""A record as a run of the suites leaves it, for the tests of the reports."""

from tlsbench.model.metric import Metric, Phase
from tlsbench.model.result import Emulator, Firmware, Limit, Result, RunInfo, TestRecord

HANDSHAKE = "Handshake"
RAM = "Ram"
BLOCKING = "Blocking"
BUDGET_TEST = "One connection stays within the budget"
_COUNTED = "counted by the emulator between two marks"
_PAINTED = "painted high-water mark"
_ALLOCATOR = "allocator's own count"

_PHASES = {
    # phase: heap peak, heap at its end, worker stack, instructions, duration in us
    Phase.OPEN: (3100, 3100, 420, 61_000, 3_100),
    Phase.TRUST: (4900, 4210, 910, 2_150_000, 88_000),
    Phase.HANDSHAKE: (41_700, 36_900, 3_240, 74_300_000, 2_980_000),
    Phase.ESTABLISHED: (36_900, 36_900, 500, 9_000, 5_000),
    Phase.TRANSFER: (36_900, 36_900, 980, 400_000, 21_000),
    Phase.CLOSED: (36_900, 1_404, 640, 60_000, 9_000),
}


def _connection(suite: str, test: str, scale: float = 1.0) -> list[Metric]:
    found = []
    for phase, (peak, current, stack, instructions, duration) in _PHASES.items():
        here = {"phase": phase, "suite": suite, "test": test}
        found += [
            Metric("heap_peak", round(peak * scale), _ALLOCATOR, **here),
            Metric("heap_current", round(current * scale), _ALLOCATOR, **here),
            Metric("heap_arena_peak", round(43_000 * scale), _ALLOCATOR, **here),
            Metric("stack_peak", stack, _PAINTED, thread="worker0", **here),
            Metric("stack_peak", 700, _PAINTED, thread="lwip", **here),
            Metric("stack_peak", 512, _PAINTED, thread="isr", **here),
            Metric("instructions", round(instructions * scale), _COUNTED, **here),
            Metric("duration", round(duration * scale), "target's clock, virtual", **here),
        ]
    during = {"phase": Phase.HANDSHAKE, "suite": suite, "test": test}
    found += [
        Metric("bytes_tx", 655, "wire tap", **during),
        Metric("bytes_rx", round(1830 * scale), "wire tap", **during),
        Metric("packets", 13, "wire tap", **during),
        Metric("flights", 4, "wire tap", **during),
    ]
    return found


def sample(*, failed: bool = False) -> Result:
    """A finished run; with `failed`, one test failed with a message that needs escaping."""
    tests = [
        TestRecord(HANDSHAKE, "ECDHE-ECDSA with a chain of 2 completes", "pass", "", 0.71),
        TestRecord(HANDSHAKE, "ECDHE-RSA with a chain of 3 completes", "pass", "", 0.94),
        TestRecord(HANDSHAKE, "An expired certificate is refused", "pass", "", 0.52),
        TestRecord(RAM, BUDGET_TEST, "pass", "", 0.8),
        TestRecord(RAM, "The cycle counter is read", "absent", "absent: this board cannot measure cycles", 0.0),
        TestRecord(BLOCKING, "A recv gives up after its timeout", "pass", "", 1.1),
    ]
    if failed:
        tests[2] = TestRecord(
            HANDSHAKE,
            "An expired certificate is refused",
            "fail",
            "connect returned NSAPI_ERROR_OK, not <NSAPI_ERROR_AUTH_FAILURE> & the peer saw no alert\n"
            "received: nothing",
            0.52,
        )
    here = {"suite": BLOCKING, "test": "A recv gives up after its timeout"}
    metrics = [
        Metric("static_ram", 88_240, "ELF sections"),
        Metric("flash", 231_400, "ELF sections"),
        Metric("ram_needed", 139_000, "static RAM + heap arena peak + stack peaks", suite=RAM),
        *_connection(HANDSHAKE, tests[0].name),
        *_connection(HANDSHAKE, tests[1].name, 1.2),
        *_connection(RAM, BUDGET_TEST),
        Metric("blocked", 500_310, "target's clock around the call", call="recv", thread="worker0", **here),
        Metric("blocked_instructions", 8_120, _COUNTED, call="recv", thread="worker0", **here),
    ]
    limits = [
        Limit(RAM, BUDGET_TEST, "heap_peak", "bytes", 41_700, 42 * 1024, Phase.HANDSHAKE, None, "budget"),
        Limit(RAM, BUDGET_TEST, "stack_peak", "bytes", 3_240, 3584, Phase.HANDSHAKE, "worker0", "budget"),
        Limit(
            RAM, BUDGET_TEST, "instructions", "instructions", 74_300_000, 76_000_000, Phase.HANDSHAKE, None, "budget"
        ),
    ]
    run = RunInfo(
        id="20261121-074500-1a2b",
        started="2026-11-21T07:45:00+00:00",
        tool="tlsbench 0.1.0",
        board="mps2-an385",
        kind="qemu",
        core="cortex-m3",
        profile="default",
        clock="virtual",
        entropy="injected",
        seed=42,
        firmware=Firmware("9f2c" * 16, "3.6.6", "2.2.1", "arm-none-eabi-g++ 12.2.1"),
        emulator=Emulator("QEMU", "7.2.22"),
        ram_bytes=4 * 1024**2,
        flash_bytes=4 * 1024**2,
        elapsed_s=48.2,
    )
    return Result(run, tests, metrics, limits)
