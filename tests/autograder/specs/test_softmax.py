"""Lesson 00: a wrong answer loses the points of the property it lacks, and no others."""

from __future__ import annotations

import pytest
import torch

from autograder.examine import examine
from autograder.specs import spec_of
from autograder.subject import LocalSubject


def _on_the_cpu(logits, dim=-1):
    zero = torch.zeros(1, dtype=logits.dtype)  # on no device but the CPU
    return torch.softmax(logits + zero, dim=dim)


def _last_axis(logits, dim=-1):
    return torch.softmax(logits, dim=-1)


def _overflowing(logits, dim=-1):
    return logits.exp() / logits.exp().sum(dim=dim, keepdim=True)


def _detached(logits, dim=-1):
    return torch.softmax(logits.detach(), dim=dim)


def _float32(logits, dim=-1):
    return torch.softmax(logits.float(), dim=dim)


def _overwriting(logits, dim=-1):
    with torch.no_grad():
        return torch.softmax(logits, dim=dim), logits.zero_()


ONE_FAULT = {
    "axis": (_last_axis, 1),
    "large scores": (_overflowing, 2),
    "device": (_on_the_cpu, 0.5),
    "precision": (_float32, 0.5),
}


@pytest.mark.parametrize("check", ONE_FAULT)
def test_one_fault_costs_one_check(check):
    answer, points = ONE_FAULT[check]
    verdict = examine(spec_of("softmax"), LocalSubject("softmax", answer), seed=3)
    assert [c.name for c in verdict.checks if not c.passed] == [check]
    assert verdict.score == verdict.points - points


def test_no_gradient_is_told_as_such():
    verdict = examine(spec_of("softmax"), LocalSubject("softmax", _detached))
    (failed,) = [check for check in verdict.checks if not check.passed]
    assert failed.name == "gradients" and "no gradient reaches" in failed.message


def test_a_wrong_value_along_the_last_axis_earns_nothing():
    verdict = examine(spec_of("softmax"), LocalSubject("softmax", _overwriting))
    assert verdict.score == 0
