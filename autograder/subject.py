"""Who is examined: an answer in this process, or its text in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from autograder.inside import probe, wire
from autograder.inside.case import Case, Failure, Outcome


class Subject(Protocol):
    """Something that answers cases."""

    def run(self, cases: list[Case]) -> Iterator[Outcome]:
        """Yield one outcome a case, in order; never raises for what the answer does."""
        ...


class LocalSubject:
    """An answer in this process: the text of its exercise cell, or the object itself.

    Outcomes take the same way over the wire as from another process, so that both kinds of
    subject get one verdict.
    """

    def __init__(self, exercise: str, answer: str | Any) -> None:
        self.exercise = exercise
        self.answer = answer

    def run(self, cases: list[Case]) -> Iterator[Outcome]:
        """Yield one outcome a case."""
        target = self.answer
        if isinstance(target, str):
            target = probe.define(target, self.exercise)
        for case in cases:
            yield _examined(target, case)


def _examined(target: Any, case: Case) -> Outcome:
    if isinstance(target, Failure):
        return Outcome(failure=target)
    try:
        return wire.roundtrip(probe.run(target, wire.roundtrip(case)))
    except wire.WireError as error:
        return Outcome(failure=Failure("not data", str(error)))
