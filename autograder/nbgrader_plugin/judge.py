"""Judge the exercises of a rebuilt notebook; nothing of it is run here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Enum, Unicode

from autograder.judge import view
from autograder.judge.cache import VerdictCache
from autograder.judge.examination import (
    Examination,
    judge_here,
    seed_of,
    version_of,
    warm_process,
)
from autograder.judge.kernel import decide, decided_html
from autograder.judge.record import write_record
from autograder.notebooks import check_cell_id
from minitransformer.lessons import LESSON_OF

AT_A_TIME = 2


def part_of_check(name: str) -> str | None:
    """Return the exercise that the grade cell ``name`` checks; None where it is an assert cell."""
    return next((part for part in LESSON_OF if check_cell_id(part) == name), None)


class Judge(NbGraderPreprocessor):
    """Write each exercise's verdict into its grade cell, where nbgrader finds the score."""

    salt = Unicode("", help="The course's secret: nobody else can know an answer's inputs.").tag(
        config=True
    )
    shortcuts = Enum(
        ["flag", "refuse"],
        "flag",
        help="What a short cut leads to: a flag in the report, or no points.",
    ).tag(config=True)
    secure = Bool(True, help="Refuse to run an answer outside the whole sandbox.").tag(config=True)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.found: dict[Examination, dict[str, Any]] = {}

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Judge every grade cell of code; one without a specification is an assert cell."""
        view.hide(self._course)
        examinations = self.examinations(nb, resources["nbgrader"]["assignment"])
        missing = [e for e in examinations.values() if e not in self.found]
        found = self.found | self._judged(missing)
        verdicts = [found[e]["verdict"] for e in examinations.values()]
        for cell in nb.cells:
            if not _is_check(cell):
                continue
            name = _grade_id(cell)
            if name not in examinations:
                verdicts.append(self._decided(nb, cell, resources["nbgrader"]))
                cell.outputs = [_result(verdicts[-1]["score"], decided_html(verdicts[-1]))]
                continue
            verdict = found[examinations[name]]["verdict"]
            html = found[examinations[name]]["html"]
            self.log.info(
                "%s: %g of %g points", verdict["exercise"], verdict["score"], verdict["points"]
            )
            cell.outputs = [_output(verdict, html, float(_marks(cell)["points"]))]
        self._record(nb, resources["nbgrader"], verdicts)
        return nb, resources

    def _decided(
        self, nb: NotebookNode, cell: NotebookNode, names: dict[str, str]
    ) -> dict[str, Any]:
        """Run an instructor's own assert cell after the answers; hidden tests are put back."""
        answers = {
            _grade_id(c): c.source
            for c in nb.cells
            if c.cell_type == "code" and _marks(c).get("solution")
        }
        test = self._sources(names).get(_grade_id(cell), cell.source)
        points = float(_marks(cell)["points"])
        return decide(_grade_id(cell), answers, test, points, warm_process(self.secure))

    def _sources(self, names: dict[str, str]) -> dict[str, str]:
        """Return the texts of the course's own cells, from ``source/``, by grade id."""
        coursedir = self.parent.parent.coursedir
        folder = coursedir.format_path(coursedir.source_directory, ".", names["assignment"])
        file = Path(folder) / f"{names['notebook']}.ipynb"
        if not file.is_file():
            return {}
        cells = nbformat.read(file, as_version=4).cells
        return {_grade_id(cell): cell.source for cell in cells if _is_check(cell)}

    def examinations(self, nb: NotebookNode, assignment: str) -> dict[str, Examination]:
        """Return what a rebuilt notebook asks to be examined, by its grade cells' ids."""
        answers = {_grade_id(c): c.source for c in nb.cells if _marks(c).get("solution")}
        names = [_grade_id(cell) for cell in nb.cells if _is_check(cell)]
        asked = {}
        for name in names:
            if part := part_of_check(name):
                text = answers.get(part, "")
                seed = seed_of(assignment, part, text, self.salt)
                asked[name] = Examination(
                    part, text, seed, shortcuts=self.shortcuts, secure=self.secure
                )
        return asked

    def _record(
        self, nb: NotebookNode, names: dict[str, str], verdicts: list[dict[str, Any]]
    ) -> None:
        """Keep what was found beside the gradebook, for the class report."""
        repairs = list(nb.metadata.get("repairs", []))
        write_record(
            self._course,
            names["assignment"],
            names["student"],
            names["notebook"],
            verdicts,
            repairs,
        )

    @property
    def _course(self) -> Path:
        return Path(self.parent.parent.coursedir.root)

    def _judged(self, examinations: list[Examination]) -> dict[Examination, dict[str, Any]]:
        """Return verdicts from the cache, or examine, a few answers at a time."""
        if not examinations:
            return {}
        cache = VerdictCache(self._course)

        def verdict(examination: Examination) -> dict[str, Any]:
            kept = cache.find(examination)
            if kept is None:
                kept = judge_here(examination, version_of(examination.exercise))
                cache.keep(examination, kept)
            return kept

        with ThreadPoolExecutor(AT_A_TIME) as pool:
            return dict(zip(examinations, pool.map(verdict, examinations)))


def _output(verdict: dict[str, Any], html: str, points: float) -> NotebookNode:
    """Return the verdict as the cell's result; the course may have changed the points."""
    share = verdict["score"] / verdict["points"] if verdict["points"] else 0.0
    return _result(round(share * points, 4), html, {"seed": verdict["seed"]})


def _result(score: float, html: str, metadata: dict[str, Any] | None = None) -> NotebookNode:
    return new_output(
        "execute_result",
        data={"text/plain": repr(float(score)), "text/html": html},
        metadata=metadata or {},
        execution_count=None,
    )


def _is_check(cell: NotebookNode) -> bool:
    marks = _marks(cell)
    return bool(cell.cell_type == "code" and marks.get("grade") and not marks.get("solution"))


def _marks(cell: NotebookNode) -> dict[str, Any]:
    return cell.metadata.get("nbgrader", {})


def _grade_id(cell: NotebookNode) -> str:
    return str(_marks(cell).get("grade_id", ""))
