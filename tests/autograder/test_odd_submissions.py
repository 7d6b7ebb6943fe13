"""A class that handed in everything but the right file: everybody has a grade and a reason."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from autograder.grading import grade_lesson
from autograder.judge.record import read_records
from autograder.notebooks import check_cell_id
from autograder.specs import spec_of
from autograder.texts import answer_text
from minitransformer.lessons import find_lesson
from tests.autograder.fake_class import make_course, nbgrader, submit
from tests.autograder.gradebook_rows import course_state, rows_of

pytestmark = [pytest.mark.nbgrader, pytest.mark.sandbox, pytest.mark.xdist_group("grade")]

LESSON = find_lesson("softmax")
NAME = LESSON.notebook
FILE = f"{NAME}.ipynb"
POINTS = spec_of("softmax").points
Change = Callable[[Path], object]


def _emptied(folder: Path) -> None:
    (folder / FILE).unlink()


def _other_files(folder: Path) -> None:
    (folder / FILE).unlink()
    (folder / "answer.txt").write_text("42")
    (folder / "softmax.py").write_text(answer_text("softmax"))


def _a_folder_for_the_notebook(folder: Path) -> None:
    (folder / FILE).unlink()
    (folder / FILE).mkdir()


def _a_link_to_nothing(folder: Path) -> None:
    (folder / FILE).unlink()
    (folder / FILE).symlink_to("/nowhere/at.ipynb")


def _a_folder_that_is_a_link_to_nothing(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to("/nowhere/at/all")


def _a_file_for_the_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("I could not upload it")


def _renamed(name: str) -> Change:
    def rename(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / FILE).rename(folder / name)

    return rename


MATCHED: dict[str, tuple[Change, float, str]] = {
    "other name": (_renamed("my homework.ipynb"), POINTS, "my homework.ipynb was read in place"),
    "folder": (_a_folder_for_the_notebook, 0.0, "it is a folder"),
    "link": (_a_link_to_nothing, 0.0, "links are not followed"),
}
"""Submissions in which nbgrader finds something of the name of a notebook."""
UNMATCHED: dict[str, tuple[Change, float, str]] = {
    "empty": (_emptied, 0.0, "there is no such file"),
    "other files": (_other_files, 0.0, "there is no such file"),
    "folder link": (_a_folder_that_is_a_link_to_nothing, 0.0, "is a link"),
    "file": (_a_file_for_the_folder, 0.0, "there is no such file"),
    "folder deeper": (_renamed(f"homework/{FILE}"), POINTS, f"homework/{FILE} was read in place"),
    "downloaded": (_renamed(f"{FILE}.txt"), POINTS, f"{FILE}.txt was read in place"),
}
"""Submissions in which nbgrader finds no notebook at all."""
EVERYBODY = MATCHED | UNMATCHED


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("released") / "course", [LESSON])


def submitted(released: Path, course: Path, students: dict[str, tuple[Change, float, str]]) -> Path:
    """Return a copy of the course in which these students have handed in something odd."""
    shutil.copytree(released, course)
    for student, (change, _, _) in students.items():
        change(submit(course, student, LESSON, {"softmax": answer_text("softmax")}).parent)
    return course


def by_our_command(course: Path) -> Path:
    grade_lesson(course, NAME, jobs=1)
    return course


def by_nbgraders_command(course: Path) -> Path:
    nbgrader(course, "autograde", NAME)
    return course


@pytest.fixture(scope="module")
def graded(released, tmp_path_factory):
    """{way of grading: the graded course}."""
    folder = tmp_path_factory.mktemp("graded")
    return {
        "ours": by_our_command(submitted(released, folder / "ours", EVERYBODY)),
        "nbgrader": by_nbgraders_command(submitted(released, folder / "nbgrader", EVERYBODY)),
        "nbgrader, no file matched": by_nbgraders_command(
            submitted(released, folder / "unmatched", UNMATCHED)
        ),
    }


@pytest.mark.parametrize("way", ["ours", "nbgrader", "nbgrader, no file matched"])
def test_everybody_has_a_grade_and_a_line_in_words(graded, way):
    course = graded[way]
    students = UNMATCHED if "matched" in way else EVERYBODY
    assert scores(course) == {name: score for name, (_, score, _) in students.items()}
    records = {r["student"]: "; ".join(r["repairs"]) for r in read_records(course, NAME).records}
    for student, (_, _, words) in students.items():
        assert words in records[student]
        notebook = nbformat.read(course / "autograded" / student / NAME / FILE, as_version=4)
        assert words in "; ".join(notebook.metadata["repairs"])


def scores(course: Path) -> dict[str, float]:
    """Return {student: what the exercise earned} from nbgrader's gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {
            submission.student.id: grade.auto_score
            for submission in gradebook.assignment_submissions(NAME)
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.name == check_cell_id("softmax")
        }


def test_both_commands_leave_the_same_behind(graded):
    assert course_state(graded["ours"]) == course_state(graded["nbgrader"])


def test_one_student_without_a_notebook_is_graded_by_nbgrader_alone(graded, tmp_path):
    course = Path(shutil.copytree(graded["ours"], tmp_path / "course", symlinks=True))
    before = rows_of(f"sqlite:///{course}/gradebook.db")
    nbgrader(course, "autograde", NAME, "--student=empty", "--force")
    assert rows_of(f"sqlite:///{course}/gradebook.db") == before


def test_where_nobody_submitted_nbgrader_still_says_so(released):
    told = nbgrader(released, "autograde", NAME, expect=1)
    assert "No notebooks were matched" in told
