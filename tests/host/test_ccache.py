"""Compiling through ccache: another checkout or configuration finds its objects ready, and they are the compiler's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tlsbench import firmware

LIBRARY = "netsocket"
# It sets a key that the library does not read.
OTHER_CONFIGURATION = firmware.ROOT / "firmware/agent/configurations/large-buffer.json"


def build(checkout: Path, cache: Path, *variables: str) -> bytes:
    """A copy of the sources, and one library built of them."""
    for name in ("firmware", "platforms"):
        shutil.copytree(firmware.ROOT / name, checkout / name)
    (checkout / ".venv").symlink_to(sys.prefix)
    folder = checkout / "build" / checkout.name
    configure = ["cmake", "-G", "Ninja", "-S", checkout / "firmware", "-B", folder, "-DPROFILE=small", *variables]
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    for command in (configure, ["ninja", "-C", folder, LIBRARY]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.rglob(f"lib{LIBRARY}.a")).read_bytes()


def misses(cache: Path) -> int:
    """How often the compiler had to run so far."""
    command = ["ccache", "--print-stats"]
    environment = {**os.environ, "CCACHE_DIR": str(cache / "tlsbench/ccache")}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return int(dict(line.split("\t") for line in said.splitlines())["cache_miss"])


@pytest.mark.timeout(600)  # it compiles a library twice, on a machine that may have other work
def test_another_checkout_or_configuration_compiles_nothing_and_gets_the_compilers_own_objects(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (cache / "tlsbench").mkdir(parents=True)
    sources = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tlsbench/sources"
    (cache / "tlsbench/sources").symlink_to(sources)
    first = build(tmp_path / "one", cache)
    compiled = misses(cache)
    assert compiled > 0
    assert build(tmp_path / "another", cache) == first
    assert misses(cache) == compiled
    assert build(tmp_path / "configured", cache, f"-DAPP_CONFIG={OTHER_CONFIGURATION}")
    assert misses(cache) == compiled
    assert build(tmp_path / "without", cache, "-DTLSBENCH_CCACHE=OFF") == first
    assert misses(cache) == compiled
