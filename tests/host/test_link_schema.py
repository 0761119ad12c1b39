"""What both sides of the link must agree on: schema, limits, version, pattern data."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tlsbench.link import calls, schema
from tlsbench.link.pattern import first_difference, pattern
from tlsbench.model.errors import BuildError, ConfigError
from tlsbench.model.nsapi import (
    Nsapi,
    describe_mbedtls,
    describe_result,
    describe_verify_flags,
    parse_nsapi,
)
from tlsbench.offload.schema import CHANNEL
from tlsbench.protobuf import Schema

AGENT = Path(__file__).parents[2] / "firmware" / "agent"
NSAPI = AGENT.parent / "netsocket" / "nsapi_types.h"


DATA_BYTES = json.loads((AGENT / "mbed_lib.json").read_text())["config"]["data-bytes"]["value"]


def option_size(field: str) -> int:
    """Bytes that agent.options.in gives a field, in an image as its libraries say."""
    options = (AGENT / "agent.options.in").read_text().replace("@MBED_CONF_AGENT_DATA_BYTES@", str(DATA_BYTES))
    found = re.search(rf"^tlsbench\.{re.escape(field)}\s.*max_size:(\d+)", options, re.M)
    assert found, field
    return int(found[1])


@pytest.mark.parametrize(
    ("limit", "field", "final_zero"),
    [
        (calls.NAME_BYTES, "Call.socket", True),
        (calls.NAME_BYTES, "Accept.name", True),
        (calls.NAME_BYTES, "Create.kind", True),
        (calls.HOST_BYTES, "Endpoint.host", True),
        (calls.HOST_BYTES, "Hostname.name", True),
        (calls.HOST_BYTES, "Resolve.host", True),
        (calls.ADDRESS_BYTES, "NetworkUp.address", True),
        (calls.DATA_BYTES, "Send.data", False),
        (calls.OPTION_BYTES, "Option.value", False),
    ],
)
def test_the_limits_are_the_target_s(limit: int, field: str, final_zero: bool) -> None:
    assert option_size(field) == limit + final_zero


def test_both_sides_speak_the_same_version() -> None:
    found = re.search(r"AGENT = (\d+), OFFLOAD = (\d+)", (AGENT.parent / "line" / "frame.h").read_text())
    assert found
    assert [int(number) for number in found.groups()] == [schema.PROTOCOL_VERSION, CHANNEL]


def test_the_result_codes_are_the_target_s() -> None:
    codes = {name: int(value) for name, value in re.findall(r"NSAPI_ERROR_(\w+) = (-?\d+)", NSAPI.read_text())}
    assert codes == {code.name: code.value for code in Nsapi}


def test_the_schema_s_module_is_made_again_when_the_schema_changed(tmp_path: Path) -> None:
    proto = tmp_path / "agent.proto"
    shutil.copy(schema.SCHEMA.proto, proto)
    copy = Schema(proto, tmp_path)
    assert not copy.is_current()
    copy.ensure()
    assert copy.is_current()
    proto.write_text(proto.read_text() + "message Another {}\n")
    assert not copy.is_current()
    copy.ensure()
    assert "Another" in (tmp_path / "agent_pb2.pyi").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["agent.proto", "agent_pb2.py", "agent_pb2.pyi"]


def test_a_schema_that_does_not_compile_is_named(tmp_path: Path) -> None:
    proto = tmp_path / "agent.proto"
    proto.write_text("this is no schema")
    with pytest.raises(BuildError, match=re.escape(str(proto))):
        Schema(proto, tmp_path).generate()


# --- pattern data and names ---


def test_a_pattern_can_be_made_in_pieces() -> None:
    assert pattern(300, 5) == pattern(100, 5) + pattern(200, 5, offset=100)
    assert pattern(1000, 5) != pattern(1000, 6)


def test_a_shifted_or_damaged_pattern_is_found() -> None:
    data = bytearray(pattern(600, 9))
    assert first_difference(bytes(data), 9) is None
    assert first_difference(bytes(data[1:]), 9) == 0
    data[512] ^= 1
    assert first_difference(bytes(data), 9) == 512


@pytest.mark.parametrize("text", ["NSAPI_ERROR_WOULD_BLOCK", "would block", "WOULD_BLOCK", "-3001"])
def test_a_result_code_is_known_by_any_of_its_names(text: str) -> None:
    assert parse_nsapi(text) is Nsapi.WOULD_BLOCK


@pytest.mark.parametrize("text", ["NSAPI_ERROR_NONSENSE", "-1", ""])
def test_an_unknown_result_code_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(ValueError, match="NSAPI_ERROR_WOULD_BLOCK"):
        parse_nsapi(text)


def test_results_are_described_for_a_person() -> None:
    assert describe_result(17) == "17"
    assert describe_result(0) == "NSAPI_ERROR_OK"
    assert describe_result(-3019) == "NSAPI_ERROR_TIMEOUT (-3019)"
    assert describe_result(-0x7780) == "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE (-0x7780)"
    assert describe_verify_flags(0) == "none"
    assert describe_verify_flags(0x5 | 1 << 30) == "EXPIRED, CN_MISMATCH, 0x40000000"
    assert describe_mbedtls(-0x7780) == "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE (-0x7780)"
    assert describe_mbedtls(-0x3B62) == "MBEDTLS_ERR_PK_INVALID_PUBKEY + MBEDTLS_ERR_ASN1_UNEXPECTED_TAG (-0x3B62)"
    assert describe_mbedtls(-0x7781) == "-0x7781"


@pytest.mark.parametrize(
    "make",
    [
        lambda: calls.create("a name of 16 char", "tcp"),
        lambda: calls.create("", "tcp"),
        lambda: calls.create("s", "k" * 16),
        lambda: calls.connect_host("s", "h" * 128, 443),
        lambda: calls.connect("s", "10.0.2.2", 65536),
        lambda: calls.send("s", bytes(513)),
        lambda: calls.recv("s", -1),
        lambda: calls.set_hostname("s", "a\0b"),
        lambda: calls.setsockopt("s", 1, 2, bytes(33)),
        lambda: calls.send_pattern("s", 10, seed=256),
    ],
)
def test_what_the_target_cannot_take_is_refused_before_it_is_sent(make: object) -> None:
    assert callable(make)
    with pytest.raises(ConfigError):
        make()
