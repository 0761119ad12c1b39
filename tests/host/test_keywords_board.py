"""The keywords about the board's network, on a network that is not the first board's."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from cryptography import x509

from tlsbench import boards
from tlsbench.keywords.board import BoardKeywords
from tlsbench.keywords.certificates import CertificateKeywords
from tlsbench.keywords.failures import KeywordFailure
from tlsbench.model.board import NetworkPlan
from tlsbench.model.errors import ConfigError
from tlsbench.peers.pki import OTHER_HOST, SERVER_NAME, names_on

PLAN = NetworkPlan(
    host="192.0.2.1", address="192.0.2.9", netmask="255.255.255.240", gateway="192.0.2.1", dns="192.0.2.2"
)
INFO = boards.load("mps2-an385").model_copy(update={"network": PLAN})


@pytest.fixture
def keywords() -> BoardKeywords:
    return BoardKeywords(SimpleNamespace(info=INFO))  # type: ignore[arg-type]


def test_addresses_are_those_of_the_board(keywords: BoardKeywords) -> None:
    assert keywords.get_host_address() == "192.0.2.1"
    assert keywords.get_static_address() == "192.0.2.9"


def test_the_benchs_names_have_the_boards_address() -> None:
    assert names_on(PLAN) == {SERVER_NAME: "192.0.2.1", OTHER_HOST: "192.0.2.1"}
    assert names_on(None) == {}


def test_a_host_of_the_network_is_told_from_others(keywords: BoardKeywords) -> None:
    keywords.address_should_be_on_the_network("192.0.2.14")
    for other in ("192.0.2.16", "10.0.2.15", "192.0.2.0", "192.0.2.15", ""):
        with pytest.raises(KeywordFailure, match=r"should be the address of a host on the network 192\.0\.2\.0/28"):
            keywords.address_should_be_on_the_network(other)


def test_a_server_certificate_is_valid_for_the_boards_addresses() -> None:
    keywords = CertificateKeywords(SimpleNamespace(info=INFO))  # type: ignore[arg-type]
    leaf = keywords.create_server_certificate(keywords.create_authority()).certificate
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [SERVER_NAME]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.1", "127.0.0.1"]


def test_a_board_without_a_network_says_so() -> None:
    info = INFO.model_copy(update={"network": None})
    with pytest.raises(ConfigError, match="network: this board has no network"):
        BoardKeywords(SimpleNamespace(info=info)).get_host_address()  # type: ignore[arg-type]
