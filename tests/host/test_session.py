"""One run: its configuration, its folder, its recorder."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from tlsbench import boards
from tlsbench.model.errors import ConfigError
from tlsbench.model.metric import Metric, Phase
from tlsbench.model.result import Result
from tlsbench.session.config import Config
from tlsbench.session.folder import RunFolder
from tlsbench.session.image import ram_needed
from tlsbench.session.recorder import Recorder
from tlsbench.session.suites import find_suites
from tlsbench.session.target import entropy_seed

# --- configuration ---


def test_arguments_go_before_the_environment_and_that_before_the_defaults() -> None:
    config = Config.from_environment({"TLSBENCH_PROFILE": "small", "TLSBENCH_SEED": "7", "TLSBENCH_BOARD": ""})
    assert (config.board, config.profile, config.seed) == ("mps2-an385", "small", 7)
    assert config.updated({"profile": "default", "seed": None}).profile == "default"
    assert config.updated({"seed": 0}).seed == 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"profile": "tiny"}, "profile: 'tiny' is unknown; known: default, small"),
        ({"mbedtls": "4"}, "known: 3.6, 2.28"),
        ({"network": "ipv6"}, "known: static, dhcp"),
        ({"seed": "x"}, "'x' is no whole number"),
        ({"seed": "-1"}, "out of range"),
    ],
)
def test_a_wrong_choice_is_refused_with_the_right_ones(values: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Config().updated(values)


def test_a_wrong_choice_in_the_environment_is_refused_by_its_variable() -> None:
    with pytest.raises(ConfigError, match=r"^TLSBENCH_PROFILE: 'tiny' is unknown; known: default, small$"):
        Config.from_environment({"TLSBENCH_PROFILE": "tiny", "TLSBENCH_SEED": "1"})
    with pytest.raises(ConfigError, match=r"^TLSBENCH_SEED: 'x' is no whole number$"):
        Config.from_environment({"TLSBENCH_SEED": "x"})


def test_one_seed_gives_one_entropy_and_each_suite_its_own() -> None:
    assert entropy_seed(1, "Ram") == entropy_seed(1, "Ram")
    assert entropy_seed(1, "Ram") != entropy_seed(2, "Ram")
    assert entropy_seed(1, "Ram") != entropy_seed(1, "Blocking")
    assert len(entropy_seed(1, "Ram")) == 64


# --- the folder ---


def test_a_run_is_seen_only_when_it_has_finished(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (folder.path / "result.json").write_text("{}")
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
    final = folder.finish()
    assert final == tmp_path / folder.id
    assert (tmp_path / "latest").resolve() == final.resolve()
    assert (tmp_path / "latest" / "result.json").exists()
    assert [path.name for path in tmp_path.glob(".*partial")] == []


def test_the_newest_finished_run_is_the_latest(tmp_path: Path) -> None:
    first, second = RunFolder(tmp_path), RunFolder(tmp_path)
    second.finish()
    first.finish()
    assert (tmp_path / "latest").readlink() == Path(first.id)


def test_a_run_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (folder.path / "console.log").write_text("half")
    folder.discard()
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_finished_run_cannot_be_discarded(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    final = folder.finish()
    folder.discard()
    assert final.is_dir()


def test_what_a_killed_run_left_goes_when_the_next_one_starts(tmp_path: Path) -> None:
    killed = """
import os, pathlib, signal, sys
from tlsbench.session.folder import RunFolder
folder = RunFolder(pathlib.Path(sys.argv[1]))
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", killed, tmp_path], check=False)
    assert len(list(tmp_path.glob(".*partial"))) == 1
    RunFolder(tmp_path).discard()
    assert list(tmp_path.glob(".*partial")) == []


def test_a_run_that_still_goes_on_is_left_alone(tmp_path: Path) -> None:
    first = RunFolder(tmp_path)
    second = RunFolder(tmp_path)
    assert first.path.is_dir()
    second.discard()
    first.discard()


def test_a_run_is_not_removed_while_another_one_looks_for_what_is_left(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        discarding = Thread(target=folder.discard)
        discarding.start()
        discarding.join(0.2)
        assert discarding.is_alive()
        assert folder.path.is_dir()
    discarding.join(30)
    assert not folder.path.exists()


def test_a_folder_that_goes_while_a_run_starts_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / ".20260101-000000-abcd.partial"
    gone.mkdir()
    really_open = os.open

    def open_late(path: Path, flags: int) -> int:
        if path == gone:
            gone.rmdir()
        return really_open(path, flags)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", open_late)
        folder = RunFolder(tmp_path)
    assert not gone.exists()
    folder.discard()


def test_a_run_whose_place_was_removed_is_given_up_in_peace(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    folder.discard()
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("in the way")
    with pytest.raises(ConfigError, match="run folders cannot go here"):
        RunFolder(file)


# --- the recorder ---


def heap(value: int, phase: Phase = Phase.HANDSHAKE) -> Metric:
    return Metric("heap_peak", value, "counted", phase)


def test_the_worst_of_a_phase_that_came_twice_counts() -> None:
    recorder = Recorder()
    recorder.begin_test("Ram", "A hundred connections")
    recorder.record(heap(5), heap(9), heap(7))
    assert [metric.value for metric in recorder.metrics] == [9]


def test_values_belong_to_the_test_that_took_them() -> None:
    recorder = Recorder()
    recorder.record(Metric("static_ram", 3, "ELF"), of_run=True)
    recorder.begin_test("Ram", "One")
    recorder.record(heap(5))
    recorder.end_test("pass", "", 0.1)
    recorder.begin_test("Ram", "Two")
    assert recorder.find("heap_peak", Phase.HANDSHAKE) is None
    recorder.record(heap(4))
    found = recorder.find("heap_peak", Phase.HANDSHAKE)
    assert found is not None
    assert (found.value, found.test) == (4, "Two")
    assert recorder.find("static_ram", None) is not None
    assert [test.name for test in recorder.tests] == ["One"]


def test_two_methods_stay_two_values_and_the_worse_one_is_found() -> None:
    recorder = Recorder()
    recorder.begin_test("Ram", "One")
    recorder.record(Metric("stack_peak", 100, "painted", Phase.OPEN, "worker0"))
    recorder.record(Metric("stack_peak", 90, "exact", Phase.OPEN, "worker0"))
    assert len(recorder.metrics) == 2
    found = recorder.find("stack_peak", Phase.OPEN, "worker0")
    assert found is not None
    assert found.value == 100


def test_the_ram_needed_is_static_ram_arena_and_each_threads_deepest_stack() -> None:
    metrics = [
        Metric("static_ram", 1000, "ELF"),
        Metric("heap_arena_peak", 200, "allocator", Phase.OPEN),
        Metric("heap_arena_peak", 300, "allocator", Phase.HANDSHAKE),
        Metric("stack_peak", 10, "painted", Phase.OPEN, "worker0"),
        Metric("stack_peak", 40, "painted", Phase.HANDSHAKE, "worker0"),
        Metric("stack_peak", 5, "painted", Phase.HANDSHAKE, "isr"),
    ]
    needed = ram_needed(metrics)
    assert needed is not None
    assert needed.value == 1000 + 300 + 40 + 5
    assert ram_needed(metrics[1:]) is None


# --- suites ---


def test_suites_are_found_by_name_and_by_path(tmp_path: Path) -> None:
    assert [file.stem for file in find_suites(["ram", "handshake"])] == ["ram", "handshake"]
    mine = tmp_path / "mine.robot"
    mine.touch()
    assert find_suites([str(mine)]) == [mine]
    assert [file.stem for file in find_suites([])][:3] == ["handshake", "ram", "blocking"]


def test_an_unknown_suite_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="no suite 'handshek'; there are: handshake, ram, blocking, network"):
        find_suites(["handshek"])


# --- layers and the record ---


def test_a_run_is_finished_before_a_report_is_made_and_needs_none(tmp_path: Path) -> None:
    script = """
import pathlib, sys
from tlsbench.session import Config, Session
with Session(Config(out=pathlib.Path(sys.argv[1]))) as session:
    session.begin_test("Suite", "Test")
    session.end_test("pass", "", 0.1)
    _, folder = session.finish()
print(sorted(path.name for path in folder.iterdir()), [name for name in sys.modules if "report" in name])
"""
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "['result.json'] []\n"
    assert Result.load(tmp_path / "latest" / "result.json").verdict == "pass"


def test_a_board_says_what_nobody_asked_for() -> None:
    ordinary = boards.load("mps2-an385")
    small = ordinary.model_copy(update={"profiles": ("small",), "configuration": "tcp"})
    assert Config().for_board(ordinary) == Config(profile="default")
    assert Config().for_board(small) == Config(profile="small", configuration="tcp")
    asked = Config(profile="default", configuration="dtls")
    assert asked.for_board(small) == asked
