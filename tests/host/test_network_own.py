"""What a network stack has for itself, lwIP with the LAN9118 or the offload stack: checks that the others lack."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import network_target as net
import pytest
from network_target import Emulated

from tlsbench import firmware
from tlsbench.link import Link
from tlsbench.offload import Host
from tlsbench.offload.schema import pb

BOARD = "mps2-an385"


class Mute(Host):
    """Knows of no names, not even that it does not."""

    def send(self, message: pb.ToTarget) -> None:
        if message.WhichOneof("what") != "resolved":
            super().send(message)


class Late(Host):
    """Answers a question when it is next asked for a name."""

    def __init__(self, link: Link, names: Mapping[str, str]) -> None:
        super().__init__(link, names)
        self.asked = threading.Event()
        self._answers: list[pb.ToTarget] = []

    def send(self, message: pb.ToTarget) -> None:
        if message.WhichOneof("what") == "answer":
            self._answers.append(message)
            self.asked.set()
            return
        if message.WhichOneof("what") == "resolved":
            for answer in self._answers:
                super().send(answer)
        super().send(message)


class Deaf(Late):
    """Has not heard of the session that the target gave itself, and therefore does not end it."""

    def take(self, message: bytes) -> None:
        if pb.ToHost.FromString(message).session != 1:
            super().take(message)


@pytest.fixture(scope="module", params=["default", "small"])
def target(request: pytest.FixtureRequest) -> Iterator[Emulated]:
    """lwIP, with each profile."""
    with net.running(firmware.image(BOARD, request.param, target="network_test")) as running:
        running.check("dhcp")
        yield running


def test_a_socket_that_is_being_closed_is_not_opened(target: Emulated) -> None:
    """With threads of several priorities, which a process has not."""
    with net.peer(net.silent) as port:
        target.check("open_during_close", port)


def test_numbers_that_nobody_can_guess_come_from_the_seed(target: Emulated) -> None:
    assert target.check("siphash") == "a129ca6149be45e5"
    target.check("random_numbers")


def test_no_stack_comes_near_its_end(target: Emulated) -> None:
    target.begin("stacks")
    said = [target.line(10)]
    while said[-1].startswith("stack "):
        said.append(target.line(10))
    used = {
        name: (int(peak), int(size)) for name, peak, size in re.findall(r"stack (\w+) (\d+) of (\d+)", "\n".join(said))
    }
    assert {"lwip", "isr"} <= used.keys()
    assert all(peak <= size * 3 / 4 for peak, size in used.values()), used


def test_a_missing_dhcp_server_is_told() -> None:
    image = firmware.image(BOARD, target="network_test")
    with net.running(image, "hubport,hubid=0") as target:  # a wire with nobody at the other end
        took = int(target.check("dhcp_unanswered").split()[0])
    assert 9_900 < took < 20_000


def test_a_query_that_is_given_up_leaves_its_place_to_others() -> None:
    image = firmware.image(BOARD, target="network_test")
    with net.running(image) as target:
        target.check("dhcp")
        target.check("add_dns_server", "10.0.2.99")  # where nobody is
        target.begin("impatient_queries")
        target.verdict("impatient_queries", 60)


def test_a_query_that_the_host_does_not_answer_is_given_up(run_dir: Path) -> None:
    with net.on_line(run_dir, Mute) as target:
        target.check("dhcp")
        target.begin("impatient_queries")
        target.verdict("impatient_queries", 60)


def test_a_thread_that_is_terminated_while_it_writes_does_not_keep_the_line(run_dir: Path) -> None:
    with net.on_line(run_dir) as target:
        target.check("dhcp")
        target.check("terminated_writer")


def test_an_answer_that_comes_too_late_for_its_thread_changes_nobody_s_memory(run_dir: Path) -> None:
    hosts: list[Late] = []

    def late(link: Link, names: Mapping[str, str]) -> Host:
        hosts.append(Late(link, names))
        return hosts[0]

    with net.on_line(run_dir, late) as target:
        target.check("dhcp")
        target.check("ask")
        assert hosts[0].asked.wait(10)
        target.check("terminated_asker")


def test_a_question_ends_with_its_session_also_where_the_next_one_is_up(run_dir: Path) -> None:
    with net.on_line(run_dir, Deaf) as target:
        target.check("dhcp")
        target.check("question_of_ended_session")


def test_close_waits_for_all_of_a_connect_with_tls(run_dir: Path) -> None:
    with net.on_line(run_dir) as target:
        target.check("close_during_connect")


def test_a_connect_with_tls_that_makes_no_sense_is_refused(run_dir: Path) -> None:
    with net.on_line(run_dir) as target:
        target.check("secure_refusals")


def test_what_the_offload_stack_does_not_do_is_told(run_dir: Path) -> None:
    with net.on_line(run_dir) as target:
        target.check("dhcp")
        target.check("not_done")
    assert "192.0.2.1" in (run_dir / "console.log").read_text()


def test_a_missing_link_is_told_and_a_link_that_comes_back_is_used() -> None:
    image = firmware.image(BOARD, target="network_test")
    with net.running(image) as target:
        target.set_link(False)
        target.check("no_link")
        target.set_link(True)
        target.check("dhcp")
