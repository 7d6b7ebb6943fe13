"""A course with an exercise of its own, graded from anywhere; no answer sees its files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.course import init_course
from autograder.course_exercises import forget_all, use_exercises_of
from autograder.examine import examine
from autograder.judge import view
from autograder.judge.examination import Examination, judge_here, version_of
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.specs import spec_of
from autograder.texts import answer_text
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF
from minitransformer.own_lessons import VARIABLE, find_own_lessons
from tests.autograder.test_own_exercises import EXAMPLE, SUM

NAME = "rms_norm"


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch):
    """Start and end without an own exercise, whatever a test registers."""
    monkeypatch.setenv(VARIABLE, "")
    yield
    forget_all()
    view.HIDDEN.clear()


@pytest.fixture
def exercises(tmp_path):
    """A course's folder that holds the documented example as its own exercise."""
    return shutil.copytree(EXAMPLE, tmp_path / "course" / "my_exercises").parent


# --- grading and reporting from anywhere -----------------------------------------------------


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with a right and a wrong submission; beside it the folder it was made from."""
    outside = tmp_path_factory.mktemp("outside")
    os.environ[VARIABLE] = str(shutil.copytree(EXAMPLE, outside / "my_exercises"))
    (lesson,) = find_own_lessons()
    folder = outside / "course"
    init_course(folder, (lesson,))
    answers = {"ada": answer_text("RMSNorm"), "ben": SUM}
    forget_all()
    del os.environ[VARIABLE]
    run(folder, "nbgrader", "generate_assignment", NAME)
    for student, answer in answers.items():
        desk = shutil.copytree(folder / "release" / NAME, folder / "submitted" / student / NAME)
        notebook = nbformat.read(desk / f"{NAME}.ipynb", as_version=4)
        (cell,) = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]
        cell.source = answer
        nbformat.write(notebook, desk / f"{NAME}.ipynb")
    return folder


def run(folder: Path, *words: str) -> str:
    """Run a program as an instructor would, in ``folder``; return what it printed."""
    environment = {k: v for k, v in os.environ.items() if k != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environment | {"MINITRANSFORMER_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return done.stdout


def found(course: Path) -> dict[str, tuple[float, str | None]]:
    """Return {student: (score, the mistake's id)} from the judge's records."""
    told = {}
    for file in (course / "verdicts" / NAME).glob("*.json"):
        (verdict,) = json.loads(file.read_text(encoding="utf-8"))["exercises"]
        assert "decided" not in verdict
        told[file.stem] = (verdict["score"], (verdict["diagnosis"] or {}).get("id"))
    return told


@pytest.mark.nbgrader
@pytest.mark.sandbox
@pytest.mark.xdist_group("nbgrader")
@pytest.mark.parametrize("where", [".", "..", "../elsewhere"])
def test_a_course_is_graded_and_reported_on_from_inside_beside_and_elsewhere(course, where):
    here = course / where
    here.mkdir(exist_ok=True)
    shutil.rmtree(course / "verdicts", ignore_errors=True)
    run(here, "autograder.cli", "grade", NAME, "--course", str(course), "--force", "--jobs", "2")
    assert found(course) == {"ada": (7.0, None), "ben": (0.0, "sum-of-squares")}
    told = json.loads(run(here, "autograder.cli", "report", "--course", str(course), "--json"))
    (row,) = told[0]["exercises"]
    assert (row["exercise"], row["pass_rate"]) == ("RMSNorm", 0.5)
    assert [m["id"] for m in row["mistakes"]] == ["sum-of-squares"]


@pytest.mark.nbgrader
@pytest.mark.xdist_group("nbgrader")
def test_nbgraders_own_command_finds_the_same(course):
    shutil.rmtree(course / "verdicts", ignore_errors=True)
    run(course, "nbgrader", "autograde", NAME, "--force")
    assert found(course) == {"ada": (7.0, None), "ben": (0.0, "sum-of-squares")}


def test_the_courses_exercises_stand_in_for_those_found_before(exercises, tmp_path, monkeypatch):
    other = shutil.copytree(EXAMPLE, tmp_path / "elsewhere" / "my_exercises")
    (other / NAME).rename(other / "other_norm")
    monkeypatch.setenv(VARIABLE, str(other))
    assert [lesson.name for lesson in find_own_lessons()] == ["other_norm"]
    use_exercises_of(exercises)
    assert [lesson.name for lesson in find_own_lessons()] == [NAME]
    assert LESSON_OF["RMSNorm"].folder == (exercises / "my_exercises" / NAME).resolve()


def test_an_empty_folder_of_exercises_is_no_mistake(tmp_path):
    (tmp_path / "my_exercises").mkdir()
    use_exercises_of(tmp_path)
    assert find_own_lessons() == []


# --- verdicts that are kept ------------------------------------------------------------------


def key_of(exercise: str) -> str:
    return Examination(exercise, "an answer", 7).key


@pytest.mark.parametrize("file", ["spec.py", "misconceptions.py", "solution.py", "stub.py", "data"])
def test_a_change_of_an_own_exercise_makes_its_kept_verdicts_old_and_no_others(exercises, file):
    use_exercises_of(exercises)
    own, theirs = key_of("RMSNorm"), key_of("softmax")
    assert key_of("RMSNorm") == own
    with (exercises / "my_exercises" / NAME / file).open("a", encoding="utf-8") as changed:
        changed.write("\n# changed\n")
    assert key_of("RMSNorm") != own
    assert key_of("softmax") == theirs


def test_what_python_leaves_behind_changes_nothing(exercises):
    use_exercises_of(exercises)
    before = key_of("RMSNorm")
    cache = exercises / "my_exercises" / NAME / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "spec.cpython-311.pyc").write_bytes(b"compiled")
    assert key_of("RMSNorm") == before


def test_a_worker_that_does_not_know_the_exercise_says_so(exercises):
    use_exercises_of(exercises)
    asked, expected = Examination("RMSNorm", "", 7), version_of("RMSNorm")
    forget_all()
    with pytest.raises(CourseError, match="AUTOGRADER_EXERCISES"):
        judge_here(asked, expected)


WORKER = """
import sys
from autograder.judge.examination import Examination, judge_here
found = judge_here(Examination("RMSNorm", sys.stdin.read(), 7), sys.argv[1])
print(found["verdict"]["score"])
"""


@pytest.mark.sandbox
def test_a_worker_elsewhere_finds_the_exercise_by_its_environment(exercises, tmp_path):
    """A Dask worker begins with the task: nothing has looked for own exercises before."""
    copy = shutil.copytree(exercises / "my_exercises", tmp_path / "copied")
    use_exercises_of(exercises)
    done = subprocess.run(
        [sys.executable, "-c", WORKER, version_of("RMSNorm")],
        input=answer_text("RMSNorm"),
        cwd=tmp_path,
        env=os.environ | {VARIABLE: str(copy), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "7.0\n", done.stderr


# --- what an answer sees ---------------------------------------------------------------------


def looking(paths: list[Path]) -> str:
    """Return an answer that raises with the names of the files it can read."""
    return (
        f"import os\nseen = [p for p in {[str(p) for p in paths]} if os.path.exists(p)]\n"
        "raise RuntimeError('(' * 3 + ' '.join(map(os.path.basename, seen)) + ')' * 3)\n"
    )


def seen(paths: list[Path]) -> str:
    """Return which of the files an answer sees behind the walls."""
    with WarmProcess(secure=True) as warm:
        verdict = examine(
            spec_of("causal_mask"), ProcessSubject("causal_mask", looking(paths), warm)
        )
    told = verdict.problem + "".join(check.message for check in verdict.checks)
    named = re.search(r"\(\(\((.*?)\)\)\)", told)
    assert named, told
    return named[1]


@pytest.mark.sandbox
@pytest.mark.parametrize("reached_by_a_link", [False, True])
def test_a_course_below_a_folder_that_is_shown_is_hidden(
    exercises, tmp_path, monkeypatch, reached_by_a_link
):
    """The folder of the packages is shown, and whoever may write there may put a course there."""
    shown = tmp_path / "site-packages"
    shown.mkdir()
    course = shutil.move(exercises, shown / "course")
    if reached_by_a_link:
        shown = tmp_path / "link" / "site-packages"
        shown.parent.mkdir()
        shown.symlink_to(tmp_path / "site-packages")
    (shown / "package.py").write_text("")
    (shown / "course" / "gradebook.db").write_text("")
    monkeypatch.setattr(sys, "path", [*sys.path, str(shown)])
    own = sorted((shown / "course" / "my_exercises" / NAME).glob("*.py"))
    paths = [shown / "package.py", shown / "course" / "gradebook.db", *own]
    assert len(own) >= 4
    assert seen(paths).split() == [path.name for path in paths]
    use_exercises_of(course)
    assert seen(paths) == "package.py"


@pytest.mark.sandbox
def test_own_exercises_without_a_course_are_hidden_too(tmp_path, monkeypatch):
    shown = tmp_path / "site-packages"
    folder = shutil.copytree(EXAMPLE, shown / "mine")
    (shown / "package.py").write_text("")
    monkeypatch.setattr(sys, "path", [*sys.path, str(shown)])
    monkeypatch.setenv(VARIABLE, str(folder))
    paths = [shown / "package.py", *sorted((folder / NAME).glob("*.py"))]
    assert seen(paths).split() == [path.name for path in paths]
    find_own_lessons()
    assert seen(paths) == "package.py"


@pytest.mark.sandbox
def test_packages_inside_of_a_course_that_is_hidden_are_shown_all_the_same(tmp_path, monkeypatch):
    """A course may hold the environment that grades it: what is needed of it stays there."""
    outer = tmp_path / "site-packages"
    inner = outer / "course" / "venv" / "site-packages"
    inner.mkdir(parents=True)
    (inner / "package.py").write_text("")
    (outer / "course" / "gradebook.db").write_text("")
    monkeypatch.setattr(sys, "path", [*sys.path, str(outer), str(inner)])
    use_exercises_of(outer / "course")
    assert seen([inner / "package.py", outer / "course" / "gradebook.db"]) == "package.py"
