"""Build the firmware image for a board: configured once, rebuilt only where something changed.

Example:
    image = firmware.image("mps2-an385", "small")
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tlsbench import applications, boards
from tlsbench.boards.child import find_program
from tlsbench.boards.core import EVERY
from tlsbench.misfit import misfit
from tlsbench.model.board import BoardInfo
from tlsbench.model.errors import BuildError, ConfigError, DoesNotFitError

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "firmware"
BUILD = ROOT / "build"

PROFILES = ("default", "small")
MBEDTLS = ("3.6", "2.28")
TARGETS = ("agent", "bare", "kernel_test", "network_test")
NATIVE_TARGETS = ("agent", "bare", "native_test")

INSTRUMENT = "TLSBENCH_INSTRUMENT"
"""Variable that says what an image that is a process carries to find mistakes; see firmware/cmake/instrument.cmake."""
INSTRUMENTS = ("address", "thread", "coverage")

# Program -> Debian package that has it.
TOOLS = {"cmake": "cmake", "ninja": "ninja-build"}
ARM_TOOLS = {"arm-none-eabi-g++": "gcc-arm-none-eabi"}
NATIVE_TOOLS = {"g++": "g++"}

CMAKE_ERROR = re.compile(r"^CMake Error.*\n\s*\n?((?:^(?:  .*)?\n)+)", re.MULTILINE)
COMPILER_ERROR = re.compile(r"^.*\berror: .*$|^.*undefined reference to .*$", re.MULTILINE)
NINJA_STEP = re.compile(r"\[([1-9]\d*)/(\d+)\] ")  # step 0 is Ninja looking whether CMake must run again

Progress = Callable[[str], None]


def configurations() -> tuple[str, ...]:
    """Names of the configurations of the agent's image, besides the ordinary one, whose name is empty."""
    return tuple(sorted(file.stem for file in (SOURCE / "agent/configurations").glob("*.json")))


def offloads_tls(configuration: str) -> bool:
    """Whether an image of this configuration leaves TLS to the network stack (``nsapi.offload-tlssocket``).

    Raises:
        ConfigError: there is no such configuration.
    """
    _check("configuration", configuration, ("", *configurations()))
    if not configuration:
        return False
    file = SOURCE / f"agent/configurations/{configuration}.json"
    return bool(json.loads(file.read_text()).get("target_overrides", {}).get("*", {}).get("nsapi.offload-tlssocket"))


def instrument() -> str:
    """What an image that is a process carries to find mistakes.

    Raises:
        ConfigError: the variable says something unknown.
    """
    chosen = os.environ.get(INSTRUMENT, INSTRUMENTS[0])
    _check(INSTRUMENT, chosen, INSTRUMENTS)
    return chosen


def build_folder(
    board: str, profile: str = "default", mbedtls: str = "3.6", configuration: str = "", instrument: str = ""
) -> Path:
    """Folder that one variant of the firmware is built in."""
    generation = "" if mbedtls == "3.6" else f"-mbedtls{mbedtls}"
    instrument = "" if instrument == INSTRUMENTS[0] else instrument
    name = "-".join(filter(None, (f"{board}-{profile}{generation}", configuration, instrument)))
    platforms = boards.platforms_dir().resolve()
    if platforms == ROOT / "platforms":
        return BUILD / name
    # Boards kept elsewhere may have the names of ours.
    return BUILD / f"elsewhere-{hashlib.sha256(str(platforms).encode()).hexdigest()[:8]}" / name


def image(
    board: str,
    profile: str = "",
    mbedtls: str = "3.6",
    target: str = "agent",
    *,
    configuration: str = "",
    values: Mapping[str, str | int | bytes] | None = None,
    into: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Build one firmware image, or see that it is up to date.

    Arguments:
        board: name of a folder in ``platforms/``.
        profile: ``default`` (built for speed) or ``small`` (built for RAM and flash); empty: the board's own.
        mbedtls: generation of Mbed TLS, ``3.6`` or ``2.28``.
        target: ``agent`` (the remote-control agent), ``bare`` (the agent with sockets that call Mbed TLS directly),
            an application of ``firmware/apps/``, or one of the tests' own.
        configuration: name of a file in ``firmware/agent/configurations/``, such as ``tcp`` (the image without TLS, for
            the flash that TLS adds); empty: every library as its ``mbed_lib.json`` says. An application has its own.
        values: of an application's own keys, in the place of those in its ``mbed_app.json``.
        into: a folder that gets a copy, which no later build changes.
        progress: called with one line of text while something is being built; never when nothing is to be done.

    Returns:
        The ELF file; its link map stands beside it, with the suffix ``.map``. With `into`, the copy of the ELF file.

    Raises:
        ConfigError: no such board, profile, Mbed TLS generation, target or configuration, or the board's file is wrong.
        ToolMissingError: CMake, Ninja or the compiler is not installed.
        BuildError: the build failed; carries command, exit status and the whole output.
        DoesNotFitError: the board has too little memory; says what takes it.
    """
    info = boards.load(board)  # complains about a board that is unknown or broken, with file and line
    profile = profile or info.profiles[0]
    _check("profile", profile, PROFILES)
    _check("mbedtls", mbedtls, MBEDTLS)
    is_application = target in applications.names()
    if not is_application:
        _check("target", target, targets(info))
    laid_over = applications.overrides(target, values or {}) if is_application else ""  # complains before it builds
    if configuration:
        _check("configuration", configuration, () if is_application else configurations())
    tools = TOOLS | (NATIVE_TOOLS if info.core == "native" else ARM_TOOLS)
    for tool, package in tools.items():
        find_program(tool, package)
    app_config = SOURCE / f"agent/configurations/{configuration}.json" if configuration else ""
    if is_application:
        app_config = applications.configuration(target)
    instruments = {"INSTRUMENT": instrument()} if info.core == "native" else {}
    folder = build_folder(board, profile, mbedtls, target if is_application else configuration, *instruments.values())
    name = f"{target}.elf"
    variables = {
        "PLATFORMS": str(boards.platforms_dir().resolve()),
        "BOARD": board,
        "PROFILE": profile,
        "MBEDTLS": mbedtls,
        **instruments,
        "APP_CONFIG": str(app_config),
        # The generators of the build (board data, protobuf) need what this environment has installed.
        "Python3_EXECUTABLE": str(_python()),
    }
    with _only_one(folder, progress) as lock:
        build = _Build(folder, lock, progress)
        build.configure(variables, f"configuring the firmware for {folder.name}")
        if is_application:
            _write(folder / "app_overrides.json", laid_over)
        # Ninja itself, not `cmake --build`: a signal reaches it and, through it, the compilers.
        command: list[str | Path] = ["ninja", "-C", folder, "-j", str(os.cpu_count() or 2), name]
        what = f"building {folder.name}/{name}"
        try:
            build.run(command, what)
        except BuildError as error:
            if found := misfit(folder, name, info, str(error.received)):
                raise DoesNotFitError(what, *found, command=command, status=error.status) from None
            raise
        if into is None:
            return folder / name
        return Path(shutil.copy(folder / name, into))


def targets(info: BoardInfo) -> tuple[str, ...]:
    """The programs that can be built for a board, beside the applications."""
    if info.core != "native":
        return TARGETS
    # The checks of the network are for stacks of ours; the operating system's is tested by others.
    return NATIVE_TARGETS if info.firmware.stack == "posix" else (*NATIVE_TARGETS, "network_test")


def _write(file: Path, text: str) -> None:
    """Write a file if that changes it: what is made from it is then made anew."""
    if not file.exists() or file.read_text() != text:
        file.write_text(text)


def _check(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"unknown {what} {value!r}; there are: {', '.join(known)}", key=what)


def _python() -> Path:
    """This Python by one name, whichever of its names it was started by: another name would mean configuring anew."""
    by_prefix = Path(sys.prefix, "bin", "python")
    return by_prefix if by_prefix.exists() else Path(sys.executable)


@contextmanager
def _only_one(folder: Path, progress: Progress | None) -> Iterator[int]:
    """Hold the lock of a build folder; yields its file descriptor.

    The build's processes inherit the descriptor: should this process be killed, the kernel frees the lock only when
    the last of them has ended, so nobody builds into a folder that a compiler still writes to.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if progress:
                progress(f"waiting for another build of {folder.name}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


class _Build:
    """The steps of one build, in a folder whose lock is held."""

    def __init__(self, folder: Path, lock: int, progress: Progress | None) -> None:
        self.folder = folder
        self.lock = lock
        self.progress = progress or (lambda line: None)

    def configure(self, variables: dict[str, str], what: str) -> None:
        """Run CMake if the folder is new or was configured otherwise; when files change, Ninja runs it again."""
        command: list[str | Path] = ["cmake", "--fresh", "-S", SOURCE, "-B", self.folder, "-G", "Ninja"]
        command += [f"-D{name}={value}" for name, value in variables.items()]
        stamp = self.folder / "configured-with"
        # A folder that appears is not among the files whose change Ninja knows of.
        folders = sorted(str(file.parent) for file in SOURCE.rglob("CMakeLists.txt"))
        # Neither are the variables that name local third-party sources (third_party/sources.toml).
        local = [f"{name}={os.environ.get(name, '')}" for name in ("MBEDTLS_DIR", "LWIP_DIR", "NANOPB_DIR")]
        ccache = f"ccache={shutil.which('ccache')}"  # nor a program that comes or goes
        text = "\n".join([shlex.join(map(str, command)), *folders, *local, ccache])
        if (self.folder / "build.ninja").exists() and stamp.exists() and stamp.read_text() == text:
            return
        self.progress(what)
        self.run(command, what)
        stamp.write_text(text)

    def run(self, command: list[str | Path], what: str) -> None:
        """Run a command, telling of Ninja's steps.

        It is started through setpriv(1), so that the kernel ends it should this process be killed.
        """
        output: list[str] = []
        with subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=[self.lock],
        ) as process:
            assert process.stdout is not None
            with suppress(ProcessLookupError):  # it ended at once
                os.sched_setaffinity(process.pid, EVERY)
            try:
                for line in process.stdout:
                    output.append(line)
                    if step := NINJA_STEP.match(line):
                        self.progress(f"{what}: {step[1]} of {step[2]}")
            except BaseException:
                process.terminate()
                raise
        if process.returncode != 0:
            text = "".join(output)
            raise BuildError(f"{what} failed{_cause(text)}", command=command, status=process.returncode, received=text)


def _cause(output: str) -> str:
    """What CMake or the compiler complained of first, told before the whole output; empty if that is not clear."""
    if found := CMAKE_ERROR.search(output):
        return f": {' '.join(found[1].split())}"
    return f": {found[0]}" if (found := COMPILER_ERROR.search(output)) else ""
