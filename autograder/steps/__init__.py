"""Exercises written as steps, so that two mistakes can be made in one answer.

A template is a right answer in which each step that people get wrong is a ``$name``. A mistake
changes one or more steps; two mistakes compose where they change different ones. One file a
lesson; a test holds each mistake made here equal to the bank's of the same id.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from minitransformer.lessons import LESSON_OF


@dataclass(frozen=True)
class Steps:
    """An exercise's template.

    Attributes:
        template: the answer's text, with ``$name`` where a step goes.
        right: each step as it should be.
        mistakes: for each mistake's id, the steps that it changes.
    """

    template: str
    right: Mapping[str, str]
    mistakes: Mapping[str, Mapping[str, str]]

    def text(self, *ids: str) -> str | None:
        """Return the answer with these mistakes; None where two of them change one step."""
        changed: dict[str, str] = {}
        for name in ids:
            if changed.keys() & self.mistakes[name].keys():
                return None
            changed |= self.mistakes[name]
        return Template(self.template).substitute({**self.right, **changed})


STEPS: dict[str, Steps] = {}


def steps_of(exercise: str) -> Steps | None:
    """Return the steps of an exercise, or None where it has none."""
    if exercise in LESSON_OF:
        _load(LESSON_OF[exercise].name)
    return STEPS.get(exercise)


@functools.cache
def _load(lesson: str) -> None:
    name = f"autograder.steps.{lesson}"
    if importlib.util.find_spec(name) is not None:
        importlib.import_module(name)
