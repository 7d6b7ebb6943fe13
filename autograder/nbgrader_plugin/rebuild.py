"""Rebuild a submission: the course's own notebook with the student's answers in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from minitransformer.errors import CourseError

MAX_ANSWER = 200_000


class Rebuild(NbGraderPreprocessor):
    """Put the submission's answers into the released notebook; drop everything else.

    Metadata, tags, outputs, changed tests and extra cells of the submission are gone after this
    step; what had to be repaired stands in the notebook's metadata.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the rebuilt notebook; raises ``CourseError`` when the release is missing."""
        rebuilt, repairs = rebuild(nb, self._released(resources))
        rebuilt.metadata["repairs"] = repairs
        for repair in repairs:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], repair)
        return rebuilt, resources

    def _released(self, resources: dict[str, Any]) -> NotebookNode:
        coursedir = self.parent.parent.coursedir
        names = resources["nbgrader"]
        folder = coursedir.format_path(coursedir.release_directory, ".", names["assignment"])
        file = Path(folder) / f"{names['notebook']}.ipynb"
        if not file.is_file():
            raise CourseError(
                f"{file} is missing: grading starts from the released notebook. Run "
                f"`nbgrader generate_assignment {names['assignment']}` first."
            )
        return nbformat.read(file, as_version=4)


def rebuild(submitted: NotebookNode, released: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the released notebook with the submitted answers, and what had to be repaired.

    An answer is found by its ``grade_id``, then by its cell id, then by its position.
    """
    rebuilt = nbformat.from_dict(released)
    repairs: list[str] = []
    for position, cell in enumerate(rebuilt.cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        marks = cell.metadata.get("nbgrader", {})
        if not marks.get("solution"):
            continue
        name = marks["grade_id"]
        answer, how = _find(submitted, name, cell, position)
        if answer is None:
            repairs.append(f"the cell {name} is missing; it counts as not filled in")
            continue
        if how:
            repairs.append(f"the cell {name} was found by its {how}")
        if len(answer) > MAX_ANSWER:
            repairs.append(f"the cell {name} holds {len(answer)} characters; it is not read")
            continue
        cell.source = answer
    return rebuilt, repairs


def _find(
    submitted: NotebookNode, name: str, cell: NotebookNode, position: int
) -> tuple[str | None, str]:
    cells = [c for c in submitted.get("cells", []) if isinstance(c.get("source"), str)]
    marked = [c for c in cells if _grade_id(c) == name]
    if marked:
        several = f"first of {len(marked)} marks" if len(marked) > 1 else ""
        return marked[0].source, several
    same_id = [c for c in cells if c.get("id") == cell.get("id")]
    if same_id:
        return same_id[0].source, "cell id"
    if position < len(cells):
        there = cells[position]
        if there.cell_type == cell.cell_type and not _grade_id(there):
            return there.source, "position"
    return None, ""


def _grade_id(cell: NotebookNode) -> str:
    marks = cell.get("metadata", {}).get("nbgrader")
    return str(marks.get("grade_id", "")) if isinstance(marks, dict) else ""
