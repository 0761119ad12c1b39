"""How much of a board's memory an image needs, region by region, and what needs it.

An image that does not fit its board is looked at as it was linked for memory without end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tlsbench.measure import linkmap
from tlsbench.measure.elf import HEAP
from tlsbench.measure.image import Image, Section
from tlsbench.model.board import BoardInfo, Memory

LARGEST = 15
"""How many of the things that take room in a region are told one by one."""
HEAP_NEEDED = "__heap_needed"
"""Symbol whose value is the least heap that the image asks for (firmware/linker/cortex-m.ld)."""
ALIGNMENT = 8
"""Bytes that the heap is aligned to."""


@dataclass(frozen=True, slots=True)
class Taker:
    """What takes room in a region: one object's part of a section, or the heap.

    Arguments:
        size: bytes.
        section, library, object: as in the link map.
    """

    size: int
    section: str
    library: str = ""
    object: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """One of a board's memories.

    Arguments:
        name: as in board.toml (`flash`, `ram`).
        needed: bytes that the image takes there, gaps between sections and the least heap included.
        there: bytes that the board has.
        takers: what takes them, the largest first.
    """

    name: str
    needed: int
    there: int
    takers: tuple[Taker, ...]

    @property
    def left(self) -> int:
        """Bytes that are there and not needed; less than none where they are missing."""
        return self.there - self.needed

    def by_library(self) -> Region:
        """The same, with the objects of each library as one taker."""
        sums: Counter[Taker] = Counter()
        for taker in self.takers:
            sums[Taker(0, taker.section, taker.library)] += taker.size
        return replace(self, takers=_sorted(sums))


def regions(image: Path, info: BoardInfo) -> list[Region]:
    """What each of the board's memories is needed for.

    Arguments:
        image: an ELF file, linked for regions that begin where the board's do; its link map is beside it.
        info: the board; it has memory of its own.

    Errors:
        ImageError: it is no image for an Arm Cortex-M core.
    """
    elf, memory = Image(image), info.memory
    assert memory is not None, "only a process has none"
    names = [name.removesuffix("_origin") for name in Memory.model_fields if name.endswith("_origin")]
    origins = {name: origin for name in names if (origin := getattr(memory, f"{name}_origin")) is not None}

    def home(address: int) -> str:
        """The region that an address lies in, or would, were it longer."""
        return max((name for name in origins if origins[name] <= address), key=lambda name: origins[name], default="")

    ends, heaps = dict(origins), dict.fromkeys(origins, 0)
    sums: dict[str, Counter[Taker]] = {name: Counter() for name in origins}
    homes: dict[str, list[str]] = {}
    loaded_to = home(elf.segments[0].address) if elf.segments else ""
    for section in elf.sections:
        lives_in = home(section.address)
        if section.name == HEAP:
            heap = elf.symbol(HEAP_NEEDED)
            heaps[lives_in] = heap.address if heap is not None else 0
        else:
            homes[section.name] = [lives_in, *([loaded_to] if _is_copied(section) else [])]
            ends[lives_in] = max(ends[lives_in], section.address + section.size)
    for segment in elf.segments:
        lives_in = home(segment.address)
        ends[lives_in] = max(ends[lives_in], segment.address + len(segment.data))
    for part in linkmap.read(image.with_suffix(".map")).parts:
        for name in homes.get(part.section, ()):
            sums[name][Taker(0, part.section, part.library, part.object)] += part.size
    result = []
    for name, origin in origins.items():
        needed = ends[name] - origin
        if heaps[name]:
            sums[name][Taker(0, "heap, at least")] = heaps[name]
            needed += -needed % ALIGNMENT + heaps[name]
        result.append(Region(name, needed, getattr(memory, f"{name}_bytes"), _sorted(sums[name])))
    return result


def _sorted(sums: Counter[Taker]) -> tuple[Taker, ...]:
    return tuple(replace(taker, size=size) for taker, size in sums.most_common())


def _is_copied(section: Section) -> bool:
    """Whether its content lies in flash besides, from where start-up code copies it."""
    return section.loaded and section.writable


def table(found: list[Region]) -> Iterator[str]:
    """What is needed, there, and left of each region, as lines of text."""
    yield f"{'memory':8}{'needed':>12}{'there':>12}{'left':>12}"
    for region in found:
        yield f"{region.name:8}{region.needed:12,}{region.there:12,}{region.left:12,}"


def takers(region: Region) -> Iterator[str]:
    """What takes a region, the largest first, as lines of text."""
    yield f"what the {region.name} is needed for, in bytes"
    told = region.takers[:LARGEST]
    for taker in told:
        yield f"{taker.size:12,}  {taker.section:16}{taker.library:24}{taker.object}".rstrip()
    rest = region.needed - sum(taker.size for taker in told)
    yield f"{rest:12,}  in {len(region.takers) - len(told)} other places, and gaps"
