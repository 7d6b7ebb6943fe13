"""Lesson 10: each thing that a training step has to do is seen by a check of its own."""

from __future__ import annotations

import pytest

from autograder.examine import examine
from autograder.misconceptions import misconceptions_of
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from minitransformer.stub import reference_only

LOST = {
    "smoothing-ignored": {"smoothing"},
    "clipped-one-by-one": {"clipping"},
    "not-clipped": {"clipping"},
    "gradients-not-cleared": {"two steps"},
    "mode-untouched": {"mode"},
    "loss-tensor": {"loss"},
    "loss-after-update": {"loss"},
}


@pytest.mark.parametrize("mistake", LOST)
def test_one_fault_in_a_step_costs_one_check(mistake):
    (entry,) = (m for m in misconceptions_of("train_step") if m.id == mistake)
    with reference_only():
        verdict = examine(spec_of("train_step"), LocalSubject("train_step", entry.answer), 5)
    assert {check.name for check in verdict.checks if not check.passed} == LOST[mistake]


def test_the_learning_rates_tolerance_is_relative():
    for case in spec_of("warmup_lr").draw_cases(3):
        expected = spec_of("warmup_lr").oracle(case)
        assert case.tolerance == pytest.approx(1e-5 * expected)
