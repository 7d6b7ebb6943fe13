"""What the judge found, kept beside the gradebook: ``verdicts/ASSIGNMENT/STUDENT.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from autograder.examine import Verdict
from minitransformer.files import write_json

FOLDER = "verdicts"
KEYS = {"assignment": str, "student": str, "notebook": str, "repairs": list, "exercises": list}


@dataclass(frozen=True)
class Records:
    """The records of an assignment, in the order of their files, and the files not readable."""

    records: list[dict[str, Any]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def record_file(course_dir: Path, assignment: str, student: str, notebook_name: str) -> Path:
    """Return where a record stands; an assignment's further notebooks have a folder each."""
    folder = Path(course_dir) / FOLDER / _safe(assignment)
    if notebook_name != assignment:
        folder /= _safe(notebook_name)
    return folder / f"{_safe(student)}.json"


def _safe(name: str) -> str:
    """Return a name as one component of a path."""
    return "%2E" + quote(name[1:], safe=" ") if name.startswith(".") else quote(name, safe=" ")


def write_record(
    course_dir: Path,
    assignment: str,
    student: str,
    notebook_name: str,
    verdicts: Iterable[Verdict | dict[str, Any]],
    repairs: list[str],
) -> Path:
    """Write one submission's verdicts and repairs in one step; return the file.

    Raises ``OSError`` where it cannot be written; the old record is then still there.
    """
    record = {
        "assignment": assignment,
        "student": student,
        "notebook": notebook_name,
        "repairs": list(repairs),
        "exercises": [v.as_json() if isinstance(v, Verdict) else dict(v) for v in verdicts],
    }
    file = record_file(course_dir, assignment, student, notebook_name)
    write_json(file, record)
    return file


def read_records(course_dir: Path, assignment: str) -> Records:
    """Return every record of an assignment; torn files are named, and nothing is raised."""
    found = Records()
    folder = Path(course_dir) / FOLDER / _safe(assignment)
    for file in sorted(folder.rglob("*.json")):
        record = _read(file)
        if record is None:
            found.unreadable.append(str(file.relative_to(course_dir)))
        else:
            found.records.append(record)
    return found


def _read(file: Path) -> dict[str, Any] | None:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    whole = all(isinstance(record.get(key), kind) for key, kind in KEYS.items())
    named = whole and all(
        isinstance(e, dict) and isinstance(e.get("exercise"), str) for e in record["exercises"]
    )
    return record if named else None
