"""What the secure socket logs, on this machine under sanitizers: also where no peer and no board can bring it to."""

from __future__ import annotations

from pathlib import Path

import pytest
from tls_checks import build, runner

from tlsbench.peers.pki import Authority
from tlsbench.peers.tls import TlsPeer


@pytest.mark.parametrize("check", ["trace_reasons", "trace_out_of_memory", "trace_unverified", "trace_nameless"])
def test_each_cause_has_its_line(check: str, tmp_path: Path) -> None:
    authority = Authority()
    with TlsPeer(authority.server()) as peer:
        runner(build("3.6", "trace"), authority, tmp_path)(peer, check)
