"""Python modules of the schemas that both ends share; made from them and never committed.

A package that needs one asks for it when it is imported, so a fresh clone and a plain ``robot --pythonpath host`` need
no step of their own. The module and its types (for mypy and editors) are made beside the package's files when they are
missing or not of the schema as it is now.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tlsbench.model.errors import BuildError, ToolMissingError

FIRMWARE = Path(__file__).parents[2] / "firmware"


@dataclass(frozen=True)
class Schema:
    """A schema and the folder of the modules that are made from it.

    Arguments:
        proto: the schema, ``NAME.proto``.
        folder: where ``NAME_pb2.py`` and ``NAME_pb2.pyi`` go.
    """

    proto: Path
    folder: Path

    @property
    def modules(self) -> tuple[Path, Path]:
        """The module and its types."""
        name = f"{self.proto.stem}_pb2"
        return self.folder / f"{name}.py", self.folder / f"{name}.pyi"

    def _stamp(self) -> str:
        return f"# made from {self.proto.name} {hashlib.sha256(self.proto.read_bytes()).hexdigest()}\n"

    def is_current(self) -> bool:
        """Whether the modules exist and belong to the schema as it is now."""
        try:
            stamp = self._stamp()
            return all(module.read_text().startswith(stamp) for module in self.modules)
        except OSError:
            return False

    def generate(self) -> None:
        """Make the modules.

        Safe against being run twice at once: each file appears whole or not at all.

        Raises:
            ToolMissingError: the package grpcio-tools, which brings the compiler, is not installed.
            BuildError: the schema is missing or does not compile.
        """
        if not self.proto.is_file():
            raise BuildError(f"{self.proto} is missing: the package works from a checkout of the project")
        try:
            from grpc_tools import protoc
        except ImportError as error:
            raise ToolMissingError("the Python package grpcio-tools is not installed: run `make setup`") from error
        stamp = self._stamp()
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".schema-") as scratch:
            command = ["protoc", f"-I{self.proto.parent}", f"--python_out={scratch}", f"--pyi_out={scratch}"]
            command.append(str(self.proto))
            status = protoc.main(command)
            if status != 0:
                raise BuildError(f"{self.proto} does not compile", command=command, status=status)
            for module in self.modules:
                made = Path(scratch, module.name)
                made.write_text(stamp + made.read_text())
                made.replace(module)

    def ensure(self) -> None:
        """Make the modules unless they are there.

        Raises:
            ToolMissingError, BuildError: as `generate`.
        """
        if not self.is_current():
            self.generate()
