"""Rebuild a submission: the course's own notebook with the student's answers in it.

Only the text of the answers is taken over. Metadata, tags, outputs, changed tests and extra cells
are gone afterwards; each repair is one line in words.
"""

from __future__ import annotations

import copy
import html
import re
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.judge.answers import Answers, marks_of
from autograder.judge.finding import notebook_file
from autograder.judge.reading import FoundCell, cells_of

MAX_REPAIRS = 40
MAX_LINE = 300


def rebuild_file(path: Path, released: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the released notebook with the answers of the submission at ``path``.

    ``path`` is where the notebook should stand, ``submitted/STUDENT/LESSON/LESSON.ipynb``. Where
    it is missing or holds no answer, the other notebooks of its folder are looked at. Never
    raises for what a submission holds: what cannot be read counts as not filled in. The repairs
    also stand in the notebook's metadata and in a first cell that students and graders see.
    """
    cells, problems = notebook_file(Path(path), released)
    rebuilt, repairs = rebuild_cells(cells, released)
    if not cells:
        repairs = ["no answer could be read; every exercise counts as not filled in"]
    repairs = _plain(problems + repairs)
    rebuilt.metadata["repairs"] = repairs
    if repairs:
        rebuilt.cells.insert(0, _notice(repairs))
    return rebuilt, repairs


def _notice(repairs: list[str]) -> NotebookNode:
    """Return the cell that tells what was repaired; names in it are escaped for HTML."""
    items = "".join(f"<li>{html.escape(line)}</li>" for line in repairs)
    text = f"<div><b>What was repaired before grading</b><ul>{items}</ul></div>"
    return new_markdown_cell(text, id="repairs")


def rebuild(submitted: Any, released: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the released notebook with the answers of a notebook already read."""
    cells, problems = cells_of(submitted)
    rebuilt, repairs = rebuild_cells(cells, released)
    return rebuilt, _plain(problems + repairs)


def rebuild_cells(cells: list[FoundCell], released: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the released notebook with the answers found in ``cells``, and the repairs."""
    rebuilt = copy.deepcopy(released)
    answers = Answers(cells, released)
    repairs = answers.order() + answers.unknown_tests()
    for position, cell in enumerate(rebuilt.cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if not marks_of(cell):
            continue
        repairs += answers.changed_marks(cell)
        if marks_of(cell).get("solution"):
            answer, lines = answers.find(cell, position)
            if answer is not None and cell.cell_type != "code" and answer != cell.source:
                answer, more = without_tags(answer, str(marks_of(cell)["grade_id"]))
                lines += more
            cell.source = cell.source if answer is None else answer
            repairs += lines
        else:
            repairs += answers.changed_text(cell)
    return rebuilt, repairs


def without_tags(answer: str, name: str) -> tuple[str, list[str]]:
    """Return a written answer with a space in each HTML tag, so that graders see it as text."""
    harmless = re.sub(r"<(?=[A-Za-z/!?])", "< ", answer)
    has_tags = re.search(r"<[A-Za-z/!?][^<]*>", answer)
    return harmless, [f"HTML in the answer {name} is shown as text"] if has_tags else []


def _plain(lines: list[str]) -> list[str]:
    """Return the lines bounded and printable: names of files and cells are the student's."""
    plain = ["".join(c if c.isprintable() else "�" for c in line[:MAX_LINE]) for line in lines]
    if len(plain) > MAX_REPAIRS:
        plain[MAX_REPAIRS - 1 :] = [f"and {len(plain) - MAX_REPAIRS + 1} more"]
    return plain
