"""Builds the firmware images that the tests run, before they run: the time of a build is not that of a test.

python tests/host/images.py
"""

from __future__ import annotations

import sys

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


def main() -> int:
    """Build what is not up to date, and tell of that only."""
    try:
        with Progress(Console()) as progress:
            for board, profile, mbedtls, target, configuration in IMAGES:
                firmware.image(board, profile, mbedtls, target, configuration=configuration, progress=progress.step)
    except BenchError as error:
        print(f"images: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
