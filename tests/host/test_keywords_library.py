"""The keyword library as Robot Framework, an editor and a reader of its manual meet it."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from robot.libdoc import LibraryDocumentation
from robot.libdocpkg.model import LibraryDoc

from tlsbench.keywords.library import TOPICS

NO_FILES = ["--output", "NONE", "--log", "NONE", "--report", "NONE"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def manual() -> LibraryDoc:
    return LibraryDocumentation("tlsbench.Bench")


def test_every_topic_is_in_the_library(manual: LibraryDoc) -> None:
    methods = [name for topic in TOPICS for name, member in inspect.getmembers(topic) if hasattr(member, "robot_name")]
    assert len(manual.keywords) == len(methods)


def test_no_two_topics_have_a_keyword_of_the_same_name(manual: LibraryDoc) -> None:
    names = Counter(keyword.name.replace(" ", "").replace("_", "").lower() for keyword in manual.keywords)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_keyword_has_a_manual_and_types(manual: LibraryDoc) -> None:
    for keyword in manual.keywords:
        assert keyword.doc.strip(), keyword.name
        assert not keyword.doc.startswith("*DEPRECATED"), keyword.name
        for argument in keyword.args:
            assert argument.type is not None, f"{keyword.name}: {argument.name}"


def test_what_a_keyword_says_of_its_arguments_is_true(manual: LibraryDoc) -> None:
    for keyword in manual.keywords:
        known = {argument.name for argument in keyword.args}
        if any(argument.kind == argument.VAR_NAMED for argument in keyword.args):
            continue  # its tables tell of further things, such as the options of behaviours
        for row in re.findall(r"^\| (``.*?) \|", keyword.doc, re.MULTILINE):
            for name in re.findall(r"``(\w+)``", row):
                assert name in known, f"{keyword.name} documents {name!r}, which it does not take"


def test_every_keyword_that_an_example_uses_exists(manual: LibraryDoc) -> None:
    known = {keyword.name for keyword in manual.keywords}
    sections = {"Choosing a board", "Phases", "Limits"}
    for keyword in manual.keywords:
        for name in re.findall(r"(?<!`)`([A-Z][\w ]+)`(?!`)", keyword.doc):
            assert name in known | sections, f"{keyword.name} mentions {name!r}"


def test_an_import_with_a_wrong_profile_is_refused_without_a_traceback(tmp_path: Path) -> None:
    suite = tmp_path / "mine.robot"
    suite.write_text(
        "*** Settings ***\nLibrary    tlsbench.Bench    profile=tiny\n*** Test Cases ***\nOne\n    Get Heap\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "robot", "--pythonpath", ROOT / "host", *NO_FILES, suite],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "profile: 'tiny' is unknown; known: default, small" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "out").exists()


def test_a_dry_run_needs_no_board_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "robot", "--pythonpath", ROOT / "host", "--dryrun", *NO_FILES]
    done = subprocess.run(
        [*command, ROOT / "robot"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout
    assert list(tmp_path.iterdir()) == []
