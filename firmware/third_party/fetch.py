#!/usr/bin/env python3
"""Get the firmware's third-party sources: verified by SHA-256, unpacked outside the tree, ready to build.

    fetch.py NAME [NAME...]    prints one folder per name
    fetch.py --json NAME...    prints name, version, path, origin and hash of each

A source comes from, in this order: a local tree that the environment names (MBEDTLS_DIR, LWIP_DIR, NANOPB_DIR), the
cache (~/.cache/tlsbench/sources), Debian's source packages through apt, the upstream project's release. What they are
and what they must hash to is in sources.toml. Needs nothing but Python's standard library.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import tarfile
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import debian

SOURCES = Path(__file__).with_name("sources.toml")
DOWNLOAD_TIMEOUT_S = 60
PR_SET_PDEATHSIG = 1  # prctl(2): end with the build that asked for a source


class FetchError(Exception):
    """A source can't be had; the message says which, from where, and what would be right."""


class HashError(FetchError):
    """A file is not what it should be."""

    def __init__(self, file: Path | str, expected: str, got: str) -> None:
        """Say which file, and both hashes."""
        super().__init__(f"{file}: wrong SHA-256\n  expected {expected}\n  got      {got}")


@dataclass(frozen=True)
class Source:
    """One entry of sources.toml; the keys are explained there."""

    name: str
    version: str
    series: str
    local: str
    probe: dict[str, str]
    package: str
    suite: str
    tarball: str
    sha256: str
    release: dict[str, str]


@dataclass(frozen=True)
class Fetched:
    """A source that is ready to build.

    Attributes:
        name: entry of sources.toml.
        version: what the unpacked tree itself says.
        path: the folder.
        origin: ``local`` (an unpacked tree of the user's: not verified), ``local tarball``, ``cache``, ``apt``
            or ``release``.
        sha256: of the tarball it was unpacked from; None for ``local``.
    """

    name: str
    version: str
    path: Path
    origin: str
    sha256: str | None


def load_sources(file: Path = SOURCES) -> dict[str, Source]:
    """Read sources.toml.

    Raises:
        FetchError: the file isn't TOML, or an entry has a key too few or too many.
    """
    try:
        entries = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise FetchError(f"{file}: {error}") from error
    sources = {}
    for name, entry in entries.items():
        try:
            sources[name] = Source(name=name, **entry)
        except TypeError as error:
            raise FetchError(f"{file}: [{name}]: {str(error).partition(' ')[2]}") from error
    return sources


def fetch(
    name: str,
    *,
    sources: Mapping[str, Source] | None = None,
    environment: Mapping[str, str] = os.environ,
    apt_etc: Path = Path("/etc/apt"),
) -> Fetched:
    """Make one source ready.

    Arguments:
        name: entry of sources.toml.
        sources: the entries, if not those of the project.
        environment: where MBEDTLS_DIR, XDG_CACHE_HOME and so on are looked up.
        apt_etc: where the machine's own apt configuration is.

    Raises:
        HashError: a tarball isn't the one that sources.toml names. A downloaded one is removed.
        FetchError: unknown name, a local tree that is no such tree, or nobody has it; says who was asked.
    """
    sources = load_sources() if sources is None else sources
    if name not in sources:
        raise FetchError(f"unknown source {name!r}; known: {', '.join(sources)}")
    source = sources[name]
    local = environment.get(source.local, "")
    if local and (ready := _from_local(source, Path(local).expanduser(), sources)):
        if isinstance(ready, Fetched):
            return ready
        tarball: Path | None = ready
    else:
        tarball = None
    cache = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tlsbench" / "sources"
    with _locked(cache, name):
        return _from_cache(source, cache, tarball, apt_etc)


def _from_local(source: Source, folder: Path, sources: Mapping[str, Source]) -> Fetched | Path | None:
    """The user's tree, or the tarball in it, or None if the variable is meant for another source."""
    if (folder / source.tarball).is_file():
        return _verified(folder / source.tarball, source.sha256)
    siblings = [other for other in sources.values() if other.local == source.local]
    for other in siblings:
        version = _version(other, folder)
        if version is None or not f"{version}.".startswith(f"{other.series}."):
            continue
        if other is source:
            return Fetched(source.name, version, folder.resolve(), "local", None)
        _tell(f"{source.local}={folder} is {other.package} {version}: not used for {source.name}")
        return None
    if any((folder / other.tarball).is_file() for other in siblings):
        return None
    raise FetchError(
        f"{source.local}={folder} holds neither an unpacked {source.package} {source.series} "
        f"(no {source.probe['file']} of that version) nor {source.tarball}"
    )


def _from_cache(source: Source, cache: Path, tarball: Path | None, apt_etc: Path) -> Fetched:
    """Unpack into the cache what isn't there yet. The caller holds the source's lock."""
    tree = cache / f"{source.name}-{source.version}-{source.sha256[:8]}"
    marker = tree / ".tlsbench.json"  # written last: a tree that has it is whole
    if marker.is_file():
        about = json.loads(marker.read_text())
        return Fetched(source.name, about["version"], tree, "cache", about["sha256"])
    work = cache / f".{source.name}.work"  # a fixed name: what a killed run left is removed by the next
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        origin, sha256 = "local tarball", source.sha256
        if tarball is None:
            tarball, origin, sha256 = _download(source, work, apt_etc)
        _tell(f"unpacking {source.name} {source.version} ({origin})")
        fresh = _unpack(tarball, work / "unpacked")
        version = _version(source, fresh)
        if version != source.version:
            raise FetchError(f"{tarball.name} holds {source.package} {version}, not {source.version}")
        (fresh / marker.name).write_text(json.dumps({"version": version, "sha256": sha256, "origin": origin}) + "\n")
        shutil.rmtree(tree, ignore_errors=True)
        fresh.rename(tree)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Fetched(source.name, version, tree, origin, sha256)


def _download(source: Source, work: Path, apt_etc: Path) -> tuple[Path, str, str]:
    """Get the tarball from whoever has it: (file, origin, hash)."""
    try:
        _tell(f"fetching {source.name} {source.version} from Debian {source.suite}")
        found = debian.download(source.package, source.suite, source.tarball, work, apt_etc)
        return _verified(found, source.sha256), "apt", source.sha256
    except debian.AptError as error:
        apt_said = str(error)
    url = source.release["url"]
    target = work / url.rpartition("/")[2]
    try:
        _tell(f"fetching {source.name} {source.version} from {url}")
        with urllib.request.urlopen(url, timeout=DOWNLOAD_TIMEOUT_S) as response, target.open("wb") as out:
            shutil.copyfileobj(response, out)
    except OSError as error:
        raise FetchError(
            f"{source.name} {source.version} can't be had. Put {source.tarball} or an unpacked tree into a folder "
            f"and name it with {source.local}. Asked:\n- apt: {apt_said}\n- {url}: {error}"
        ) from error
    return _verified(target, source.release["sha256"]), "release", source.release["sha256"]


def _verified(file: Path, expected: str) -> Path:
    with file.open("rb") as stream:
        got = hashlib.file_digest(stream, "sha256").hexdigest()
    if got != expected:
        raise HashError(file, expected, got)
    return file


def _unpack(tarball: Path, into: Path) -> Path:
    """Unpack a verified tarball; return its one top folder. No Debian patches: this is upstream's code."""
    try:
        with tarfile.open(tarball) as archive:
            if hasattr(tarfile, "data_filter"):
                archive.extractall(into, filter="data")
            else:  # Python before 3.11.4; the hash has vouched for the members
                archive.extractall(into)
    except (tarfile.TarError, EOFError) as error:
        raise FetchError(f"{tarball}: {error}") from error
    tops = list(into.iterdir())
    if len(tops) != 1:
        raise FetchError(f"{tarball}: expected one top folder, found {sorted(top.name for top in tops)}")
    return tops[0]


def _version(source: Source, folder: Path) -> str | None:
    """What an unpacked tree says it is, or None if it's something else."""
    file = folder / source.probe["file"]
    found = re.search(source.probe["pattern"], file.read_text(errors="replace")) if file.is_file() else None
    return ".".join(found.groups()) if found else None


@contextmanager
def _locked(cache: Path, name: str) -> Iterator[None]:
    """Hold a source's lock. The kernel releases it however this process ends."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tell(text: str) -> None:
    print(f"fetch: {text}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Command line: see the top of this file. Exit status 1 and one message if a source can't be had."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", metavar="NAME", nargs="+", help="entry of sources.toml")
    parser.add_argument("--json", action="store_true", help="print name, version, path, origin and hash")
    options = parser.parse_args(arguments)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        fetched = [fetch(name) for name in options.names]
    except FetchError as error:
        print(f"fetch: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps([asdict(one) for one in fetched], default=str) if options.json else _lines(fetched))
    return 0


def _lines(fetched: list[Fetched]) -> str:
    return "\n".join(str(one.path) for one in fetched)


if __name__ == "__main__":
    sys.exit(main())
