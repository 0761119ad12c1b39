"""Runs beside each other for a program."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from tlsbench.report.compare.comparison import Comparison
from tlsbench.report.compare.rows import Row

SCHEMA = 1


def render(comparison: Comparison) -> str:
    """Everything as JSON. Each list of values has one entry per run, in the order of `runs`; null is absent."""
    record = {
        "schema": SCHEMA,
        "runs": [
            {"name": name, **asdict(result.run), "verdict": result.verdict}
            for name, result in zip(comparison.names, comparison.results, strict=True)
        ],
        "facts": [{"label": fact.label, "values": fact.values, "differs": fact.differs} for fact in comparison.facts],
        "connections": comparison.connections,
        "image": [_row(row) for row in comparison.image],
        "makers": {name: [_row(row) for row in rows] for name, rows in comparison.makers.items()},
        "libraries": {name: [_row(row) for row in rows] for name, rows in comparison.libraries.items()},
        "phases": [_row(row) for row in comparison.phases],
        "handshakes": {name: [_row(row) for row in rows] for name, rows in comparison.handshakes.items()},
        "tests": [asdict(test) for test in comparison.tests],
        "notes": comparison.notes,
    }
    return json.dumps(record, indent=2) + "\n"


def _row(row: Row) -> dict[str, Any]:
    differences = [row.difference(at) for at in range(len(row.metrics))]
    return {
        "what": row.what,
        "phase": row.phase,
        "unit": row.unit,
        "values": [None if x is None else x.value for x in row.metrics],
        "methods": [None if x is None else x.method for x in row.metrics],
        "differences": [None if x is None else asdict(x) for x in differences],
        "not_compared": row.not_compared,
    }
