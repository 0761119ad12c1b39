"""The emulator's probe against an image whose every instruction and store is known (tests/firmware/probe/probe.S)."""

from __future__ import annotations

import mmap
import time
from pathlib import Path

import probe_image
import pytest

from tlsbench import boards, probe_plugin
from tlsbench.measure import probe as layout
from tlsbench.measure.image import Image
from tlsbench.measure.probe import CallCost, Probe, ProbeSnapshot
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BuildError, ProbeError, ToolMissingError

LAST_MARK = 9
INSTRUCTIONS = {2: 3 + 17, 3: 12 + 17, 4: 7 + 17, 6: 1 + 3 + 17, 7: 1 + 3 + 17, 8: 1 + 17, 9: 2}
"""Instructions between a mark and the one before it, counted by hand; bl and bx lr are one each."""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return probe_image.build(tmp_path_factory.mktemp("probe"))


@pytest.fixture(scope="module")
def info() -> BoardInfo:
    return boards.load("mps2-an385")


def run(info: BoardInfo, image: Path, folder: Path) -> tuple[list[ProbeSnapshot], CallCost]:
    """The counters at reset and at each mark, and the cost of the call."""
    with boards.open_board(info, folder) as board:
        board.power_on(image)
        assert board.stream.read(1, timeout_s=10) == b"."
        assert board.probe is not None
        return [board.probe.boot()] + [board.probe.at_mark(mark) for mark in range(1, LAST_MARK + 1)], board.probe.call(
            77
        )


@pytest.fixture(scope="module")
def snapshots(info: BoardInfo, image: Path, tmp_path_factory: pytest.TempPathFactory) -> list[ProbeSnapshot]:
    return run(info, image, tmp_path_factory.mktemp("run"))[0]


def stack_top(image: Path, name: str) -> int:
    symbol = Image(image).symbol(name)
    assert symbol is not None
    return symbol.address + 256


def test_counts_begin_at_the_reset_handler(snapshots: list[ProbeSnapshot]) -> None:
    assert snapshots[0] == ProbeSnapshot(instructions=0, idle=0, resets=1)


@pytest.mark.parametrize("mark", INSTRUCTIONS)
def test_instructions_between_marks_are_exact(snapshots: list[ProbeSnapshot], mark: int) -> None:
    assert snapshots[mark].instructions - snapshots[mark - 1].instructions == INSTRUCTIONS[mark]


def test_every_kind_of_store_is_seen_and_no_load(snapshots: list[ProbeSnapshot], image: Path) -> None:
    assert snapshots[3].stack_low == {1: stack_top(image, "stack_a") - 76}


def test_stores_of_fpu_registers_are_seen(tmp_path: Path) -> None:
    source = (probe_image.SOURCES / "probe.S").read_text()
    more = """
    ldr r1, =0xE000ED88         /* CPACR: the FPU on */
    ldr r2, =0x00F00000
    str r2, [r1]
    dsb
    isb
    mov r1, r6
    vstmdb r1!, {s0-s15}        /* -124 */
    vstr s0, [r1, #-4]          /* -128 */
    vldr s1, [r1, #-8]          /* a load */
    say MARK, 3"""
    source = source.replace(".cpu cortex-m3", ".cpu cortex-m4\n    .fpu fpv4-sp-d16").replace("    say MARK, 3", more)
    image = probe_image.build(tmp_path, source=source)
    marks, _ = run(boards.load("mps2-an386"), image, tmp_path)
    assert marks[3].stack_low == {1: stack_top(image, "stack_a") - 128}


def test_a_store_counts_for_the_thread_that_runs_and_paint_for_none(
    snapshots: list[ProbeSnapshot], image: Path
) -> None:
    assert snapshots[4].stack_low == {2: stack_top(image, "stack_b") - 16}


def test_minima_restart_at_each_mark(snapshots: list[ProbeSnapshot]) -> None:
    assert snapshots[5].stack_low == {}


def test_what_a_waiting_thread_holds_is_not_forgotten(snapshots: list[ProbeSnapshot], image: Path) -> None:
    saved = stack_top(image, "stack_a") - 60 - 16
    assert snapshots[7].stack_low == {1: saved}
    assert snapshots[8].stack_low == {1: saved}


def test_instructions_belong_to_the_thread_that_ran(snapshots: list[ProbeSnapshot]) -> None:
    before, after = snapshots[3], snapshots[4]
    spent = {slot: after.threads[slot] - before.threads.get(slot, 0) for slot in after.threads}
    # The switch is the last instruction of the thread that runs until then.
    assert spent == {31: 0, 1: 1 + 17, 2: 2 + 1 + 2 + 1}
    assert sum(after.threads.values()) == after.instructions + after.idle


def test_the_benchs_own_work_is_in_no_count(snapshots: list[ProbeSnapshot], image: Path) -> None:
    before, after = snapshots[8], snapshots[9]
    assert after.threads[1] - before.threads[1] == INSTRUCTIONS[9]
    assert sum(after.threads.values()) == after.instructions + after.idle
    assert after.stack_low[1] == stack_top(image, "stack_a") - 200, "but its use of the stack is a use"


def test_a_call_costs_what_runs_between_its_begin_and_end(info: BoardInfo, image: Path, tmp_path: Path) -> None:
    assert run(info, image, tmp_path)[1] == CallCost(instructions=1 + 1000 * 2 + 17, idle=0, thread=1 + 1000 * 2 + 17)


def test_two_runs_count_the_same(info: BoardInfo, image: Path, tmp_path: Path, snapshots: list[ProbeSnapshot]) -> None:
    assert run(info, image, tmp_path)[0] == snapshots


def test_a_clock_driven_by_instructions_does_not_change_the_counts(
    info: BoardInfo, image: Path, tmp_path: Path, snapshots: list[ProbeSnapshot]
) -> None:
    assert info.emulator is not None
    virtual = info.model_copy(update={"emulator": info.emulator.model_copy(update={"icount": 3})})
    assert virtual.clock == "virtual"
    assert run(virtual, image, tmp_path)[0] == snapshots


def test_idle_is_apart_and_a_reset_is_told(info: BoardInfo, image: Path, tmp_path: Path) -> None:
    with boards.open_board(info, tmp_path) as board:
        board.power_on(image)
        assert board.stream.read(1, timeout_s=10) == b"."
        assert board.probe is not None
        first = board.probe.at_mark(LAST_MARK)
        deadline = time.monotonic() + 5
        while not board.probe.now().idle and time.monotonic() < deadline:
            time.sleep(0.001)
        board.reset()
        assert board.stream.read(1, timeout_s=10) == b"."
        boot, again = board.probe.boot(), board.probe.at_mark(LAST_MARK)
        assert (boot.resets, again.resets) == (2, 2)
        assert boot.idle >= 1
        assert again.idle == boot.idle
        assert again.instructions - boot.instructions == first.instructions
        assert boot.instructions > first.instructions, "counters go on over a reset"


def test_counts_can_be_read_after_the_board_is_off(info: BoardInfo, image: Path, tmp_path: Path) -> None:
    with boards.open_board(info, tmp_path) as board:
        board.power_on(image)
        assert board.stream.read(1, timeout_s=10) == b"."
        probe = board.probe
        board.power_off()
        assert probe is not None
        assert probe.at_mark(LAST_MARK).instructions > 0


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda probe: probe.at_mark(99), "set no mark 99; it set [1, 2, 3, 4, 5, 6, 7, 8, 9]"),
        (lambda probe: probe.call(78), "request 78 never began"),
    ],
)
def test_what_never_happened_has_no_answer(info: BoardInfo, image: Path, tmp_path: Path, ask, message: str) -> None:
    with boards.open_board(info, tmp_path) as board:
        board.power_on(image)
        assert board.stream.read(1, timeout_s=10) == b"."
        with pytest.raises(ProbeError) as caught:
            ask(board.probe)
    assert message in str(caught.value)


# --- the log, as the plugin writes it ---


class Plugin:
    """Writes the shared memory as the plugin does."""

    def __init__(self, version: int = layout.LAYOUT_VERSION) -> None:
        self.memory = mmap.mmap(-1, layout.SHARED_BYTES)
        layout.HEADER.pack_into(self.memory, 0, b"TLSPROBE", version, layout.RECORD.size, layout.RING, layout.SLOTS)
        self.written = 0

    def write(self, kind: layout.Kind, ident: int, executed: int) -> None:
        self.written += 1
        record = (self.written, kind, ident, executed, 0, *[0] * 64, 0, 0)
        at = layout.COUNTERS.stop + self.written % layout.RING * layout.RECORD.size
        layout.RECORD.pack_into(self.memory, at, *record)
        self.memory[layout.COUNTERS.stop - 8 : layout.COUNTERS.stop] = self.written.to_bytes(8, "little")


def test_a_log_that_went_round_keeps_the_newest_and_says_what_it_lost() -> None:
    plugin = Plugin()
    for mark in range(layout.RING + 10):
        plugin.write(layout.Kind.MARKED, mark, mark)
    probe = Probe(plugin.memory)
    assert probe.at_mark(layout.RING + 9).instructions == layout.RING + 9
    assert probe.at_mark(10 + 1).instructions == 11
    with pytest.raises(ProbeError, match=r"set no mark 3.*\(1[01] records were written over"):
        probe.at_mark(3)


def test_a_log_read_in_time_loses_nothing() -> None:
    plugin = Plugin()
    probe = Probe(plugin.memory)
    for mark in range(2 * layout.RING):
        plugin.write(layout.Kind.MARKED, mark, mark)
        if mark % 1000 == 0:
            probe.at_mark(mark)
    assert probe.at_mark(0).instructions == 0


def test_another_layout_is_refused() -> None:
    with pytest.raises(ProbeError, match=r"another layout \(version 7.*build it again"):
        Probe(Plugin(version=7).memory).at_mark(1)


def test_a_firmware_that_uses_its_probe_wrongly_is_told(info: BoardInfo, tmp_path: Path) -> None:
    source = (probe_image.SOURCES / "probe.S").read_text().replace("say MARK, 2\n", "strb r0, [r4, #MARK]\n")
    image = probe_image.build(tmp_path, source=source)
    with boards.open_board(info, tmp_path) as board:
        board.power_on(image)
        assert board.stream.read(1, timeout_s=10) == b"."
        assert board.probe is not None
        with pytest.raises(ProbeError, match="used its probe wrongly at offset 17"):
            board.probe.at_mark(1)


# --- building it ---


def test_it_is_built_once(tmp_path: Path) -> None:
    first = probe_plugin.library(tmp_path)
    made = first.stat().st_mtime_ns
    assert probe_plugin.library(tmp_path) == first
    assert first.stat().st_mtime_ns == made
    assert [file.name for file in tmp_path.iterdir()] == [first.name]


def test_without_a_compiler_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match="install the Debian packages gcc"):
        probe_plugin.library(tmp_path / "build")


def test_a_compiler_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = tmp_path / "gcc"
    compiler.write_text("#!/bin/sh\necho no such instruction; exit 3\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(BuildError) as caught:
        probe_plugin.library(tmp_path / "build")
    assert caught.value.status == 3
    assert "no such instruction" in str(caught.value)
    assert list((tmp_path / "build").iterdir()) == []
