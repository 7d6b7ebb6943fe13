"""What a person graded by hand, kept when the submission is graded again.

nbgrader keeps manual scores, extra credit and comments, but marks each for a second look. Here
the mark is put only where the answer has changed since.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook, MissingEntry

from autograder.nbgrader_plugin.judge import part_of_check


@dataclass(frozen=True)
class ManualGrade:
    """A grade given by hand: of which cell, on which answer, and whether it awaits a look."""

    notebook: str
    cell: str
    answer: str | None
    auto_score: float | None
    needs_a_look: bool


def manual_grades(
    gradebook: Gradebook, assignment: str, student: str, graded: Path
) -> dict[Grade, ManualGrade]:
    """Return the manual grades of a submission, with the answers they were given for."""
    try:
        submission = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return {}
    found = {}
    for notebook in submission.notebooks:
        by_hand = [grade for grade in notebook.grades if grade.manual_score is not None]
        answers = _answers(graded / f"{notebook.name}.ipynb") if by_hand else {}
        for grade in by_hand:
            answer = answers.get(grade.name)
            found[grade] = ManualGrade(
                notebook.name, grade.name, answer, grade.auto_score, grade.needs_manual_grade
            )
    return found


def keep_manual_grades(
    gradebook: Gradebook, before: dict[Grade, ManualGrade], written: dict[str, NotebookNode]
) -> list[str]:
    """Take the mark from grades whose answer is the same; return the cells that changed."""
    changed = []
    for grade, manual in before.items():
        answer = _answers_in(written[manual.notebook]).get(manual.cell)
        same = manual.answer is not None and answer == manual.answer
        if same and grade.auto_score == manual.auto_score:
            grade.needs_manual_grade = manual.needs_a_look
        else:
            changed.append(manual.cell)
    gradebook.db.commit()
    return changed


def _answers(file: Path) -> dict[str, str]:
    """Return the answers in a graded notebook of ours; none where it is gone."""
    if not file.is_file():
        return {}
    return _answers_in(nbformat.read(file, as_version=4))


def _answers_in(notebook: NotebookNode) -> dict[str, str]:
    """Return the text that each grade cell is about, by the cell's id."""
    marked = {
        str(cell.metadata.nbgrader.grade_id): cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }
    answers = {}
    for name in marked:
        answer = marked.get(part_of_check(name) or name)
        if answer is not None:
            answers[name] = answer.source
    return answers
