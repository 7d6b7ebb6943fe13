"""Faults of a property are told with their cause, in words a learner can act on."""

from __future__ import annotations

import pytest

from autograder.examine import examine
from autograder.hints import dtype_hint, exception_hint, shape_hint
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text


def _messages(exercise, *changes):
    text = answer_text(exercise)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    verdict = examine(spec_of(exercise), LocalSubject(exercise, text))
    assert not verdict.passed
    return {check.name: check.message for check in verdict.checks}


ATTENTION = "scaled_dot_product_attention"


@pytest.mark.parametrize(
    "exercise, change, check, words",
    [
        (ATTENTION, ("@ value, weights", "@ value, weights.mT"), "values", "changed places"),
        (ATTENTION, ("return weights", "weights"), "values", "Is the return missing"),
        (ATTENTION, (", weights  #", "  #"), "values", "the output and the weights"),
        ("merge_heads", (".flatten(2)", ""), "values", "merge the heads"),
        ("split_heads", ("return pieces.transpose(1, 2)", "return x"), "values", "split the heads"),
        ("FeedForward", ("self.linear2(self", "self.linear2.float()(self"), "precision", "dtype"),
        (ATTENTION, ("* mask", "* 1"), "masked rows", "Hidden keys still get weight"),
        (
            ATTENTION,
            ("torch.finfo(scores.dtype).min)", "-math.inf)"),
            "masked rows",
            "in some row nothing may be seen",
        ),
        (
            ATTENTION,
            ("weights = softmax(scores, dim=-1) *", "weights = softmax(scores, dim=-1) + 0 *"),
            "masked rows",
            "Hidden keys still get weight",
        ),
        (
            ATTENTION,
            ("scores.masked_fill(~mask", "scores.masked_fill(~mask & False"),
            "mask",
            "A row of weights sums to",
        ),
        ("softmax", ("logits - largest", "logits"), "large scores", "leaves the range of numbers"),
        ("EncoderLayer", ("(y, y, y, mask)", "(y, y, y)"), "mask", "the result without mask"),
        (
            "DecoderLayer",
            ("(y, y, y, self_mask)", "(y, y, y)"),
            "self_mask",
            "the result without self_mask",
        ),
        (
            "Transformer",
            ("causal & padding", "padding"),
            "causal",
            "the future leaks into the past",
        ),
        (
            "LayerNorm",
            ("mean(dim=-1, keepdim=True)", "mean(dim=0, keepdim=True)"),
            "alone",
            "Items of a batch influence each other",
        ),
        (
            "AddNorm",
            (
                "nn.Dropout(dropout)",
                "nn.Dropout(dropout).requires_grad_() and (lambda y: F.dropout(y, dropout))",
            ),
            "dropout",
            "dropout acts in evaluation mode",
        ),
        ("AddNorm", ("self.norm(x +", "self.norm(x.detach() +"), "gradients", "gradient"),
        (
            "LayerNorm",
            ("+ self.beta", "+ self.beta.detach()"),
            "gradients",
            "no gradient reaches the parameter beta: it takes no part",
        ),
        ("shift_right", ("tgt.roll(1, dims=1)", "tgt"), "inputs", "changed in place"),
        ("causal_mask", (", dtype=torch.bool", ""), "values", "dtype=torch.bool"),
        (
            "MultiHeadAttention",
            ("merge_heads(", "put_together("),
            "values",
            "This cell does not define put_together",
        ),
    ],
)
def test_a_fault_is_told_with_its_cause(exercise, change, check, words):
    assert words in _messages(exercise, change)[check]


@pytest.mark.parametrize(
    "found, expected, words",
    [
        ((2, 3, 5, 4), (2, 3, 4, 5), "last two axes"),
        ((3, 2, 4, 5), (2, 3, 4, 5), "another order"),
        ((2, 3, 4, 5), (2, 4, 15), "merge the heads"),
        ((2, 4, 15), (2, 3, 4, 5), "split the heads"),
        ((), (2, 3), "one number"),
        ((3, 4), (2, 3, 4), "the batch, is gone"),
        ((2, 3, 1), (2, 3), "squeeze"),
        ((2, 3), (2, 3, 1), "unsqueeze"),
        ((2, 7, 4), (2, 6, 4), "one too many"),
        ((2, 3, 8), (2, 3, 4), "twice as long"),
        ((9, 9), (2, 3, 4), ""),
    ],
)
def test_a_shape_tells_the_missing_step(found, expected, words):
    assert words in shape_hint(found, expected) and bool(words) == bool(shape_hint(found, expected))


def test_every_dtype_has_a_hint():
    for found, expected in (("float32", "bool"), ("float32", "int64"), ("float64", "float32")):
        assert dtype_hint(found, expected)
    assert "dtype=x.dtype" in dtype_hint("float32", "float64")


def test_exceptions_of_torch_are_explained_from_real_ones():
    import torch
    from torch import nn

    class NoSuper(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(2, 2)

    x = torch.ones(2, 3)
    for wrong, words in (
        (NoSuper, "super().__init__()"),
        (lambda: x @ x, "Two shapes do not fit"),
        (lambda: x + torch.ones(2), "Two shapes do not fit"),
        (lambda: x @ x.mT.double(), "Two dtypes meet"),
        (lambda: x.mT.view(6), "reshape"),
        (lambda: 1 if x else 0, "whole tensor"),
        (lambda: x.view(2, 3 / 1), "//"),
        (lambda: x - torch.max(x, 1), "Take its .values"),
        (lambda: torch.relu((x, x)), "A tuple stands"),
        (lambda: torch.cat([x, x[0]]), "lacks an axis"),
        (lambda: torch.cat([x, x[:, :2]]), "agree along every other axis"),
        (lambda: x.sum(4), "Count axes from the end"),
        (lambda: ~x, "boolean"),
        (lambda: nn.Parameter(x).numpy(), "cuts the gradient"),
        (lambda: nn.Parameter(x).add_(1), "changed in place"),
        (lambda: nn.ReLU().weights, "self.weights"),
    ):
        with pytest.raises(Exception) as caught:
            wrong()
        message = f"{type(caught.value).__name__}: {caught.value}"
        assert words in exception_hint(message), message
