"""The verdicts as JUnit XML, for a CI system."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from tlsbench.model.result import Result
from tlsbench.report.view import suites

# What XML 1.0 cannot hold (section 2.2): console text in a message may carry it.
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(result: Result) -> str:
    """One `testsuite` per suite; an absent test is a skipped one, and a test's limits are its properties."""
    run = result.run
    root = ET.Element("testsuites", name=f"tlsbench {run.board} {run.profile}", time=f"{run.elapsed_s:.3f}")
    _add(root, result)
    return _text(root)


def render_boards(results: Sequence[Result]) -> str:
    """The same of several boards: the name of a suite begins with that of its board."""
    seconds = max(result.run.elapsed_s for result in results)
    root = ET.Element("testsuites", name="tlsbench", time=f"{seconds:.3f}")
    for result in results:
        _add(root, result, f"{result.run.board}.")
    return _text(root)


def _text(root: ET.Element) -> str:
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add(root: ET.Element, result: Result, before: str = "") -> None:
    """Add the suites of one record; `before` stands before their names."""
    for suite in suites(result):
        count = suite.count
        element = ET.SubElement(
            root,
            "testsuite",
            name=before + suite.name,
            tests=str(count.total()),
            failures=str(count["fail"]),
            errors="0",
            skipped=str(count["absent"]),
            time=f"{sum(test.elapsed_s for test in suite.tests):.3f}",
            timestamp=result.run.started,
        )
        for test in suite.tests:
            case = ET.SubElement(
                element, "testcase", classname=before + suite.name, name=_clean(test.name), time=f"{test.elapsed_s:.3f}"
            )
            judged = [x for x in result.limits if (x.suite, x.test) == (test.suite, test.name)]
            properties = ET.SubElement(case, "properties") if judged else case
            for limit in judged:
                name = ".".join(part for part in (limit.phase, limit.name, limit.thread) if part)
                value = "absent" if limit.value is None else f"{limit.value} {limit.unit}"
                ET.SubElement(properties, "property", name=name, value=f"{value} (at most {limit.at_most})")
            if test.status == "fail":
                first = test.message.partition("\n")[0]
                ET.SubElement(case, "failure", message=_clean(first)).text = _clean(test.message)
            elif test.status == "absent":
                ET.SubElement(case, "skipped", message=_clean(test.message))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
