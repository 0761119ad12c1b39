"""The record of one run: what was run, which tests passed, every number with its method, every limit judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import FiniteFloat, TypeAdapter, ValidationError

from tlsbench.model.errors import ConfigError
from tlsbench.model.metric import Metric, Number, Phase

SCHEMA = 1
RECORD = "result.json"
"""Name of the record in the folder of its run."""
METRIC_KEYS = ("suite", "test", "phase", "name", "value", "unit", "method", "thread", "call")
"""The keys of one metric in the record, in the order in which a person looks for them."""
Status = Literal["pass", "fail", "absent"]
Verdict = Literal["pass", "fail"]


@dataclass(frozen=True, slots=True)
class Library:
    """The part of the image that comes from one library, in bytes: what the link map says."""

    name: str
    flash: int
    static_ram: int


@dataclass(frozen=True, slots=True)
class Firmware:
    """The image that ran on the target, by content and by what it was made of.

    Arguments:
        configuration: the named configuration that it was built in; empty for the ordinary image.
        libraries: the largest in flash first; empty where there is no link map.
    """

    sha256: str
    mbedtls: str
    lwip: str
    compiler: str
    configuration: str = ""
    libraries: tuple[Library, ...] = ()


@dataclass(frozen=True, slots=True)
class Emulator:
    """The program that played the board."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What was run, on what, and how it was set.

    Arguments:
        started: ISO 8601, UTC.
        clock: what the target's clock follows, `virtual` (driven by instructions) or `real`.
        entropy: where the target's randomness came from; `injected` on boards that have none.
        seed: the injected seed, which repeats the run; None where nothing was injected.
        ram_bytes, flash_bytes: the board's memory, for scale.
        elapsed_s: the whole run, in seconds of the host's clock.
    """

    id: str
    started: str
    tool: str
    board: str
    kind: str
    core: str
    profile: str
    clock: str
    entropy: str
    seed: int | None
    firmware: Firmware | None = None
    emulator: Emulator | None = None
    ram_bytes: int = 0
    flash_bytes: int = 0
    elapsed_s: FiniteFloat = 0.0


@dataclass(frozen=True, slots=True)
class TestRecord:
    """One test. `absent`: the board cannot measure what the test asks for, so it neither passed nor failed."""

    __test__ = False  # pytest: this is data, not a test

    suite: str
    name: str
    status: Status
    message: str = ""
    elapsed_s: FiniteFloat = 0.0


@dataclass(frozen=True, slots=True)
class Limit:
    """One value held against its limit.

    Arguments:
        value: None when the board cannot measure it; then it is neither held nor broken.
        source: where the limit comes from, `test` or the budget file.
        call: the socket call that it is about, where it is about one.
    """

    suite: str
    test: str
    name: str
    unit: str
    value: Number | None
    at_most: Number
    phase: Phase | None = None
    thread: str | None = None
    source: str = "test"
    call: str | None = None

    @property
    def held(self) -> bool | None:
        """Whether the value stays within the limit; None where there is no value."""
        return None if self.value is None else self.value <= self.at_most


T = TypeVar("T", TestRecord, Metric, Limit)


@dataclass(slots=True)
class Result:
    """Everything one run found out; `result.json` is this, and every report is made from it."""

    run: RunInfo
    tests: list[TestRecord] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    schema: int = SCHEMA

    @property
    def verdict(self) -> Verdict:
        """`pass` when at least one test passed, none failed, and no limit was broken."""
        return "fail" if self.broken or self.empty else "pass"

    @property
    def broken(self) -> bool:
        """Whether a test failed or a limit was broken."""
        return any(test.status == "fail" for test in self.tests) or any(x.held is False for x in self.limits)

    @property
    def empty(self) -> bool:
        """Whether no test passed: such a run shows nothing, whatever was measured on the way."""
        return not any(test.status == "pass" for test in self.tests)

    def select(
        self, name: str, *, phase: Phase | None = None, thread: str | None = None, test: str | None = None
    ) -> Iterator[Metric]:
        """The metrics of this name; `None` means any phase, thread or test."""
        for metric in self.metrics:
            if metric.name != name:
                continue
            if phase not in (None, metric.phase) or thread not in (None, metric.thread):
                continue
            if test not in (None, metric.test):
                continue
            yield metric

    @classmethod
    def of_parts(cls, parts: Sequence[Result], suites: Sequence[str], configuration: str = "") -> Result:
        """The record of a run that was made in several parts at once, on boards of one name.

        Arguments:
            parts: the records, one or more; each suite is in one of them.
            suites: names of the suites in the order in which they would have run one after the other.
            configuration: of the ordinary image, which the record tells of if it ran at all.
        """
        place = {name: at for at, name in enumerate(suites)}

        def in_order(found: Iterable[T]) -> list[T]:
            return sorted(found, key=lambda x: place.get(x.suite, len(place)))

        first = min(
            parts, key=lambda part: part.run.firmware is None or part.run.firmware.configuration != configuration
        )
        run = replace(first.run, elapsed_s=max(part.run.elapsed_s for part in parts))
        of_run: dict[tuple[object, ...], Metric] = {}
        for metric in (x for part in parts for x in part.metrics if not x.suite):
            known = of_run.get(key := (metric.name, metric.phase, metric.thread, metric.call, metric.method))
            if known is None or metric.value > known.value:
                of_run[key] = metric
        return cls(
            run,
            in_order(test for part in parts for test in part.tests),
            [*of_run.values(), *in_order(x for part in parts for x in part.metrics if x.suite)],
            in_order(limit for part in parts for limit in part.limits),
        )

    def to_json(self) -> str:
        """The record as `result.json` holds it, with `schema` first."""
        record = _ADAPTER.dump_python(self, mode="json")
        metrics = [{key: metric[key] for key in METRIC_KEYS} for metric in record["metrics"]]
        ordered = {"schema": self.schema, **record, "metrics": metrics}
        return _JSON.dump_json(ordered, indent=2).decode() + "\n"

    def save(self, folder: Path) -> None:
        """Write the record into the run's folder."""
        (folder / RECORD).write_text(self.to_json(), "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record.

        Raises:
            ConfigError: the file is missing, is not a record, or has another schema.
        """
        try:
            text = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"no record can be read ({error.strerror})", file=path) from error
        try:
            schema = _JSON.validate_json(text).get("schema")
            if schema != SCHEMA:
                raise ConfigError(f"schema {schema} is unknown, this tlsbench reads {SCHEMA}", file=path)
            record = _ADAPTER.validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or None
            raise ConfigError(f"this is no tlsbench record: {first['msg']}", file=path, key=where) from error
        return cls(record.run, record.tests, record.metrics, record.limits, record.schema)


_ADAPTER = TypeAdapter(Result)
_JSON: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
