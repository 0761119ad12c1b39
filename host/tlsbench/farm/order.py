"""What there is to share out, the longest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import ParseError

from tlsbench.model.errors import ConfigError
from tlsbench.session.suites import FIRST

MAIN = FIRST.split()
REPORT = "junit.xml"
"""What tells how long a suite took: a record does, too, but takes a quarter of a second to read."""
REPORTS = 3
"""How many of the newest runs are asked how long a suite takes."""
TEST_S = 0.25
"""What a test takes, about, of a suite that no run tells of and that does not say it itself."""
TAKES = "Takes"
"""The metadata in which a suite says how long it takes, with its unit: what is long need not have many tests."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite with tests in it.

    Arguments:
        name: as records have it.
        long_name: with those of the folders above, as Robot Framework has it.
        source: its file.
        takes_s: seconds that it takes, about.
    """

    name: str
    long_name: str
    source: Path
    takes_s: float


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
            takes_s = _seconds(suite.metadata.get(TAKES)) or len(suite.tests) * TEST_S
            yield Suite(suite.name, suite.full_name, Path(suite.source or ""), takes_s)
        for below in suite.suites:
            yield from leaves(below)

    def place(suite: Suite) -> int:
        return MAIN.index(suite.name.lower()) if suite.name.lower() in MAIN else len(MAIN)

    try:
        return sorted(leaves(TestSuiteBuilder().build(*sources)), key=place)
    except DataError as error:
        raise ConfigError(f"Robot Framework cannot read the suites: {error.message}") from error


def folder_of(sources: Sequence[Path]) -> list[Path]:
    """The folder of these files where they are all the suites in it, otherwise the files themselves.

    Of a folder, Robot Framework can be told to read only the one suite that a board gets; named files it always reads.
    """
    folders = {source.parent for source in sources}
    if len(sources) > 1 and len(folders) == 1 and set(next(iter(folders)).rglob("*.robot")) == set(sources):
        return list(folders)
    return list(sources)


def _seconds(text: str | None) -> float:
    """Seconds from such a text as `16 s`; 0 where there is none.

    Raises:
        ConfigError: it is no time.
    """
    from robot.utils import timestr_to_secs

    try:
        return float(timestr_to_secs(text)) if text else 0.0
    except ValueError as error:
        raise ConfigError(f"the suite metadata {TAKES}: {error}") from error


def longest_first(found: Sequence[Suite], out: Path) -> list[Suite]:
    """The suites by the time that they took in the newest run that has them; where none has, by what is known of them.

    Arguments:
        found: the suites.
        out: the folder of all runs.
    """
    took: dict[str, float] = {}
    for report in sorted(out.glob(f"[0-9]*/{REPORT}"), reverse=True)[:REPORTS]:
        if all(suite.name in took for suite in found):
            break
        with suppress(OSError, ValueError, KeyError, ParseError):  # what is no report; it only tells the order
            each = ElementTree.parse(report).iter("testsuite")
            took = {**{suite.attrib["name"]: float(suite.attrib["time"]) for suite in each}, **took}
    return sorted(found, key=lambda suite: -took.get(suite.name, suite.takes_s))
