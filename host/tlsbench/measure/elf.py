"""Static RAM and flash of an image: from its ELF sections, split by library and object with the link map.

* flash: every section whose content is in the image, start values of variables included.
* static RAM: every writable section, heap region and stacks apart (sections `.heap` and `.stacks`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tlsbench.measure import linkmap
from tlsbench.measure.image import Image
from tlsbench.measure.linkmap import PADDING
from tlsbench.model.errors import MeasurementError
from tlsbench.model.metric import Metric
from tlsbench.model.result import Library

STATIC_RAM_METHOD = "ELF sections, heap region and stacks apart"
FLASH_METHOD = "ELF sections, start values of variables included"
HEAP, STACKS = ".heap", ".stacks"


@dataclass(frozen=True, slots=True)
class Footprint:
    """Memory that something takes, in bytes.

    Arguments:
        flash: code, constants and start values.
        static_ram: variables.
        stacks: stacks of threads and of interrupts.
    """

    flash: int = 0
    static_ram: int = 0
    stacks: int = 0

    def __add__(self, other: Footprint) -> Footprint:
        return Footprint(self.flash + other.flash, self.static_ram + other.static_ram, self.stacks + other.stacks)


@dataclass(frozen=True, slots=True)
class ImageSize:
    """Memory that an image takes, in bytes.

    Arguments:
        total: all of it.
        heap_region: what the linker left for the heap.
        objects: the part of each (library, object), from the link map; empty without one.
    """

    total: Footprint
    heap_region: int
    objects: dict[tuple[str, str], Footprint]

    def libraries(self) -> dict[str, Footprint]:
        """The part of each library, the largest in flash first."""
        sums: defaultdict[str, Footprint] = defaultdict(Footprint)
        for (library, _), footprint in self.objects.items():
            sums[library] += footprint
        return dict(sorted(sums.items(), key=lambda item: -item[1].flash))


def image_size(image: Path, link_map: Path | None = None) -> ImageSize:
    """The memory that an image takes.

    Arguments:
        image: an ELF file.
        link_map: the map that the linker wrote with it; `<name>.map` beside the image if not given and there.

    Errors:
        ImageError: it is no image for an Arm Cortex-M core.
        MeasurementError: the map is of another image.
    """
    sections = Image(image).sections
    one_byte: dict[str, Footprint] = {}
    total, heap_region = Footprint(), 0
    for section in sections:
        if section.name == HEAP:
            heap_region = section.size
            continue
        stack = section.name == STACKS
        one_byte[section.name] = Footprint(section.loaded, section.writable and not stack, stack)
        total += _times(section.size, one_byte[section.name])
    link_map = link_map or image.with_suffix(".map")
    objects: defaultdict[tuple[str, str], Footprint] = defaultdict(Footprint)
    if link_map.exists():
        read = linkmap.read(link_map)
        wrong = [section.name for section in sections if read.sections.get(section.name) != section.size]
        if wrong:
            raise MeasurementError(f"{link_map} is the map of another image than {image}: it differs in {wrong}")
        for part in read.parts:
            if part.section in one_byte:
                objects[part.library, part.object] += _times(part.size, one_byte[part.section])
        known = sum(objects.values(), Footprint())
        objects[PADDING, PADDING] += total + _times(-1, known)  # room that the linker script itself makes
    return ImageSize(total, heap_region, dict(objects))


def libraries(image: Path) -> tuple[Library, ...]:
    """The part of each library in an image, the largest in flash first; empty without a link map.

    Errors:
        ImageError, MeasurementError.
    """
    parts = image_size(image).libraries().items()
    return tuple(Library(name, part.flash, part.static_ram) for name, part in parts if part.flash or part.static_ram)


def metrics(image: Path) -> Iterator[Metric]:
    """`static_ram` and `flash` of an image.

    Errors:
        ImageError, MeasurementError.
    """
    total = image_size(image).total
    yield Metric("static_ram", total.static_ram, STATIC_RAM_METHOD)
    yield Metric("flash", total.flash, FLASH_METHOD)


def _times(count: int, each: Footprint) -> Footprint:
    return replace(each, flash=count * each.flash, static_ram=count * each.static_ram, stacks=count * each.stacks)
