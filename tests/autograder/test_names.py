"""Parameters under other names than the contract's: told as that, with which should be which."""

from __future__ import annotations

import pytest

from autograder.examine import examine
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.specification import ONLY_NAMES
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text
from minitransformer.stub import reference_only

RIGHT = answer_text("LayerNorm").replace("gamma", "weight").replace("beta", "bias")
WRONG = RIGHT.replace("rsqrt", "sqrt")


@pytest.fixture(scope="module")
def warm():
    with WarmProcess() as process:
        yield process


@pytest.fixture(params=["at home", "in class"])
def verdict_of(request, warm):
    def verdict(exercise, text):
        if request.param == "in class":
            return examine(spec_of(exercise), ProcessSubject(exercise, text, warm))
        with reference_only():
            return examine(spec_of(exercise), LocalSubject(exercise, text))

    return verdict


def gate(verdict):
    return verdict.checks[0].message


def test_right_values_under_other_names_are_told_as_that(verdict_of):
    verdict = verdict_of("LayerNorm", RIGHT)
    assert verdict.score == 0
    assert "weight should be gamma, bias should be beta" in gate(verdict)
    assert ONLY_NAMES in gate(verdict)


def test_wrong_values_under_other_names_are_not_called_right(verdict_of):
    assert WRONG != RIGHT
    verdict = verdict_of("LayerNorm", WRONG)
    told = "".join(check.message for check in verdict.checks)
    assert "weight should be gamma" in told
    assert ONLY_NAMES not in gate(verdict)


def test_a_name_is_told_once_for_a_whole_layer(verdict_of):
    text = answer_text("MultiHeadAttention").replace("q_proj", "to_q")
    message = gate(verdict_of("MultiHeadAttention", text))
    assert "to_q should be q_proj" in message and "weight" not in message
    assert ONLY_NAMES in message


def test_a_missing_parameter_is_named(verdict_of):
    text = "class LayerNorm(nn.Module):\n    def __init__(self, d_model, eps=1e-5):\n"
    text += "        super().__init__()\n\n    def forward(self, x):\n        return x\n"
    assert "gamma" in "".join(check.message for check in verdict_of("LayerNorm", text).checks)
