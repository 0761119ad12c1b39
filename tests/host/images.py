"""Builds the firmware images that the tests run, before they run: the time of a build is not that of a test.

python tests/host/images.py
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from conftest import BOARD
from rich.console import Console

from tlsbench import firmware
from tlsbench.model.errors import BenchError
from tlsbench.progress import Progress

# Board, profile, generation of Mbed TLS, target, configuration.
# One that is missing here is built by the test that needs it first.
IMAGES = (
    (BOARD, "default", "3.6", "agent", ""),
    (BOARD, "default", "3.6", "kernel_test", ""),
    (BOARD, "default", "3.6", "network_test", ""),
    (BOARD, "default", "3.6", "https-hello", ""),
    (BOARD, "small", "3.6", "network_test", ""),
    (BOARD, "default", "3.6", "agent", "tcp"),
    (BOARD, "small", "3.6", "agent", "tcp"),
    (BOARD, "small", "2.28", "agent", ""),
    ("mps2-an386", "small", "3.6", "kernel_test", ""),
    ("mps2-an500", "small", "3.6", "kernel_test", ""),
    ("mps2-an500", "small", "3.6", "agent", ""),
    ("mps2-an505", "small", "3.6", "kernel_test", ""),
    ("mps2-an505", "small", "3.6", "agent", ""),
    ("netduinoplus2", "small", "3.6", "kernel_test", ""),
    ("netduinoplus2", "small", "3.6", "agent", ""),
    ("microbit", "small", "3.6", "agent", "offload-tls"),
    ("microbit", "small", "3.6", "kernel_test", ""),
    ("native", "default", "3.6", "agent", ""),
    ("native", "default", "3.6", "native_test", ""),
)


AT_ONCE = 2  # while one is configured, which takes one core, another is compiled


def main() -> int:
    """Build what is not up to date, and tell of that only."""
    folders: dict[tuple[str, str, str, str], list[str]] = {}
    for board, profile, mbedtls, target, configuration in IMAGES:
        folders.setdefault((board, profile, mbedtls, configuration), []).append(target)

    told = set()

    def tell(step: str) -> None:
        what = step.partition(":")[0]  # two builds' steps come by turns
        if what not in told:
            told.add(what)
            progress.step(what)

    def build(folder: tuple[str, str, str, str]) -> None:
        board, profile, mbedtls, configuration = folder
        for target in folders[folder]:
            firmware.image(board, profile, mbedtls, target, configuration=configuration, progress=tell)

    try:
        with Progress(Console()) as progress, ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(build, folders))
    except BenchError as error:
        print(f"images: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
