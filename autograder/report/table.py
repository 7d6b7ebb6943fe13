"""The report as a table: one row a student and exercise, for a spreadsheet."""

from __future__ import annotations

import csv
import io

from autograder.report.gather import Gathered

COLUMNS = (
    "assignment",
    "student",
    "exercise",
    "answered",
    "passed",
    "score",
    "points",
    "mistake",
    "message",
    "problem",
    "seconds",
    "flags",
    "repairs",
)


def table(gathered: list[Gathered]) -> str:
    """Return CSV text with a head. Students who did not submit have a row without an exercise."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for found in gathered:
        for student in sorted(found.students | set(found.verdicts)):
            for row in _rows(found, student):
                writer.writerow({key: _harmless(value) for key, value in row.items()})
    return text.getvalue()


def _rows(found: Gathered, student: str) -> list[dict[str, object]]:
    start: dict[str, object] = {"assignment": found.assignment, "student": student}
    repairs = "; ".join(found.repairs.get(student, []))
    rows = [
        start
        | {key: verdict[key] for key in ("exercise", "answered", "passed", "score", "points")}
        | {
            "mistake": (verdict["diagnosis"] or {}).get("id", ""),
            "message": (verdict["diagnosis"] or {}).get("message", ""),
            "problem": verdict["problem"],
            "seconds": verdict["seconds"],
            "flags": "; ".join(verdict["flags"]),
            "repairs": repairs,
        }
        for verdict in found.verdicts.get(student, [])
    ]
    return rows or [start | {"answered": False}]


def _harmless(value: object) -> object:
    """Return a text that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
