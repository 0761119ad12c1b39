"""What is known of the image that ran: its size, the RAM it needs, and who made it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from tlsbench import __version__
from tlsbench.link import Hello
from tlsbench.measure import elf
from tlsbench.model.board import BoardInfo
from tlsbench.model.metric import Metric
from tlsbench.model.result import Emulator, Firmware, RunInfo
from tlsbench.session.config import Config
from tlsbench.session.folder import PartFolder, RunFolder

METHOD = "static RAM + heap arena peak + stack peaks, in a test that booted the board"


def ram_needed(metrics: Iterable[Metric]) -> Metric | None:
    """Static RAM, the heap's arena and every thread's deepest stack together: the smallest board it fits.

    None where one of the three was not measured.
    """
    static = arena = 0
    stacks: dict[str | None, int] = {}
    for metric in metrics:
        if metric.name == "static_ram":
            static = int(metric.value)
        elif metric.name == "heap_arena_peak":
            arena = max(arena, int(metric.value))
        elif metric.name == "stack_peak":
            stacks[metric.thread] = max(stacks.get(metric.thread, 0), int(metric.value))
    if not (static and arena and stacks):
        return None
    return Metric("ram_needed", static + arena + sum(stacks.values()), METHOD)


def run_info(
    config: Config,
    info: BoardInfo,
    folder: RunFolder | PartFolder,
    *,
    seed: int,
    hello: Hello | None,
    image: Path | None,
    entropy: str,
    emulator: tuple[str, str] | None,
) -> RunInfo:
    """What was run, on what, and how it was set; what was never learned (a board that did not start) is left out."""
    entropy = hello.entropy if hello else entropy
    firmware = None
    if hello is not None and image is not None:
        sha256 = hashlib.sha256(image.read_bytes()).hexdigest()
        libraries = elf.libraries(image) if info.memory else ()
        firmware = Firmware(sha256, hello.mbedtls, hello.lwip, hello.compiler, hello.configuration, libraries)
    return RunInfo(
        id=folder.id,
        started=folder.started.isoformat(timespec="seconds"),
        tool=f"tlsbench {__version__}",
        board=info.name,
        kind=info.kind,
        core=info.core,
        profile=hello.profile if hello else config.profile,
        clock=info.clock,
        entropy=entropy,
        seed=seed if entropy in ("injected", "unknown") else None,
        firmware=firmware,
        emulator=Emulator(*emulator) if emulator else None,
        ram_bytes=info.memory.ram_bytes if info.memory else 0,
        flash_bytes=info.memory.flash_bytes if info.memory else 0,
    )
