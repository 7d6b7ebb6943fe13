"""Where the fault is, when a right answer fails with the learner's own earlier parts.

The answer is run with the reference's earlier parts and one of the learner's at a time: each that
breaks it by itself is at fault.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.examine import Verdict, examine
from autograder.inside.case import Case
from autograder.specification import Specification, findings
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text
from minitransformer.lessons import LESSON_OF
from minitransformer.stub import reference_only
from minitransformer.workspace import run_text


@dataclass(frozen=True)
class Blame:
    """Which earlier parts are at fault, and in words why.

    ``parts`` is empty where no part breaks the answer by itself, only several together.
    """

    parts: tuple[str, ...]
    message: str


def blame(verdict: Verdict, text: str, own: Mapping[str, Any]) -> Blame | None:
    """Return which of the learner's ``own`` earlier parts are at fault; None where none is.

    ``verdict`` is that of ``text`` with the reference's earlier parts. Where it does not pass,
    the reference's answer is tried in its place, so that faults of both are told.
    """
    if not own:
        return None
    specification = spec_of(verdict.exercise)
    answer = text if verdict.passed else answer_text(verdict.exercise)
    cases = specification.draw_cases(verdict.seed)
    failing = list(_failing(specification, answer, own, cases))
    if not failing:
        return None
    telling = list({case.check: case for case in reversed(failing)}.values())
    guilty: tuple[str, ...] = ()
    for tried in (telling, failing):
        guilty = guilty or tuple(
            name for name in own if any(_failing(specification, answer, _alone(name, own), tried))
        )
    return Blame(guilty, _in_words(verdict, guilty, own))


def _alone(name: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts in use where ``name`` is the learner's and all others the reference's."""
    return {other: _reference(other) for other in own} | {name: own[name]}


@functools.cache
def _reference(name: str) -> Any:
    """Return the reference as its cell defines it: there it calls whatever parts are in use."""
    return run_text(answer_text(name), f"reference of {name}")[name]


def _failing(
    specification: Specification, answer: str, parts: Mapping[str, Any], cases: list[Case]
) -> Iterator[Case]:
    """Yield the cases that go wrong with ``parts`` in use."""
    subject = LocalSubject(specification.exercise, answer, parts)
    for case, outcome in zip(cases, subject.run(cases)):
        if any(finding.message for finding in findings(specification, case, outcome)):
            yield case


def _in_words(verdict: Verdict, guilty: tuple[str, ...], own: Mapping[str, Any]) -> str:
    name = verdict.exercise
    if verdict.passed:
        start = (
            f"{name} itself is fine: with the reference's earlier parts it passes. "
            f"With your own it does not."
        )
    else:
        start = "An earlier part of yours is at fault as well."
    if not guilty:
        return f"{start} No part breaks it by itself; check {', '.join(own)} again."
    return " ".join([start, *(_fault(part, own[part]) for part in guilty)])


def _fault(part: str, implementation: Any) -> str:
    """Say in which lesson the fault is, and what it is where it has a name."""
    with reference_only():
        found = examine(spec_of(part), LocalSubject(part, implementation)).diagnosis
    what = f": {found.title}." if found is not None else ". Run its check there again."
    return f"The fault is in {part} (lesson {LESSON_OF[part].notebook}){what}"
