"""Name the mistake: the misconception, or the two, whose outcomes an answer reproduces.

What is compared is evidence: an answer is said to hold a mistake only where the mistake, run on
the same cases, does what the answer does.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from autograder.inside import probe, wire
from autograder.inside.case import Case, Failure, Outcome
from autograder.likeness import alike
from autograder.specification import Finding, Misconception, Specification

ASIDE = frozenset({"device", "precision", "gradients", "inputs"})
"""Checks that name their cause by themselves: a further fault there hides no other mistake."""

PAIR_RUNS = 100_000
"""How many cases may be run to find a pair of mistakes, times the square of an examination's
seconds: 250 for a function, 27 for a whole Transformer."""


@dataclass(frozen=True)
class Seen:
    """A case, what the answer did with it, and what that showed."""

    case: Case
    outcome: Outcome
    found: tuple[Finding, ...]

    @property
    def wrong(self) -> bool:
        """True where any check found fault."""
        return any(finding.message for finding in self.found)

    @property
    def aside(self) -> bool:
        """True for a case of a check that names its cause by itself."""
        return self.case.check in ASIDE

    @property
    def wrong_value(self) -> bool:
        """True where the case's own check found fault, whatever became of the inputs."""
        return bool(self.found[0].message)


class Suspect:
    """A known mistake, run on one case at a time; no case is run twice."""

    def __init__(self, specification: Specification, answer: Any) -> None:
        self.specification = specification
        self.runs = 0
        exercise = specification.exercise
        self._target = probe.define(answer, exercise) if isinstance(answer, str) else answer
        self._outcomes: dict[str, Outcome] = {}

    def outcome(self, case: Case) -> Outcome:
        """Return what the mistake does with ``case``."""
        if isinstance(self._target, Failure):
            return Outcome(failure=self._target)
        if case.name not in self._outcomes:
            self.runs += 1
            self._outcomes[case.name] = probe.run(self._target, wire.roundtrip(case), watched=False)
        return self._outcomes[case.name]

    def explains(self, seen: Seen, inputs: bool = True) -> bool:
        """True where the mistake does what the answer did."""
        case = seen.case
        return alike(self.specification, case, seen.outcome, self.outcome(case), inputs)


def diagnose(specification: Specification, seen: Iterable[Seen]) -> Misconception | None:
    """Return the mistake that explains what was seen, or two of them as one, or None."""
    from autograder.misconceptions import misconceptions_of
    from minitransformer.stub import reference_only

    evidence = Evidence(list(seen))
    if not evidence.needed:
        return None
    with reference_only():
        known = misconceptions_of(specification.exercise)
        suspects = {m.id: Suspect(specification, m.answer) for m in known}
        found = evidence.first_match((m, suspects[m.id]) for m in known)
        if found is not None or not evidence.tells_of_two:
            return found
        return _composed_pair(specification, evidence, known) or _divided_pair(
            specification, evidence, known, suspects
        )


def _runs_allowed(specification: Specification) -> float:
    return PAIR_RUNS / specification.seconds**2


class Evidence:
    """What was seen, the cases that decide first.

    Where values are wrong they decide, and faults of the checks in ``ASIDE`` may come on top;
    otherwise everything has to match.
    """

    def __init__(self, seen: list[Seen]) -> None:
        core = [item for item in seen if item.wrong_value and not item.aside]
        right = [item for item in seen if not item.aside and not item.wrong_value]
        aside = sorted((item for item in seen if item.aside), key=lambda item: not item.wrong)
        self.wrong = core or [item for item in seen if item.wrong]
        self.values_decide = bool(core)
        if core:
            self.needed, self.further = core + right, aside
        else:
            rest = [item for item in seen if not item.wrong]
            self.needed, self.further = (self.wrong + rest if self.wrong else []), []

    @property
    def tells_of_two(self) -> bool:
        """True where a wrong value came back; exceptions look alike for many reasons."""
        return any(item.outcome.failure is None for item in self.wrong)

    def matches(self, suspect: Suspect) -> bool:
        """True where ``suspect`` explains every case that decides."""
        return all(suspect.explains(item, not self.values_decide) for item in self.needed)

    def first_match(
        self, suspects: Iterable[tuple[Misconception, Suspect]]
    ) -> Misconception | None:
        """Return the first mistake that explains everything, else the first that could be."""
        second_best = None
        for mistake, suspect in suspects:
            if not self.matches(suspect):
                continue
            everything = [*(self.needed if self.values_decide else []), *self.further]
            if all(suspect.explains(item) for item in everything):
                return mistake
            second_best = second_best or mistake
        return second_best


def _composed_pair(
    specification: Specification, evidence: Evidence, known: list[Misconception]
) -> Misconception | None:
    """Return the two mistakes that, made in one answer, explain everything that decides."""
    from autograder.steps import steps_of

    steps = steps_of(specification.exercise)
    if steps is None:
        return None
    by_id = {mistake.id: mistake for mistake in known}
    evidence.needed.sort(key=lambda item: (not item.wrong, -len(item.case.arguments)))

    def suspects() -> Iterator[tuple[Misconception, Suspect]]:
        left = _runs_allowed(specification)
        for first, second in itertools.combinations(steps.mistakes, 2):
            text = steps.text(first, second)
            if text is None or first not in by_id or second not in by_id:
                continue
            if left <= 0:
                return
            suspect = Suspect(specification, text)
            yield both(by_id[first], by_id[second]), suspect
            left -= suspect.runs

    return evidence.first_match(suspects())


def _divided_pair(
    specification: Specification,
    evidence: Evidence,
    known: list[Misconception],
    suspects: dict[str, Suspect],
) -> Misconception | None:
    """Return two mistakes each of which explains the wrong cases that the other does not.

    Neither may show on a case that the answer gets right.
    """
    if len(evidence.wrong) < 2:
        return None
    left = _runs_allowed(specification)
    explained: dict[str, frozenset[str]] = {}
    for mistake in known:
        suspect = suspects[mistake.id]
        before = suspect.runs
        names = {item.case.name for item in evidence.wrong if suspect.explains(item, False)}
        left -= suspect.runs - before
        if names:
            explained[mistake.id] = frozenset(names)
        if left <= 0:
            return None
    everything = {item.case.name for item in evidence.wrong}
    right = [item for item in evidence.needed if not item.wrong]
    by_id = {mistake.id: mistake for mistake in known}
    for first, second in itertools.combinations(explained, 2):
        if explained[first] | explained[second] == everything and all(
            suspects[name].explains(item, False) for name in (first, second) for item in right
        ):
            return both(by_id[first], by_id[second])
    return None


def both(first: Misconception, second: Misconception) -> Misconception:
    """Return two mistakes as one, its id ``first+second``, its title naming both."""
    paragraphs = dict.fromkeys([first.paragraph, second.paragraph])
    return Misconception(
        exercise=first.exercise,
        id=f"{first.id}+{second.id}",
        title=f"Two mistakes. {first.title}. {second.title}",
        explanation=f"{first.explanation} {second.explanation}",
        paragraph=" · ".join(paragraphs),
        answer=None,
    )
