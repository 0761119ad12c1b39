"""Build the firmware image for a board: configured once, rebuilt only where something changed.

Example:
    image = firmware.image("mps2-an385", "small")
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tlsbench.model.errors import BuildError, ConfigError, ToolMissingError

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "firmware"
BUILD = ROOT / "build"

PROFILES = ("default", "small")
MBEDTLS = ("3.6", "2.28")
TARGETS = ("agent", "bare", "kernel_test")

# Program -> Debian package that has it.
TOOLS = {"cmake": "cmake", "ninja": "ninja-build", "arm-none-eabi-g++": "gcc-arm-none-eabi"}

NINJA_STEP = re.compile(r"\[(\d+)/(\d+)\] ")

Progress = Callable[[str], None]


def build_folder(board: str, profile: str = "default", mbedtls: str = "3.6", *, tls: bool = True) -> Path:
    """Folder that one configuration of the firmware is built in."""
    generation = "" if mbedtls == "3.6" else f"-mbedtls{mbedtls}"
    return BUILD / f"{board}-{profile}{generation}{'' if tls else '-tcp'}"


def image(
    board: str,
    profile: str = "default",
    mbedtls: str = "3.6",
    target: str = "agent",
    *,
    tls: bool = True,
    progress: Progress | None = None,
) -> Path:
    """Build one firmware image, or see that it is up to date.

    Arguments:
        board: name of a folder in ``platforms/``.
        profile: ``default`` (built for speed) or ``small`` (built for RAM and flash).
        mbedtls: generation of Mbed TLS, ``3.6`` or ``2.28``.
        target: ``agent`` (the remote-control agent), ``bare`` (the agent with sockets that call Mbed TLS directly)
            or ``kernel_test``.
        tls: False builds the image without TLS, for the flash that TLS adds.
        progress: called with one line of text while something is being built; never when nothing is to be done.

    Returns:
        The ELF file. Its link map stands beside it, with the suffix ``.map``.

    Raises:
        ConfigError: no such board, profile, Mbed TLS generation or target.
        ToolMissingError: CMake, Ninja or the compiler is not installed.
        BuildError: the build failed; carries command, exit status and the whole output.
    """
    _check("board", board, tuple(sorted(file.parent.name for file in ROOT.glob("platforms/*/board.toml"))))
    _check("profile", profile, PROFILES)
    _check("mbedtls", mbedtls, MBEDTLS)
    _check("target", target, TARGETS)
    for tool, package in TOOLS.items():
        if shutil.which(tool) is None:
            raise ToolMissingError(
                f"{tool} is not installed, and the firmware for {board} is built with it; "
                f"on Debian it is in the package {package} (`make setup` installs it)"
            )
    folder = build_folder(board, profile, mbedtls, tls=tls)
    name = f"{target}.elf"
    with _only_one(folder, progress) as lock:
        _configure(folder, board, profile, mbedtls, tls, lock, progress)
        # Ninja itself, not `cmake --build`: a signal reaches it and, through it, the compilers.
        _run(
            ["ninja", "-C", folder, "-j", str(os.cpu_count() or 2), name],
            f"building {name} for {board}",
            lock,
            progress,
        )
    return folder / name


def _check(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"unknown {what} {value!r}; there are: {', '.join(known)}", key=what)


@contextmanager
def _only_one(folder: Path, progress: Progress | None) -> Iterator[int]:
    """Hold the lock of a build folder; yields its file descriptor.

    The build's processes inherit the descriptor: should this process be killed, the kernel frees the lock only when
    the last of them has ended, so nobody builds into a folder that a compiler still writes to.
    """
    folder.parent.mkdir(exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if progress:
                progress(f"waiting for another build in {folder.relative_to(ROOT)}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _configure(
    folder: Path, board: str, profile: str, mbedtls: str, tls: bool, lock: int, progress: Progress | None
) -> None:
    """Run CMake when the folder is new or was configured with other arguments; Ninja repeats it when files change."""
    command: list[str | Path] = [
        *("cmake", "-S", SOURCE, "-B", folder, "-G", "Ninja"),
        f"-DBOARD={board}",
        f"-DPROFILE={profile}",
        f"-DMBEDTLS={mbedtls}",
        f"-DTLSBENCH_TLS={'ON' if tls else 'OFF'}",
        # The generators of the build (board data, protobuf) need what this environment has installed.
        f"-DPython3_EXECUTABLE={sys.executable}",
    ]
    stamp = folder / "configured-with"
    text = shlex.join(str(word) for word in command)
    if (folder / "build.ninja").exists() and stamp.exists() and stamp.read_text() == text:
        return
    shutil.rmtree(folder, ignore_errors=True)
    if progress:
        progress(f"configuring the firmware for {board}, profile {profile}, Mbed TLS {mbedtls}")
    _run(command, f"configuring the firmware for {board}", lock, progress)
    stamp.write_text(text)


def _run(command: list[str | Path], what: str, lock: int, progress: Progress | None) -> None:
    """Run one command of the build, reporting Ninja's steps.

    It is started through setpriv(1), so that the kernel ends it should this process be killed.
    """
    output: deque[str] = deque()
    guarded = ["setpriv", "--pdeathsig", "TERM", "--", *command]
    with subprocess.Popen(
        guarded,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=[lock],
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                output.append(line)
                if progress and (step := NINJA_STEP.match(line)):
                    progress(f"{what}: {step[1]} of {step[2]}")
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        raise BuildError(f"{what} failed", command=command, status=process.returncode, received="".join(output))
