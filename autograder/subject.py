"""Who is examined: an answer in this process, or its text in a process of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from autograder.inside import probe, wire
from autograder.inside.case import Case, Failure, Outcome
from autograder.specs import parts_used_by
from minitransformer.stub import PARTS, only


class Subject(Protocol):
    """Something that answers cases."""

    def run(self, cases: list[Case]) -> Iterator[Outcome]:
        """Yield one outcome a case, in order; never raises for what the answer does."""
        ...


class LocalSubject:
    """An answer in this process: the text of its exercise cell, or the object itself.

    Outcomes take the same way over the wire as from another process, so that both kinds of
    subject get one verdict. A text meets the parts it would meet in class: the reference's, of
    those that its contract names, or those given as ``parts`` in their place; no others.
    """

    def __init__(
        self, exercise: str, answer: str | Any, parts: Mapping[str, Any] | None = None
    ) -> None:
        self.exercise = exercise
        self.answer = answer
        self.text = answer if isinstance(answer, str) else ""
        self.parts = parts or {}

    def run(self, cases: list[Case]) -> Iterator[Outcome]:
        """Yield one outcome a case."""
        with self._parts():
            target = self._target()
        for case in cases:
            with self._parts():
                outcome = _examined(target, case)
            yield outcome

    def _target(self) -> Any:
        if isinstance(self.answer, str):
            return probe.define(self.answer, self.exercise)
        return self.answer

    def _parts(self) -> contextlib.AbstractContextManager[None]:
        if not isinstance(self.answer, str):
            return contextlib.nullcontext()
        usable = parts_used_by(self.exercise)
        nobodys = {name: None for name in PARTS if name not in usable}
        return only(nobodys | dict(self.parts))


def _examined(target: Any, case: Case) -> Outcome:
    if isinstance(target, Failure):
        return Outcome(failure=target)
    try:
        return wire.roundtrip(probe.run(target, wire.roundtrip(wire.question(case))))
    except wire.WireError as error:
        return Outcome(failure=Failure("not data", str(error)))
