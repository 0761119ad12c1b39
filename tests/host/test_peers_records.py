"""What a peer reads of a TLS connection as it passes by."""

from __future__ import annotations

import ssl
from collections import Counter

import pytest

from tlsbench.peers.records import Alert, RecordReader, alert_from_reason, parse_client_hello


def client_hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="a.example")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def reader_after(*pieces: bytes) -> RecordReader:
    reader = RecordReader(Counter())
    for piece in pieces:
        reader.feed(piece)
    return reader


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_records_are_counted_however_the_bytes_are_cut(size: int) -> None:
    data = client_hello() + bytes.fromhex("15 0303 0002 0230 14 0303 0001 01 16 0303 0003 aabbcc")
    reader = reader_after(*(data[start : start + size] for start in range(0, len(data), size)))
    assert reader.counts == {"handshake": 2, "alert": 1, "change_cipher_spec": 1}
    assert reader.alerts == [Alert("fatal", "unknown_ca")]
    assert reader.hello is not None
    assert reader.hello.server_name == "a.example"


def test_a_hello_may_span_records() -> None:
    hello = client_hello()[5:]
    records = [hello[start : start + 100] for start in range(0, len(hello), 100)]
    reader = reader_after(*(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part for part in records))
    assert reader.hello == parse_client_hello(hello)
    assert reader.hello is not None
    assert reader.hello.length == len(hello)


def test_what_is_encrypted_is_not_read() -> None:
    reader = reader_after(bytes.fromhex("14 0303 0001 01 15 0303 0002 0230"))
    assert reader.counts == {"change_cipher_spec": 1, "alert": 1}
    assert reader.alerts == []


def test_what_is_no_tls_is_not_counted() -> None:
    reader = reader_after(b"GET / HTTP/1.1\r\n", client_hello())
    assert not reader.is_tls
    assert reader.counts == {}


def test_a_malformed_hello_is_no_hello() -> None:
    hello = client_hello()[5:]
    cuts = [hello[:1] + (length - 4).to_bytes(3, "big") + hello[4:length] for length in range(4, len(hello))]
    readable = [found for found in map(parse_client_hello, cuts) if found]
    # Extensions are optional, so the cut right before them is a hello of its own.
    assert [(found.extensions, found.server_name) for found in readable] == [((), None)]


@pytest.mark.parametrize(
    ("reason", "alert"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", Alert("unknown", "unknown_ca")),
        ("SSLV3_ALERT_BAD_CERTIFICATE", Alert("unknown", "bad_certificate")),
        ("NO_SHARED_CIPHER", None),
        (None, None),
    ],
)
def test_openssls_reason_tells_a_received_alert(reason: str | None, alert: Alert | None) -> None:
    assert alert_from_reason(reason) == alert


def test_an_unnamed_alert_is_told_by_its_number() -> None:
    assert reader_after(bytes.fromhex("15 0303 0002 02fe")).alerts == [Alert("fatal", "alert 254")]
