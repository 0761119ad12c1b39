"""What an image weighs, and metrics made of what probe, agent and tap saw."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import probe_image
import pytest

from tlsbench.link import Stats
from tlsbench.link.schema import pb
from tlsbench.measure import cpu, cycles, elf, heap, linkmap, stack, wire
from tlsbench.measure.elf import Footprint, image_size
from tlsbench.measure.image import Image
from tlsbench.measure.probe import CallCost, ProbeSnapshot
from tlsbench.measure.wire import WireCounts
from tlsbench.model.errors import ImageError, MeasurementError
from tlsbench.model.metric import Metric, Phase

# --- the image ---

LINKER_SCRIPT = """
ENTRY(entry)
MEMORY { FLASH (rx) : ORIGIN = 0, LENGTH = 64K
         RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 64K }
SECTIONS
{
    .text : { *(.text*) *(.rodata*) . = ALIGN(64); } > FLASH
    .stacks (NOLOAD) : { *(.bss.stack.*) } > RAM
    .data : { *(.data*) } > RAM AT > FLASH
    .bss (NOLOAD) : { *(.bss*) *(COMMON) } > RAM
    .heap (NOLOAD) : { . = . + 4096; } > RAM
}
"""
CODE = """
__attribute__((section(".bss.stack.worker"))) char worker[512];
char zeroed_with_a_name_so_long_that_the_map_gives_it_a_line_of_its_own[100];
int started = 7;
const char constant[300] = {1};
int helper(void);
void entry(void) { worker[0] = zeroed_with_a_name_so_long_that_the_map_gives_it_a_line_of_its_own[0] = helper(); }
"""
HELPER = "static char table[40]; int helper(void) { return table[0]++; }"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image with something of everything; `helper` is in a library of its own."""
    folder = tmp_path_factory.mktemp("sizes")
    for name, text in (("main.c", CODE), ("helper.c", HELPER), ("script.ld", LINKER_SCRIPT)):
        (folder / name).write_text(text)

    def run(*command: str) -> None:
        subprocess.run(command, cwd=folder, check=True)

    compiler = ("arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-Os", "-fdata-sections", "-ffreestanding")
    run(*compiler, "-c", "main.c", "helper.c")
    run("arm-none-eabi-ar", "rc", "libhelp.a", "helper.o")
    run(*compiler, "-nostdlib", "-T", "script.ld", "-Wl,-Map=image.map", "main.o", "libhelp.a", "-o", "image.elf")
    return folder / "image.elf"


def test_heap_and_stacks_are_apart_from_static_ram(image: Path) -> None:
    size = image_size(image)
    assert size.heap_region == 4096
    assert size.total.stacks == 512
    assert size.total.static_ram == 4 + 100 + 40
    code = next(section for section in Image(image).sections if section.name == ".text")
    assert code.size % 64 == 0
    assert size.total.flash == code.size + 4, "start values of variables are in flash too"


def test_the_map_tells_whose_bytes_they_are(image: Path) -> None:
    libraries = image_size(image).libraries()
    assert libraries["help"].static_ram == 40
    assert libraries["main.o"].static_ram == 4 + 100
    assert libraries["main.o"].stacks == 512
    assert 0 < libraries["help"].flash < 40
    assert libraries["main.o"].flash > 300
    assert libraries[linkmap.PADDING].static_ram == 0


def test_the_parts_are_the_whole(image: Path) -> None:
    size = image_size(image)
    assert sum(size.libraries().values(), Footprint()) == size.total
    assert sum(size.objects.values(), Footprint()) == size.total


def test_the_map_of_another_image_is_refused(image: Path, tmp_path: Path) -> None:
    small = probe_image.build(tmp_path)
    with pytest.raises(MeasurementError, match=r"image\.map is the map of another image"):
        image_size(small, image.with_suffix(".map"))


def test_without_a_map_there_is_no_split(image: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.elf"
    alone.write_bytes(image.read_bytes())
    assert image_size(alone).objects == {}
    assert image_size(alone).total == image_size(image).total


def test_an_image_has_two_metrics_with_their_methods(image: Path) -> None:
    metrics = {metric.name: metric for metric in elf.metrics(image)}
    assert metrics["static_ram"].value == 144
    assert metrics["flash"].unit == "bytes"
    assert all("ELF sections" in metric.method for metric in metrics.values())


def test_functions_lose_their_thumb_bit(image: Path) -> None:
    entry = Image(image).required("entry", "for this test")
    assert entry.address % 2 == 0
    assert entry.size > 0


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"\x7fELF" + bytes(100), b"text\n" * 50])
def test_a_broken_image_is_told_as_such(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "broken.elf"
    broken.write_bytes(content)
    with pytest.raises(ImageError, match=r"broken\.elf"):
        Image(broken)


def test_a_truncated_image_is_told_as_such(image: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.elf"
    whole = image.read_bytes()
    for size in (60, 1000, len(whole) // 2, len(whole) - 100):
        broken.write_bytes(whole[:size])
        with pytest.raises(ImageError, match=r"broken\.elf"):
            Image(broken).required("nothing", "but it must not get here in silence")


# --- stacks ---


@dataclass(frozen=True)
class Thread:
    name: str = "worker0"
    slot: int = 3
    stack_base: int = 0x2000_0000
    stack_size: int = 4096
    stack_peak: int = 1000


def snapshot(depth: int) -> ProbeSnapshot:
    """The emulator saw a store `depth` bytes below the top of the stack of slot 3."""
    return ProbeSnapshot(0, 0, stack_low={3: 0x2000_1000 - depth})


def peaks(painted: int, exact: int, *, fpu: bool = False) -> list[Metric]:
    thread = replace(Thread(), stack_peak=painted)
    return list(stack.metrics([thread], snapshot(exact), Phase.HANDSHAKE, fpu=fpu))


@pytest.mark.parametrize(("painted", "exact"), [(1000, 1000), (1036, 1000), (1548, 1000), (1000, 997), (36, 1)])
def test_paint_and_stores_that_agree_are_two_metrics(painted: int, exact: int) -> None:
    found = peaks(painted, exact)
    assert [(metric.value, metric.method) for metric in found] == [(painted, stack.PAINTED), (exact, stack.EXACT)]
    assert {(metric.name, metric.thread, metric.phase) for metric in found} == {
        ("stack_peak", "worker0", Phase.HANDSHAKE)
    }


@pytest.mark.parametrize(("painted", "exact"), [(996, 1000), (1552, 1000), (0, 4), (2000, 8)])
def test_paint_and_stores_that_disagree_are_no_measurement(painted: int, exact: int) -> None:
    with pytest.raises(MeasurementError) as caught:
        peaks(painted, exact)
    for told in ("worker0", "handshake", f"the paint says {painted} bytes", f"{exact} bytes deep"):
        assert told in str(caught.value)


def test_a_frame_is_larger_with_floating_point_state() -> None:
    assert peaks(1620, 1000, fpu=True)
    with pytest.raises(MeasurementError):
        peaks(1624, 1000, fpu=True)


def test_without_a_probe_the_paint_stands_alone() -> None:
    for probe in (None, ProbeSnapshot(0, 0, stack_low={9: 0x2000_0000})):
        assert [metric.method for metric in stack.metrics([Thread()], probe, None, fpu=False)] == [stack.PAINTED]


# --- cpu, heap, wire ---


def test_a_phase_costs_the_difference_of_its_marks() -> None:
    before, after = ProbeSnapshot(1000, 50, resets=1), ProbeSnapshot(77_000, 80, resets=1)
    work, idle = cpu.metrics(before, after, Phase.HANDSHAKE)
    assert (work.name, work.value, work.phase) == ("instructions", 76_000, Phase.HANDSHAKE)
    assert (idle.name, idle.value) == ("idle_instructions", 30)
    assert "idle loop excluded" in work.method


def test_cycles_are_those_between_the_marks_where_the_core_counts_them() -> None:
    none = Stats(0, 0, 0, 0, 0, ())
    first, second = replace(none, cycles=1000, idle_cycles=300), replace(none, cycles=2**32 + 5, idle_cycles=400)
    found = list(cycles.metrics(first, second, Phase.HANDSHAKE))
    assert [(metric.name, metric.value, metric.unit) for metric in found] == [
        ("cycles", 2**32 + 5 - 1000, "cycles"),
        ("idle_cycles", 100, "cycles"),
    ]
    assert all("DWT" in metric.method for metric in found)
    assert [metric.value for metric in cycles.metrics(None, first, Phase.BOOT)] == [1000, 300]
    assert list(cycles.metrics(None, none, Phase.BOOT)) == []


def test_a_target_that_counts_no_cycles_tells_none_rather_than_zero() -> None:
    silent, counting = pb.Stats(uptime_us=1), pb.Stats(uptime_us=1, cycles=2**40, idle_cycles=0)
    assert (Stats.from_message(silent).cycles, Stats.from_message(silent).idle_cycles) == (None, None)
    received = pb.Stats.FromString(counting.SerializeToString())
    assert (Stats.from_message(received).cycles, Stats.from_message(received).idle_cycles) == (2**40, 0)


def test_a_reset_in_between_is_no_measurement() -> None:
    with pytest.raises(MeasurementError, match="reset during the phase handshake"):
        list(cpu.metrics(ProbeSnapshot(1, 0, resets=1), ProbeSnapshot(2, 0, resets=2), Phase.HANDSHAKE))


def test_a_call_costs_what_all_threads_did() -> None:
    metric = cpu.call_metric(CallCost(instructions=900, idle=5, thread=300), Phase.ESTABLISHED, "worker0", "recv")
    assert (metric.name, metric.value, metric.call) == ("blocked_instructions", 900, "recv")


@dataclass(frozen=True)
class HeapUse:
    heap_current: int = 10
    heap_peak: int = 20
    heap_arena_peak: int = 30
    heap_region: int = 40


def test_the_heap_has_three_metrics() -> None:
    values = {metric.name: metric.value for metric in heap.metrics(HeapUse(), Phase.OPEN)}
    assert values == {"heap_current": 10, "heap_peak": 20, "heap_arena_peak": 30}


def test_the_heap_of_an_operating_system_has_no_arena() -> None:
    metrics = list(heap.metrics(HeapUse(heap_arena_peak=0, heap_region=0), Phase.OPEN))
    assert {metric.name: metric.value for metric in metrics} == {"heap_current": 10, "heap_peak": 20}
    assert all("operating system" in metric.method for metric in metrics)


def test_the_wire_has_four_metrics() -> None:
    counts = WireCounts(bytes_tx=100, bytes_rx=200, frames_tx=3, frames_rx=4, flights=4)
    values = {metric.name: metric.value for metric in wire.metrics(counts, Phase.HANDSHAKE)}
    assert values == {"bytes_tx": 100, "bytes_rx": 200, "packets": 7, "flights": 4}
