"""nbgrader's own commands on submissions that are broken: each gets a grade and a reason."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path

import nbformat
import pytest

from autograder.course import init_course
from autograder.judge.record import read_records
from autograder.notebooks import check_cell_id
from autograder.report.gather import gather
from autograder.report.table import table
from autograder.specs import spec_of
from autograder.texts import answer_text
from minitransformer.lessons import find_lesson
from tests.autograder.test_nbgrader import nbgrader

pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("nbgrader")]

LESSON = find_lesson("attention")
NAME = LESSON.notebook
FILE = f"{NAME}.ipynb"
ATTENTION, PADDING, CAUSAL = LESSON.parts
MASKS = {part: answer_text(part) for part in (PADDING, CAUSAL)}
OWN = {"double": "def double(x):\n    return 2 * x\n"}
OWN_TEST = """\
assert double(3) == 6
### BEGIN HIDDEN TESTS
assert double(-21) == -42, "think of negative numbers"
### END HIDDEN TESTS
"""
EVERYTHING = {check_cell_id(part): spec_of(part).points for part in MASKS} | {"test_double": 2}
NOTHING = dict.fromkeys(EVERYTHING, 0.0)


def _cell(notebook, name):
    return next(c for c in notebook.cells if _marks(c).get("grade_id") == name)


def _marks(cell):
    return cell.metadata.get("nbgrader", {})


def _text(notebook):
    return nbformat.writes(notebook).encode()


def _swap(notebook):
    one, other = _cell(notebook, PADDING), _cell(notebook, CAUSAL)
    one.metadata, other.metadata = other.metadata, one.metadata
    return _text(notebook)


def _merge(notebook):
    _cell(notebook, PADDING).source = MASKS[PADDING] + "\n\n" + MASKS[CAUSAL]
    notebook.cells.remove(_cell(notebook, CAUSAL))
    return _text(notebook)


def _retype(notebook):
    for name, kind in ((PADDING, "markdown"), (CAUSAL, "raw")):
        cell = _cell(notebook, name)
        cell.cell_type = kind
        del cell["outputs"], cell["execution_count"]
    return _text(notebook)


def _tamper(notebook):
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution"]
    check = _cell(notebook, check_cell_id(CAUSAL))
    check.metadata["nbgrader"] |= {"grade": False, "points": 1000}
    check.source = "1000.0"
    return _text(notebook)


def _delete_tests(notebook):
    notebook.cells = [c for c in notebook.cells if not _marks(c).get("grade")]
    return _text(notebook)


def _cut(notebook):
    text = _text(notebook)
    return text[: text.index(b'"' + CAUSAL.encode() + b'"')]


def _positive(notebook):
    _cell(notebook, "double").source = "def double(x):\n    return abs(2 * x)\n"
    return _text(notebook)


def _script(notebook):
    question = _cell(notebook, "explain_attention")
    question.source += "\n\n<script>alert('graded')</script>"
    return _text(notebook)


ONE_MASK = NOTHING | {check_cell_id(PADDING): spec_of(PADDING).points}
FILES = {
    "whole": (_text, EVERYTHING, ""),
    "swapped marks": (_swap, EVERYTHING, f"the cell {PADDING} was found"),
    "merged": (_merge, EVERYTHING, f"the cell {CAUSAL} was found in the cell {PADDING}"),
    "re-typed": (_retype, EVERYTHING, f"the cell {CAUSAL} was a raw cell"),
    "tampered with": (_tamper, EVERYTHING, "other marks for grading (grade, points)"),
    "without tests": (_delete_tests, EVERYTHING, "was missing; the course's own is used"),
    "in UTF-16": (lambda n: nbformat.writes(n).encode("utf-16"), EVERYTHING, "utf-16"),
    "cut off": (_cut, ONE_MASK, f"the cell {CAUSAL} is missing or empty"),
    "with a script": (_script, EVERYTHING, "is shown as text"),
    "wrong": (_positive, EVERYTHING | {"test_double": 0.0}, ""),
    "empty": (lambda n: b"", NOTHING, "it is empty"),
    "no notebook": (lambda n: b'{"cells": 7}', NOTHING, "no list of cells"),
}


def _renamed(folder: Path, text: bytes) -> None:
    (folder / "my homework.ipynb").write_bytes(text)


def _shadowed(folder: Path, text: bytes) -> None:
    (folder / FILE).write_bytes(text)
    for module in ("torch", "numpy", "minitransformer", "sitecustomize"):
        (folder / f"{module}.py").write_text("raise SystemExit('mine')\n")
    os.mkfifo(folder / "pipe")
    (folder / "gradebook").symlink_to("../../../gradebook.db")


def _late(folder: Path, text: bytes) -> None:
    (folder / FILE).write_bytes(text)
    os.mkfifo(folder / "timestamp.txt")


FOLDERS = {
    "renamed": (_renamed, EVERYTHING, f"my homework.ipynb was read in place of {FILE}"),
    "with files that shadow": (_shadowed, EVERYTHING, ""),
    "with a pipe for a time": (_late, EVERYTHING, ""),
    "a text file": (lambda f, t: (f / "answer.txt").write_text("42"), NOTHING, "no such file"),
    "a folder": (lambda f, t: (f / FILE).mkdir(), NOTHING, "a folder"),
    "a pipe": (lambda f, t: os.mkfifo(f / FILE), NOTHING, "a named pipe"),
    "a link": (
        lambda f, t: (f / FILE).symlink_to(f"../../whole/{NAME}/{FILE}"),
        NOTHING,
        "links are not followed",
    ),
    "a file for a folder": (lambda f, t: (f.rmdir(), f.write_text("x")), NOTHING, "no such file"),
    "an empty folder": (lambda f, t: None, NOTHING, "no such file"),
}
EXPECTED = {name: row[1:] for name, row in (FILES | FOLDERS).items()}
WITH_FEEDBACK = [name for name in EXPECTED if name[0] in "erw"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded course in which every submission is broken in its own way."""
    folder = tmp_path_factory.mktemp("course")
    init_course(folder, (LESSON,))
    _add_own_exercise(folder / "source" / NAME / FILE)
    nbgrader(folder, "generate_assignment", NAME)
    for student, (write, _, _) in FILES.items():
        (_folder(folder, student) / FILE).write_bytes(write(_solved(folder)))
    for student, (place, _, _) in FOLDERS.items():
        place(_folder(folder, student), _text(_solved(folder)))
    nbgrader(folder, "autograde", NAME)
    nbgrader(folder, "generate_feedback", NAME, "--CourseDirectory.student_id=[erw]*")
    return folder


def _add_own_exercise(source: Path) -> None:
    """Give the lesson an exercise of the instructor's own, with asserts, some of them hidden."""
    notebook = nbformat.read(source, as_version=4)
    marks = {"schema_version": 3, "task": False, "cell_type": "code"}
    solution = marks | {"grade_id": "double", "solution": True, "grade": False, "locked": False}
    test = marks | {"grade_id": "test_double", "solution": False, "grade": True, "locked": True}
    text = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n"
    notebook.cells += [
        nbformat.v4.new_code_cell(text, metadata={"nbgrader": solution}),
        nbformat.v4.new_code_cell(OWN_TEST, metadata={"nbgrader": test | {"points": 2}}),
    ]
    nbformat.write(notebook, source)


def _folder(course: Path, student: str) -> Path:
    folder = course / "submitted" / student / NAME
    folder.mkdir(parents=True)
    return folder


def _solved(course: Path):
    notebook = nbformat.read(course / "release" / NAME / FILE, as_version=4)
    for part, text in (MASKS | OWN).items():
        _cell(notebook, part).source = text
    return notebook


@pytest.fixture(scope="module")
def grades(course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {
            submission.student.id: {
                g.name: (g.auto_score, g.max_score) for n in submission.notebooks for g in n.grades
            }
            for submission in gradebook.assignment_submissions(NAME)
        }


@pytest.mark.parametrize("student", EXPECTED)
def test_every_submission_has_a_grade(grades, student):
    scores = {name: grades[student][name][0] for name in EVERYTHING}
    assert scores == EXPECTED[student][0]
    assert all(most < 10 for _, most in grades[student].values())


@pytest.mark.parametrize("student", EXPECTED)
def test_every_repair_is_kept_in_the_notebook_and_the_record(course, student):
    notebook = nbformat.read(course / "autograded" / student / NAME / FILE, as_version=4)
    (record,) = [r for r in read_records(course, NAME).records if r["student"] == student]
    assert record["repairs"] == notebook.metadata["repairs"]
    words = EXPECTED[student][1]
    assert words in "; ".join(record["repairs"])
    assert bool(words) == bool(record["repairs"])


@pytest.mark.parametrize("student", WITH_FEEDBACK)
def test_the_student_reads_of_every_repair_in_the_feedback(course, student):
    page = (course / "feedback" / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert ("What was repaired before grading" in page) == bool(EXPECTED[student][1])
    assert "alert('graded')</script>" not in page


def test_no_extra_file_of_a_submission_is_copied(course):
    for step in ("autograded", "feedback"):
        names = {file.name for file in (course / step).rglob("*") if not file.is_dir()}
        assert names <= {FILE, f"{NAME}.html", "timestamp.txt"} | _released_files(course)


def _released_files(course: Path) -> set[str]:
    return {file.name for file in (course / "release" / NAME).rglob("*") if file.is_file()}


def test_the_report_has_a_row_for_everybody(course):
    rows = list(csv.DictReader(io.StringIO(table([gather(course, NAME)]))))
    assert {row["student"] for row in rows} == set(EXPECTED)
    assert len(rows) == len(EXPECTED) * (len(LESSON.parts) + 1)


def test_an_instructors_own_asserts_are_run_hidden_ones_too_and_marked(course):
    page = (course / "feedback" / "wrong" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "decided in the kernel" in page
    assert "think of negative numbers" in page
    assert "-42" not in page and "HIDDEN TESTS" not in page


# --- what feedback never shows ---------------------------------------------------------------


def test_feedback_holds_no_line_of_a_solution(course):
    page = (course / "feedback" / "empty" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    shown = re.sub(r"<[^>]+>|\s+", "", page)
    released = re.sub(r"\s+", "", (course / "release" / NAME / FILE).read_text(encoding="utf-8"))
    for part in LESSON.parts:
        for line in answer_text(part).splitlines():
            code = re.sub(r"\s+", "", line.split("#")[0])
            if len(code) > 20 and code.replace('"', '\\"') not in released:
                assert code not in shown, line


def test_feedback_holds_no_marking_scheme_and_no_word_of_the_judges_insides(course):
    for student in WITH_FEEDBACK:
        page = (course / "feedback" / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
        for word in ("Marking scheme", "BEGIN SOLUTION", "oracle", "cotangent", "Traceback (most"):
            assert word not in page, (student, word)
