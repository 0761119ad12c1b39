"""A handshake in many calls, on this machine under sanitizers: where a board can't be stopped at each of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tls_checks import Run, SecondTls, build, runner

from tlsbench.peers.pki import Authority
from tlsbench.peers.tls import TlsPeer


@pytest.fixture(scope="module", params=["3.6", "2.28"])
def program(request: pytest.FixtureRequest) -> Path:
    """The checks, built with each generation of Mbed TLS so that connect() need not block."""
    return build(request.param, "nonblocking")


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Whom the target trusts."""
    return Authority()


@pytest.fixture
def run(program: Path, authority: Authority, tmp_path: Path) -> Run:
    """Runs a check, with the files that it reads, a client's certificate among them."""
    client = authority.client()
    (tmp_path / "client.pem").write_bytes(client.certificate_pem)
    (tmp_path / "client.key").write_bytes(client.key_pem)
    return runner(program, authority, tmp_path)


@pytest.mark.parametrize("piece", [0, 7])
def test_it_is_called_again_until_it_is_connected(run: Run, authority: Authority, piece: int) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "nb_connect", piece)


def test_it_may_end_after_any_call(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server(chain=2)) as peer:
        run(peer, "nb_ended_anywhere")


def test_whichever_allocation_fails_it_is_out_of_memory_and_leaks_nothing(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server(chain=2)) as peer:
        run(peer, "nb_every_allocation")


def test_a_transport_never_waits_in_the_step_of_the_handshake_above_it(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "never_waits_in_a_step")


def test_while_one_thread_is_in_it_others_are_told_so(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "busy")


def test_after_a_failure_it_can_begin_anew(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "nb_fails_then_connects")


def test_each_call_insists_on_a_word_about_the_name(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "nb_says_the_name")


@pytest.mark.parametrize("receiving", [0, 1])
def test_send_and_receive_go_on_with_it(run: Run, authority: Authority, receiving: int) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "nb_send_goes_on", receiving)


def test_a_socket_that_may_block_again_finishes_it(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "nb_becomes_blocking")


def test_no_call_waits_for_a_silent_peer(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server(), "silent") as peer:
        run(peer, "nb_silent")


def test_no_call_is_kept_by_a_flood(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server(), "flood") as peer:
        run(peer, "nb_flooded")


def test_a_transport_that_never_connects_is_asked_once_per_call(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "nb_stuck")


def test_a_kept_transport_needs_no_address(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "nb_kept")


def test_tls_inside_tls_need_not_block_either(run: Run, authority: Authority) -> None:
    identity = authority.server()
    with TlsPeer(identity, SecondTls(identity)) as peer:
        run(peer, "nb_nested")


def test_several_take_turns_with_the_same_certificates(run: Run, authority: Authority) -> None:
    server = authority.server()
    with TlsPeer(server, client_certificate="required", client_ca=authority.root_pem) as peer:
        run(peer, "nb_two_at_once")


def test_a_lender_keeps_what_a_computation_names(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "nb_lender_changes")


# --- calls that block ---


@pytest.mark.parametrize("check", ["reconnect", "every_allocation", "lender_changes", "modes", "wrong_order"])
def test_calls_that_block_do_as_without_it(run: Run, authority: Authority, check: str) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, check)


@pytest.mark.parametrize("behaviour", ["silent", "drip", "flood"])
def test_a_peer_is_given_up_when_the_timeout_has_passed(run: Run, authority: Authority, behaviour: str) -> None:
    with TlsPeer(authority.server(), behaviour) as peer:
        run(peer, "given_up")
