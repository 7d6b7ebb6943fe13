"""An instructor's own assert cell: run beside the answers, so it is decided in the kernel.

It runs in the same sandbox as an examination. But the answers run in the same process as the
asserts and can mislead them, as under any grader that works so; what has a specification is
judged from outside instead. That is said wherever such a cell's result is shown.
"""

from __future__ import annotations

import html
from typing import Any

from autograder.inside.case import Case
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.specs import parts_used_by
from minitransformer.lessons import LESSON_OF

HELD = "every assert held"
_HARNESS = """
def asserts():
    from minitransformer.workspace import python_of

    answers, test, names = ANSWERS, TEST, globals()
    for source in answers:
        try:
            exec(compile(python_of(source), "<an answer>", "exec"), names)
        except Exception:
            pass  # a cell that fails costs what needs it
    exec(compile(python_of(test), "<the test>", "exec"), names)
    return HELD
"""


def decide(
    name: str, answers: dict[str, str], test: str, points: float, warm: WarmProcess
) -> dict[str, Any]:
    """Run ``test`` after ``answers`` (by name, in order); return a verdict as JSON data.

    All points or none. The earlier parts that the answered exercises may use are there.
    """
    told = f"ANSWERS = {list(answers.values())!r}\nTEST = {test!r}\nHELD = {HELD!r}\n"
    subject = ProcessSubject("asserts", told + _HARNESS, warm)
    exercises = [part for part in answers if part in LESSON_OF]
    used = {earlier for part in exercises for earlier in parts_used_by(part)} - set(exercises)
    subject.uses = [part for part in LESSON_OF if part in used]
    (outcome,) = subject.run([Case("asserts", "asserts", {})])
    passed = outcome.failure is None and outcome.value == HELD
    problem = "" if passed else _reason(outcome)
    return {
        "exercise": name,
        "passed": passed,
        "score": points if passed else 0.0,
        "points": points,
        "diagnosis": None,
        "example": "",
        "checks": [],
        "flags": [],
        "answered": True,
        "problem": problem,
        "seed": 0,
        "seconds": round(subject.ended.processor_seconds if subject.ended else 0.0, 4),
        "decided": "in the kernel",
    }


def _reason(outcome: Any) -> str:
    if outcome.failure is None:
        return "the asserts did not run to their end"
    return str(outcome.failure.message)


def decided_html(verdict: dict[str, Any]) -> str:
    """Return the result of an assert cell as HTML, marked for what it is."""
    sign, colour = ("✓", "#1b7f5c") if verdict["passed"] else ("✗", "#c2541b")
    words = HELD if verdict["passed"] else verdict["problem"]
    return (
        f'<div role="status" style="border-left:4px solid {colour};padding:6px 12px;margin:4px 0">'
        f"<strong>{sign} {html.escape(verdict['exercise'])}: {html.escape(words)}</strong><br>"
        f"<small>{verdict['score']:g} of {verdict['points']:g} points · decided in the kernel, "
        f"beside the answer</small></div>"
    )
