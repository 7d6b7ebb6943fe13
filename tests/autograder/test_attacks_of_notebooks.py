"""No hostile notebook or folder earns more than its worth, or changes anything but its own rows.

All of them are one class, graded by each of the two commands.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import grade_lesson
from autograder.judge.cache import FOLDER
from autograder.judge.record import read_records
from autograder.notebooks import check_cell_id
from autograder.specs import spec_of
from autograder.texts import answer_text
from minitransformer.lessons import find_lesson
from tests.autograder.attacks_of_notebooks import ATTACKS, Desk
from tests.autograder.fake_class import make_course, nbgrader, submit
from tests.autograder.gradebook_rows import rows_of

pytestmark = [pytest.mark.nbgrader, pytest.mark.sandbox, pytest.mark.xdist_group("grade")]

LESSON = find_lesson("softmax")
NAME = LESSON.notebook
POINTS = spec_of("softmax").points
RIGHT = answer_text("softmax").strip("\n")
WRONG = "def softmax(*_, **__):\n    return 0\n"
NAMED = {
    f"{group}: {name}": made for group, found in ATTACKS.items() for name, made in found.items()
}
STUDENTS = {f"{number:02d} {name.split(':')[0]}": name for number, name in enumerate(NAMED)}
HONEST = {"honest": POINTS, "mistaken": 0.0}
WAYS = ("autograder grade", "nbgrader autograde")


@dataclass
class Graded:
    """What one way of grading left behind."""

    rows: dict[str, list[str]]
    records: dict[str, dict[str, Any]]
    notebooks: dict[str, dict[str, Any]]
    files: set[str]
    untouched: str
    said: str = ""
    grades: dict[str, dict[str, float | None]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """An ungraded course in which two students are honest."""
    folder = make_course(tmp_path_factory.mktemp("attacked") / "course", [LESSON])
    submit(folder, "honest", LESSON, {"softmax": RIGHT})
    submit(folder, "mistaken", LESSON, {"softmax": WRONG})
    for student, name in STUDENTS.items():
        desk = Desk(
            submit(folder, student, LESSON, {"softmax": WRONG}).parent,
            folder,
            folder / "submitted" / "honest" / NAME,
            "softmax",
            RIGHT,
            WRONG,
        )
        NAMED[name].hand_in(desk)
    return folder


@pytest.fixture(scope="module")
def graded(course):
    """{way: what it left behind}; each way starts from the same files."""
    pristine = (course / "gradebook.db").read_bytes()
    before = fingerprint(course)
    found = {}
    for way in WAYS:
        (course / "gradebook.db").write_bytes(pristine)
        for step in ("autograded", "verdicts"):
            shutil.rmtree(course / step, ignore_errors=True)
        said = ""
        if way == "autograder grade":
            said = " ".join(grade_lesson(course, NAME, jobs=2).lines)
        else:
            said = nbgrader(course, "autograde", NAME)
        found[way] = left_behind(course, said)
        assert before == found[way].untouched
    return found


def fingerprint(course: Path) -> str:
    """Return a hash of everything that grading must leave as it is, links by their targets."""
    found = sha256()
    for file in sorted(files_of(course)):
        where = file.relative_to(course)
        if where.parts[0] in ("autograded", "verdicts", FOLDER, "home", "gradebook.db"):
            continue
        set_aside = file.name.startswith("timestamp.txt") and file.parent.name == NAME
        if set_aside:  # a time that is none, in a submission's own folder
            continue
        content = os.readlink(file).encode() if file.is_symlink() else file.read_bytes()
        found.update(str(where).encode() + sha256(content).digest())
    return found.hexdigest()


def files_of(folder: Path) -> Iterator[Path]:
    """Give every file and link below a folder; no link is followed."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place) / name for name in files)
        yield from (Path(place) / name for name in folders if (Path(place) / name).is_symlink())


def left_behind(course: Path, said: str) -> Graded:
    graded = course / "autograded"
    notebooks = {
        student.name: json.loads((student / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
        for student in graded.iterdir()
    }
    rows = rows_of(f"sqlite:///{course}/gradebook.db")
    grades: dict[str, dict[str, float | None]] = {}
    for row in map(json.loads, rows["grade"]):
        student = row["notebook_id"]["assignment_id"]["student_id"]["id"]
        score = row["auto_score"]
        cell = row["cell_id"]["name"]
        grades.setdefault(student, {})[cell] = None if score is None else float(score)
    records = {r["student"]: r for r in read_records(course, NAME).records}
    names = {file.name for file in files_of(graded)}
    return Graded(rows, records, notebooks, names, fingerprint(course), said, grades)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("student", [*HONEST, *STUDENTS], ids=[*HONEST, *NAMED])
def test_a_submission_earns_no_more_than_its_worth(graded, way, student):
    scores = graded[way].grades[student]
    worth = HONEST[student] if student in HONEST else POINTS * NAMED[STUDENTS[student]].worth
    assert scores[check_cell_id("softmax")] is not None
    assert sum(score or 0.0 for score in scores.values()) <= worth
    if student == "honest":
        assert scores[check_cell_id("softmax")] == POINTS


@pytest.mark.parametrize("way", WAYS)
def test_everybody_has_the_rows_of_the_release_and_no_others(graded, way, course):
    found = graded[way]
    assert set(found.grades) == set(found.records) == {*HONEST, *STUDENTS}
    assert {tuple(sorted(cells)) for cells in found.grades.values()} == {
        tuple(sorted(found.grades["honest"]))
    }
    assert all(record["exercises"][0]["points"] == POINTS for record in found.records.values())
    most = [json.loads(row) for row in found.rows["grade_cells"]]
    assert max(float(row["max_score"]) for row in most) < 100


def test_both_ways_leave_the_same_rows(graded):
    ours, theirs = (graded[way] for way in WAYS)
    assert ours.rows == theirs.rows
    assert ours.records == theirs.records


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name, words",
    [
        ("marks: skip-execution", "had the tags skip-execution"),
        ("marks: a thousand points", "had other marks for grading (locked, points)"),
        ("cells: the test deleted", "was missing"),
        ("cells: a second test of the same name", "2 cells are marked check_softmax"),
        ("cells: a test of its own", "the cell my_own_test was marked for grading"),
        ("files: a right notebook under another name", "1 other notebooks were not read"),
        ("links: the notebook is a link to another submission", "links are not followed"),
        ("links: the folder is a link to another submission", "links are not followed"),
        ("form: a huge output", "only its first 50 MB were read"),
        ("form: a format of the future", "notebook format 99"),
    ],
)
def test_what_was_repaired_is_told(graded, way, name, words):
    student = next(student for student, attack in STUDENTS.items() if attack == name)
    repairs = "; ".join(graded[way].records[student]["repairs"])
    assert words in repairs
    assert repairs.isprintable()


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_a_notebook_comes_through_but_the_answers(graded, way):
    """Metadata, ids and outputs are the course's own; the mistaken student's show which."""
    found = graded[way].notebooks
    expected = shape(found["mistaken"])
    for student, notebook in found.items():
        assert shape(notebook) == expected, student
        shown = [text for cell in notebook["cells"] for text in htmls(cell)]
        assert not any("<script" in text or "1000" in text for text in shown), student


def shape(notebook: dict[str, Any]) -> list[Any]:
    """Return a graded notebook without answers, verdicts and the cell that tells of repairs."""
    metadata = {k: v for k, v in notebook["metadata"].items() if k != "repairs"}
    told: list[Any] = [metadata, notebook["nbformat"]]
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if cell["id"] != "repairs":
            source = "" if marks.get("solution") else cell["source"]
            outputs = len(cell.get("outputs", []))
            told.append([cell["id"], cell["cell_type"], without_checksum(cell), source, outputs])
    return told


def without_checksum(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a cell's metadata; nbgrader writes the checksum of a solution cell's text there."""
    marks = cell["metadata"].get("nbgrader")
    if not marks or not marks.get("solution"):
        return cell["metadata"]
    return cell["metadata"] | {"nbgrader": {k: v for k, v in marks.items() if k != "checksum"}}


def htmls(cell: dict[str, Any]) -> Iterator[str]:
    """Give what a browser would show of a cell's outputs, and of the cell that tells of repairs."""
    for output in cell.get("outputs", []):
        yield from map(str, output.get("data", {}).values())
    if cell["id"] == "repairs":
        yield "".join(cell["source"])


@pytest.mark.parametrize("way", WAYS)
def test_no_file_of_a_submission_is_copied_and_none_is_left(graded, way, course):
    released = {file.name for file in files_of(course / "release" / NAME)}
    assert graded[way].files <= {f"{NAME}.ipynb", "timestamp.txt"} | released
    assert not (course / "left").exists()
    assert "Traceback" not in graded[way].said


def test_each_attack_hands_in_something_else_than_the_honest_mistake(course):
    """An attack that changes nothing would show nothing."""
    honest = folder_print(course / "submitted" / "mistaken" / NAME)
    assert all(folder_print(course / "submitted" / s / NAME) != honest for s in STUDENTS)


def folder_print(folder: Path) -> list[Any]:
    if folder.is_symlink():
        return [os.readlink(folder)]
    return [
        (file.name, os.readlink(file) if file.is_symlink() else sha256(file.read_bytes()).digest())
        for file in sorted(files_of(folder))
    ]
