"""``check``: examine an exercise in the learner's own notebook."""

from __future__ import annotations

import dataclasses
import html
import inspect
import linecache
import os
import re
import textwrap
from typing import Any

from autograder.examine import CheckResult, Verdict, examine
from autograder.inside import probe
from autograder.inside.case import Failure
from autograder.specs import parts_used_by, spec_of
from autograder.subject import LocalSubject
from minitransformer import workspace
from minitransformer.errors import CourseError
from minitransformer.stub import PARTS, REFERENCE

SEED = 2017


class Report:
    """A verdict as it is shown: a short panel in Jupyter, a few lines in a terminal."""

    def __init__(self, verdict: Verdict, saved_to: str = "") -> None:
        self.verdict = verdict
        self.saved_to = saved_to

    def __repr__(self) -> str:
        if _nbgrader_is_running():
            return repr(float(self.verdict.score))
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        return report_html(self.verdict, self.saved_to)

    def _lines(self) -> list[str]:
        verdict = self.verdict
        lines = [f"{_sign(verdict)} {headline(verdict)}"]
        if verdict.diagnosis is not None:
            lines.append(f"  {verdict.diagnosis.explanation}")
            lines.append(f"  Read again: {verdict.diagnosis.paragraph}")
        lines += [f"  {verdict.blame}"] if verdict.blame else []
        lines += [f"  {line}" for line in verdict.example.splitlines()]
        if verdict.problem and verdict.answered:
            lines += [f"  {line}" for line in verdict.problem.splitlines()]
        elif verdict.answered:
            lines += [f"  {mark} {words}" for mark, words, _ in _check_rows(verdict)]
        lines += [f"  Note: {note}" for note in (*verdict.flags, *verdict.notes)]
        return lines + ([f"  {footer(verdict, self.saved_to)}"] if verdict.answered else [])


def check(implementation: Any) -> Report:
    """Examine the exercise that ``implementation`` answers; save it where it passes.

    The exercise's cell is run again in a clean namespace, so that names from other cells cannot
    help. Raises ``CourseError`` where ``implementation`` is not the answer to an exercise.
    """
    name = getattr(implementation, "__name__", None)
    if name not in PARTS:
        what = name or type(implementation).__name__
        raise CourseError(
            f"check takes the function or class of an exercise, but got {what}. "
            f"The exercises are {', '.join(PARTS)}."
        )
    if implementation is PARTS[name]:
        implementation = PARTS[name].filled or PARTS[name].contract
    text = answer_of(implementation)
    verdict = examine(spec_of(name), LocalSubject(name, text), SEED)
    verdict = _with_other_cells(verdict, implementation)
    if verdict.answered and not verdict.problem:
        verdict = _with_blame(verdict, text)
    saved_to = ""
    if verdict.passed:
        PARTS[name].fill(implementation)
        file = workspace.save(name, text)
        saved_to = str(file.relative_to(workspace.home()))
    return Report(verdict, saved_to)


def _with_other_cells(verdict: Verdict, implementation: Any) -> Verdict:
    """Say so where a name that the cell lacks is known to the notebook from another cell."""
    method = getattr(implementation, "__init__", None)
    known = getattr(implementation, "__globals__", None) or getattr(method, "__globals__", {})

    def told(message: str) -> str:
        found = re.search(r"This cell does not define (\w+)\. .*", message)
        if found is None or found[1] not in known:
            return message
        words = f"It uses {found[1]}, which another cell defines. Move its lines into this one."
        return message.replace(found[0], words)

    checks = tuple(dataclasses.replace(c, message=told(c.message)) for c in verdict.checks)
    return dataclasses.replace(verdict, checks=checks, problem=told(verdict.problem))


def _with_blame(verdict: Verdict, text: str) -> Verdict:
    """Look for faults in the learner's own earlier parts, which the exercise builds on."""
    from autograder.blame import blame

    found = blame(verdict, text, own_parts(verdict.exercise))
    if found is None:
        return verdict
    return dataclasses.replace(verdict, blamed=found.parts, blame=found.message)


def own_parts(exercise: str) -> dict[str, Any]:
    """Return the learner's earlier parts that an exercise builds on, by name.

    Their cells are run again in clean namespaces, where each calls whatever part is in use.
    """
    own: dict[str, Any] = {}
    for name in parts_used_by(exercise):
        choice = PARTS[name].choose()
        if choice.whose == REFERENCE:
            continue
        try:
            defined = probe.define(answer_of(choice.implementation), name)
        except CourseError:
            defined = choice.implementation
        own[name] = choice.implementation if isinstance(defined, Failure) else defined
    return own


def answer_of(implementation: Any) -> str:
    """Return the text of the cell that defined ``implementation``.

    In a script or an unknown place it is the text of the definition alone.
    """
    code = getattr(implementation, "__code__", None)
    if code is None and isinstance(implementation, type):
        methods = [m for m in vars(implementation).values() if inspect.isfunction(m)]
        code = methods[0].__code__ if methods else None
    if code is not None and _is_a_cell(code.co_filename):
        return "".join(linecache.getlines(code.co_filename))
    try:
        return textwrap.dedent(inspect.getsource(implementation))
    except (OSError, TypeError):
        raise CourseError(
            f"the text of {implementation.__name__} cannot be found. Write it in a notebook cell "
            f"or in a file, and check it from there."
        ) from None


def _is_a_cell(filename: str) -> bool:
    """True for the file names that Jupyter gives to cells, and for our own."""
    return filename.startswith("<") or "ipykernel_" in filename


def _nbgrader_is_running() -> bool:
    return "NBGRADER_EXECUTION" in os.environ


def _sign(verdict: Verdict) -> str:
    return "✓" if verdict.passed else ("✗" if verdict.answered else "·")


def _mark(check: CheckResult) -> str:
    return "✓" if check.passed else "✗"


def headline(verdict: Verdict) -> str:
    """Return the first line of a report: the named mistake, where it has a name."""
    if verdict.passed:
        return f"{verdict.exercise}: all right"
    if not verdict.answered:
        return f"{verdict.exercise}: not filled in yet. Replace the last line of its cell."
    if verdict.diagnosis is not None:
        return f"{verdict.exercise}: {verdict.diagnosis.title}"
    if verdict.problem:
        return f"{verdict.exercise}: the cell could not be examined"
    failed = sum(not check.passed for check in verdict.checks)
    return f"{verdict.exercise}: {failed} of {len(verdict.checks)} checks do not pass yet"


def footer(verdict: Verdict, saved_to: str) -> str:
    """Return the last line of a report: points, and where the part was saved."""
    points = f"{verdict.score:g} of {verdict.points:g} points"
    return f"{points} · saved to {saved_to}" if saved_to else points


LONG = 90
"""A reason of more characters is not told twice."""


def _check_rows(verdict: Verdict) -> list[tuple[str, str, str]]:
    """Return mark, words and points of each check; one reason is told in full only once."""
    rows, told = [], set()
    for check in verdict.checks:
        words, reason = check.title, re.sub(r"\d+", "", check.message)
        if check.message:
            words = f"{words}: {'the same' if reason in told else check.message}"
        if len(reason) > LONG:
            told.add(reason)
        rows.append((_mark(check), words, f"{check.points:g}/{check.max_points:g}"))
    return rows


_STYLE = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:14px;line-height:1.5;"
    "border-left:4px solid {colour};padding:6px 12px;margin:4px 0;max-width:60em;"
    "color:var(--jp-ui-font-color1,#1a1a1a);background:var(--jp-layout-color1,#fff)"
)
_COLOURS = {"✓": "#1b7f5c", "✗": "#c2541b", "·": "#7a7a7a"}


def report_html(verdict: Verdict, saved_to: str = "") -> str:
    """Return the report as HTML that needs no script and no style sheet."""
    sign = _sign(verdict)
    rows = [f"<strong>{sign} {_escaped(headline(verdict))}</strong>"]
    if verdict.diagnosis is not None:
        rows.append(f"<div>{_escaped(verdict.diagnosis.explanation)}</div>")
        rows.append(f"<div>Read again: <em>{_escaped(verdict.diagnosis.paragraph)}</em></div>")
    if verdict.blame:
        rows.append(f"<div>{_escaped(verdict.blame)}</div>")
    if verdict.example:
        rows.append(_preformatted(verdict.example))
    if verdict.problem and verdict.answered:
        rows.append(_preformatted(verdict.problem))
    elif verdict.answered:
        rows.append(_checks_html(verdict))
    for note in (*verdict.flags, *verdict.notes):
        rows.append(f"<div>Note: {_escaped(note)}</div>")
    if verdict.answered:
        rows.append(f"<small>{_escaped(footer(verdict, saved_to))}</small>")
    style = _STYLE.format(colour=_COLOURS[sign])
    return f'<div role="status" style="{style}">{"".join(rows)}</div>'


def _checks_html(verdict: Verdict) -> str:
    items = [
        f"<li style='list-style:none'>{mark} {_escaped(words)} <small>({points})</small></li>"
        for mark, words, points in _check_rows(verdict)
    ]
    whole = f"<ul style='margin:4px 0;padding-left:4px'>{''.join(items)}</ul>"
    passed = sum(check.passed for check in verdict.checks)
    if verdict.passed or verdict.diagnosis is not None:
        look = "display:list-item;cursor:pointer"  # nbgrader's pages hide the triangle
        summary = f"<summary style='{look}'>{passed} of {len(items)} checks pass</summary>"
        return f"<details>{summary}{whole}</details>"
    return whole


def _preformatted(text: str) -> str:
    return f"<pre style='white-space:pre-wrap;margin:4px 0'>{_escaped(text)}</pre>"


def _escaped(text: str) -> str:
    return html.escape(text)
