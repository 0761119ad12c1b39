"""Says of an image that could not be linked what does not fit: which memory, how many bytes, and what takes them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tlsbench.measure import room
from tlsbench.model.board import BoardInfo


def misfit(folder: Path, name: str, info: BoardInfo, output: str) -> tuple[str, str] | None:
    """What does not fit, in short and with all that takes room; None if something else is wrong.

    The image is linked once more, for memory without end (`unbounded/memory.ld`, which firmware/cmake/board.py makes),
    and looked at.

    Arguments:
        folder: the build folder; its build has just failed.
        name: of the image in it.
        info: the board.
        output: what Ninja said.
    """
    if info.memory is None or not re.search(rf"^FAILED: {re.escape(name)}\b", output, re.MULTILINE):
        return None  # something did not even compile
    commands = ["ninja", "-C", str(folder), "-t", "commands", "-s", name]
    link = subprocess.run(commands, capture_output=True, text=True, check=False).stdout
    image = folder / "unbounded" / name
    image.parent.mkdir(exist_ok=True)
    for ours, other in (
        (f" -L{folder}/board ", f" -L{folder}/board/unbounded "),
        (f"-Map={folder}/{Path(name).stem}.map", f"-Map={image.with_suffix('.map')}"),
        (f" -o {name} ", f" -o {image} "),
    ):
        if ours not in link:
            return None
        link = link.replace(ours, other)
    if subprocess.run(["sh", "-c", link], cwd=folder, capture_output=True, check=False).returncode != 0:
        return None
    found = room.regions(image, info)
    short = [region for region in found if region.left < 0]
    if not short:
        return None
    missing = " and ".join(f"{-region.left:,} bytes of {region.name}" for region in short)
    lines = [*room.table(found)]
    for region in short:
        lines += ["", *room.takers(region)]
    return f"does not fit {info.name}: {missing} too many", "\n".join(lines)
