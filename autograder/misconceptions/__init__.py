"""The bank of misconceptions: small wrong answers that people write, one file a lesson.

Each is an ordinary function or class marked with ``@misconception``. It may build on the
reference; it never runs beside a submission.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
from collections.abc import Callable
from typing import Any, TypeVar

from autograder.specification import Misconception
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF
from minitransformer.own_lessons import load

Answer = TypeVar("Answer")

BANK: dict[str, list[Misconception]] = {}


def misconception(
    exercise: str, id: str, title: str, explanation: str, paragraph: str
) -> Callable[[Answer], Answer]:
    """Put the decorated function or class into the bank of ``exercise``.

    ``paragraph`` is the lesson's heading to read again; the rest is described at
    ``Misconception``.
    """

    def keep(answer: Answer) -> Answer:
        entry: Any = Misconception(exercise, id, title, explanation, paragraph, answer)
        BANK.setdefault(exercise, []).append(entry)
        return answer

    return keep


def misconceptions_of(exercise: str) -> list[Misconception]:
    """Return the bank's entries for an exercise, in the order in which they are tried."""
    _load(LESSON_OF[exercise].name)
    return BANK.get(exercise, [])


@functools.cache
def _load(lesson: str) -> None:
    name = f"autograder.misconceptions.{lesson}"
    if importlib.util.find_spec(name) is None:
        return
    has_solution = importlib.util.find_spec(f"solutions.{lesson}") is not None
    with contextlib.nullcontext() if has_solution else contextlib.suppress(CourseError):
        load(name)  # what builds on a reference that learners do not have is left out
