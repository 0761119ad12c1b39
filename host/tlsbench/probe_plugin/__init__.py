"""Builds the emulator's plugin that counts instructions and watches stacks (`probe.c`).

`python -m tlsbench.probe_plugin` builds it at set-up; `library()` does so whenever it is missing or out of date.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from tlsbench.model.errors import BuildError, ToolMissingError

HERE = Path(__file__).resolve().parent
SOURCES = (HERE / "probe.c", HERE / "plugin_api.h")
FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden")


def library(folder: Path | None = None) -> Path:
    """The built plugin. Its name holds the hash of its sources, so an old one is never taken for this one.

    Arguments:
        folder: where it is kept; `build/probe` of this source tree if not given.

    Errors:
        ToolMissingError: there is no C compiler.
        BuildError: it does not compile; carries the compiler's output.
    """
    folder = folder or HERE.parents[2] / "build" / "probe"
    stamp = hashlib.sha256(b"".join(source.read_bytes() for source in SOURCES) + repr(FLAGS).encode()).hexdigest()
    built = folder / f"probe-{stamp[:12]}.so"
    if not built.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _compile(built)
        for old in folder.glob("probe-*.so"):
            if old != built:
                old.unlink(missing_ok=True)
    return built


def _compile(built: Path) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise ToolMissingError("no C compiler for the emulator's probe: install the Debian packages gcc and libc6-dev")
    with tempfile.TemporaryDirectory(dir=built.parent, prefix=".build-") as scratch:
        made = Path(scratch, built.name)
        command = [compiler, *FLAGS, str(SOURCES[0]), "-o", str(made)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise BuildError(
                "the emulator's probe does not compile", command=command, status=done.returncode, received=done.stdout
            )
        made.replace(built)
