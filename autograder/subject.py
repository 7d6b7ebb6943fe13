"""Who is examined: an answer in this process, or its text in a process of its own."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from autograder.inside import probe, wire
from autograder.inside.case import Case, Failure, Outcome
from autograder.specs import parts_used_by, spec_of
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
        deadline = time.monotonic() + spec_of(self.exercise).seconds
        with self._parts(), self._until(deadline):
            target = self._target()
        for case in cases:
            with self._parts(), self._until(deadline):
                outcome = _examined(target, case)
            if outcome.failure is not None and outcome.failure.kind == "timeout":
                target = outcome.failure
            yield outcome

    def _until(self, deadline: float) -> contextlib.AbstractContextManager[None]:
        """Limit the time of a learner's text."""
        seconds = spec_of(self.exercise).seconds
        if self.text:
            return time_limit(deadline - time.monotonic(), seconds)
        return contextlib.nullcontext()

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


@contextlib.contextmanager
def time_limit(left: float, whole: float) -> Iterator[None]:
    """Raise ``Late`` in this block after ``left`` seconds, again and again.

    It takes a signal, so it works in the main thread of Unix only; elsewhere nothing is limited.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "setitimer"
    ):
        yield
        return

    def late(*_: Any) -> None:
        raise probe.Late(f"it did not finish within {whole:g} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, max(left, 1e-3), 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class UnreadSubject:
    """An answer that is not even looked at, and why."""

    def __init__(self, reason: str) -> None:
        self.text = ""
        self.reason = reason

    def run(self, cases: list[Case]) -> Iterator[Outcome]:
        """Yield the reason for each case."""
        for _ in cases:
            yield Outcome(failure=Failure("does not run", self.reason))


def _examined(target: Any, case: Case) -> Outcome:
    if isinstance(target, Failure):
        return Outcome(failure=target)
    try:
        return wire.roundtrip(probe.run(target, wire.roundtrip(wire.question(case))))
    except wire.WireError as error:
        return Outcome(failure=Failure("not data", str(error)))
