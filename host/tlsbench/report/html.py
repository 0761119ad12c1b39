"""The report as one page that needs no network."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tlsbench.model.metric import Metric, Phase
from tlsbench.model.quantity import show
from tlsbench.model.result import Limit, Result, Status
from tlsbench.report import chart, view


@dataclass(frozen=True, slots=True)
class Tile:
    """One number at the top of the page; `share` is how much of its limit it uses, in percent."""

    label: str
    value: str
    note: str
    share: float | None = None


def render(result: Result) -> str:
    """The page: verdict, RAM by phase, limits, handshakes, blocking, tests, methods."""
    pages = environment()
    style = pages.get_template("report.css").render()
    phases = view.phases(result)
    heap_limits = {row.phase: found for row in phases if (found := view.limit(result, "heap_peak", row.phase))}
    static = view.image(result, "static_ram")
    static_ram = int(static.value) if static else 0
    needed = view.needed(result)
    return pages.get_template("report.html.j2").render(
        result=result,
        run=result.run,
        style=Markup(style),
        tiles=_tiles(result, phases),
        failures=[test for test in result.tests if test.status == "fail"],
        phases=phases,
        work=view.work(result),
        reference=view.reference(result),
        chart=Markup(chart.ram_by_phase(phases, static_ram, heap_limits, result.run.ram_bytes)),
        caption=chart.caption(needed.value if needed else None, result.run.ram_bytes),
        static_ram=static_ram,
        has_limits=bool(heap_limits),
        limits=view.limits(result),
        handshakes=view.handshakes(result),
        blocked=view.blocked(result),
        suites=view.suites(result),
        methods=view.methods(result),
        numbers=view.numbers(result),
        facts=facts(result),
    )


def environment() -> Environment:
    """What all pages are made with."""
    made = Environment(
        loader=PackageLoader("tlsbench.report", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    made.filters["show"] = show
    return made


def _tiles(result: Result, phases: list[view.PhaseRow]) -> list[Tile]:
    tiles = []
    shake = next((row for row in phases if row.phase == Phase.HANDSHAKE), None)
    if shake:
        took, spent = view.connect_call(view.numbers(result))
        for label, metric, name in (
            ("Handshake heap", shake.heap_peak, "heap_peak"),
            ("Handshake stack", shake.stack, "stack_peak"),
            ("Handshake instr.", spent or shake.work.get("instructions"), "instructions"),
            ("Handshake cycles", shake.work.get("cycles"), "cycles"),
            ("Handshake time", took or shake.duration, "duration"),
        ):
            if metric:
                tiles.append(_tile(label, metric, view.limit(result, name, Phase.HANDSHAKE)))
    for label, name in (("Static RAM", "static_ram"), ("Flash", "flash")):
        if found := view.image(result, name):
            tiles.append(_tile(label, found, view.limit(result, name, None)))
    count = sum((row.count for row in view.suites(result)), start=Counter[Status]())
    if count:
        note = ", ".join(f"{count[status]} {status}" for status in ("fail", "absent") if count[status]) or "all of them"
        tiles.append(Tile("Tests passed", f"{count['pass']} of {count.total()}", note))
    return tiles


def _tile(label: str, metric: Metric, limit: Limit | None) -> Tile:
    value = show(metric.value, metric.unit)
    if limit is None:
        note = metric.method.rpartition(", ")[2] if metric.unit == "us" else metric.name.replace("_", " ")
        return Tile(label, value, note)
    return Tile(label, value, f"limit {show(limit.at_most, limit.unit)}", 100 * metric.value / limit.at_most)


def facts(result: Result) -> list[tuple[str, str]]:
    """What was run, on what, and how it was set: label and text."""
    run = result.run
    memory = f", {show(run.ram_bytes, 'bytes')} RAM" if run.ram_bytes else ""  # a process has no such limit
    facts = [
        ("board", f"{run.board} ({run.kind}, {run.core}){memory}"),
        ("profile", run.profile),
        ("clock of the target", run.clock),
        ("entropy", run.entropy + (f", seed {run.seed}" if run.seed is not None else "")),
    ]
    if run.firmware:
        facts += [
            ("firmware, SHA-256", run.firmware.sha256),
            ("Mbed TLS", run.firmware.mbedtls),
            *([("lwIP", run.firmware.lwip)] if run.firmware.lwip else []),
            ("compiler", run.firmware.compiler),
            *([("configuration", run.firmware.configuration)] if run.firmware.configuration else []),
        ]
    if run.emulator:
        facts.append(("emulator", f"{run.emulator.name} {run.emulator.version}"))
    facts += [("started", run.started), ("took", f"{run.elapsed_s:.1f} s"), ("tool", run.tool)]
    return facts
