"""Read what grading left behind: records, the gradebook, and the answers themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.judge.record import FOLDER, read_records
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSONS, find_lesson


@dataclass
class Gathered:
    """Everything known about one assignment of a course.

    Attributes:
        verdicts: for each student, the verdicts as ``autograder check --json`` prints them.
        repairs: for each student, what was repaired in the submission, in words.
        answers: for each student, the text of each exercise cell, by exercise.
        totals: for each student in the gradebook, the score, the most there is to earn, and
            whether something has still to be graded by hand.
        students: everybody known: from the gradebook, and whoever submitted anything.
        unreadable: files of records that could not be read.
    """

    assignment: str
    verdicts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    repairs: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    totals: dict[str, tuple[float, float, bool]] = field(default_factory=dict)
    students: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)


def assignments_of(course: Path, wanted: list[str]) -> list[str]:
    """Return the assignments to report on: those named, or all that have records.

    Raises ``CourseError`` for an unknown name, and where there is nothing to report on.
    """
    folder = course / FOLDER
    graded = sorted(f.name for f in folder.iterdir() if f.is_dir()) if folder.is_dir() else []
    if not graded:
        raise CourseError(
            f"{course} holds no verdicts yet. Run `autograder grade LESSON` or `nbgrader "
            f"autograde LESSON` there first, or give the course's folder with --course."
        )
    names = [_name(course, name) for name in wanted]
    for name in names:
        if name not in graded:
            raise CourseError(
                f"{name} is not graded yet: there are no verdicts in {folder / name}. Run "
                f"`autograder grade {name}` first. Graded are {', '.join(graded)}."
            )
    order = [lesson.notebook for lesson in LESSONS]
    return names or sorted(graded, key=lambda n: (n not in order, n))


def _name(course: Path, wanted: str) -> str:
    if (course / FOLDER / wanted).is_dir():
        return wanted
    try:
        return find_lesson(wanted).notebook
    except KeyError as error:
        raise CourseError(str(error.args[0])) from None


def gather(course: Path, assignment: str, gradebook: Any = None) -> Gathered:
    """Return what is known about an assignment; ``gradebook`` is nbgrader's, where there is one."""
    records = read_records(course, assignment)
    found = Gathered(assignment, unreadable=records.unreadable)
    for record in records.records:
        student = record["student"]
        found.verdicts.setdefault(student, []).extend(record["exercises"])
        found.repairs.setdefault(student, []).extend(map(str, record["repairs"]))
    submitted = course / "submitted"
    folders = submitted.iterdir() if submitted.is_dir() else []
    found.students = {f.name for f in folders if f.is_dir() and not f.name.startswith(".")}
    found.students |= set(found.verdicts)
    if gradebook is not None:
        found.students |= {student.id for student in gradebook.students}
        found.totals = _totals(gradebook, assignment)
    for student in found.verdicts:
        found.answers[student] = answers_of(course, student, assignment)
    return found


def _totals(gradebook: Any, assignment: str) -> dict[str, tuple[float, float, bool]]:
    if assignment not in {known.name for known in gradebook.assignments}:
        return {}
    rows = gradebook.submission_dicts(assignment)
    return {
        row["student"]: (row["score"], row["max_score"], bool(row["needs_manual_grade"]))
        for row in rows
    }


def answers_of(course: Path, student: str, assignment: str) -> dict[str, str]:
    """Return the text of a student's answers from the rebuilt notebooks, by grade id."""
    answers: dict[str, str] = {}
    for file in sorted((course / "autograded" / student / assignment).glob("*.ipynb")):
        try:
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        except (OSError, ValueError, KeyError):
            continue
        for cell in cells:
            marks = cell["metadata"].get("nbgrader", {})
            if marks.get("solution") and cell["cell_type"] == "code":
                source = cell["source"]
                answers[marks["grade_id"]] = source if isinstance(source, str) else "".join(source)
    return answers
