#!/usr/bin/env python3
"""Set up what a make target needs: Debian packages and the virtual environment. Standard library only.

    python3 tools/bootstrap.py bench [test] [lint]

Does only what is missing. When everything is there it prints nothing, touches no network and ends in a blink.
What the firmware needs (third-party sources, the emulator's plugin) is made when the firmware is built.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is the check that tells the user
    sys.exit(
        f"tlsbench needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.\n"
        "Debian 12 has it as `python3`; or name one: make PYTHON=/path/to/python3.11"
    )

import fcntl
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "tlsbench.stamp"
PACKAGES = Path(__file__).with_name("debian.toml")
SYSTEMD = Path("/run/systemd/system")
"""There where systemd runs, see sd_booted(3)."""


class SetupError(Exception):
    """Something could not be set up; the message is for the user."""


def say(text: str) -> None:
    """Print one line of progress at once, so that it stands before the output of what it announces."""
    print(f"set-up: {text}", flush=True)


def run(command: list[str], what: str, *, check: bool = True) -> None:
    """Run a command with its output shown.

    Raises:
        SetupError: it could not be started or ended with a status other than 0 (only with `check`).
    """
    try:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    except OSError as error:
        raise SetupError(f"{what}: cannot start {command[0]}: {error.strerror}") from error
    if check and status != 0:
        raise SetupError(f"{what} failed with status {status}: {shlex.join(command)}")


# --- Debian packages ---


def is_there(gives: dict[str, str]) -> bool:
    """Tell whether the machine has what a package gives (one entry of debian.toml)."""
    if "command" in gives:
        return shutil.which(gives["command"]) is not None
    if "module" in gives:
        return importlib.util.find_spec(gives["module"]) is not None
    # A library that goes with one compiler is of no use to another one that comes first in the PATH.
    compiler = gives.get("with")
    if compiler and (found := shutil.which(Path(compiler).name)) and Path(found).resolve() != Path(compiler).resolve():
        return True
    return Path(gives["file"]).exists()


def known_packages() -> dict[str, dict[str, dict[str, str]]]:
    """What debian.toml says, by target and package."""
    with PACKAGES.open("rb") as file:
        return tomllib.load(file)


def missing_packages(targets: Iterable[str]) -> list[str]:
    """Names of the Debian packages that the targets need and the machine lacks.

    Errors:
        SetupError: there is no such target.
    """
    table = known_packages()
    targets = list(targets)
    if unknown := [target for target in targets if target not in table]:
        raise SetupError(f"unknown target {' '.join(unknown)}; known: {', '.join(table)}")
    return [name for target in targets for name, gives in table[target].items() if not is_there(gives)]


def mask_services(names: list[str], as_root: list[str]) -> None:
    """Keep systemd from starting what the packages bring, now and at each boot: the bench starts its own.

    Without systemd there is nothing to mask; what a package starts then is for the machine's policy-rc.d(8) to say.
    """
    if not SYSTEMD.is_dir():
        return
    for packages in known_packages().values():
        for unit in (gives["service"] for name, gives in packages.items() if name in names and "service" in gives):
            say(f"{unit} stays off, for the bench starts its own; `systemctl unmask {unit}` if you want it to run")
            run([*as_root, "systemctl", "mask", unit], f"masking {unit}")


def install_packages(names: list[str]) -> None:
    """Install Debian packages, as root or by sudo, without questions.

    Raises:
        SetupError: no apt-get, neither root nor sudo, or apt-get failed.
    """
    by_hand = f"apt-get install --no-install-recommends {' '.join(names)}"
    if shutil.which("apt-get") is None:
        raise SetupError(f"this machine has no apt-get; install what these Debian packages hold: {' '.join(names)}")
    as_root: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise SetupError(f"missing Debian packages, and neither root nor sudo here. As root: {by_hand}")
        as_root = ["sudo"]
    # tshark asks whether everybody may capture; the bench reads files only, so the silent answer (no) is right.
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "Dpkg::Use-Pty=0"]
    say(f"installing Debian packages{' with sudo' if as_root else ''}: {' '.join(names)}")
    # A foreign source that is down fails the update, though Debian's own answered: the install is the judge.
    run([*apt, "update"], "apt-get update", check=False)
    mask_services(names, as_root)
    run([*apt, "install", "-y", "--no-install-recommends", *names], "installing Debian packages")
    # PATH look-ups of this process see the new programs; a module (ensurepip) needs its caches dropped.
    importlib.invalidate_caches()


# --- virtual environment ---


def fingerprint() -> str:
    """What the virtual environment was made from: any change of it means pip again."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for_pip = [settings["build-system"], settings["project"], settings["tool"]["setuptools"]]
    digest = hashlib.sha256(json.dumps(for_pip, sort_keys=True).encode())
    # The editable install points at this folder, and the environment is made for this version of Python.
    digest.update(f"\n{ROOT}\n{sys.version_info[:2]}\n".encode())
    return digest.hexdigest()


def environment_is_current() -> bool:
    """Tell whether `.venv` holds what pyproject.toml says, for the Python that runs this."""
    try:
        return STAMP.read_text() == fingerprint() and (VENV / "bin/tlsbench").exists()
    except OSError:
        return False


def make_environment() -> None:
    """Make or update `.venv` and install the package in it, with its development tools.

    Raises:
        SetupError: venv or pip failed; what they printed stands before the message.
    """
    python = VENV / "bin/python"
    works = (
        subprocess.run(
            [python, "-c", "import pip, sys; print(sys.version_info[:2])"], capture_output=True, text=True, check=False
        )
        if python.exists()
        else None
    )
    if works is None or works.returncode != 0 or works.stdout.strip() != str(sys.version_info[:2]):
        say(f"making the virtual environment .venv with Python {sys.version.split()[0]}")
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], "making .venv")
    STAMP.unlink(missing_ok=True)
    say("installing Python packages into .venv")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--editable", f"{ROOT}[dev]"], "installing Python packages")
    # Written last: a set-up that was cut short is taken up again.
    STAMP.write_text(fingerprint())


# --- all of it ---


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the set-up lock; the kernel lets go of it when the process ends, however it ends."""
    lock = ROOT / "build/.set-up.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is running in this folder; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def set_up(targets: list[str]) -> None:
    """Set up everything that the make targets need and that is missing.

    Raises:
        SetupError: with what to do about it.
    """
    started = time.monotonic()
    missing = missing_packages(targets)
    if not missing and environment_is_current():
        return
    with only_one():
        if missing := missing_packages(targets):
            install_packages(missing)
            if missing := missing_packages(targets):
                raise SetupError(f"still missing after the installation: {' '.join(missing)}")
        if not environment_is_current():
            make_environment()
    say(f"done in {time.monotonic() - started:.0f} s")


def main(arguments: list[str]) -> int:
    """Entry point; the arguments are the tables of debian.toml to satisfy."""
    try:
        set_up(arguments or ["bench"])
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("set-up: stopped; run it again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
