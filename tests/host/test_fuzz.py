"""The firmware's fuzz targets: they stand what was ever found for them, and a target that breaks is told."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FUZZ = ROOT / "tools/fuzz.py"

# In the place of libFuzzer's program: is broken by an input as one is.
BROKEN_TARGET = """#!/bin/sh
for argument; do
    case $argument in -artifact_prefix=*) echo bad >"${argument#*=}crash-1" ;; esac
done
echo "SUMMARY: something is wrong" >&2
exit 77
"""


@pytest.fixture
def fuzz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tools/fuzz.py with corpora of its own and a target `address` that breaks."""
    spec = importlib.util.spec_from_file_location("fuzz", FUZZ)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "fuzz", module)
    spec.loader.exec_module(module)
    for place in ("KEPT", "FOUND", "BROKEN"):
        monkeypatch.setattr(module, place, tmp_path / place)
    monkeypatch.setattr(module, "build", lambda *arguments, fuzzer: tmp_path)
    program = tmp_path / "address"
    program.write_text(BROKEN_TARGET)
    program.chmod(0o755)
    return module


@pytest.fixture
def replayed() -> subprocess.CompletedProcess[str]:
    """Every target on its kept corpus; a fixture, for the targets may have to be built first."""
    return subprocess.run([sys.executable, FUZZ, "--replay"], capture_output=True, text=True, check=False)


def test_every_target_stands_its_kept_corpus(replayed: subprocess.CompletedProcess[str]) -> None:
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    for target in (ROOT / "tests/firmware/fuzz/corpus").iterdir():
        assert f"fuzz: {target.name} " in replayed.stdout


def test_what_broke_a_target_is_told_with_how_to_run_it_again(fuzz: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(fuzz.FuzzError) as caught:
        fuzz.fuzz([target for target in fuzz.TARGETS if target.name == "address"], 1)
    said = str(caught.value)
    broken = tmp_path / "BROKEN" / "address-3.6-crash-1"
    assert "SUMMARY: something is wrong" in said
    assert f"fuzz: address (Mbed TLS 3.6) was broken by {broken}\n" in said
    assert said.endswith(f"fuzz: to run it again: {tmp_path / 'address'} {broken}")


def test_a_target_without_a_corpus_does_not_pass_for_one_that_stood_it(fuzz: ModuleType) -> None:
    with pytest.raises(fuzz.FuzzError, match="there is no corpus"):
        fuzz.replay([target for target in fuzz.TARGETS if target.name == "address"])
