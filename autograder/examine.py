"""Examine one answer against its specification and give a verdict."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import Any

from autograder.causes import cause
from autograder.cost import cost_notes
from autograder.diagnosis import Seen, diagnose
from autograder.example import example_of
from autograder.inside.case import Outcome
from autograder.shortcuts import shortcuts
from autograder.specification import Misconception, Specification, findings
from autograder.subject import Subject


@dataclass(frozen=True)
class CheckResult:
    """How one check went; ``message`` is empty where it passed."""

    name: str
    title: str
    passed: bool
    points: float
    max_points: float
    message: str = ""


@dataclass(frozen=True)
class Verdict:
    """What an examination found.

    Attributes:
        answered: False where the exercise is still the released stub.
        problem: why nothing could be examined at all, in words; empty otherwise.
        diagnosis: the misconception whose outputs the answer reproduces, if any.
        example: a public case that goes wrong, or one on which the named mistake shows: inputs,
            the result, the right one; empty where there is neither.
        flags: short cuts seen; evidence, not proof.
        notes: what is told and costs no points: a check without points that does not pass, work
            far beyond the reference's.
        blamed: the learner's own earlier parts that are at fault; ``blame`` says it in words.
    """

    exercise: str
    answered: bool
    passed: bool
    score: float
    points: float
    checks: tuple[CheckResult, ...]
    problem: str = ""
    diagnosis: Misconception | None = None
    example: str = ""
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = 0.0
    blamed: tuple[str, ...] = ()
    blame: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as ``autograder check --json`` prints it."""
        diagnosis = None
        if self.diagnosis is not None:
            message = f"{self.diagnosis.title}. {self.diagnosis.explanation}"
            diagnosis = {"id": self.diagnosis.id, "message": message}
        return {
            "exercise": self.exercise,
            "passed": self.passed,
            "score": self.score,
            "points": self.points,
            "diagnosis": diagnosis,
            "example": self.example,
            "checks": [
                {"name": check.name, "passed": check.passed, "message": check.message}
                for check in self.checks
            ],
            "flags": list(self.flags),
            "notes": list(self.notes),
            "answered": self.answered,
            "problem": self.problem,
            "blamed": list(self.blamed),
            "blame": self.blame,
            "seed": self.seed,
            "seconds": round(self.seconds, 4),
        }


def examine(
    specification: Specification, subject: Subject, seed: int = 0, refuse_shortcuts: bool = False
) -> Verdict:
    """Examine ``subject``: run every case, judge each outcome, name the mistake.

    A short cut is told as a flag; with ``refuse_shortcuts`` it earns nothing.
    """
    started = time.perf_counter()
    cases = specification.draw_cases(seed)
    outcomes = list(subject.run(cases))
    nothing = _nothing_to_examine(outcomes)
    seen = [
        Seen(case, outcome, tuple(findings(specification, case, outcome)))
        for case, outcome in zip(cases, outcomes)
    ]
    results = _check_results(specification, seen)
    checks = tuple(check for check in results if check.max_points)
    if nothing or len(outcomes) != len(cases):
        checks = tuple(_failed(check, "") for check in checks)
    passed = all(check.passed for check in checks)
    diagnosis, example = None, ""
    notes: tuple[str, ...] = ()
    if passed:
        told = [check for check in results if not check.max_points and check.message]
        notes = tuple(f"{check.title}: {check.message}" for check in told)
        notes += cost_notes(specification, seen)
    elif not nothing:
        decides = {check.name for check in checks}
        evidence = [item for item in seen if item.case.check in decides]
        diagnosis = diagnose(specification, evidence)
        example = example_of(specification, evidence, diagnosis)
    flags = shortcuts(specification, getattr(subject, "text", ""), outcomes)
    verdict = Verdict(
        exercise=specification.exercise,
        answered=not (nothing and nothing[0] == "not written"),
        passed=passed,
        score=sum(check.points for check in checks),
        points=specification.points,
        checks=checks,
        problem=nothing[1] if nothing else "",
        diagnosis=diagnosis,
        example=example,
        flags=flags,
        notes=notes,
        seed=seed,
        seconds=time.perf_counter() - started,
    )
    return _refused(verdict) if flags and refuse_shortcuts else verdict


def _refused(verdict: Verdict) -> Verdict:
    """Return the verdict of an answer that takes a short cut where none is accepted."""
    return dataclasses.replace(
        verdict,
        passed=False,
        score=0.0,
        checks=tuple(_failed(check, "") for check in verdict.checks),
        problem=f"Short cuts earn nothing in this course. {verdict.flags[0]}",
        diagnosis=None,
        example="",
    )


def _nothing_to_examine(outcomes: list[Outcome]) -> tuple[str, str] | None:
    """Return the kind and the words of the failure where no case ran at all."""
    kinds = {outcome.failure.kind if outcome.failure else "" for outcome in outcomes}
    whole = {"not written", "does not run", "undefined", "timeout", "crashed", "no evidence"}
    if not outcomes:
        return "no evidence", "the answer gave no evidence at all"
    first = outcomes[0].failure
    if len(kinds) != 1 or first is None or first.kind not in whole:
        return None
    where = f"line {first.line}: {first.source}\n" if first.line and first.source else ""
    return first.kind, f"{where}{first.message}"


def _check_results(specification: Specification, seen: list[Seen]) -> tuple[CheckResult, ...]:
    results = []
    wrong = [(f.check, item, f.message) for item in seen for f in item.found if f.message]
    examined = {finding.check for item in seen for finding in item.found}
    gate_open = specification.checks[0].name not in {check for check, _, _ in wrong}
    for check in specification.checks:
        own = [(item, message) for name, item, message in wrong if name == check.name]
        passed = check.name in examined and not own
        points = check.points if passed and gate_open else 0.0
        message = _with_cause(specification, *own[0], gate_open) if own else ""
        results.append(CheckResult(check.name, check.title, passed, points, check.points, message))
    return tuple(results)


def _with_cause(specification: Specification, item: Seen, message: str, gate_open: bool) -> str:
    if not item.wrong_value:
        return message
    why = cause(specification, item.case, item.outcome, gate_open)
    return f"{message}. {why}" if why else message


def _failed(check: CheckResult, message: str) -> CheckResult:
    return CheckResult(check.name, check.title, False, 0.0, check.max_points, message)
