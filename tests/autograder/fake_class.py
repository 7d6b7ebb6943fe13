"""A class of made-up students: a course, its release, and a submission of each.

Tests and benchmarks share it. A student's answers are right, wrong or untouched by a fixed
pattern, so that two classes of the same size are the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import nbformat

from autograder.course import init_course
from autograder.texts import answer_text, exercise_text
from minitransformer.lessons import Lesson

KINDS = ("right", "wrong", "right", "untouched", "wrong")

MISTAKES = {
    "softmax": [("powers.sum(dim=dim", "powers.sum(dim=0"), ("powers / powers", "logits / powers")],
    "scaled_dot_product_attention": [
        (" / math.sqrt(query.size(-1))", ""),
        ("scores.masked_fill(~mask", "scores.masked_fill(mask"),
        ("weights @ value, weights", "scores @ value, weights"),
    ],
    "padding_mask": [("!=", "=="), ("[:, None, None, :]", "[:, :, None, None]")],
    "causal_mask": [("tril()", "triu()"), ("tril()", "tril(-1)")],
    "EncoderLayer": [
        ("self.add_norm2(x, self.feed_forward)", "self.feed_forward(x)"),
        ("(y, y, y, mask)", "(y, y, y)"),
        ("AddNorm(d_model, dropout, norm_first)", "AddNorm(d_model, dropout)"),
    ],
    "Encoder": [
        ("layer(x, mask)", "layer(x)"),
        ("x if self.norm is None else self.norm(x)", "x"),
        ("range(num_layers)", "range(2)"),
    ],
}
"""What a wrong answer changes in the reference: (what stands there, what they wrote)."""


def nbgrader(course: Path, *arguments: str, expect: int = 0) -> str:
    """Run one of nbgrader's commands in the course; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
        env=environment(course),
    )
    assert done.returncode == expect, done.stderr[-3000:]
    return done.stdout + done.stderr


def environment(course: Path) -> dict[str, str]:
    """Return the environment of a command that must not touch this machine's own course."""
    return os.environ | {"MINITRANSFORMER_HOME": str(course / "home"), "OMP_NUM_THREADS": "1"}


def make_course(folder: Path, lessons: Iterable[Lesson]) -> Path:
    """Make a course of these lessons and its released notebooks."""
    chosen = tuple(lessons)
    init_course(folder, chosen)
    nbgrader(folder, "generate_assignment", "--assignment=*")
    return folder


def answer(part: str, kind: str, number: int = 0, unlike_others: bool = False) -> str:
    """Return the text of one student's answer.

    ``unlike_others`` adds a comment that no other student has, so that no two texts are equal.
    """
    if kind == "untouched":
        text = exercise_text(part)
    else:
        text = answer_text(part)
        if kind == "wrong":
            mistakes = MISTAKES[part]
            there, wrote = mistakes[number % len(mistakes)]
            assert there in text, (part, there)
            text = text.replace(there, wrote)
    text = text.strip("\n")
    return f"{text}\n# student {number}" if unlike_others else text


def kind_of(number: int, position: int) -> str:
    """Say how student ``number`` answered the lesson's exercise at ``position``."""
    return KINDS[(number + position) % len(KINDS)]


def answers_of(number: int, lesson: Lesson, unlike_others: bool = False) -> dict[str, str]:
    """Return the answers of student ``number`` to a lesson."""
    return {
        part: answer(part, kind_of(number, position), number, unlike_others)
        for position, part in enumerate(lesson.parts)
    }


def submit(course: Path, student: str, lesson: Lesson, answers: dict[str, str]) -> Path:
    """Put a submission with these answers where ``collect`` would put it; return its file."""
    name = f"{lesson.notebook}/{lesson.notebook}.ipynb"
    notebook = nbformat.read(course / "release" / name, as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell.source = answers[grade_id]
    file = course / "submitted" / student / name
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, file)
    return file


def submit_class(course: Path, lesson: Lesson, students: int, unlike_others: bool = False) -> None:
    """Let ``students`` students submit the lesson."""
    for number in range(students):
        submit(course, f"student{number:03d}", lesson, answers_of(number, lesson, unlike_others))
