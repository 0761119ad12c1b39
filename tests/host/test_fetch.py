"""Third-party sources: the right bytes or a clear error, whoever they come from."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

THIRD_PARTY = Path(__file__).resolve().parents[2] / "firmware" / "third_party"
sys.path.insert(0, str(THIRD_PARTY))

import debian  # noqa: E402
import fetch  # noqa: E402

VERSION_FILE = "version.h"
NO_APT = Path("/nonexistent")  # an /etc/apt without any mirror


def tarball(folder: Path, version: str = "1.2.3", name: str = "thing_1.2.3.orig.tar.gz") -> Path:
    """A source tarball with one top folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f'#define VERSION "{version}"\n'.encode()
    with tarfile.open(folder / name, "w:gz") as archive:
        member = tarfile.TarInfo(f"thing-{version}/{VERSION_FILE}")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return folder / name


def tree(folder: Path, version: str) -> Path:
    """An unpacked source tree."""
    folder.mkdir(parents=True)
    (folder / VERSION_FILE).write_text(f'#define VERSION "{version}"\n')
    return folder


def source(release: Path, sha256: str | None = None, name: str = "thing", series: str = "1.2") -> fetch.Source:
    """A source whose release is a file of this machine; `sha256` if it isn't the file's own."""
    sha256 = sha256 or hashlib.sha256(release.read_bytes()).hexdigest()
    return fetch.Source(
        name=name,
        version="1.2.3",
        series=series,
        local="THING_DIR",
        probe={"file": VERSION_FILE, "pattern": r'VERSION\s+"([^"]+)"'},
        package="thing",
        suite="trixie",
        tarball="thing_1.2.3.orig.tar.gz",
        sha256=sha256,
        release={"url": release.as_uri(), "sha256": sha256},
    )


def get(wanted: fetch.Source, cache: Path, local: Path | None = None, *others: fetch.Source) -> fetch.Fetched:
    environment = {"XDG_CACHE_HOME": str(cache)} | ({"THING_DIR": str(local)} if local else {})
    sources = {one.name: one for one in (wanted, *others)}
    return fetch.fetch(wanted.name, sources=sources, environment=environment, apt_etc=NO_APT)


def left_in(cache: Path) -> list[str]:
    """What a fetch left in the cache, but for locks."""
    return [str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_the_release_is_used_when_nobody_else_has_it_and_then_the_cache(tmp_path: Path) -> None:
    release = tarball(tmp_path / "www")
    first = get(source(release), tmp_path)
    assert (first.origin, first.version) == ("release", "1.2.3")
    assert (first.path / VERSION_FILE).is_file()
    release.unlink()
    wanted = source(tarball(tmp_path / "again"), first.sha256)
    assert get(wanted, tmp_path) == fetch.Fetched("thing", "1.2.3", first.path, "cache", first.sha256)


def test_a_download_with_a_wrong_hash_is_told_and_not_kept(tmp_path: Path) -> None:
    release = tarball(tmp_path / "www")
    cache = tmp_path / "cache"
    with pytest.raises(fetch.HashError) as error:
        get(source(release, "0" * 64), cache)
    assert release.name in str(error.value)
    assert f"expected {'0' * 64}" in str(error.value)
    assert f"got      {hashlib.sha256(release.read_bytes()).hexdigest()}" in str(error.value)
    assert left_in(cache) == []


def test_a_local_folder_with_the_tarball_is_used(tmp_path: Path) -> None:
    local = tarball(tmp_path / "local")
    fetched = get(source(local), tmp_path / "cache", local.parent)
    assert (fetched.origin, fetched.version) == ("local tarball", "1.2.3")


def test_a_local_tarball_with_a_wrong_hash_is_told_and_stays_the_users(tmp_path: Path) -> None:
    local = tarball(tmp_path / "local")
    with pytest.raises(fetch.HashError, match=r"local/thing_1\.2\.3\.orig\.tar\.gz: wrong SHA-256"):
        get(source(local, "0" * 64), tmp_path / "cache", local.parent)
    assert local.is_file()


def test_a_local_tree_is_used_as_it_is_and_recorded_as_local(tmp_path: Path) -> None:
    release = tarball(tmp_path / "www")
    local = tree(tmp_path / "local", "1.2.9")
    assert get(source(release), tmp_path, local) == fetch.Fetched("thing", "1.2.9", local, "local", None)


@pytest.mark.parametrize("version", ["1.3.0", "1.20.1"])
def test_a_local_tree_of_another_series_is_refused(tmp_path: Path, version: str) -> None:
    release = tarball(tmp_path / "www")
    with pytest.raises(fetch.FetchError, match=r"THING_DIR=.*holds neither an unpacked thing 1\.2"):
        get(source(release), tmp_path, tree(tmp_path / "local", version))


def test_a_local_tree_of_a_sibling_leaves_this_one_to_the_others(tmp_path: Path) -> None:
    release = tarball(tmp_path / "www")
    sibling = source(release, name="thing-2", series="2.0")
    fetched = get(source(release), tmp_path, tree(tmp_path / "local", "2.0.7"), sibling)
    assert fetched.origin == "release"


def test_an_empty_local_folder_is_refused(tmp_path: Path) -> None:
    release = tarball(tmp_path / "www")
    (tmp_path / "local").mkdir()
    with pytest.raises(fetch.FetchError, match=r"THING_DIR=.*nor thing_1\.2\.3\.orig\.tar\.gz"):
        get(source(release), tmp_path, tmp_path / "local")


def test_when_nobody_has_it_the_error_says_who_was_asked(tmp_path: Path) -> None:
    release = tarball(tmp_path / "www")
    wanted = source(release)
    release.unlink()
    with pytest.raises(fetch.FetchError) as error:
        get(wanted, tmp_path / "cache")
    for part in ("thing 1.2.3", "THING_DIR", "apt: ", release.as_uri()):
        assert part in str(error.value)
    assert left_in(tmp_path / "cache") == []


def test_a_tarball_of_another_version_is_refused(tmp_path: Path) -> None:
    release = tarball(tmp_path / "www", version="1.2.4")
    with pytest.raises(fetch.FetchError, match=r"holds thing 1\.2\.4, not 1\.2\.3"):
        get(source(release), tmp_path / "cache")


def test_what_a_killed_run_left_is_no_obstacle(tmp_path: Path) -> None:
    release = tarball(tmp_path / "www")
    ready = get(source(release), tmp_path)
    (ready.path / ".tlsbench.json").unlink()  # as if it had been killed while unpacking
    work = ready.path.parent / ".thing.work" / "unpacked"
    work.mkdir(parents=True)
    assert get(source(release), tmp_path).origin == "release"
    assert not work.exists()


def test_two_runs_at_once_both_get_it(tmp_path: Path) -> None:
    release = tarball(tmp_path / "www")
    one = source(release)
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import fetch;"
        "source = fetch.Source(**eval(sys.argv[2]));"
        "print(fetch.fetch('thing', sources={'thing': source}, apt_etc=Path('/nonexistent')).path)"
    )
    command = [sys.executable, "-c", code, str(THIRD_PARTY), repr(vars(one))]
    environment = {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(tmp_path)}
    runs = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    paths = {run.communicate(timeout=60)[0] for run in runs}
    assert [run.returncode for run in runs] == [0, 0, 0, 0]
    assert len(paths) == 1
    assert (Path(paths.pop().strip()) / VERSION_FILE).is_file()


def test_the_command_prints_folders_and_fails_with_one_message(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(tmp_path)}
    local = tree(tmp_path / "tree", "x")
    (local / "pb.h").write_text('#define NANOPB_VERSION "nanopb-0.4.8"\n')
    script = [sys.executable, str(THIRD_PARTY / "fetch.py")]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*script, *arguments], env=environment | {"NANOPB_DIR": str(local)}, capture_output=True, text=True
        )

    assert run("nanopb").stdout == f"{local}\n"
    about = json.loads(run("--json", "nanopb").stdout)
    assert about == [{"name": "nanopb", "version": "0.4.8", "path": str(local), "origin": "local", "sha256": None}]
    failed = run("nanopb", "no-such-source")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith("fetch: unknown source 'no-such-source'; known: mbedtls,")
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("[x", "sources.toml: "), ('[x]\nversion = "1"', r"\[x\]: missing"), ("[x]\ncolour = 1", r"\[x\]: .*colour")],
)
def test_a_broken_list_of_sources_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(text)
    with pytest.raises(fetch.FetchError, match=complaint):
        fetch.load_sources(file)


def test_every_source_of_the_project_is_pinned() -> None:
    sources = fetch.load_sources()
    assert {"mbedtls", "mbedtls-2.28", "lwip", "nanopb"} == set(sources)
    for one in sources.values():
        assert one.version.startswith(one.series)
        assert {len(one.sha256), len(one.release["sha256"])} == {64}


# --- the machine's apt ---

DEB822 = """\
Types: deb
# a remark
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /some/keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""


@pytest.mark.parametrize(
    ("file", "text", "mirror"),
    [
        ("sources.list.d/debian.sources", DEB822, ("http://mirror.example/debian", "/some/keyring.gpg")),
        (
            "sources.list",
            "# remark\ndeb http://other.example stable main\n"
            "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ bookworm main contrib\n",
            ("http://mirror.example/debian/", "/k.gpg"),
        ),
        ("sources.list.d/x.sources", DEB822 + "Enabled: no\n", ("http://mirror.example/debian", "/some/keyring.gpg")),
    ],
)
def test_the_machines_own_mirror_is_found(tmp_path: Path, file: str, text: str, mirror: tuple[str, str]) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / file).write_text(text)
    (tmp_path / "os-release").write_text('NAME="Debian"\nVERSION_CODENAME=bookworm\n')
    assert debian.debian_mirror(tmp_path, tmp_path / "os-release") == mirror


def test_a_machine_without_a_mirror_is_told(tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text("VERSION_CODENAME=bookworm\n")
    with pytest.raises(debian.AptError, match="names no mirror for Debian bookworm"):
        debian.debian_mirror(tmp_path, tmp_path / "os-release")


def test_apt_leaves_the_machines_own_state_alone_and_says_why_it_failed(tmp_path: Path) -> None:
    (tmp_path / "etc" / "sources.list.d").mkdir(parents=True)
    release = debian.debian_release()
    (tmp_path / "etc" / "sources.list").write_text(f"deb file:{tmp_path}/empty {release} main\n")
    work = tmp_path / "work"
    work.mkdir()
    lists = Path("/var/lib/apt/lists")
    before = sorted(lists.glob("*"))
    with pytest.raises(debian.AptError, match=r"(?s)apt found no t\.tar for p in trixie.*\$ apt-get update"):
        debian.download("p", "trixie", "t.tar", work, tmp_path / "etc")
    assert sorted(lists.glob("*")) == before
