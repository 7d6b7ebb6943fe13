"""nbgrader's own commands on a course of every lesson, from release to feedback."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.course import init_course
from autograder.notebooks import check_cell_id
from autograder.specs import spec_of
from autograder.texts import BEGIN, answer_text
from minitransformer.lessons import LESSON_OF, LESSONS, Lesson, find_lesson

pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("nbgrader")]


def nbgrader(course: Path, *arguments: str, expect: int = 0) -> str:
    """Run one of nbgrader's commands in the course; return what it printed."""
    done = subprocess.run(  # noqa: PLW1510
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        capture_output=True,
        text=True,
        timeout=600,
        env=os.environ | {"MINITRANSFORMER_HOME": str(course / "home"), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == expect, done.stderr[-3000:]
    return done.stdout + done.stderr


def sabotaged(part: str) -> str:
    """Return an answer that returns nothing, whatever it is asked."""
    return f"@fill\ndef {part}(*args, **kwargs):\n    return None\n"


def submit(course: Path, student: str, lesson: Lesson, answers: dict[str, str]) -> None:
    """Put a submission with these answers where ``collect`` would put it."""
    notebook = nbformat.read(course / "release" / _file(lesson), as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    file = course / "submitted" / student / _file(lesson)
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, file)


def _file(lesson: Lesson) -> str:
    return f"{lesson.notebook}/{lesson.notebook}.ipynb"


def grades(course: Path, lesson: Lesson) -> dict[str, dict[str, float]]:
    """Return {student: {part: score}} from nbgrader's gradebook."""
    from nbgrader.api import Gradebook

    found: dict[str, dict[str, float]] = {}
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for submission in gradebook.assignment_submissions(lesson.notebook):
            scores = {
                grade.name: grade.auto_score for n in submission.notebooks for grade in n.grades
            }
            found[submission.student.id] = {
                part: scores[check_cell_id(part)] for part in lesson.parts
            }
    return found


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded course: each lesson solved, as released, and with each exercise sabotaged."""
    folder = tmp_path_factory.mktemp("course")
    init_course(folder)
    nbgrader(folder, "generate_assignment", "--assignment=*")
    for lesson in LESSONS:
        solved = {part: answer_text(part) for part in lesson.parts}
        submit(folder, "solution", lesson, solved)
        submit(folder, "released", lesson, {})
        for part in lesson.parts:
            submit(folder, f"without_{part}", lesson, solved | {part: sabotaged(part)})
    nbgrader(folder, "autograde", "--assignment=*")
    return folder


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_the_solution_earns_everything_the_release_nothing(course, lesson):
    scores = grades(course, lesson)
    assert scores["solution"] == {part: spec_of(part).points for part in lesson.parts}
    assert scores["released"] == dict.fromkeys(lesson.parts, 0.0)


@pytest.mark.parametrize("part", list(LESSON_OF))
def test_a_sabotaged_exercise_loses_its_own_points_and_no_others(course, part):
    lesson = LESSON_OF[part]
    expected = {other: spec_of(other).points for other in lesson.parts} | {part: 0.0}
    assert grades(course, lesson)[f"without_{part}"] == expected


def test_the_release_holds_no_solution(course):
    for lesson in LESSONS:
        text = (course / "release" / _file(lesson)).read_text(encoding="utf-8")
        assert BEGIN not in text and "MARK SCHEME" not in text
        for part in lesson.parts:
            assert "raise NotImplementedError" in _cell(course / "release", lesson, part)


def test_a_released_written_question_is_the_question_without_the_marking_scheme(course):
    for lesson in LESSONS:
        for name, text in _written(course, lesson).items():
            assert text.endswith("*Write your answer here.*") and len(text) > 80, name
            assert "Marking scheme" not in text


def _written(course: Path, lesson: Lesson) -> dict[str, str]:
    notebook = nbformat.read(course / "release" / _file(lesson), as_version=4)
    marked = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]
    return {c.metadata["nbgrader"]["grade_id"]: c.source for c in marked if c.cell_type != "code"}


def _cell(folder: Path, lesson: Lesson, name: str) -> str:
    notebook = nbformat.read(folder / _file(lesson), as_version=4)
    marked = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name]
    assert len(marked) == 1
    return marked[0].source


def test_feedback_names_the_mistake_and_shows_no_solution_or_hidden_input(course):
    lesson = find_lesson("attention")
    wrong = answer_text("scaled_dot_product_attention").replace("math.sqrt(query.size(-1))", "1.0")
    submit(course, "no_scale", lesson, {"scaled_dot_product_attention": wrong})
    nbgrader(course, "autograde", lesson.notebook, "--student=no_scale", "--force")
    nbgrader(course, "generate_feedback", lesson.notebook)
    page = (course / "feedback/no_scale" / lesson.notebook / f"{lesson.notebook}.html").read_text(
        encoding="utf-8"
    )
    assert "not divided by √d_k" in page
    assert "not filled in yet" in page
    for part in ("padding_mask", "causal_mask"):
        solution = re.sub(r"\s+", "", answer_text(part).splitlines()[-1])
        assert solution not in re.sub(r"<[^>]+>|\s+", "", page)
    for word in ("BEGIN SOLUTION", "MARK SCHEME", "oracle", "cotangent", "Traceback (most"):
        assert word not in page


def test_warnings_and_progress_bars_cost_nothing(course):
    lesson = find_lesson("attention")
    noise = "import sys, warnings\nwarnings.warn('careful')\nsys.stderr.write('100%\\n')\n"
    noisy = {part: noise + answer_text(part) for part in lesson.parts}
    submit(course, "noisy", lesson, noisy)
    nbgrader(course, "autograde", lesson.notebook, "--student=noisy")
    assert grades(course, lesson)["noisy"] == {part: spec_of(part).points for part in lesson.parts}


def test_a_submission_travels_through_the_exchange(course, monkeypatch):
    lesson = find_lesson("softmax")
    nbgrader(course, "release_assignment", lesson.notebook)
    desk = course / "desk"
    desk.mkdir()
    shown = nbgrader(course, "list")
    assert lesson.notebook in shown
    student = [f"--Exchange.root={course}/exchange", f"--course={course.name}"]
    nbgrader(desk, "fetch_assignment", lesson.notebook, *student)
    file = desk / lesson.notebook / f"{lesson.notebook}.ipynb"
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "softmax":
            cell.source = answer_text("softmax")
    nbformat.write(notebook, file)
    nbgrader(desk, "submit", lesson.notebook, *student)
    nbgrader(course, "collect", lesson.notebook)
    nbgrader(course, "autograde", lesson.notebook)
    import getpass

    assert grades(course, lesson)[getpass.getuser()] == {"softmax": spec_of("softmax").points}


def test_export_writes_every_grade(course):
    nbgrader(course, "export")
    rows = list(csv.DictReader((course / "grades.csv").open()))
    by_lesson = {r["assignment"]: r for r in rows if r["student_id"] == "solution"}
    assert set(by_lesson) == {lesson.notebook for lesson in LESSONS}


@pytest.mark.slow
def test_validate_accepts_the_solution_and_names_what_the_release_lacks(course, monkeypatch):
    monkeypatch.setenv("MINITRANSFORMER_SHORT", "1")
    lesson = find_lesson("softmax")
    answers = {"softmax": answer_text("softmax")}
    answers |= {name: "Because." for name in _written(course, lesson)}
    submit(course, "complete", lesson, answers)
    solved = course / "submitted/complete" / _file(lesson)
    released = course / "submitted/released" / _file(lesson)
    assert "Success" in nbgrader(course, "validate", str(solved))
    assert "check(softmax)" in nbgrader(course, "validate", str(released))


def test_a_course_is_never_overwritten(course):
    from minitransformer.errors import CourseError

    with pytest.raises(CourseError, match="exists already"):
        init_course(course)
