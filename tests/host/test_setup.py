"""The set-up that every make target begins with, in a copy of the tree with stand-ins for apt-get, sudo and pip."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]

APT_GET = """#!/bin/sh
echo "apt-get $* frontend=$DEBIAN_FRONTEND" >>"$LOG"
case "$*" in
*update*) exit "${UPDATE_STATUS:-0}" ;;
*install*)
    [ -n "$INSTALL_STATUS" ] && exit "$INSTALL_STATUS"
    [ -n "$INSTALLS_NOTHING" ] && exit 0
    echo '#!/bin/sh' >"$FAKE_BIN/no-such-compiler"
    chmod +x "$FAKE_BIN/no-such-compiler" ;;
esac
"""

SUDO = """#!/bin/sh
echo "sudo $1" >>"$LOG"
exec "$@"
"""

VENV_PYTHON = f"""#!/bin/sh
case "$1" in
-c) echo "{sys.version_info[:2]}" ;;
-m) echo "pip $*" >>"$LOG"; exit "${{PIP_STATUS:-0}}" ;;
esac
"""


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Tree:
    """A copy of what the set-up reads, the stand-ins it meets, and the log of what it ran."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.fake_bin = root / "fake-bin"
        self.log = root / "log"
        shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", root)
        self.needs("there = { command = 'sh' }")
        script(root / ".venv/bin/python", VENV_PYTHON)
        script(root / ".venv/bin/tlsbench", "")
        self.bootstrap = load(root / "tools/bootstrap.py")

    def needs(self, line: str) -> None:
        (self.root / "tools/debian.toml").write_text(f"[bench]\n{line}\n[test]\n")

    def ran(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    made = Tree(tmp_path)
    script(made.fake_bin / "apt-get", APT_GET)
    monkeypatch.setenv("PATH", f"{made.fake_bin}:/usr/bin:/bin")
    monkeypatch.setenv("LOG", str(made.log))
    monkeypatch.setenv("FAKE_BIN", str(made.fake_bin))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return made


MISSING = "compiler-package = { command = 'no-such-compiler' }\nthere = { command = 'sh' }"


def test_first_run_installs_and_second_does_nothing(tree: Tree, capfd: pytest.CaptureFixture[str]) -> None:
    assert tree.bootstrap.main(["bench"]) == 0
    assert len(tree.ran()) == 1
    assert "--editable" in tree.ran()[0]
    capfd.readouterr()
    assert tree.bootstrap.main(["bench"]) == 0
    assert len(tree.ran()) == 1
    assert capfd.readouterr().out == ""


def test_names_and_installs_only_the_missing_packages(tree: Tree, capfd: pytest.CaptureFixture[str]) -> None:
    tree.needs(MISSING)
    assert tree.bootstrap.main(["bench"]) == 0
    update, install = [line for line in tree.ran() if line.startswith("apt-get")]
    assert " update " in update
    assert install.split("--no-install-recommends ")[1] == "compiler-package frontend=noninteractive"
    assert "installing Debian packages: compiler-package\n" in capfd.readouterr().out


@pytest.mark.parametrize("systemd", [True, False])
def test_a_service_is_masked_before_its_package_could_start_it(tree: Tree, systemd: bool) -> None:
    tree.needs("compiler-package = { command = 'no-such-compiler', service = 'compiler.service' }")
    script(tree.fake_bin / "systemctl", '#!/bin/sh\necho "systemctl $*" >>"$LOG"\n')
    tree.bootstrap.SYSTEMD = tree.root if systemd else tree.root / "nowhere"
    assert tree.bootstrap.main(["bench"]) == 0
    words = [line.split(" -q ")[0] for line in tree.ran()]
    masked = ["systemctl mask compiler.service"] if systemd else []
    assert words[: 2 + len(masked)] == ["apt-get", *masked, "apt-get"]


def test_uses_sudo_where_not_root(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tree.needs(MISSING)
    script(tree.fake_bin / "sudo", SUDO)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert tree.bootstrap.main(["bench"]) == 0
    assert tree.ran().count("sudo env") == 2
    assert "frontend=noninteractive" in tree.ran()[-2]
    assert "with sudo: compiler-package" in capfd.readouterr().out


def test_says_what_to_run_where_neither_root_nor_sudo(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tree.needs(MISSING)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    assert tree.bootstrap.main(["bench"]) == 1
    assert "As root: apt-get install --no-install-recommends compiler-package" in capfd.readouterr().err
    assert tree.ran() == []


def test_a_failed_update_does_not_stop_an_install_that_works(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.needs(MISSING)
    monkeypatch.setenv("UPDATE_STATUS", "100")
    assert tree.bootstrap.main(["bench"]) == 0


def test_a_failed_install_gives_command_and_status(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tree.needs(MISSING)
    monkeypatch.setenv("INSTALL_STATUS", "100")
    assert tree.bootstrap.main(["bench"]) == 1
    error = capfd.readouterr().err
    assert "failed with status 100" in error
    assert "--no-install-recommends compiler-package" in error


def test_a_package_that_brings_not_what_it_should_is_named(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tree.needs(MISSING)
    monkeypatch.setenv("INSTALLS_NOTHING", "1")
    assert tree.bootstrap.main(["bench"]) == 1
    assert "still missing after the installation: compiler-package" in capfd.readouterr().err


def test_an_unknown_target_is_answered_with_the_known_ones(tree: Tree, capfd: pytest.CaptureFixture[str]) -> None:
    assert tree.bootstrap.main(["bensh"]) == 1
    assert "unknown target bensh; known: bench" in capfd.readouterr().err


def test_a_new_dependency_means_pip_again_and_a_lint_setting_does_not(tree: Tree) -> None:
    assert tree.bootstrap.main(["bench"]) == 0
    settings = tree.root / "pyproject.toml"
    settings.write_text(settings.read_text().replace("line-length = 120", "line-length = 119"))
    assert tree.bootstrap.main(["bench"]) == 0
    assert len(tree.ran()) == 1
    settings.write_text(settings.read_text().replace("dependencies = [", 'dependencies = ["one-more",'))
    assert tree.bootstrap.main(["bench"]) == 0
    assert len(tree.ran()) == 2


def test_a_failed_pip_is_taken_up_again(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_STATUS", "2")
    assert tree.bootstrap.main(["bench"]) == 1
    assert "installing Python packages failed with status 2" in capfd.readouterr().err
    monkeypatch.delenv("PIP_STATUS")
    assert tree.bootstrap.main(["bench"]) == 0
    assert len(tree.ran()) == 2


def test_a_broken_environment_is_made_anew(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tree.root / ".venv/bin/python", "#!/bin/sh\nexit 127\n")
    made: list[list[str]] = []

    def run(command: list[str], what: str, *, check: bool = True) -> None:
        made.append(command)

    monkeypatch.setattr(tree.bootstrap, "run", run)
    assert tree.bootstrap.main(["bench"]) == 0
    assert made[0][1:4] == ["-m", "venv", "--clear"]


def test_refuses_an_old_python_in_words() -> None:
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); "
        f"runpy.run_path({str(ROOT / 'tools/bootstrap.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("tlsbench needs Python 3.11 or newer")
    assert "Traceback" not in done.stderr


def test_a_compiler_of_ones_own_brings_its_own_library(tree: Tree) -> None:
    script(tree.fake_bin / "arm-none-eabi-gcc", "#!/bin/sh\n")
    library = {"file": "/nonexistent/libc_nano.a", "with": "/usr/bin/arm-none-eabi-gcc"}
    assert tree.bootstrap.is_there(library)
    (tree.fake_bin / "arm-none-eabi-gcc").unlink()
    assert not tree.bootstrap.is_there(library)


def test_the_real_table_is_satisfied_where_the_tests_run() -> None:
    assert load(ROOT / "tools/bootstrap.py").missing_packages(["bench", "test"]) == []
