"""Where the time of grading goes: each step timed by itself, one submission after another."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import autograder.examine
import autograder.judge.process
from autograder.inside import probe
from autograder.inside.case import Case, Outcome
from autograder.judge.examination import Examination, judged
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.nbgrader_plugin.configuration import configuration
from autograder.nbgrader_plugin.writer import Writer
from autograder.specs import spec_of
from autograder.texts import answer_text
from minitransformer.stub import reference_only

OWN, PROBE, FORK = "the answer's own code", "probe and wire", "fork, walls and end of the child"
ORACLE, DIAGNOSIS, REST = "oracle and comparison", "diagnosis", "drawing cases, report"
READING, WRITING = "reading and rebuilding", "nbgrader: gradebook, notebook"
STEPS = (OWN, PROBE, FORK, ORACLE, DIAGNOSIS, REST, READING, WRITING)

SECONDS: Counter[str] = Counter()


@contextmanager
def clock(step: str) -> Iterator[None]:
    """Add what a block takes to its step."""
    started = time.perf_counter()
    try:
        yield
    finally:
        SECONDS[step] += time.perf_counter() - started


class TimedSubject(ProcessSubject):
    """A subject whose examinations are timed as a whole."""

    def run(self, cases: list[Case]) -> Iterator[Outcome]:
        """Yield the outcomes."""
        with clock("run"):
            outcomes = list(super().run(cases))
        yield from outcomes


def shares(course: Path, lesson: str, secure: bool = True) -> tuple[dict[str, float], int]:
    """Grade an ungraded course in this process; return seconds a step, and answers examined."""
    SECONDS.clear()
    writer = Writer(configuration(course), lesson)
    verdicts: dict[Examination, dict[str, Any]] = {}
    with WarmProcess(secure=secure) as warm, ExitStack() as stack:
        for examination in writer.read(writer.students()[0]).asked:
            judged(examination, warm)  # what is loaded at first use is start-up, not work
        for patch in _patches():
            stack.enter_context(patch)
        for student in writer.students():
            with clock(READING):
                submission = writer.read(student)
            for examination in dict.fromkeys(submission.asked):
                if examination not in verdicts:
                    with clock("judged"):
                        verdicts[examination] = judged(examination, warm)
            with clock(WRITING):
                writer.write(submission, verdicts)
    writer.end()
    answered = [e.exercise for e in verdicts if verdicts[e]["verdict"]["answered"]]
    own = sum(answered.count(part) * own_seconds(part) for part in set(answered))
    return _by_step(own), len(verdicts)


def _patches() -> list[Any]:
    end = "end" if hasattr(WarmProcess, "end") else "kill"
    places = [
        (WarmProcess, "fork", FORK),
        (WarmProcess, end, FORK),
        (autograder.examine, "findings", ORACLE),
        (autograder.examine, "diagnose", DIAGNOSIS),
    ]
    patches = [mock.patch.object(p, name, _timed(getattr(p, name), s)) for p, name, s in places]
    return [*patches, mock.patch.object(autograder.judge.process, "ProcessSubject", TimedSubject)]


def _timed(function: Callable[..., Any], step: str) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        with clock(step):
            return function(*arguments, **named)

    return timed


def _by_step(own: float) -> dict[str, float]:
    """Divide the whole time among the steps; what a child did is its run without the fork."""
    child = SECONDS["run"] - SECONDS[FORK]
    found = {step: SECONDS[step] for step in STEPS}
    found[OWN] = min(own, child)
    found[PROBE] = child - found[OWN]
    found[REST] = SECONDS["judged"] - SECONDS["run"] - SECONDS[ORACLE] - SECONDS[DIAGNOSIS]
    return found


def own_seconds(exercise: str) -> float:
    """Return how long the reference's own code takes over an exercise's cases.

    It is measured in this process: inside the child nobody else's clock can be trusted.
    """
    before = SECONDS["own"]
    build = probe._callable

    def timed_build(*arguments: Any) -> Any:
        with clock("own"):
            call, module, names = build(*arguments)
        return _timed(call, "own"), module, names

    with reference_only(), mock.patch.object(probe, "_callable", timed_build):
        target = probe.define(answer_text(exercise), exercise)
        for case in spec_of(exercise).draw_cases(0):
            probe.run(target, case)
    return SECONDS["own"] - before
