"""Boards by suites for a program."""

from __future__ import annotations

import json

from tlsbench.model.result import Status
from tlsbench.report.boards.table import BoardsTable, Cell

SCHEMA = 1
STATUSES: tuple[Status, ...] = ("pass", "fail", "absent")


def render(boards: BoardsTable) -> str:
    """Everything as JSON. Each row has one entry per suite, in the order of `suites`; null where it did not run."""
    record = {
        "schema": SCHEMA,
        "verdict": boards.verdict,
        "suites": boards.suites,
        "rows": [
            {
                "name": row.name,
                "run": row.result.run.id,
                "board": row.result.run.board,
                "verdict": row.result.verdict,
                "cells": [_cell(cell) for cell in row.cells],
            }
            for row in boards.rows
        ],
        "reasons": [
            {"status": reason.status, "message": reason.message, "tests": reason.where} for reason in boards.reasons
        ],
    }
    return json.dumps(record, indent=2) + "\n"


def _cell(cell: Cell) -> dict[str, int] | None:
    return {status: cell.count[status] for status in STATUSES} if cell.tests else None
