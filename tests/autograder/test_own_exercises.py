"""An instructor's own exercise: one folder outside the project, and everything works with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import init_course
from autograder.course_exercises import forget_all
from autograder.home import check
from autograder.judge.process import ProcessSubject, WarmProcess, parts_used_by
from autograder.notebooks import build
from autograder.specs import spec_of
from autograder.texts import answer_text, exercise_text
from minitransformer import workspace
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF
from minitransformer.own_lessons import VARIABLE, find_own_lessons
from minitransformer.stub import fill

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "my_exercises"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the documented example; its lesson is registered by whoever looks for it."""
    copy = shutil.copytree(EXAMPLE, tmp_path / "exercises")
    monkeypatch.setenv(VARIABLE, str(copy))
    monkeypatch.setenv("MINITRANSFORMER_HOME", str(tmp_path / "home"))
    yield copy
    monkeypatch.setenv(VARIABLE, "")
    forget_all()


@pytest.fixture
def lesson(folder):
    return next(lesson for lesson in find_own_lessons() if lesson.name == "rms_norm")


def _run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


SUM = """
class RMSNorm(nn.Module):
    def __init__(self, d_model, eps=1e-6):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def forward(self, x):
        return self.gamma * x / (x.pow(2).sum(-1, keepdim=True) + self.eps).sqrt()
"""


def test_the_command_lists_it_among_the_course_s_own(folder):
    rows = json.loads(_run("--exercises", folder, "exercises", "--json").stdout)
    row = next(row for row in rows if row["id"] == "RMSNorm")
    assert (row["lesson"], row["points"]) == ("rms_norm", 7)
    assert row["signature"] == "RMSNorm(d_model, eps=1e-06)"
    assert len(row["misconceptions"]) == 7
    assert len(rows) == len(LESSON_OF)


def test_without_the_folder_nobody_has_heard_of_it():
    assert "RMSNorm" not in LESSON_OF
    with pytest.raises(CourseError, match="no part of the course is called RMSNorm"):
        fill(type("RMSNorm", (), {}))


def test_the_judge_passes_a_right_answer_and_names_a_mistake(lesson, tmp_path):
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(answer_text("RMSNorm"), encoding="utf-8")
    wrong.write_text(SUM, encoding="utf-8")
    done = _run("check", "RMSNorm", "--file", right, "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["score"] == 7
    done = _run("check", "RMSNorm", "--file", wrong, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["diagnosis"]["id"] == "sum-of-squares"


def test_quality_judges_it(lesson):
    done = _run("quality", "--exercise", "RMSNorm", "--seeds", 1, "--jobs", 1, "--json")
    counts = json.loads(done.stdout)["total"]
    assert counts["named"] == counts["misconceptions"] == 7
    assert counts["accepted"] == counts["variants"] == 3
    assert counts["killed"] == counts["mutants"] > 10


HARMLESS = """

@misconception("RMSNorm", "harmless", "Nothing is wrong", "It is the reference. Pass.", IDEA)
class Harmless(RMSNorm):
    pass
"""


def test_quality_tells_what_falls_short(folder):
    with (folder / "rms_norm" / "misconceptions.py").open("a", encoding="utf-8") as file:
        file.write(HARMLESS)
    styles = f"VARIANTS = {{'RMSNorm': {{'the sum': {SUM!r}}}}}"
    (folder / "rms_norm" / "variants.py").write_text(styles, encoding="utf-8")
    options = ("--seeds", 1, "--jobs", 1, "--no-mutants", "--json")
    done = _run("quality", "--exercise", "RMSNorm", *options)
    assert done.exit_code == 1
    (row,) = json.loads(done.stdout)["exercises"]
    assert row["missed"] == ["harmless"]
    assert row["refused"][0].startswith("the sum, seed 0: values: ")


def test_check_in_a_notebook_finds_it_and_saves_the_answer(lesson):
    names = workspace.run_text(answer_text("RMSNorm"), "ipykernel_own")
    report = check(fill(names["RMSNorm"]))
    assert report.verdict.passed
    assert report.saved_to == "my_transformer/rms_norm.py"
    saved = (workspace.package() / "rms_norm.py").read_text(encoding="utf-8")
    assert "class RMSNorm" in saved


def test_its_notebook_has_the_stub_and_says_the_points(lesson):
    cells = {cell.id: cell.source for cell in build(lesson).cells}
    assert cells["RMSNorm"] == exercise_text("RMSNorm").strip("\n")
    assert "7 points" in cells["points_RMSNorm"]


def test_a_lesson_without_a_text_has_a_notebook_of_its_exercises(folder):
    (folder / "rms_norm" / "lesson.md").unlink()
    (lesson,) = find_own_lessons()
    cells = build(lesson).cells
    assert [cell.id for cell in cells[-3:]] == ["points_RMSNorm", "RMSNorm", "check_RMSNorm"]
    exec(cells[1].source, {})


TWICE_STUB = '''"""Normalise twice."""

from minitransformer.stub import stub


@stub
def norm_twice(x):
    """Normalise x, and the result again, with RMSNorm."""
    raise NotImplementedError
'''
TWICE_SPEC = """
from autograder.inside.case import Case
from autograder.specification import Check, Specification


def cases(draw):
    yield Case("any", "values", {"x": draw.normal(2, 5)})


def oracle(case):
    x = case.arguments["x"].astype(float)
    for _ in range(2):
        x = x / ((x**2).mean(-1, keepdims=True) + 1e-6) ** 0.5
    return x


SPECIFICATIONS = [
    Specification("norm_twice", (Check("values", 1, "twice"),), cases, oracle, uses=("RMSNorm",))
]
"""
TWICE = "def norm_twice(x):\n    norm = RMSNorm(x.size(-1))\n    return norm(norm(x)).detach()\n"


def test_an_own_exercise_may_use_another_one(folder):
    other = folder / "twice"
    other.mkdir()
    (other / "stub.py").write_text(TWICE_STUB, encoding="utf-8")
    (other / "spec.py").write_text(TWICE_SPEC, encoding="utf-8")
    find_own_lessons()
    from autograder.examine import examine

    assert parts_used_by("norm_twice") == ["RMSNorm"]
    with WarmProcess() as warm:
        verdict = examine(spec_of("norm_twice"), ProcessSubject("norm_twice", TWICE, warm))
    assert verdict.passed, verdict


@pytest.mark.parametrize(
    "file, text, words",
    [
        ("spec.py", None, r"spec\.py is missing"),
        ("stub.py", "x = 1\n", r"stub\.py marks nothing with @stub"),
        ("stub.py", "def (\n", r"stub\.py cannot be read"),
        ("stub.py", "import stub\n@stub\ndef f(): pass\n", r"stub\.py, line 1: ModuleNotFound"),
        ("stub.py", "from minitransformer.stub import stub\n@stub\ndef softmax(): 0\n", "already"),
    ],
)
def test_a_folder_that_does_not_fit_says_what_is_wrong(folder, file, text, words):
    target = folder / "rms_norm" / file
    target.unlink() if text is None else target.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=words):
        find_own_lessons()
    assert "RMSNorm" not in LESSON_OF


@pytest.mark.parametrize(
    "file, text, words",
    [
        ("spec.py", "SPECIFICATIONS = ()\n", "does not specify RMSNorm"),
        ("spec.py", "\n\n1 / 0\n", r"spec\.py, line 3: ZeroDivisionError"),
        ("misconceptions.py", "import nothing\n", r"misconceptions\.py, line 1: ModuleNotFound"),
        ("equivalent.yaml", "RMSNorm:\n- was: x\n", "needs the lines"),
    ],
)
def test_a_file_that_does_not_fit_is_named_when_it_is_needed(folder, file, text, words):
    (folder / "rms_norm" / file).write_text(text, encoding="utf-8")
    done = _run("quality", "--exercise", "RMSNorm", "--seeds", 1, "--jobs", 1)
    assert isinstance(done.exception, CourseError)
    import re

    assert re.search(words, str(done.exception))


def test_a_lesson_needs_a_name_of_its_own(folder):
    (folder / "rms_norm").rename(folder / "attention")
    with pytest.raises(CourseError, match="cannot be called attention"):
        find_own_lessons()


def test_a_folder_that_is_not_there_is_told(folder, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(folder / "nowhere"))
    with pytest.raises(CourseError, match="is not a folder"):
        find_own_lessons()
    monkeypatch.setenv(VARIABLE, str(folder / "rms_norm"))
    with pytest.raises(CourseError, match="holds no lesson"):
        find_own_lessons()


def test_the_release_for_learners_holds_no_solution(lesson, tmp_path):
    init_course(tmp_path / "course", (lesson,))
    released = tmp_path / "course/source/rms_norm/my_exercises/rms_norm"
    names = {file.name for file in released.iterdir()}
    assert names == {"stub.py", "spec.py", "misconceptions.py"}
    assert (tmp_path / "course/my_exercises/rms_norm/solution.py").is_file()


@pytest.mark.nbgrader
@pytest.mark.xdist_group("nbgrader")
def test_nbgrader_grades_it_and_a_learner_checks_it_beside_the_notebook(lesson, tmp_path):
    course = tmp_path / "course"
    init_course(course, (lesson,))
    environment = {k: v for k, v in os.environ.items() if k != VARIABLE}

    def run(*words, cwd=course):
        done = subprocess.run(
            [sys.executable, *words],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    run("-m", "nbgrader", "generate_assignment", "rms_norm")
    for student, answer in (("ada", answer_text("RMSNorm")), ("ben", SUM)):
        desk = shutil.copytree(
            course / "release/rms_norm", course / "submitted" / student / "rms_norm"
        )
        notebook = nbformat.read(desk / "rms_norm.ipynb", as_version=4)
        (cell,) = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]
        cell.source = answer
        nbformat.write(notebook, desk / "rms_norm.ipynb")
    run("-m", "nbgrader", "autograde", "rms_norm")
    scores = (
        "from nbgrader.api import Gradebook\n"
        "with Gradebook('sqlite:///gradebook.db') as g:\n"
        "    print([(s.student.id, s.score) for s in g.assignment_submissions('rms_norm')])\n"
    )
    assert run("-c", scores).strip() == "[('ada', 7.0), ('ben', 0.0)]"
    script = course / "submitted/ada/rms_norm/try.py"
    script.write_text(
        "import torch\nfrom torch import nn\nfrom minitransformer import fill\n"
        f"from autograder import check\n{SUM}\nprint(check(fill(RMSNorm)))\n",
        encoding="utf-8",
    )
    assert "checks do not pass yet" in run(script.name, cwd=script.parent)
