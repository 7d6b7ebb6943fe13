"""``autograder grade``: the same gradebook as nbgrader's own command, and nothing is lost."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.grading import grade_lesson
from autograder.judge.cache import FOLDER
from autograder.judge.grade import Progress
from autograder.judge.grade import grade as grade_all
from autograder.judge.schedule import workers
from autograder.nbgrader_plugin.configuration import configuration
from autograder.nbgrader_plugin.writer import Writer
from autograder.notebooks import check_cell_id
from minitransformer.errors import CourseError
from minitransformer.lessons import find_lesson
from tests.autograder.fake_class import (
    answers_of,
    environment,
    make_course,
    nbgrader,
    submit,
    submit_class,
)
from tests.autograder.gradebook_rows import course_state

pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("grade")]

SOFTMAX, ATTENTION = find_lesson("softmax"), find_lesson("attention")
STUDENTS = 6


@pytest.fixture(scope="module")
def pool():
    with workers(2) as executor:
        yield executor


@pytest.fixture(scope="module")
def grade(pool):
    """Grade as the command does, with workers that all tests share."""

    def run(course: Path, lesson: str = ATTENTION.notebook, **options: Any) -> Progress:
        writer = Writer(configuration(course), lesson)
        progress = Progress(lesson)
        try:
            grade_all(writer, progress, pool, **options)
        finally:
            writer.end()
        return progress

    return run


@pytest.fixture(scope="module")
def submitted(tmp_path_factory):
    """A course with a class's submissions, among them odd ones; nothing is graded."""
    course = make_course(tmp_path_factory.mktemp("made") / "course", [SOFTMAX, ATTENTION])
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment(ATTENTION.notebook, duedate="2026-01-02 00:00:00 UTC")
    submit_class(course, ATTENTION, STUDENTS)
    submit_class(course, SOFTMAX, STUDENTS)
    torn = course / f"submitted/student001/{ATTENTION.notebook}/{ATTENTION.notebook}.ipynb"
    torn.write_text(torn.read_text(encoding="utf-8")[:-2000], encoding="utf-8")
    (course / f"submitted/absent/{ATTENTION.notebook}").mkdir(parents=True)
    late = submit(course, "late", ATTENTION, answers_of(0, ATTENTION) | {WRITTEN: "Because."})
    (late.parent / "timestamp.txt").write_text("2026-01-02 03:00:00 UTC")
    (late.parent / "notes.txt").write_text("my notes")
    return course


WRITTEN = "explain_attention"


@pytest.fixture(scope="module")
def graded(submitted, grade, tmp_path_factory):
    """The same course, graded by ``autograder grade``."""
    course = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(submitted, course)
    grade(course)
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy of the graded course, to change."""
    return copy_of(graded, tmp_path / "course")


@pytest.fixture
def ungraded(graded, submitted, tmp_path):
    """The course before grading, with every verdict in the cache."""
    course = copy_of(submitted, tmp_path / "course")
    shutil.copytree(graded / FOLDER, course / FOLDER)
    return course


def copy_of(course: Path, to: Path) -> Path:
    shutil.copytree(course, to)
    return to


def rows(course: Path, query: str, *values: object) -> list[tuple]:
    with sqlite3.connect(course / "gradebook.db") as database:
        return database.execute(query, values).fetchall()


def test_the_gradebook_and_the_notebooks_equal_those_of_nbgraders_own_command(ungraded, graded):
    nbgrader(ungraded, "autograde", ATTENTION.notebook)
    assert course_state(ungraded) == course_state(graded)


def test_nbgraders_feedback_and_export_go_on_from_there(course):
    nbgrader(course, "generate_feedback", ATTENTION.notebook)
    nbgrader(course, "export")
    assert len((course / "grades.csv").read_text().splitlines()) > STUDENTS
    assert (course / f"feedback/student000/{ATTENTION.notebook}/{ATTENTION.notebook}.html").exists()


def test_every_submission_gets_a_row_for_each_exercise(graded):
    query = """select count(*) from grade where auto_score is null
               and cell_id in (select id from base_cell where name like 'check_%')"""
    assert rows(graded, query) == [(0,)]
    assert rows(graded, "select count(*) from submitted_assignment") == [(STUDENTS + 2,)]


def test_what_is_graded_is_left_alone(course, grade):
    before = course_state(course)
    progress = grade(course)
    assert (progress.graded, progress.skipped) == (0, STUDENTS + 2)
    assert course_state(course) == before


def test_grading_again_by_force_takes_verdicts_from_the_cache(course, grade):
    before = course_state(course)
    assert grade(course, force=True).examined == 0
    assert course_state(course) == before


def test_a_newer_submission_is_graded_again_and_only_that(course, grade):
    file = submit(course, "late", ATTENTION, answers_of(1, ATTENTION))
    (file.parent / "timestamp.txt").write_text("2026-01-03 03:00:00 UTC")
    progress = grade(course)
    assert (progress.graded, progress.skipped) == (1, STUDENTS + 1)


def test_only_the_students_named_are_graded(ungraded, grade):
    grade(ungraded, students=("student000", "late"))
    assert {p.name for p in (ungraded / "autograded").iterdir()} == {"student000", "late"}


def set_by_hand(course: Path, cell: str) -> None:
    """Grade a cell of student000 as formgrader would: a score, extra credit, a comment."""
    lesson = ATTENTION.notebook
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        mark = gradebook.find_grade(check_cell_id(cell), lesson, lesson, "student000")
        mark.manual_score, mark.extra_credit, mark.needs_manual_grade = 1.5, 0.5, False
        comment = gradebook.find_comment(cell, lesson, lesson, "student000")
        comment.manual_comment = "Well argued."
        gradebook.db.commit()


def test_manual_grades_and_comments_survive_when_the_answer_is_the_same(course, grade):
    set_by_hand(course, "causal_mask")
    before = course_state(course)
    grade(course, force=True)
    assert course_state(course) == before
    query = "select manual_score, extra_credit, needs_manual_grade from grade where manual_score"
    assert rows(course, query) == [(1.5, 0.5, 0)]


def test_a_manual_grade_of_an_answer_that_changed_is_kept_and_asks_for_a_look(course, grade):
    set_by_hand(course, "causal_mask")
    submit(course, "student000", ATTENTION, answers_of(2, ATTENTION))
    lines = grade(course, force=True, students=("student000",)).lines
    assert any("student000: the answer to check_causal_mask changed" in line for line in lines)
    query = "select manual_score, extra_credit, needs_manual_grade from grade where manual_score"
    assert rows(course, query) == [(1.5, 0.5, 1)]
    assert rows(course, "select count(*) from comment where manual_comment = 'Well argued.'") == [
        (1,)
    ]


def test_a_submission_that_cannot_be_read_says_why(ungraded, grade):
    lines = grade(ungraded, students=("absent",)).lines
    assert any("absent: no answer could be read" in line for line in lines)
    notebook = nbformat.read(
        ungraded / f"autograded/absent/{ATTENTION.notebook}/{ATTENTION.notebook}.ipynb", 4
    )
    assert any("no answer could be read" in line for line in notebook.metadata.repairs)


def command(course: Path, *arguments: str, expect: int) -> tuple[str, str]:
    """Run the command itself; return what it printed on stdout and on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "grade", *arguments],
        cwd=course,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env=environment(course),
    )
    assert done.returncode == expect, done.stdout + done.stderr[-3000:]
    return done.stdout, done.stderr


def test_the_command_says_what_it_did_and_shows_how_far_it_is(ungraded):
    told, shown = command(ungraded, "attention", "--json", expect=0)
    outcome = json.loads(told)
    assert (outcome["graded"], outcome["examined"]) == (STUDENTS + 2, 0)
    assert f"{STUDENTS + 2} of {STUDENTS + 2} graded" in shown


@pytest.mark.parametrize(
    "options, words",
    [
        ({"lesson": "no_such_lesson"}, "no lesson is called"),
        ({"lesson": "5"}, "does not know 05_multi_head"),
        ({"students": ("nobody",)}, "no submission of nobody"),
        ({"course": Path("elsewhere")}, "elsewhere is not a folder"),
        ({"course": Path("submitted")}, "is no course"),
    ],
)
def test_wrong_usage_is_one_sentence(graded, monkeypatch, options, words):
    monkeypatch.chdir(graded)
    monkeypatch.setattr("autograder.grading.workers", lambda *_: contextlib.nullcontext())
    with pytest.raises(CourseError, match=words):
        grade_lesson(**({"course": graded, "lesson": "4"} | options))
