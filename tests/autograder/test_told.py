"""What a contract asks for beyond its fixed terms is told in a note, and decides nothing."""

from __future__ import annotations

import pytest

from autograder.examine import examine
from autograder.notebooks import points_text
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text
from minitransformer.stub import reference_only

REFUSALS = {
    "sample": ("if temperature <= 0", "if False"),
    "PositionalEncoding": ("if length > max_len", "if False"),
    "bleu": (
        'raise ValueError(f"{len(hypotheses)} hypotheses, but {len(references)} references")',
        "hypotheses = hypotheses[: len(references)]",
    ),
}


@pytest.mark.parametrize("exercise", REFUSALS)
def test_an_answer_without_the_value_error_passes_and_is_told(exercise):
    text = answer_text(exercise)
    before, after = REFUSALS[exercise]
    assert before in text
    with reference_only():
        verdict = examine(spec_of(exercise), LocalSubject(exercise, text.replace(before, after)))
    assert verdict.passed and verdict.score == verdict.points
    assert "refusal" not in {check.name for check in verdict.checks}
    (note,) = verdict.notes
    assert "a ValueError: it gave a result" in note or "expected a ValueError" in note


@pytest.mark.parametrize("exercise", REFUSALS)
def test_the_table_of_points_says_that_it_is_only_told(exercise):
    assert "a ValueError | told |" in points_text(exercise)
