"""One specification an exercise, one file a lesson."""

from __future__ import annotations

import importlib

from autograder.specification import Specification
from minitransformer.lessons import LESSON_OF


def spec_of(exercise: str) -> Specification:
    """Return the specification of an exercise.

    Raises ``KeyError`` listing the exercises when there is none of that name.
    """
    if exercise not in LESSON_OF:
        known = ", ".join(LESSON_OF)
        raise KeyError(f"no exercise is called {exercise!r}; the exercises are {known}")
    module = importlib.import_module(f"autograder.specs.{LESSON_OF[exercise].name}")
    for specification in module.SPECIFICATIONS:
        if specification.exercise == exercise:
            return specification
    raise KeyError(f"autograder/specs/{LESSON_OF[exercise].name}.py does not specify {exercise}")


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
