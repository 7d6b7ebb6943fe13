"""Machine-made wrong answers: the reference's cell with one thing changed, by mutmut."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from autograder.texts import answer_text
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF

EQUIVALENT = Path(__file__).with_name("equivalent.yaml")


@dataclass(frozen=True)
class Mutant:
    """A changed reference. ``was`` and ``becomes`` are the lines that differ, as one text each."""

    was: str
    becomes: str
    text: str


@dataclass(frozen=True)
class Equivalent:
    """A change after which the answer is still right, by the judgement of a person."""

    was: str
    becomes: str
    why: str

    def fits(self, mutant: Mutant) -> bool:
        """True where this is the mutant that is meant."""
        return (self.was, self.becomes) == (mutant.was, mutant.becomes)


def mutants_of(exercise: str) -> list[Mutant]:
    """Return every mutant of the exercise's reference, each text once.

    Raises ``CourseError`` where mutmut is not installed.
    """
    text = answer_text(exercise).removeprefix("@fill\n")  # mutmut leaves decorated code alone
    texts = dict.fromkeys(_mutated(text))
    texts.pop(text, None)
    return [Mutant(*_changed_lines(text, other), other) for other in texts]


def _mutated(text: str) -> list[str]:
    try:
        import libcst
        from mutmut.mutation.file_mutation import MutationVisitor
        from mutmut.mutation.mutators import mutation_operators
        from mutmut.mutation.pragma_handling import IgnoredCode
    except ImportError:
        raise CourseError(
            "mutants are made by mutmut, which is not installed. "
            "Run `pip install mutmut`, or leave them out with --no-mutants."
        ) from None
    visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()))
    module: Any = libcst.MetadataWrapper(libcst.parse_module(text)).visit(visitor)
    return [
        module.deep_replace(change.original_node, change.mutated_node).code
        for change in visitor.mutations
    ]


def _changed_lines(text: str, other: str) -> tuple[str, str]:
    """Return the lines in which two texts differ, without what they begin and end with alike."""
    old, new = text.splitlines(), other.splitlines()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return "\n".join(line.strip() for line in old), "\n".join(line.strip() for line in new)


def equivalents_of(exercise: str) -> list[Equivalent]:
    """Return the mutants of an exercise that are known to be right answers, with the reason."""
    folder = LESSON_OF[exercise].folder
    file = EQUIVALENT if folder is None else folder / EQUIVALENT.name
    entries = _known_equivalents(file).get(exercise, []) if file.is_file() else []
    try:
        return [Equivalent(**entry) for entry in entries]
    except TypeError:
        raise CourseError(
            f"{file}: each entry of {exercise} needs the lines `was`, `becomes` and `why`."
        ) from None


@functools.cache
def _known_equivalents(file: Path) -> dict[str, list[dict[str, str]]]:
    return yaml.safe_load(file.read_text(encoding="utf-8")) or {}
