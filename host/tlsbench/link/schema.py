"""The Python side of ``firmware/agent/agent.proto``, made from it and never committed.

Importing this module makes ``agent_pb2`` and its types (for mypy and editors) beside this file when they are missing
or not of the schema as it is now. So a fresh clone and a plain ``robot --pythonpath host`` need no step of their own.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from ..model.errors import BuildError, ToolMissingError

HERE = Path(__file__).parent
PROTO = HERE.parents[2] / "firmware" / "agent" / "agent.proto"
MODULES = (HERE / "agent_pb2.py", HERE / "agent_pb2.pyi")
PROTOCOL_VERSION = 1
"""Version of the agent protocol that this bench speaks; ``kProtocolVersion`` in firmware/agent/capacity.h."""


def _stamp() -> str:
    return f"# made from agent.proto {hashlib.sha256(PROTO.read_bytes()).hexdigest()}\n"


def is_current() -> bool:
    """Whether the generated modules exist and belong to the schema as it is now."""
    try:
        stamp = _stamp()
        return all(module.read_text().startswith(stamp) for module in MODULES)
    except OSError:
        return False


def generate() -> None:
    """Make ``agent_pb2`` from the schema.

    Safe against being run twice at once: each file appears whole or not at all.

    Raises:
        ToolMissingError: the package grpcio-tools, which brings the compiler, is not installed.
        BuildError: the schema is missing or does not compile.
    """
    if not PROTO.is_file():
        raise BuildError(f"{PROTO} is missing: the package works from a checkout of the project")
    try:
        from grpc_tools import protoc
    except ImportError as error:
        raise ToolMissingError("the Python package grpcio-tools is not installed: run `make setup`") from error
    stamp = _stamp()
    with tempfile.TemporaryDirectory(dir=HERE, prefix=".schema-") as scratch:
        command = ["protoc", f"-I{PROTO.parent}", f"--python_out={scratch}", f"--pyi_out={scratch}", str(PROTO)]
        status = protoc.main(command)
        if status != 0:
            raise BuildError(f"{PROTO} does not compile", command=command, status=status)
        for module in MODULES:
            made = Path(scratch, module.name)
            made.write_text(stamp + made.read_text())
            made.replace(module)


if not is_current():
    generate()

from . import agent_pb2 as pb  # noqa: E402  (exists only from here on)

__all__ = ["PROTOCOL_VERSION", "generate", "is_current", "pb"]
