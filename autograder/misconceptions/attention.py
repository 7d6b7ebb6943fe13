"""Lesson 04: mistakes people make with attention and its masks."""

from __future__ import annotations

import math

import torch

from autograder.misconceptions import misconception
from minitransformer import softmax

ATTENTION = "scaled_dot_product_attention"
SCALE = "The mathematics"
MASKS = "The mathematics"


def _attend(query, key, value, mask, scale, dim=-1):
    """Attention with a scale and a softmax axis of the mistake's choosing."""
    scores = query @ key.transpose(-2, -1) * scale
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = softmax(scores, dim=dim)
    if mask is not None:
        weights = weights * mask
    return weights @ value, weights


@misconception(
    ATTENTION,
    "no-scale",
    "Your scores are not divided by √d_k",
    "The variance of a dot product grows with d_k, so without the scale the softmax saturates and "
    "learns slowly. Divide the scores by the square root of the key's last axis.",
    SCALE,
)
def no_scale(query, key, value, mask=None):
    return _attend(query, key, value, mask, 1.0)


@misconception(
    ATTENTION,
    "scale-d_k",
    "Your scores are divided by d_k, not √d_k",
    "The standard deviation of a dot product of d_k terms is √d_k; dividing by d_k makes all "
    "weights nearly equal. Take the square root first.",
    SCALE,
)
def scaled_by_d_k(query, key, value, mask=None):
    return _attend(query, key, value, mask, 1 / query.size(-1))


@misconception(
    ATTENTION,
    "scale-length",
    "Your scores are divided by the root of a length, not of d_k",
    "It is the number of terms in each dot product that makes scores large, not the number of "
    "words. Use the size of the last axis of query or key.",
    SCALE,
)
def scaled_by_length(query, key, value, mask=None):
    return _attend(query, key, value, mask, 1 / math.sqrt(key.size(-2)))


@misconception(
    ATTENTION,
    "scale-d_v",
    "Your scores are divided by √d_v, not √d_k",
    "The values play no part in the scores, so their width does not matter to the scale. Use the "
    "last axis of query or key.",
    SCALE,
)
def scaled_by_d_v(query, key, value, mask=None):
    return _attend(query, key, value, mask, 1 / math.sqrt(value.size(-1)))


@misconception(
    ATTENTION,
    "scale-after-softmax",
    "Your weights are divided by √d_k after the softmax, so they no longer sum to 1",
    "The scale belongs to the scores: it has to act before the softmax turns them into shares. "
    "Divide first, then take the softmax.",
    SCALE,
)
def scaled_after_softmax(query, key, value, mask=None):
    _, weights = _attend(query, key, value, mask, 1.0)
    weights = weights / math.sqrt(query.size(-1))
    return weights @ value, weights


@misconception(
    ATTENTION,
    "softmax-over-queries",
    "Your softmax runs over the queries, not over the keys",
    "Each query shares out its attention, so each row over the keys has to sum to 1. Take the "
    "softmax over the last axis of the scores.",
    "The mathematics",
)
def softmax_over_queries(query, key, value, mask=None):
    return _attend(query, key, value, mask, 1 / math.sqrt(query.size(-1)), dim=-2)


@misconception(
    ATTENTION,
    "mask-inverted",
    "Your mask is the wrong way round: you hide what may be seen",
    "In this course True means that a query may attend. Fill the scores where the mask is False.",
    MASKS,
)
def mask_inverted(query, key, value, mask=None):
    return _attend(
        query, key, value, None if mask is None else ~mask, 1 / math.sqrt(query.size(-1))
    )


@misconception(
    ATTENTION,
    "mask-after-softmax",
    "Your mask acts after the softmax, so the rows no longer sum to 1",
    "A masked key has already taken its share when the softmax is done. Hide it in the scores, "
    "before the softmax.",
    MASKS,
)
def mask_after_softmax(query, key, value, mask=None):
    _, weights = _attend(query, key, value, None, 1 / math.sqrt(query.size(-1)))
    if mask is not None:
        weights = weights * mask
    return weights @ value, weights


@misconception(
    ATTENTION,
    "mask-ignored",
    "Your mask is not used",
    "Without it padding and later words take part in the mean. Fill the scores where the mask is "
    "False before the softmax.",
    MASKS,
)
def mask_ignored(query, key, value, mask=None):
    return _attend(query, key, value, None, 1 / math.sqrt(query.size(-1)))


@misconception(
    ATTENTION,
    "mask-multiplies-scores",
    "Your mask multiplies the scores, so a hidden key gets the score 0, not none",
    "A score of 0 is an ordinary score and still earns a share. Put the lowest number the dtype "
    "has, or minus infinity, where the mask is False.",
    MASKS,
)
def mask_multiplies_scores(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores * mask
    weights = softmax(scores, dim=-1)
    return weights @ value, weights


@misconception(
    ATTENTION,
    "weak-fill",
    "Your fill value is too weak: with large scores a hidden key is still seen",
    "A fixed number such as −100 only hides keys while every score is well above it. Fill with "
    "torch.finfo(dtype).min or minus infinity.",
    MASKS,
)
def weak_fill(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(~mask, -100.0)
    weights = softmax(scores, dim=-1)
    if mask is not None:
        weights = weights * mask.any(dim=-1, keepdim=True)
    return weights @ value, weights


@misconception(
    ATTENTION,
    "masked-row-nan",
    "A query that sees nothing gives NaN",
    "When every score of a row is minus infinity, the softmax divides 0 by 0. Give such rows "
    "weights of zero.",
    MASKS,
)
def masked_row_nan(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = softmax(scores, dim=-1)
    return weights @ value, weights


@misconception(
    ATTENTION,
    "masked-row-uniform",
    "A query that sees nothing gets equal weights over all keys, hidden ones included",
    "With every score at the same low number, the softmax shares evenly. Set the weights of such "
    "rows to zero.",
    MASKS,
)
def masked_row_uniform(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = softmax(scores, dim=-1)
    return weights @ value, weights


@misconception(
    ATTENTION,
    "returns-scores",
    "Your second result is the scores, not the weights",
    "The weights are what the softmax makes of the scores; they show who attends to whom. Return "
    "them after the softmax.",
    "The mathematics",
)
def returns_scores(query, key, value, mask=None):
    output, _ = _attend(query, key, value, mask, 1 / math.sqrt(query.size(-1)))
    return output, query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))


@misconception(
    ATTENTION,
    "swapped-results",
    "You return the weights first and the output second",
    "The contract names the output first, then the weights. Swap the two.",
    "The mathematics",
)
def swapped_results(query, key, value, mask=None):
    output, weights = _attend(query, key, value, mask, 1 / math.sqrt(query.size(-1)))
    return weights, output


@misconception(
    ATTENTION,
    "output-only",
    "You return the output alone",
    "The weights show who attends to whom; later lessons plot them and heads return them. Return "
    "output and weights.",
    "The mathematics",
)
def output_only(query, key, value, mask=None):
    return _attend(query, key, value, mask, 1 / math.sqrt(query.size(-1)))[0]


@misconception(
    ATTENTION,
    "scale-multiplies",
    "You multiply the scores by √d_k in place of dividing",
    "That makes large scores larger still, and the softmax picks one key and ignores the rest. "
    "Divide by the square root.",
    SCALE,
)
def scale_multiplies(query, key, value, mask=None):
    return _attend(query, key, value, mask, math.sqrt(query.size(-1)))


@misconception(
    ATTENTION,
    "softmax-axis-1",
    "Your softmax runs along axis 1, whatever that is",
    "With heads, axis 1 is the head, and the weights of one query no longer add up to 1. Count the "
    "axis from the end: the keys are the last, dim=-1.",
    "The mathematics",
)
def softmax_along_axis_1(query, key, value, mask=None):
    scale = 1 / math.sqrt(query.size(-1))
    return _attend(query, key, value, mask, scale, dim=min(1, query.dim() - 1))


PADDING = "padding_mask"


@misconception(
    PADDING,
    "inverted",
    "Your mask is True at padding",
    "In this course True means may attend, and nothing attends to padding. Turn the comparison "
    "round.",
    MASKS,
)
def padding_inverted(ids, pad_id):
    return (ids == pad_id)[:, None, None, :]


@misconception(
    PADDING,
    "query-side",
    "Your mask hides queries, not keys",
    "Padding must not be looked at, so the length belongs on the last axis, where the keys are. "
    "Put the new axes before it.",
    MASKS,
)
def padding_on_query_side(ids, pad_id):
    return (ids != pad_id)[:, None, :, None]


@misconception(
    PADDING,
    "no-axes",
    "Your mask lacks the axes for heads and queries",
    "The mask has to broadcast to (batch, heads, query length, key length). Add two axes of size "
    "1 after the batch.",
    MASKS,
)
def padding_without_axes(ids, pad_id):
    return ids != pad_id


@misconception(
    PADDING,
    "zero-is-padding",
    "Your mask takes 0 for padding, whatever pad_id says",
    "The padding id is a choice of the vocabulary. Compare with pad_id.",
    MASKS,
)
def padding_is_zero(ids, pad_id):
    return (ids != 0)[:, None, None, :]


@misconception(
    PADDING,
    "numbers",
    "Your mask holds numbers, not booleans",
    "A boolean mask cannot be mistaken for scores or weights. Return the comparison itself.",
    MASKS,
)
def padding_numbers(ids, pad_id):
    return (ids != pad_id)[:, None, None, :].float()


@misconception(
    PADDING,
    "greater-than",
    "Your mask assumes that padding has the lowest id",
    "Ids have no order: padding may be any number. Test for different from pad_id, not for "
    "greater.",
    MASKS,
)
def padding_greater(ids, pad_id):
    return (ids > pad_id)[:, None, None, :]


CAUSAL = "causal_mask"


@misconception(
    CAUSAL,
    "off-by-one",
    "Your mask hides each position from itself",
    "A position may look at itself: the diagonal is True. Otherwise the first position sees "
    "nothing at all.",
    MASKS,
)
def causal_without_diagonal(length):
    return torch.ones(length, length, dtype=torch.bool).tril(-1)


@misconception(
    CAUSAL,
    "one-too-many",
    "Your mask lets each position see one step into the future",
    "Position i is used to predict word i + 1, so seeing it gives the answer away. Stop at the "
    "diagonal.",
    MASKS,
)
def causal_one_too_many(length):
    return torch.ones(length, length, dtype=torch.bool).tril(1)


@misconception(
    CAUSAL,
    "future-only",
    "Your mask is turned over: each position sees only the future",
    "Rows are queries and columns are keys; a query may see keys at or before it. Keep the lower "
    "triangle.",
    MASKS,
)
def causal_upper(length):
    return torch.ones(length, length, dtype=torch.bool).triu()


@misconception(
    CAUSAL,
    "true-hides",
    "Your mask marks what to hide; True has to mean may attend",
    "It is the mask some libraries want, inverted. Keep the lower triangle, diagonal included.",
    MASKS,
)
def causal_true_hides(length):
    return torch.ones(length, length, dtype=torch.bool).triu(1)


@misconception(
    CAUSAL,
    "numbers",
    "Your mask holds numbers, not booleans",
    "A boolean mask cannot be mistaken for scores or weights. Make it with dtype=torch.bool.",
    MASKS,
)
def causal_numbers(length):
    return torch.ones(length, length).tril()


@misconception(
    CAUSAL,
    "additive",
    "Your mask is the additive kind, with minus infinity",
    "Adding −inf to the scores does the same, but this course passes booleans around. Return True "
    "where attending is allowed.",
    MASKS,
)
def causal_additive(length):
    return torch.full((length, length), -math.inf).triu(1)


@misconception(
    CAUSAL,
    "no-mask",
    "Your mask allows everything",
    "Then the decoder reads the answer during training and fails when it has to write. Hide what "
    "comes later.",
    MASKS,
)
def causal_everything(length):
    return torch.ones(length, length, dtype=torch.bool)
