"""What there is to share out, the longest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tlsbench.model.errors import ConfigError
from tlsbench.model.result import RECORD, Result

RECORDS = 10
"""How many of the newest runs are asked how long a suite takes."""
TEST_S = 0.4
"""What a test of a suite takes that no run tells of, about."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite with tests in it.

    Arguments:
        name: as records have it.
        long_name: with those of the folders above, as Robot Framework has it.
        tests: how many it has.
    """

    name: str
    long_name: str
    tests: int


def suites(sources: Sequence[Path]) -> list[Suite]:
    """The suites in these files and folders, in the order in which they would run one after the other.

    Raises:
        ConfigError: Robot Framework cannot read them.
    """
    from robot.api import TestSuiteBuilder
    from robot.errors import DataError
    from robot.running import TestSuite

    def leaves(suite: TestSuite) -> Iterator[Suite]:
        if suite.tests:
            yield Suite(suite.name, suite.full_name, len(suite.tests))
        for below in suite.suites:
            yield from leaves(below)

    try:
        return list(leaves(TestSuiteBuilder().build(*sources)))
    except DataError as error:
        raise ConfigError(f"Robot Framework cannot read the suites: {error.message}") from error


def longest_first(found: Sequence[Suite], out: Path) -> list[Suite]:
    """The suites by the time that they took in the newest run that has them; where none has, by their tests.

    Arguments:
        found: the suites.
        out: the folder of all runs.
    """
    took: dict[str, float] = {}
    for record in sorted(out.glob(f"[0-9]*/{RECORD}"), reverse=True)[:RECORDS]:
        try:
            result = Result.load(record)
        except ConfigError:
            continue  # of another version; it only tells the order
        seconds: Counter[str] = Counter()
        for test in result.tests:
            seconds[test.suite] += test.elapsed_s  # type: ignore[assignment]
        took = {**seconds, **took}
    return sorted(found, key=lambda suite: -took.get(suite.name, suite.tests * TEST_S))
