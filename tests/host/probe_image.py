"""Builds the smallest image that boots on the emulated board: the probe's test image, without agent and kernel."""

from __future__ import annotations

import subprocess
from pathlib import Path

SOURCES = Path(__file__).parents[1] / "firmware" / "probe"


def build(folder: Path, *, source: str | None = None, name: str = "probe.elf") -> Path:
    """The image, built into `folder`; from `source` text instead of probe.S if given."""
    code = folder / f"{name}.S"
    code.write_text((SOURCES / "probe.S").read_text() if source is None else source)
    image = folder / name
    command = ["arm-none-eabi-gcc", "-nostdlib", "-Wl,--fatal-warnings", "-T", str(SOURCES / "probe.ld")]
    subprocess.run([*command, f"-Wl,-Map={image.with_suffix('.map')}", str(code), "-o", str(image)], check=True)
    return image
