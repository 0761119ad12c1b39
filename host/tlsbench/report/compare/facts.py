"""What tells the runs apart, and what is the same in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tlsbench.model.result import Result, RunInfo
from tlsbench.report import html, view


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is known of each run, in words; empty where it is not known."""

    label: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the runs differ in it."""
        return len(set(self.values)) > 1


def facts(results: Sequence[Result]) -> list[Fact]:
    """Everything that the records say about how they came to be."""
    known = [dict(_said(result)) for result in results]
    labels = dict.fromkeys(label for each in known for label in each)
    return [Fact(label, tuple(each.get(label, "") for each in known)) for label in labels]


def names(results: Sequence[Result]) -> list[str]:
    """A short name for each run: what tells it from the others, as a person would say it."""
    ids = [result.run.id for result in results]
    for more in (False, True):  # an emulated board and the one that it stands for may have all else in common
        short = _short_names([_name_parts(result.run) + ((result.run.kind,) if more else ()) for result in results])
        if len(set(short)) == len(results):
            return short
    short = _short_names([_name_parts(result.run) for result in results])
    return [", ".join(filter(None, (name, run))) for name, run in zip(short, ids, strict=True)]


def _short_names(parts: Sequence[tuple[str, ...]]) -> list[str]:
    """For each run, the parts of its name that are not the same in all of them."""
    telling = [at for at in range(len(parts[0])) if len({each[at] for each in parts}) > 1]
    return [", ".join(each[at] for at in telling if each[at]) for each in parts]


def shared_name(results: Sequence[Result]) -> str:
    """What all the runs have in common, of that which a name says."""
    parts = zip(*(_name_parts(result.run) for result in results), strict=True)
    return ", ".join(part[0] for part in parts if len(set(part)) == 1 and part[0])


def _name_parts(run: RunInfo) -> tuple[str, ...]:
    made = run.firmware
    if made is None:
        return run.board, run.profile, "", ""
    return run.board, run.profile, made.configuration, f"Mbed TLS {made.mbedtls}" if made.mbedtls else "no Mbed TLS"


def _said(result: Result) -> Iterator[tuple[str, str]]:
    yield "run", result.run.id
    yield from html.facts(result)
    tests = [f"{sum(row.count[status] for row in view.suites(result))} {status}" for status in view.STATUSES]
    yield "tests", ", ".join(tests)
    yield "verdict", result.verdict
