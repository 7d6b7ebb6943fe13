"""Examine known answers, right and wrong, and count what the examination makes of them."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context

from autograder.examine import Verdict, examine
from autograder.misconceptions import misconceptions_of
from autograder.quality.mutants import equivalents_of, mutants_of
from autograder.specification import findings
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from autograder.variants import variants_of

WRONG_SEEDS = 3
"""A wrong answer counts as caught, named or killed only where it is at each of so many seeds."""


@dataclass
class Counts:
    """What became of one exercise's answers; the lists name those that went wrong.

    ``seconds`` are those of every check of a right answer or a misconception in this process.
    """

    exercise: str
    misconceptions: int = 0
    caught: int = 0
    named: int = 0
    examples: int = 0
    variants: int = 0
    accepted: int = 0
    mutants: int = 0
    equivalent: int = 0
    killed: int = 0
    seconds: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    without_example: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        """Add another part of the same exercise's counts."""
        for name, value in vars(other).items():
            if name != "exercise":
                setattr(self, name, getattr(self, name) + value)


def count_misconceptions(exercise: str, seeds: int) -> Counts:
    """Examine every misconception of the bank at up to ``WRONG_SEEDS`` seeds."""
    counts = Counts(exercise)
    for mistake in misconceptions_of(exercise):
        verdicts = [_verdict(exercise, mistake.answer, seed) for seed in wrong_seeds(seeds)]
        counts.misconceptions += 1
        counts.seconds += [verdict.seconds for verdict in verdicts]
        caught = not any(verdict.passed for verdict in verdicts)
        named = all(v.diagnosis is not None and v.diagnosis.id == mistake.id for v in verdicts)
        example = all(verdict.example for verdict in verdicts)
        counts.caught += caught
        counts.named += named
        counts.examples += example
        counts.missed += [] if caught else [mistake.id]
        counts.unnamed += [] if named else [mistake.id]
        counts.without_example += [] if example else [mistake.id]
    return counts


def count_variants(exercise: str, seeds: int) -> Counts:
    """Examine every right answer of the bank, and the reference, at every seed."""
    from autograder.texts import answer_text

    counts = Counts(exercise)
    for style, text in {"the reference": answer_text(exercise), **variants_of(exercise)}.items():
        verdicts = [_verdict(exercise, text, seed) for seed in range(seeds)]
        counts.variants += 1
        counts.seconds += [verdict.seconds for verdict in verdicts]
        refused = [verdict for verdict in verdicts if not verdict.passed]
        counts.accepted += not refused
        counts.refused += [f"{style}, seed {v.seed}: {_why(v)}" for v in refused[:1]]
    return counts


def count_mutants(exercise: str, seeds: int) -> Counts:
    """Examine every mutant of the reference, each in a process that can be killed."""
    from autograder.judge.process import ProcessSubject, WarmProcess

    counts = Counts(exercise)
    known = equivalents_of(exercise)
    with WarmProcess() as warm:
        for mutant in mutants_of(exercise):
            if any(equivalent.fits(mutant) for equivalent in known):
                counts.equivalent += 1
                continue
            subject = ProcessSubject(exercise, mutant.text, warm)
            killed = all(_is_wrong(exercise, subject, seed) for seed in wrong_seeds(seeds))
            counts.mutants += 1
            counts.killed += killed
            if not killed:
                counts.survived.append(f"{mutant.was}  →  {mutant.becomes}")
    return counts


def wrong_seeds(seeds: int) -> range:
    """Return the seeds at which wrong answers are examined."""
    return range(min(seeds, WRONG_SEEDS))


def _verdict(exercise: str, answer: object, seed: int) -> Verdict:
    from minitransformer.stub import reference_only

    quiet = io.StringIO()
    with (
        reference_only(),
        contextlib.redirect_stdout(quiet),  # an answer may print and warn as it likes
        contextlib.redirect_stderr(quiet),
        warnings.catch_warnings(action="ignore"),
    ):
        return examine(spec_of(exercise), LocalSubject(exercise, answer), seed)


def _why(verdict: Verdict) -> str:
    failed = next((check for check in verdict.checks if not check.passed), None)
    return verdict.problem or (f"{failed.name}: {failed.message}" if failed else "")


def _is_wrong(exercise: str, subject: object, seed: int) -> bool:
    """True at the first thing an answer does wrong; the rest of it is not looked at."""
    specification = spec_of(exercise)
    cases = specification.draw_cases(seed)
    outcomes = subject.run(cases)  # type: ignore[attr-defined]
    try:
        return any(
            finding.message
            for case, outcome in zip(cases, outcomes)
            for finding in findings(specification, case, outcome)
        )
    finally:
        outcomes.close()


Task = Callable[[str, int], Counts]


def tasks(exercises: list[str], with_mutants: bool) -> list[tuple[Task, str]]:
    """Return what there is to do, the longest first as far as one knows."""
    kinds: list[Task] = [count_variants, count_misconceptions]
    if with_mutants:
        kinds.append(count_mutants)
    return [(kind, exercise) for kind in kinds for exercise in exercises]


def measure(exercises: list[str], seeds: int, with_mutants: bool, jobs: int) -> Iterator[Counts]:
    """Yield counts as they come, in any order; an exercise's parts add up.

    With one job all is done in this process, otherwise in ``jobs`` processes.
    """
    todo = tasks(exercises, with_mutants)
    if jobs == 1:
        for kind, exercise in todo:
            yield kind(exercise, seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_prepare) as pool:
        running: list[Future[Counts]] = [pool.submit(kind, name, seeds) for kind, name in todo]
        try:
            for done in as_completed(running):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _prepare() -> None:
    """Ctrl-C is for the process that started this one; torch uses one thread."""
    import signal

    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
