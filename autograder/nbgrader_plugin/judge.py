"""Judge the exercises of a rebuilt notebook; nothing of it is run here."""

from __future__ import annotations

import atexit
import functools
import hashlib
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.examine import Verdict, examine
from autograder.home import report_html
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.notebooks import check_cell_id
from autograder.specs import spec_of
from minitransformer.lessons import LESSON_OF

PARTS_BY_CHECK = {check_cell_id(part): part for part in LESSON_OF}


class Judge(NbGraderPreprocessor):
    """Write each exercise's verdict into its grade cell, where nbgrader finds the score."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Judge every grade cell of code. A cell without a specification earns nothing."""
        answers = {_grade_id(c): c.source for c in nb.cells if _marks(c).get("solution")}
        for cell in nb.cells:
            marks = _marks(cell)
            if cell.cell_type != "code" or not marks.get("grade") or marks.get("solution"):
                continue
            part = PARTS_BY_CHECK.get(_grade_id(cell))
            if part is None:
                cell.outputs = [_result(0.0, _NO_SPECIFICATION)]
                continue
            verdict = _verdict(part, answers.get(part, ""), _seed(resources, part))
            self.log.info("%s: %g of %g points", part, verdict.score, verdict.points)
            cell.outputs = [_output(verdict, float(marks["points"]))]
        return nb, resources


_NO_SPECIFICATION = "<p>No specification decides this cell. It has to be graded by hand.</p>"


@functools.cache
def _warm() -> WarmProcess:
    """Start the warm process once for all notebooks that one command grades."""
    warm = WarmProcess()
    atexit.register(warm.close)
    return warm


def _verdict(part: str, text: str, seed: int) -> Verdict:
    return examine(spec_of(part), ProcessSubject(part, text, _warm()), seed)


def _output(verdict: Verdict, points: float) -> NotebookNode:
    """Return the verdict as the cell's result; the course may have changed the points."""
    share = verdict.score / verdict.points if verdict.points else 0.0
    return _result(round(share * points, 4), report_html(verdict), {"seed": verdict.seed})


def _result(score: float, html: str, metadata: dict[str, Any] | None = None) -> NotebookNode:
    return new_output(
        "execute_result",
        data={"text/plain": repr(float(score)), "text/html": html},
        metadata=metadata or {},
        execution_count=None,
    )


def _seed(resources: dict[str, Any], part: str) -> int:
    """Return the seed of this student's examination, the same each time it is graded."""
    names = resources["nbgrader"]
    text = f"{names['assignment']}/{names['student']}/{part}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _marks(cell: NotebookNode) -> dict[str, Any]:
    return cell.metadata.get("nbgrader", {})


def _grade_id(cell: NotebookNode) -> str:
    return str(_marks(cell).get("grade_id", ""))
