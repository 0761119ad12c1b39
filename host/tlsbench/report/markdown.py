"""The result in Markdown, for a job summary or a merge request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tlsbench.model.metric import Metric
from tlsbench.model.quantity import show
from tlsbench.model.result import Firmware, Result
from tlsbench.report import view


def render(result: Result) -> str:
    """Verdict, phases, limits and what failed."""
    run = result.run
    parts = [
        f"# {result.verdict.upper()}: {run.board}, profile {run.profile}",
        f"{run.core}, clock {run.clock}, entropy: {run.entropy}, {run.elapsed_s:.0f} s."
        + (f" {_versions(run.firmware)}." if run.firmware else ""),
        "No test passed, so this run shows nothing." if result.empty and not result.broken else "",
        table(("suite", "result"), [(row.name, row.summary) for row in view.suites(result)]),
    ]
    phases = view.phases(result)
    if phases:
        parts += [
            "## By phase",
            table(
                ("phase", "heap, peak", "heap, at its end", "worker's stack", *view.work(result), "duration"),
                [
                    (
                        row.phase,
                        *map(_value, (row.heap_peak, row.heap_current, row.stack)),
                        *map(_value, (*map(row.work.get, view.work(result)), row.duration)),
                    )
                    for row in phases
                ],
                numbers_from=1,
            ),
        ]
    if result.limits:
        parts += [
            "## Limits",
            table(
                ("what", "measured", "at most", ""),
                [
                    (
                        what,
                        show(x.value, x.unit),
                        show(x.at_most, x.unit),
                        {True: "held", False: "**broken**", None: "absent"}[x.held],
                    )
                    for what, x in zip(view.what_is_limited(result.limits), result.limits, strict=True)
                ],
                numbers_from=1,
            ),
        ]
    failed = [test for test in result.tests if test.status == "fail"]
    if failed:
        parts.append("## What failed")
        parts += [f"**{test.suite}: {test.name}**\n\n{_block(test.message)}" for test in failed]
    return "\n\n".join(part for part in parts if part) + "\n"


def _versions(firmware: Firmware) -> str:
    parts = (("Mbed TLS", firmware.mbedtls), ("lwIP", firmware.lwip))
    return ", ".join(f"{name} {version}" for name, version in parts if version)


def _value(metric: Metric | None) -> str:
    return "absent" if metric is None else show(metric.value, metric.unit)


def _block(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int = 99) -> str:
    """A table; columns from `numbers_from` on are set to the right."""
    rules = ("---:" if column >= numbers_from else "---" for column in range(len(head)))
    lines = [head, tuple(rules), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
