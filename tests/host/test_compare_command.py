"""`tlsbench compare`: which runs it finds, what it prints, and what it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cli import tlsbench
from sample_result import sample
from test_compare import OLD, first, other

from tlsbench.model.errors import ConfigError
from tlsbench.report.compare import markdown, record
from tlsbench.report.compare.comparison import compare
from tlsbench.report.compare.runs import load


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder of runs: two of them, and `latest`, which is the second."""
    folder = tmp_path / "out"
    for result in (first(), other()):
        run = folder / result.run.id
        run.mkdir(parents=True)
        result.save(run)
    (folder / "latest").symlink_to(other().run.id)
    return folder


def test_a_run_is_its_name_its_folder_or_its_record(out: Path) -> None:
    name = first().run.id
    for one in (name, str(out / name), str(out / name / "result.json")):
        assert [result.run.id for result in load([one, "latest"], out)] == [name, other().run.id]


def broken(content: str) -> Callable[[Path], str]:
    """Names a record with this content."""

    def make(out: Path) -> str:
        file = out / "broken.json"
        file.write_text(content)
        return str(file)

    return make


def unfinished(out: Path) -> str:
    """Names a run that was killed."""
    folder = out / ".20261121-090000-dead.partial"
    folder.mkdir()
    (folder / "console.log").touch()
    return str(folder)


RECORD_2 = sample().to_json().replace('"schema": 1', '"schema": 2', 1).replace('"board"', '"boards"')

NAN = re.sub(r'"value": \d+', '"value": NaN', sample().to_json(), count=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda out: "20251224", "there is no run 20251224; the newest in .* are: 20261121-080000-2b3c, 20261121-0745"),
        (broken("{"), r"broken\.json: this is no tlsbench record: .*EOF"),
        (broken("[]"), r"broken\.json: this is no tlsbench record"),
        (broken('{"schema": 1}'), r"broken\.json: run: this is no tlsbench record: Field required"),
        (broken(RECORD_2), r"broken\.json: schema 2 is unknown, this tlsbench reads 1"),
        (broken(NAN), r"broken\.json: metrics\.0\.value: this is no tlsbench record: Input should be a finite number"),
        (unfinished, r"dead\.partial: holds no result\.json: it is no run, or one that has not finished"),
        (lambda out: "latest", "latest is named twice, 20261121-080000-2b3c"),
        (lambda out: other().run.id, "latest and 20261121-080000-2b3c are the same run"),
    ],
)
def test_what_is_no_other_run_is_refused(out: Path, make: Callable[[Path], str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(["latest", make(out)], out)


def test_one_run_alone_is_refused(out: Path) -> None:
    with pytest.raises(ConfigError, match="one run alone"):
        load(["latest"], out)


def test_a_folder_without_runs_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no run latest; .*out holds no finished run"):
        load(["latest", "other"], tmp_path / "out")


def test_the_command_prints_a_table_and_writes_a_page(out: Path) -> None:
    ended = tlsbench("compare", first().run.id, "latest", "--html", "pages/two.html", cwd=out.parent)
    assert ended.status == 0
    assert "+25.0 %" in ended.output
    assert "page  pages/two.html" in ended.output
    assert OLD in (out.parent / "pages" / "two.html").read_text()


def test_the_command_prints_markdown_or_json_and_nothing_else(out: Path) -> None:
    runs = ("compare", first().run.id, "latest")
    assert tlsbench(*runs, "--markdown", cwd=out.parent).output == markdown.render(compare([first(), other()]))
    assert json.loads(tlsbench(*runs, "--json", cwd=out.parent).output)["schema"] == record.SCHEMA


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("latest", "nothing"), "there is no run nothing"),
        (("latest", first().run.id, "--json", "--markdown"), "either Markdown or JSON"),
        (("latest", first().run.id, "--html", "out/latest"), "is a directory"),
        (("latest", first().run.id, "--html", "/proc/page.html"), "/proc/page.html: the page cannot be written"),
        ((), "Missing argument"),
    ],
)
def test_the_command_says_what_is_wrong(out: Path, arguments: tuple[str, ...], words: str) -> None:
    ended = tlsbench("compare", *arguments, cwd=out.parent)
    assert ended.status == 2
    assert words in ended.output
    assert "Traceback" not in ended.output
