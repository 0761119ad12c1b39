"""Answers DNS queries for the bench's own host names (RFC 1035), so that no query leaves this machine."""

from __future__ import annotations

from collections.abc import Mapping

from dnslib import QTYPE, RCODE, RR, A, DNSError, DNSRecord

TTL_SECONDS = 60


def answer(query: bytes, names: Mapping[str, str]) -> bytes | None:
    """The answer to a DNS query.

    Arguments:
        query: the payload of the datagram.
        names: IPv4 addresses by host name, in lower case.

    Result:
        The payload of the answer: the address, no data if the name has none of the type asked for, or NXDOMAIN for
        any other name. None if it was no query.
    """
    try:
        asked = DNSRecord.parse(query)
    except DNSError:
        return None
    if asked.header.qr or not asked.questions:
        return None
    reply = asked.reply()
    address = names.get(str(asked.q.qname).rstrip(".").lower())
    if address is None:
        reply.header.rcode = RCODE.NXDOMAIN
    elif asked.q.qtype in (QTYPE.A, QTYPE.ANY):
        reply.add_answer(RR(asked.q.qname, QTYPE.A, rdata=A(address), ttl=TTL_SECONDS))
    return bytes(reply.pack())
