"""Fetch one tarball out of a Debian source package, with apt, without touching the machine's own apt."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

APT_TIMEOUT_S = 300
TRUST = ["trusted=yes"]  # option of sources.list(5)
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class AptError(Exception):
    """apt could not get the tarball; the message holds the command and what apt said."""


def download(package: str, suite: str, tarball: str, work: Path, apt_etc: Path = Path("/etc/apt")) -> Path:
    """Download the upstream tarball of a source package from the mirror that this machine uses.

    Arguments:
        package: name of the source package.
        suite: release of Debian, by code name.
        tarball: file wanted; the archive may have moved on to another version.
        work: empty folder for apt's lists and for the file.
        apt_etc: where the machine's own apt configuration is.

    Returns:
        The tarball, inside ``work``. Verified by apt, unless it says otherwise on standard error.

    Raises:
        AptError: no apt, no Debian mirror known, or the tarball isn't there.
    """
    if shutil.which("apt-get") is None:
        raise AptError("apt-get is not installed")
    mirror, signed_by = debian_mirror(apt_etc)
    said: list[str] = []
    # A machine whose keyring is older than the suite can't verify the suite's Release file. That is no reason to stop:
    # the tarball is pinned by SHA-256. So a second try trusts the mirror.
    for option in ([f"signed-by={signed_by}"] if signed_by else [], TRUST):
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (work / folder).mkdir(parents=True, exist_ok=True)
        bracket = f"[{' '.join(option)}] " if option else ""
        (work / "sources.list").write_text(f"deb-src {bracket}{mirror} {suite} main\n")
        said.append(_apt(work, "update"))
        said.append(_apt(work, "source", "--download-only", "--tar-only", f"{package}/{suite}"))
        if (work / tarball).is_file():
            if option == TRUST:
                print(f"debian: this machine's keyring can't verify {suite}; the pinned hash must do", file=sys.stderr)
            return work / tarball
    raise AptError(f"apt found no {tarball} for {package} in {suite}:\n" + "\n".join(said))


def debian_mirror(apt_etc: Path = Path("/etc/apt"), os_release: Path = Path("/etc/os-release")) -> tuple[str, str]:
    """The machine's Debian mirror and the keyring it is verified with ('' if apt's trusted keys are used).

    Raises:
        AptError: the machine has no source for its own release of Debian.
    """
    release = debian_release(os_release)
    for uri, suites, signed_by in _machine_sources(apt_etc):
        if release in suites:
            return uri, signed_by or (str(KEYRING) if KEYRING.is_file() else "")
    raise AptError(f"{apt_etc} names no mirror for Debian {release}")


def debian_release(os_release: Path = Path("/etc/os-release")) -> str:
    """Code name of the machine's own release, from os-release(5)."""
    found = re.search(r"(?m)^VERSION_CODENAME=\"?(\w+)", os_release.read_text()) if os_release.is_file() else None
    return found[1] if found else "stable"


def _machine_sources(apt_etc: Path) -> Iterator[tuple[str, list[str], str]]:
    """Every (URI, suites, keyring) of the machine, from both of apt's formats (sources.list(5))."""
    for file in sorted([apt_etc / "sources.list", *apt_etc.glob("sources.list.d/*.list")]):
        for line in file.read_text().splitlines() if file.is_file() else []:
            entry = re.match(r"deb(?:-src)?\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)", line.strip())
            if entry and "main" in entry[4].split():
                signed_by = re.search(r"signed-by=(\S+)", entry[1] or "")
                yield entry[2], [entry[3]], signed_by[1] if signed_by else ""
    for file in sorted(apt_etc.glob("sources.list.d/*.sources")):
        text = re.sub(r"(?m)^#.*\n", "", file.read_text())
        for stanza in re.split(r"\n\s*\n", text):
            field = {key.lower(): value for key, value in re.findall(r"(?m)^([\w-]+):[ \t]*(.*)$", stanza)}
            if "main" in field.get("components", "").split() and field.get("enabled", "yes").strip() != "no":
                for uri in field.get("uris", "").split():
                    yield uri, field.get("suites", "").split(), field.get("signed-by", "").strip()


def _apt(work: Path, *arguments: str) -> str:
    """Run apt-get with everything it writes inside ``work``; return the command and what it said."""
    options = {
        "Dir::State": work / "state",
        "Dir::Cache": work / "cache",
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "APT::Sandbox::User": "root",  # the private folders are the caller's own: there's nobody to step down to
        "Acquire::Languages": "none",
    }
    # setpriv (util-linux): should this process be killed, apt goes with it.
    apt = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in options.items()), *arguments]
    command = ["setpriv", "--pdeathsig", "TERM", "--", *apt]
    environment: Mapping[str, str] = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=APT_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise AptError(f"apt-get {' '.join(arguments)} took more than {APT_TIMEOUT_S} s") from error
    return f"$ apt-get {' '.join(arguments)}  (exit status {done.returncode})\n{done.stdout.strip()}"
