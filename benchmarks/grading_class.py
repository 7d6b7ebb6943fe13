"""The class that ``benchmarks/grading.py`` grades: of ten answers six are right, three wrong.

Right answers are the reference or one of the bank's right answers in other styles; wrong ones are
mistakes of the bank, one at a time or two at once; one in ten is untouched. Nothing is random.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from autograder.steps import steps_of
from autograder.texts import answer_text, exercise_text
from autograder.variants import variants_of
from minitransformer.lessons import Lesson
from tests.autograder.fake_class import submit

KINDS = (
    "right",
    "right",
    "wrong",
    "right",
    "untouched",
    "right",
    "wrong",
    "right",
    "wrong",
    "right",
)

CHANGES = {
    "padding_mask": [("!=", "=="), ("[:, None, None, :]", "[:, :, None, None]")],
    "causal_mask": [("tril()", "triu()"), ("tril()", "tril(-1)")],
}
"""Mistakes of exercises that have no steps: what stands in the reference, what they wrote."""

PAIRS = 2
"""How many of an exercise's mistakes are two at once."""


def submit_class(course: Path, lesson: Lesson, students: int, unlike: bool = False) -> None:
    """Let ``students`` students submit the lesson; ``unlike``: no two texts are equal."""
    for number in range(students):
        answers = {
            part: _answer(part, number, position, unlike)
            for position, part in enumerate(lesson.parts)
        }
        submit(course, f"student{number:03d}", lesson, answers)


def _answer(part: str, number: int, position: int, unlike: bool) -> str:
    kind = KINDS[(number + 3 * position) % len(KINDS)]
    if kind == "untouched":
        text = exercise_text(part)
    else:
        texts = _right(part) if kind == "right" else _wrong(part)
        text = texts[(number + position) % len(texts)]
    text = text.strip("\n")
    return f"{text}\n# student {number}" if unlike else text


def _right(part: str) -> list[str]:
    return [answer_text(part), *variants_of(part).values()]


def _wrong(part: str) -> list[str]:
    steps = steps_of(part)
    if steps is None:
        right = answer_text(part)
        assert all(there in right for there, _ in CHANGES[part]), part
        return [right.replace(there, wrote) for there, wrote in CHANGES[part]]
    single = [steps.text(name) for name in steps.mistakes]
    double = [steps.text(*names) for names in combinations(steps.mistakes, 2)]
    found = [*single, *[text for text in double if text is not None][:PAIRS]]
    return [text for text in found if text is not None]
