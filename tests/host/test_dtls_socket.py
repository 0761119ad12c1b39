"""Secure datagrams, built for this machine under sanitizers, against a real peer: what a board can't be made to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from tls_checks import Run, build, runner

from tlsbench.peers import Authority, DtlsPeer, Stage
from tlsbench.peers.pki import SERVER_NAME


@pytest.fixture(scope="module", params=["3.6", "2.28"])
def program(request: pytest.FixtureRequest) -> Path:
    """The checks, built with each generation of Mbed TLS and with DTLS."""
    return build(request.param, "dtls")


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Whom the target trusts."""
    return Authority()


@pytest.fixture
def run(program: Path, authority: Authority, tmp_path: Path) -> Run:
    """Runs a check, with the files that it reads."""
    return runner(program, authority, tmp_path)


def test_a_socket_is_used_again_and_leaves_nothing_on_the_heap(run: Run, authority: Authority) -> None:
    with DtlsPeer(authority.server(chain=2)) as peer:
        run(peer, "dtls_reconnect")
        for number in (1, 2, 3):
            assert peer.wait_for_session(10, number=number, stage=Stage.ENDED).ending == "close_notify"
        assert len(peer.sessions) == 3


@pytest.mark.timeout(240)
def test_whichever_allocation_fails_it_is_out_of_memory_and_leaks_nothing(run: Run, authority: Authority) -> None:
    with DtlsPeer(authority.server()) as peer:
        run(peer, "dtls_every_allocation", timeout_s=200)


@pytest.mark.parametrize(
    "check",
    [
        "dtls_messages",
        "dtls_awkward_transport",
        "dtls_flooded",
        "dtls_broken_transport",
        "dtls_cannot_send",
        "dtls_other_message",
        "dtls_no_timer_left",
        "dtls_default_timers",
    ],
)
def test_messages_and_transports(run: Run, authority: Authority, check: str) -> None:
    with DtlsPeer(authority.server(chain=2)) as peer:
        run(peer, check)


@pytest.mark.parametrize("check", ["dtls_wrong_configuration", "dtls_shared_configuration"])
def test_configurations_of_others(run: Run, authority: Authority, check: str) -> None:
    with DtlsPeer(authority.server()) as peer:
        run(peer, check)


@pytest.mark.parametrize("whole", [True, False])
def test_a_flight_may_be_longer_than_the_record_buffer_but_not_in_one_datagram(
    program: Path, tmp_path: Path, whole: bool
) -> None:
    authority = Authority(key="rsa")
    hosts = [SERVER_NAME, *(f"other-{i}.of-many-names.tlsbench.test" for i in range(28))]
    identity = authority.server(hosts=hosts, chain=3)  # the buffer has room for this message, and little more
    with DtlsPeer(identity, cookies=False, whole_flights=whole) as peer:
        runner(program, authority, tmp_path)(peer, "dtls_long_flight", int(whole))
        session = peer.wait_until(lambda seen: seen.was_established is not whole, 10, "the end of the handshake")
        assert session.bytes_tx > 4200
