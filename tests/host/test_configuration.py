"""A suite that runs another image than the ordinary one of its run, and what of it is recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import BOARD

from tlsbench.measure import elf
from tlsbench.model.errors import ConfigError
from tlsbench.model.metric import Metric, Phase
from tlsbench.session import Config, Session


def boots(session: Session, suite: str, configuration: str | None = None) -> str:
    """Has a suite of one test start the board; gives the configuration of the image that ran."""
    session.begin_suite(suite)
    if configuration is not None:
        session.use_configuration(configuration)
    session.begin_test(suite, "starts")
    has = session.target.hello.configuration
    session.end_test("pass", "", 0)
    assert session.end_suite() == ""
    return has


def test_the_figures_of_a_run_are_those_of_its_ordinary_image(agent_image: Path, tmp_path: Path) -> None:
    with Session(Config(board=BOARD, out=tmp_path)) as session:
        assert boots(session, "plain", "tcp") == "tcp"
        assert boots(session, "ordinary") == ""
        result, _ = session.finish()
    sizes = {metric.name: metric.value for metric in elf.metrics(agent_image)}
    for name, size in sizes.items():
        assert [(x.suite, x.value) for x in result.metrics if x.name == name] == [("", size)]
    assert {x.suite for x in result.metrics if x.phase is Phase.BOOT} == {"plain", ""}
    assert result.run.firmware is not None
    assert result.run.firmware.configuration == ""


def test_what_a_test_measures_is_of_its_last_image_alone(tmp_path: Path) -> None:
    with Session(Config(board=BOARD, out=tmp_path)) as session:
        session.begin_suite("both")
        session.begin_test("both", "one after the other")
        session.record(Metric("stack_peak", 1_000_000, "painted", Phase.OPEN, "worker0"))
        session.use_configuration("tcp")
        assert session.find("stack_peak", Phase.OPEN, "worker0") is None
        session.record(Metric("stack_peak", 100, "painted", Phase.OPEN, "worker0"))
        session.end_test("pass", "", 0)
        session.end_suite()
        result, _ = session.finish()
    assert [x.value for x in result.metrics if x.test == "one after the other"] == [100]


def test_where_only_another_image_ran_the_record_tells_of_that(tmp_path: Path) -> None:
    with Session(Config(board=BOARD, out=tmp_path)) as session:
        boots(session, "plain", "tcp")
        result, _ = session.finish()
    assert result.run.firmware is not None
    assert (result.run.firmware.configuration, result.run.firmware.mbedtls) == ("tcp", "")
    assert not [x for x in result.metrics if x.name == "static_ram"]


def test_a_run_may_have_a_configuration_of_its_own(tmp_path: Path) -> None:
    with Session(Config(board=BOARD, configuration="tcp", out=tmp_path)) as session:
        assert boots(session, "any") == "tcp"
        result, _ = session.finish()
    assert [x.suite for x in result.metrics if x.name == "static_ram"] == [""]
    with pytest.raises(ConfigError, match=r"configuration: 'udp' is unknown; known: .*tcp"):
        replace(session.config, configuration="udp")


def test_a_given_image_is_used_whatever_a_suite_wants(agent_image: Path, tmp_path: Path) -> None:
    with Session(Config(board=BOARD, image=agent_image, out=tmp_path)) as session:
        assert boots(session, "plain", "tcp") == ""  # the keyword makes the suite absent for it
