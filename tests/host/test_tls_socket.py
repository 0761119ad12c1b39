"""The secure socket, built for this machine under sanitizers, against real peers: what a board can't be made to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from tls_checks import Run, SecondTls, build, runner

from tlsbench.peers import Stage
from tlsbench.peers.behaviours import Behaviour
from tlsbench.peers.pki import Authority
from tlsbench.peers.signing import KeyKind
from tlsbench.peers.stream import Stream
from tlsbench.peers.tls import TlsPeer

CONNECTION_LOST = -3016
EXPIRED, CN_MISMATCH, NOT_TRUSTED, FUTURE = 0x01, 0x04, 0x08, 0x200  # Mbed TLS's MBEDTLS_X509_BADCERT_...


@pytest.fixture(scope="module", params=["3.6", "2.28"])
def program(request: pytest.FixtureRequest) -> Path:
    """The checks, built with each generation of Mbed TLS."""
    return build(request.param)


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Whom the target trusts."""
    return Authority()


@pytest.fixture
def run(program: Path, authority: Authority, tmp_path: Path) -> Run:
    """Runs a check, with the files that it reads."""
    return runner(program, authority, tmp_path)


# --- peers ---


class Deaf(Behaviour):
    """Shakes hands and never reads again."""

    name = "deaf"

    def serve(self, stream: Stream) -> None:
        """Waits for the end of the test."""
        stream.connection.pause(60)


# --- from connect to close ---


@pytest.mark.parametrize("chain", [1, 2, 3])
def test_a_socket_is_used_again_and_leaves_nothing_on_the_heap(run: Run, authority: Authority, chain: int) -> None:
    with TlsPeer(authority.server(chain=chain)) as peer:
        run(peer, "reconnect")
        assert len(peer.sessions) == 3


@pytest.mark.timeout(240)
def test_whichever_allocation_fails_it_is_out_of_memory_and_leaks_nothing(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "every_allocation", timeout_s=200)


def test_close_wakes_a_thread_that_receives(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "close_wakes")


def test_calls_in_the_wrong_order_get_an_error(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "wrong_order")


@pytest.mark.parametrize(
    ("flaw", "flags"),
    [
        ("expired", EXPIRED),
        ("not-yet-valid", FUTURE),
        ("wrong-host", CN_MISMATCH),
        ("untrusted-root", NOT_TRUSTED),
        ("self-signed", NOT_TRUSTED),
    ],
)
def test_the_flags_say_why_a_certificate_is_refused(run: Run, authority: Authority, flaw: str, flags: int) -> None:
    with TlsPeer(authority.server(flaw=flaw)) as peer:
        run(peer, "refused", flags)


def test_without_a_clock_no_certificate_is_valid(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "refused", EXPIRED | FUTURE)


def test_a_stream_that_is_cut_is_no_stream_that_ended(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server(), "close", when="established", after=10) as peer:
        run(peer, "ends", 0)
    with TlsPeer(authority.server(), "close", when="established", after=10, notify=False) as peer:
        run(peer, "ends", CONNECTION_LOST)


# --- settings ---


def test_trust_is_replaced_added_to_and_kept_when_a_root_is_bad(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "trust")


@pytest.mark.parametrize("key", ["ec", "rsa"])
def test_a_client_certificate_is_shown_and_its_key_checked(
    run: Run, authority: Authority, tmp_path: Path, key: KeyKind
) -> None:
    client = authority.client(key=key)
    (tmp_path / "client.pem").write_bytes(client.certificate_pem)
    (tmp_path / "client.der").write_bytes(client.certificate_der)
    (tmp_path / "client.key").write_bytes(client.key_pem)
    (tmp_path / "client.key.der").write_bytes(client.key_der)
    (tmp_path / "other.key").write_bytes(authority.server(key=key).key_pem)
    with TlsPeer(authority.server(), client_certificate="required", client_ca=authority.root_pem) as peer:
        run(peer, "client_certificate")
        peer.wait_until(lambda session: session.client_certificate is not None, 10, "a client certificate")


def test_a_server_may_refuse_the_client_s_certificate(run: Run, authority: Authority, tmp_path: Path) -> None:
    client = authority.client()
    (tmp_path / "client.pem").write_bytes(client.certificate_pem)
    (tmp_path / "client.key").write_bytes(client.key_pem)
    stranger = Authority(name="stranger").root_pem
    with TlsPeer(authority.server(), client_certificate="required", client_ca=stranger) as peer:
        run(peer, "certificate_refused")


@pytest.mark.parametrize("check", ["settings_every_allocation", "append_every_allocation", "busy"])
def test_what_cannot_be_set_now_changes_nothing(run: Run, authority: Authority, tmp_path: Path, check: str) -> None:
    client = authority.client()
    (tmp_path / "client.pem").write_bytes(client.certificate_pem)
    (tmp_path / "client.key").write_bytes(client.key_pem)
    with TlsPeer(authority.server()) as peer:
        run(peer, check, timeout_s=170)


def test_a_shared_configuration_works_in_both_and_is_freed_once(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "shared_configuration")


def test_a_lender_may_change_its_trust_while_another_connects(run: Run, authority: Authority, tmp_path: Path) -> None:
    client = authority.client()
    (tmp_path / "client.pem").write_bytes(client.certificate_pem)
    (tmp_path / "client.key").write_bytes(client.key_pem)
    with TlsPeer(authority.server(), "drip", interval=0.002, size=8) as peer:
        run(peer, "lender_changes")


def test_a_configuration_may_be_the_application_s_own(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "application_s_configuration")


def test_out_of_memory_is_told_to_the_thread_that_ran_out(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "who_ran_out")


def test_without_a_seed_there_is_no_handshake(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "no_seed")


@pytest.mark.parametrize("check", ["random_numbers", "mbedtls_fails"])
def test_random_numbers_come_from_the_seed_and_failures_of_mbedtls_are_told(
    run: Run, authority: Authority, check: str
) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, check)


def test_wrong_arguments_are_refused_and_end_nothing(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "refusals")


# --- transports ---


@pytest.mark.parametrize("piece", [0, 7])
def test_a_transport_may_do_nothing_every_other_call(run: Run, authority: Authority, piece: int) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "awkward_transport", piece)


def test_tls_runs_inside_tls(run: Run, authority: Authority) -> None:
    identity = authority.server()
    with TlsPeer(identity, SecondTls(identity)) as peer:
        run(peer, "nested")


def test_a_transport_never_waits_in_the_step_of_the_handshake_above_it(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "never_waits_in_a_step")


@pytest.mark.parametrize("check", ["nested_setter", "nested_close"])
def test_another_thread_may_use_the_transport_meanwhile(run: Run, authority: Authority, check: str) -> None:
    identity = authority.server()
    with TlsPeer(identity, SecondTls(identity)) as peer:
        run(peer, check)


def test_each_mode_connects_and_closes_what_it_says(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "modes")


def test_what_is_the_transport_s_reaches_it(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "passes_on")


@pytest.mark.parametrize("behaviour", ["silent", "drip", "flood"])
def test_a_peer_is_given_up_when_the_timeout_has_passed(run: Run, authority: Authority, behaviour: str) -> None:
    with TlsPeer(authority.server(), behaviour) as peer:
        run(peer, "given_up")


def test_a_flood_of_records_ends_with_the_timeout_and_with_close(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server(), "flood", when="established") as peer:
        run(peer, "flooded")


def test_what_waits_for_the_window_is_sent_once_and_before_the_goodbye(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server(), "sink") as peer:
        run(peer, "no_answer_lost")
        session = peer.wait_for_session(5, stage=Stage.ENDED)
        assert session.received_head == b"sent123456789"
        assert session.ending == "close_notify"


def test_a_kept_transport_is_left_by_close_while_it_connects(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "close_while_connecting")


def test_a_transport_that_connects_is_closed_with_the_socket(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server()) as peer:
        run(peer, "close_ends_a_connect_below")


def test_a_full_window_blocks_for_the_timeout_only(run: Run, authority: Authority) -> None:
    with TlsPeer(authority.server(), Deaf()) as peer:
        run(peer, "full_window")
