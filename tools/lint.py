"""Check the style, the types and the common mistakes of every source that is ours: `make lint`.

    python tools/lint.py [--fix] [STEP...]

Every step runs, whatever the others say; the status is 1 when one of them failed.
`--fix` rewrites what the formatters and ruff can put right by themselves instead of complaining about it.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CPP_FOLDERS = ("firmware", "tests/firmware", "host/tlsbench")
CPP_SUFFIXES = (".h", ".c", ".cpp")
BOARD, SERIAL, NATIVE = "mps2-an385", "netduinoplus2", "native"

# What gcc understands and clang does not; the rest of a compile command is the same for both.
GCC_ONLY = ("-specs=", "--specs=", "-Werror", "-fno-printf-return-value", "-fstack-usage", "-fmax-errors", "-o", "-c")


def sources(suffixes: tuple[str, ...], folders: tuple[str, ...]) -> list[Path]:
    """Our files with these suffixes below the folders; nothing third-party or generated is ever there."""
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*") if file.suffix in suffixes)


def passes(*command: str | Path) -> bool:
    """Run a command in the project's folder with its output shown; true for status 0."""
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode == 0


def ruff(fix: bool) -> bool:
    """Python: mistakes and format."""
    check = passes(BIN / "ruff", "check", "--quiet", *(["--fix"] if fix else []))
    return passes(BIN / "ruff", "format", "--quiet", *([] if fix else ["--check", "--diff"])) and check


def mypy(_: bool) -> bool:
    """Python: types, strict."""
    # Importing them makes the schemas' modules, which a fresh clone does not have yet.
    return passes(sys.executable, "-c", "import tlsbench.link, tlsbench.offload.schema") and passes(
        BIN / "mypy", "--no-error-summary"
    )


def robocop(fix: bool) -> bool:
    """Robot Framework suites: mistakes and format."""
    check = passes(BIN / "robocop", "check", "robot")
    return (
        passes(BIN / "robocop", "format", *([] if fix else ["--check", "--diff", "--no-overwrite"]), "robot") and check
    )


def clang_format(fix: bool) -> bool:
    """C and C++: format."""
    files = sources(CPP_SUFFIXES, CPP_FOLDERS)
    return passes("clang-format", *(["-i"] if fix else ["--dry-run", "-Werror"]), *files)


# --- clang-tidy ---


def gcc_include_folders(compiler: str, language: str) -> list[str]:
    """Folders that gcc searches for <...> by itself, so that clang finds the target's C and C++ library.

    The machine options matter: each -mcpu has its own C++ configuration header.
    """
    command = [*shlex.split(compiler), "-x", language, "-E", "-v", os.devnull]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    listed = said.split("#include <...> search starts here:")[1].split("End of search list.")[0]
    return [str(Path(line.strip()).resolve()) for line in listed.splitlines() if line.strip()]


def tidy_entries(build: Path, target: tuple[str, ...], wanted: set[Path]) -> list[dict[str, Any]]:
    """Compile commands for clang from those that CMake wrote for gcc, of wanted files; they are wanted no more."""
    entries = []
    includes: dict[tuple[str, ...], list[str]] = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if Path(entry["file"]).resolve() not in wanted:
            continue
        wanted.remove(Path(entry["file"]).resolve())
        compiler, *options = shlex.split(entry["command"])
        language = "c" if entry["file"].endswith(".c") else "c++"
        machine = [option for option in options if option.startswith(("-m", "-std="))]
        key = (compiler, language, *machine)
        if key not in includes:
            includes[key] = gcc_include_folders(shlex.join([compiler, *machine]), language)
        kept = [option for option in options if not option.startswith(GCC_ONLY) and not option.endswith((".obj", ".o"))]
        system = [word for folder in includes[key] for word in ("-isystem", folder)]
        arguments = ["clang", *target, "-nostdinc", "-Wno-unknown-warning-option", *system, *kept]
        entries.append({"directory": entry["directory"], "file": entry["file"], "arguments": arguments})
    return entries


def mentioning(configuration: str) -> set[Path]:
    """Sources of the firmware that name a key which this configuration of the agent's image sets."""
    file = ROOT / f"firmware/agent/configurations/{configuration}.json"
    keys = json.loads(file.read_text())["target_overrides"]["*"]
    macros = ["MBED_CONF_" + key.translate(str.maketrans(".-", "__")).upper() for key in keys]
    return {file for file in sources((".cpp",), ("firmware",)) if any(macro in file.read_text() for macro in macros)}


def tidy_database() -> list[Path]:
    """Build the images, and write a compile database for clang from theirs; give the files it holds.

    Third-party sources and generated ones are left out: they are not ours to mend. What several images are built from
    is looked at once.

    Raises:
        BenchError: an image cannot be built.
    """
    from tlsbench import applications, firmware  # the build makes the headers that the sources include

    arm = ("--target=arm-none-eabi",)
    variants = [(BOARD, "default", "", firmware.TARGETS, arm), (NATIVE, "default", "", firmware.NATIVE_TARGETS, ())]
    variants.append((SERIAL, "small", "", ("network_test",), arm))
    variants += [(BOARD, "default", "", (name,), arm) for name in applications.names()]
    for name in firmware.configurations():
        board, profile = (SERIAL, "small") if firmware.offloads_tls(name) else (BOARD, "default")
        variants.append((board, profile, name, ("agent",), arm))
    wanted = set(sources((".c", ".cpp"), ("firmware", "tests/firmware")))
    entries = []
    for board, profile, configuration, targets, options in variants:
        if configuration and not any(file.is_relative_to(ROOT / "firmware") for file in wanted):
            break
        for target in targets:
            image = firmware.image(board, profile, "3.6", target, configuration=configuration)
        entries += tidy_entries(image.parent, options, wanted)
        if configuration:  # what it switches on was left out of the others
            entries += tidy_entries(image.parent, options, mentioning(configuration))
    folder = ROOT / "build/lint"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(entries, indent=1))
    return sorted({Path(entry["file"]) for entry in entries})


def clang_tidy(_: bool) -> bool:
    """C++: common mistakes, on the sources as the firmware build compiles them."""
    from tlsbench.model.errors import BenchError

    try:
        files = tidy_database()
    except BenchError as error:
        print(f"clang-tidy: {error}", file=sys.stderr)
        return False
    if not files:
        print("clang-tidy: the build knows none of our sources", file=sys.stderr)
        return False

    def tidy(file: Path) -> str:
        command: list[str | Path] = ["clang-tidy", "--quiet", "-p", ROOT / "build/lint", file]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        # Standard error only counts the warnings of other people's headers.
        return "" if done.returncode == 0 else done.stdout or done.stderr

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [said for said in pool.map(tidy, files) if said]
    print("".join(found), end="")
    return not found


STEPS: tuple[Callable[[bool], bool], ...] = (ruff, mypy, robocop, clang_format, clang_tidy)


def main() -> int:
    """Run the steps that were asked for (all by default) and sum up."""
    parser = argparse.ArgumentParser(description="Check the sources; see the top of tools/lint.py")
    parser.add_argument("--fix", action="store_true", help="rewrite what can be put right automatically")
    parser.add_argument("steps", nargs="*", metavar="STEP", help=", ".join(step.__name__ for step in STEPS))
    options = parser.parse_args()
    by_name = {step.__name__: step for step in STEPS}
    if unknown := [name for name in options.steps if name not in by_name]:
        parser.error(f"unknown step {unknown[0]}; there are {', '.join(by_name)}")
    failed = []
    for name in options.steps or by_name:
        started = time.monotonic()
        good = by_name[name](options.fix)
        print(f"lint: {name:<13} {'ok' if good else 'FAILED':<7} {time.monotonic() - started:5.1f} s", flush=True)
        if not good:
            failed.append(name)
    print(f"lint: {', '.join(failed)} failed" if failed else "lint: all good")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
