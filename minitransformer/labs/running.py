"""Whose parts a lab runs, in words and in fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minitransformer.errors import CourseError
from minitransformer.labs.definition import LabDefinition, Numbers, Parts, Picture
from minitransformer.stub import PARTS, REFERENCE, YOURS_NOW, YOURS_SAVED

MOST_NAMED = 4  # parts of one owner


@dataclass(frozen=True)
class Result:
    """One set of settings, computed."""

    numbers: Numbers
    picture: Picture
    description: str


def given_parts(definition: LabDefinition, implementation: Any) -> dict[str, Any]:
    """Return {part: implementation} for what was handed to a lab.

    A single implementation stands for the lab's first part, or for the part it is named after.

    Raises:
        CourseError: it is no implementation, or names a part that this lab does not run.
    """
    if implementation is None:
        return {}
    if not isinstance(implementation, Mapping):
        name = getattr(implementation, "__name__", "")
        name = name if name in definition.parts else definition.parts[0]
        implementation = {name: implementation}
    for name, given in implementation.items():
        if name not in definition.parts:
            known = ", ".join(definition.parts)
            raise CourseError(f"{definition.name} does not run {name!r}; it runs: {known}.")
        if not callable(given):
            raise CourseError(
                f"{definition.name} takes a function or class for {name}, "
                f"but got {type(given).__name__}."
            )
    # a part handed in as itself is whoever's is in use
    return {name: given for name, given in implementation.items() if given is not PARTS[name]}


def whose(definition: LabDefinition, given: Mapping[str, Any]) -> str:
    """Return whose parts run, such as "your softmax, saved; the reference's causal_mask"."""
    owned: dict[str, list[str]] = {}
    for name in definition.parts:
        owned.setdefault("given" if name in given else PARTS[name].whose(), []).append(name)
    texts = {
        "given": "the {} you gave",
        YOURS_NOW: "your {}, as it is now",
        YOURS_SAVED: "your {}, saved",
        REFERENCE: "the reference's {}",
    }
    order = [owner for owner in texts if owner in owned]
    return "; ".join(texts[owner].format(_listed(owned[owner])) for owner in order)


def is_the_learners(definition: LabDefinition, given: Mapping[str, Any]) -> bool:
    """True where any part that runs is not the reference's."""
    return bool(given) or any(PARTS[name].whose() != REFERENCE for name in definition.parts)


def run(
    definition: LabDefinition, parts: Parts, settings: Mapping[str, Any], memory: Any
) -> Result:
    """Compute, draw and describe; raises whatever they raise."""
    extra = {} if definition.remember is None else {"memory": memory}
    with parts.inside():
        numbers = definition.compute(parts, **settings, **extra)
    return Result(numbers, definition.draw(numbers), definition.describe(numbers))


def _listed(names: list[str]) -> str:
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
