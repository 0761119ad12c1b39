"""The plain data: quantities as people write them, metrics, budgets, the record."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sample_result import BUDGET_TEST, RAM, sample

from tlsbench.model.budget import Budget
from tlsbench.model.errors import ConfigError
from tlsbench.model.metric import QUANTITIES, Metric, Phase
from tlsbench.model.quantity import parse, show
from tlsbench.model.result import Limit, Result, TestRecord

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("16 KiB", "bytes", 16384),
        ("3.5 KiB", "bytes", 3584),
        ("11KB", "bytes", 11000),
        ("900", "bytes", 900),
        (1234, "bytes", 1234),
        ("150 M", "instructions", 150_000_000),
        ("1_000", "packets", 1000),
        ("1.5 ms", "us", 1500),
    ],
)
def test_a_quantity_is_read_with_its_unit(text: str | int, unit: str, value: int) -> None:
    assert parse(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit"), [("16 KiX", "bytes"), ("-1", "bytes"), ("", "bytes"), ("150 KiB", "instructions"), ("5", "us")]
)
def test_what_is_no_quantity_is_refused_with_an_example(text: str, unit: str) -> None:
    with pytest.raises(ValueError, match="write for example"):
        parse(text, unit)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (900, "bytes", "900 B"),
        (11_264, "bytes", "11.0 KiB"),
        (4 * 1024**2, "bytes", "4.00 MiB"),
        (150_000_000, "instructions", "150.0 M"),
        (431_000, "us", "431.0 ms"),
        (None, "bytes", "absent"),
    ],
)
def test_a_quantity_is_shown_as_people_read_it(value: int | None, unit: str, text: str) -> None:
    assert show(value, unit) == text


def test_a_metric_gets_its_unit_from_its_name() -> None:
    assert Metric("heap_peak", 1, "counted").unit == "bytes"


def test_a_metric_needs_a_known_name_and_a_method() -> None:
    with pytest.raises(ValueError, match="known: instructions"):
        Metric("heap_paek", 1, "counted")
    with pytest.raises(ValueError, match="without a method"):
        Metric("heap_peak", 1, "")


@pytest.mark.parametrize("profile", ["default", "small"])
def test_the_project_has_a_budget_for_each_profile(profile: str) -> None:
    budget = Budget.load(ROOT / "robot" / "budgets.toml", profile)
    heap = budget.find("heap_peak", Phase.HANDSHAKE)
    assert heap.at_most == {"default": 42, "small": 11}[profile] * 1024
    assert budget.find("stack_peak", Phase.HANDSHAKE, "worker0").at_most == 3584


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[small.handshake]\nheap_paek = '11 KiB'", r"small\.handshake\.heap_paek: no such quantity"),
        ("[small.handshek]\nheap_peak = '11 KiB'", r"small\.handshek: neither a phase nor 'image'"),
        ("[small.handshake]\nheap_peak = '11 apples'", r"small\.handshake\.heap_peak: '11 apples' cannot be read"),
        ("[small.handshake]\nstack_peak = { worker0 = 'x' }", r"small\.handshake\.stack_peak\.worker0"),
        ("[small.'mbedtls-2.28'.handshek]\nheap_peak = '1 KiB'", r'"mbedtls-2\.28"\.handshek: neither a phase'),
        ("[default.handshake]", "small: no budget for this profile; there is one for: default"),
        ("[small", "not valid TOML"),
    ],
)
def test_a_wrong_budget_is_named_with_file_and_key(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "budgets.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said) as refused:
        Budget.load(file, "small")
    assert refused.value.file == file


def test_a_budget_that_is_silent_about_a_quantity_says_so(tmp_path: Path) -> None:
    file = tmp_path / "budgets.toml"
    file.write_text("[small.handshake]\nheap_peak = '11 KiB'")
    with pytest.raises(ConfigError, match=r"small\.transfer\.heap_peak: the budget says nothing"):
        Budget.load(file, "small").find("heap_peak", Phase.TRANSFER)


def test_a_generation_of_mbed_tls_may_have_a_limit_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "budgets.toml"
    file.write_text(
        "[small.handshake]\nheap_peak = '11 KiB'\ninstructions = '2 M'\n"
        "[small.'mbedtls-2.28'.handshake]\ninstructions = '3 M'"
    )
    for mbedtls, instructions in (("3.6", 2_000_000), ("2.28", 3_000_000)):
        budget = Budget.load(file, "small", mbedtls)
        assert budget.find("instructions", Phase.HANDSHAKE).at_most == instructions
        assert budget.find("heap_peak", Phase.HANDSHAKE).at_most == 11 * 1024
        assert len(budget.allowances) == 2


def test_a_configuration_may_have_a_limit_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "budgets.toml"
    file.write_text(
        "[small.handshake]\nheap_peak = '11 KiB'\ninstructions = '2 M'\n"
        "[small.'mbedtls-2.28'.handshake]\ninstructions = '3 M'\n"
        "[small.'configuration-dtls'.handshake]\nheap_peak = '12 KiB'"
    )
    for configuration, heap in (("", 11), ("tcp", 11), ("dtls", 12)):
        budget = Budget.load(file, "small", "2.28", configuration)
        assert budget.find("heap_peak", Phase.HANDSHAKE).at_most == heap * 1024
        assert budget.find("instructions", Phase.HANDSHAKE).at_most == 3_000_000


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(sample().to_json())
    assert Result.load(file) == sample()


def test_the_record_has_the_documented_keys() -> None:
    record = json.loads(sample().to_json())
    assert list(record)[:4] == ["schema", "run", "tests", "metrics"]
    assert record["schema"] == 1
    keys = ["id", "started", "tool", "board", "kind", "core", "profile", "clock", "entropy", "seed"]
    assert list(record["run"])[: len(keys)] == keys
    assert list(record["metrics"][0])[:8] == ["suite", "test", "phase", "name", "value", "unit", "method", "thread"]
    assert record["run"]["entropy"] == "injected"
    assert all(metric["unit"] == QUANTITIES[metric["name"]].unit for metric in record["metrics"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "this is no tlsbench record"),
        ('{"schema": 1}', r"run: this is no tlsbench record"),
        (sample().to_json().replace('"schema": 1', '"schema": 99'), "schema 99 is unknown"),
    ],
)
def test_what_is_no_record_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        Result.load(file)


def test_a_missing_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        Result.load(tmp_path / "result.json")


def test_the_verdict_is_pass_when_nothing_failed() -> None:
    assert sample().verdict == "pass"


def test_the_verdict_is_fail_when_a_test_failed() -> None:
    assert sample(failed=True).verdict == "fail"


def test_the_verdict_is_fail_when_a_limit_is_broken() -> None:
    result = sample()
    result.limits.append(Limit(RAM, BUDGET_TEST, "heap_peak", "bytes", 101, 100, Phase.HANDSHAKE))
    assert result.verdict == "fail"


def test_a_limit_without_a_value_is_neither_held_nor_broken() -> None:
    result = sample()
    limit = Limit(RAM, BUDGET_TEST, "cycles", "cycles", None, 100, Phase.HANDSHAKE)
    result.limits.append(limit)
    assert limit.held is None
    assert result.verdict == "pass"


def test_a_run_in_which_everything_is_absent_is_no_pass() -> None:
    absent = TestRecord("Ram", "A test", "absent")
    assert Result(replace(sample().run), [absent]).verdict == "fail"


def test_a_run_that_measured_but_passed_no_test_is_no_pass() -> None:
    result = sample()
    result.tests = [TestRecord("Ram", "A test", "absent")]
    assert result.metrics
    assert result.verdict == "fail"
