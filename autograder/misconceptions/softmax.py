"""Lesson 00: mistakes people make with softmax."""

from __future__ import annotations

import torch

from autograder.misconceptions import misconception

SOFTMAX = "softmax"
MATHEMATICS = "The mathematics"
BREAK_IT = "Break it"


def _shares(logits, dim=-1):
    """Softmax as it should be."""
    powers = (logits - logits.amax(dim=dim, keepdim=True)).exp()
    return powers / powers.sum(dim=dim, keepdim=True)


@misconception(
    SOFTMAX,
    "overflow",
    "Your exponentials overflow: large scores give NaN",
    "exp of 100 is already too large for float32, and infinity divided by infinity is NaN. Adding "
    "a constant to all scores changes no share, so choose one that keeps every exponent small.",
    MATHEMATICS,
)
def overflow(logits, dim=-1):
    powers = logits.exp()
    return powers / powers.sum(dim=dim, keepdim=True)


@misconception(
    SOFTMAX,
    "max-of-everything",
    "You subtract one maximum for the whole tensor, so a row far below it becomes NaN",
    "All exponentials of such a row are zero, and so is their total. Each slice along dim needs a "
    "maximum of its own.",
    BREAK_IT,
)
def max_of_everything(logits, dim=-1):
    powers = (logits - logits.max()).exp()
    return powers / powers.sum(dim=dim, keepdim=True)


@misconception(
    SOFTMAX,
    "max-in-numerator-only",
    "You subtract the maximum above the fraction line only, so the shares do not sum to 1",
    "Subtracting changes nothing only because it happens to the numerator and the denominator "
    "alike. Make the exponentials once and use them in both places.",
    MATHEMATICS,
)
def max_in_numerator_only(logits, dim=-1):
    powers = (logits - logits.amax(dim=dim, keepdim=True)).exp()
    return powers / logits.exp().sum(dim=dim, keepdim=True)


@misconception(
    SOFTMAX,
    "mean-subtracted",
    "You subtract the mean, not the maximum, so widely spread scores still overflow",
    "Below the maximum every exponent is at most zero and nothing overflows; above the mean there "
    "is no such limit. Subtract the largest score.",
    MATHEMATICS,
)
def mean_subtracted(logits, dim=-1):
    powers = (logits - logits.mean(dim=dim, keepdim=True)).exp()
    return powers / powers.sum(dim=dim, keepdim=True)


@misconception(
    SOFTMAX,
    "clamped",
    "You cut off large scores, so all of them get the same share",
    "Two scores above the limit become equal although one was higher. Subtract the largest score: "
    "that keeps every difference.",
    MATHEMATICS,
)
def clamped(logits, dim=-1):
    powers = logits.clamp(-80, 80).exp()
    return powers / powers.sum(dim=dim, keepdim=True)


@misconception(
    SOFTMAX,
    "nan-hidden",
    "You replace NaN by numbers, so the shares of large scores are wrong without a word",
    "The NaN was the only sign that the exponentials had overflowed. Keep them from overflowing.",
    BREAK_IT,
)
def nan_hidden(logits, dim=-1):
    return torch.nan_to_num(overflow(logits, dim))


@misconception(
    SOFTMAX,
    "dim-ignored",
    "Your softmax always runs along the last axis",
    "dim says along which axis the shares sum to 1. Give it to the maximum and to the sum.",
    MATHEMATICS,
)
def dim_ignored(logits, dim=-1):
    return _shares(logits, -1)


@misconception(
    SOFTMAX,
    "first-axis",
    "Your softmax always runs along the first axis",
    "With the default dim=-1 each row of a table has to sum to 1, not each column. Give dim to "
    "the maximum and to the sum.",
    BREAK_IT,
)
def first_axis(logits, dim=-1):
    return _shares(logits, 0)


@misconception(
    SOFTMAX,
    "all-in-one",
    "Your shares sum to 1 over the whole tensor, not along one axis",
    "Every row is a question of its own and shares out 1 of its own. Sum along dim and keep the "
    "axis.",
    MATHEMATICS,
)
def all_in_one(logits, dim=-1):
    powers = (logits - logits.max()).exp()
    return powers / powers.sum()


@misconception(
    SOFTMAX,
    "no-keepdim",
    "The axis you sum over disappears, so the division does not fit",
    "A total of shape (rows,) is lined up with the columns when shapes are matched from the right. "
    "Keep the summed axis with size 1.",
    "Broadcasting",
)
def no_keepdim(logits, dim=-1):
    powers = (logits - logits.amax(dim=dim, keepdim=True)).exp()
    return powers / powers.sum(dim=dim)


@misconception(
    SOFTMAX,
    "no-exp",
    "You divide the scores themselves by their total",
    "Scores may be negative, and then so are your shares; their total may even be zero. The "
    "exponential makes every score positive first.",
    "Softmax in one sentence",
)
def no_exp(logits, dim=-1):
    return logits / logits.sum(dim=dim, keepdim=True)


@misconception(
    SOFTMAX,
    "sigmoid",
    "You squeeze each score by itself, so the shares do not sum to 1",
    "That is the logistic function: it does not look at the other scores. A share is an "
    "exponential divided by the total of all exponentials along dim.",
    "Softmax in one sentence",
)
def sigmoid(logits, dim=-1):
    return torch.sigmoid(logits)


@misconception(
    SOFTMAX,
    "logarithm",
    "You return the logarithms of the shares",
    "Those are at most zero and do not sum to 1; they belong in a loss. Return the shares "
    "themselves.",
    MATHEMATICS,
)
def logarithm(logits, dim=-1):
    return torch.log_softmax(logits, dim=dim)


@misconception(
    SOFTMAX,
    "total-of-everything",
    "You divide by the total of the whole tensor",
    "Each slice along dim has to sum to 1 by itself, so each needs a total of its own. Sum along "
    "dim, and keep the axis.",
    MATHEMATICS,
)
def total_of_everything(logits, dim=-1):
    powers = (logits - logits.amax(dim=dim, keepdim=True)).exp()
    return powers / powers.sum()


@misconception(
    SOFTMAX,
    "always-float32",
    "Your shares are always float32, whatever came in",
    "The result has to have the dtype of the scores, or the next part meets two dtypes at once. "
    "Convert back before you return.",
    "Shapes",
)
def always_float32(logits, dim=-1):
    return _shares(logits.float(), dim)


@misconception(
    SOFTMAX,
    "no-gradient",
    "No gradient gets through your softmax",
    "Detaching the scores, taking them to NumPy or computing under no_grad makes the result a "
    "constant, and nothing before it can learn. Stay with differentiable operations on the scores.",
    MATHEMATICS,
)
def no_gradient(logits, dim=-1):
    return _shares(logits.detach(), dim)


@misconception(
    SOFTMAX,
    "in-place",
    "You subtract the maximum from the caller's own tensor",
    "The scores still belong to whoever called you and must stay as they were. Make a new tensor "
    "for the shifted scores.",
    MATHEMATICS,
)
def in_place(logits, dim=-1):
    with torch.no_grad():
        logits -= logits.amax(dim=dim, keepdim=True)
    return _shares(logits, dim)
