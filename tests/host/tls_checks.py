"""Builds and runs the checks of tests/firmware/tls: the secure socket on this machine, under sanitizers."""

from __future__ import annotations

import fcntl
import ssl
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tlsbench import firmware
from tlsbench.peers.behaviours import Behaviour
from tlsbench.peers.peer import Peer
from tlsbench.peers.pki import Authority, Identity
from tlsbench.peers.stream import Stream

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "firmware" / "tls"

Run = Callable[..., None]
"""Runs a check against a peer: `run(peer, check, argument)`; it must pass."""


def build(mbedtls: str, configuration: str = "") -> Path:
    """The program with the checks, built with a generation of Mbed TLS in a configuration of the agent's image."""
    instrument = firmware.instrument()
    folder = ROOT / "build" / "-".join(filter(None, ("tls-test", mbedtls, configuration, instrument)))
    file = ROOT / f"firmware/agent/configurations/{configuration}.json" if configuration else ""
    settings = [f"-DMBEDTLS={mbedtls}", f"-DAPP_CONFIG={file}", f"-DINSTRUMENT={instrument}"]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:  # the tests of another file may want the same one, beside these
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (
            ["cmake", "-G", "Ninja", "-S", str(SOURCE), "-B", str(folder), *settings],
            ["ninja", "-C", str(folder)],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return folder / "tls_test"


def runner(program: Path, authority: Authority, folder: Path) -> Run:
    """Runs checks of a program, with the files that they read in `folder`."""
    other = Authority(name="other")
    for name, content in (
        ("root.pem", authority.root_pem),
        ("root.der", authority.root_der),
        ("other.pem", other.root_pem),
        ("other.der", other.root_der),
    ):
        (folder / name).write_bytes(content)

    def run(peer: Peer, check: str, argument: int = 0, timeout_s: float = 60) -> None:
        command = [str(program), str(peer.port), str(folder), check, str(argument)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout_s)
        assert done.returncode == 0, done.stdout + done.stderr

    return run


class SecondTls(Behaviour):
    """Echoes inside a second TLS connection, which runs inside the first."""

    name = "second-tls"

    def __init__(self, identity: Identity) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        with tempfile.NamedTemporaryFile() as pem:
            pem.write(identity.key_pem + identity.chain_pem)
            pem.flush()
            self._context.load_cert_chain(pem.name)

    def serve(self, stream: Stream) -> None:
        """Shakes hands again, then echoes."""
        coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = self._context.wrap_bio(coming, going, server_side=True)

        def until_done(step: Callable[[], bytes | None]) -> bytes:
            while True:
                try:
                    result = step()
                except ssl.SSLWantReadError:
                    result = None
                else:
                    result = result or b""
                if going.pending:
                    stream.write(going.read())
                if result is not None:
                    return result
                data = stream.read()
                if not data:
                    raise ConnectionAbortedError("the outer connection ended first")
                coming.write(data)

        until_done(inner.do_handshake)
        while data := until_done(inner.read):
            inner.write(data)
            stream.write(going.read())
