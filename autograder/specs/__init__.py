"""One specification an exercise, one file a lesson."""

from __future__ import annotations

from autograder.specification import Specification
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF
from minitransformer.own_lessons import FILES, find_own_lessons, load

find_own_lessons()


def spec_of(exercise: str) -> Specification:
    """Return the specification of an exercise.

    Raises ``KeyError`` listing the exercises when there is none of that name, ``CourseError``
    when the lesson's file does not specify it.
    """
    if exercise not in LESSON_OF:
        known = ", ".join(LESSON_OF)
        raise KeyError(f"no exercise is called {exercise!r}; the exercises are {known}")
    name = f"autograder.specs.{LESSON_OF[exercise].name}"
    module = load(name)
    for specification in getattr(module, "SPECIFICATIONS", ()):
        if specification.exercise == exercise:
            return specification
    where = FILES.get(name, f"autograder/specs/{LESSON_OF[exercise].name}.py")
    raise CourseError(f"{where} does not specify {exercise} in its SPECIFICATIONS.")


def parts_used_by(exercise: str) -> list[str]:
    """Return the earlier parts an answer may call, and those they call, in lesson order."""
    found: set[str] = set()
    waiting = list(spec_of(exercise).uses)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += spec_of(name).uses
    return [name for name in LESSON_OF if name in found]
