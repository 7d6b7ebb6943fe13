"""Rebuild a submission: the course's own notebook with the student's answers in it.

Only the text of the answers is taken over. Metadata, tags, outputs, changed tests and extra cells
are gone afterwards; each repair is one line in words.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.judge.answers import Answers, marks_of
from autograder.judge.finding import notebook_file
from autograder.judge.reading import FoundCell, cells_of

MAX_REPAIRS = 40
MAX_LINE = 300


def rebuild_file(path: Path, released: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the released notebook with the answers of the submission at ``path``.

    ``path`` is where the notebook should stand, ``submitted/STUDENT/LESSON/LESSON.ipynb``. Where
    it is missing or holds no answer, the other notebooks of its folder are looked at. Never
    raises for what a submission holds: what cannot be read counts as not filled in.
    """
    cells, problems = notebook_file(Path(path), released)
    rebuilt, repairs = rebuild_cells(cells, released)
    if not cells:
        repairs = ["no answer could be read; every exercise counts as not filled in"]
    return rebuilt, _plain(problems + repairs)


def rebuild(submitted: Any, released: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the released notebook with the answers of a notebook already read."""
    cells, problems = cells_of(submitted)
    rebuilt, repairs = rebuild_cells(cells, released)
    return rebuilt, _plain(problems + repairs)


def rebuild_cells(cells: list[FoundCell], released: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the released notebook with the answers found in ``cells``, and the repairs."""
    rebuilt = copy.deepcopy(released)
    answers = Answers(cells, released)
    repairs = answers.order()
    for position, cell in enumerate(rebuilt.cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if not marks_of(cell):
            continue
        repairs += answers.changed_marks(cell)
        if marks_of(cell).get("solution"):
            answer, lines = answers.find(cell, position)
            cell.source = cell.source if answer is None else answer
            repairs += lines
        else:
            repairs += answers.changed_text(cell)
    return rebuilt, repairs


def _plain(lines: list[str]) -> list[str]:
    """Return the lines bounded and printable: names of files and cells are the student's."""
    plain = ["".join(c if c.isprintable() else "�" for c in line[:MAX_LINE]) for line in lines]
    if len(plain) > MAX_REPAIRS:
        plain[MAX_REPAIRS - 1 :] = [f"and {len(plain) - MAX_REPAIRS + 1} more"]
    return plain
