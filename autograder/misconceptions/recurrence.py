"""Lesson 01: mistakes people make with a recurrent step and with additive attention."""

from __future__ import annotations

import math

import torch

from autograder.misconceptions import misconception
from minitransformer import softmax

STEP = "rnn_step"
ADDITIVE = "additive_attention"
MATHEMATICS = "The mathematics"
BY_HAND = "By hand"
BREAK_IT = "Break it"


@misconception(
    STEP,
    "no-tanh",
    "Your step has no tanh",
    "Without it many steps are one matrix product, and the state may grow without limit. Squeeze "
    "the sum with tanh.",
    MATHEMATICS,
)
def no_tanh(x, h, W_xh, W_hh, b):
    return x @ W_xh + h @ W_hh + b


@misconception(
    STEP,
    "sigmoid",
    "You squeeze with the logistic function, not with tanh",
    "Its values lie between 0 and 1, those of tanh between −1 and 1 with 0 staying 0. The logistic "
    "function belongs to the gates of a GRU or an LSTM.",
    MATHEMATICS,
)
def step_sigmoid(x, h, W_xh, W_hh, b):
    return torch.sigmoid(no_tanh(x, h, W_xh, W_hh, b))


@misconception(
    STEP,
    "relu",
    "You cut off below zero where tanh should squeeze",
    "ReLU keeps large numbers as they are, so the state can grow at each step. This step uses "
    "tanh.",
    MATHEMATICS,
)
def step_relu(x, h, W_xh, W_hh, b):
    return torch.relu(no_tanh(x, h, W_xh, W_hh, b))


@misconception(
    STEP,
    "no-bias",
    "Your step leaves out the bias",
    "The bias is the part of the sum that depends on neither word nor state. Add it before the "
    "tanh.",
    MATHEMATICS,
)
def no_bias(x, h, W_xh, W_hh, b):
    return torch.tanh(x @ W_xh + h @ W_hh)


@misconception(
    STEP,
    "bias-twice",
    "You add the bias twice",
    "One b serves the word and the state together. Add it once, to the sum of both products.",
    MATHEMATICS,
)
def bias_twice(x, h, W_xh, W_hh, b):
    return torch.tanh((x @ W_xh + b) + (h @ W_hh + b))


@misconception(
    STEP,
    "bias-outside",
    "Your bias is added after the tanh",
    "Then the state can leave the range from −1 to 1. All three terms belong inside the tanh.",
    MATHEMATICS,
)
def bias_outside(x, h, W_xh, W_hh, b):
    return torch.tanh(x @ W_xh + h @ W_hh) + b


@misconception(
    STEP,
    "two-tanhs",
    "You squeeze the word and the state one by one",
    "The new state is one tanh of one sum, so that word and state can cancel or strengthen each "
    "other before the squeezing. Add first.",
    MATHEMATICS,
)
def two_tanhs(x, h, W_xh, W_hh, b):
    return torch.tanh(x @ W_xh) + torch.tanh(h @ W_hh + b)


@misconception(
    STEP,
    "no-memory",
    "Your step does not use the old state",
    "Then the network forgets everything but the last word. The state, times W_hh, is the second "
    "term of the sum.",
    "A recurrent network",
)
def no_memory(x, h, W_xh, W_hh, b):
    return torch.tanh(x @ W_xh + b)


@misconception(
    STEP,
    "not-reading",
    "Your step does not use the word",
    "Then the state goes on without ever reading. The word, times W_xh, is the first term of the "
    "sum.",
    "A recurrent network",
)
def not_reading(x, h, W_xh, W_hh, b):
    return torch.tanh(h @ W_hh + b)


@misconception(
    STEP,
    "W_hh-transposed",
    "Your W_hh is transposed",
    "It is square, so no error tells you. The contract multiplies it from the right, as it is: "
    "state times W_hh.",
    MATHEMATICS,
)
def recurrent_weight_transposed(x, h, W_xh, W_hh, b):
    return torch.tanh(x @ W_xh + h @ W_hh.T + b)


@misconception(
    STEP,
    "weights-from-the-left",
    "You multiply the weights from the left, as for one column vector",
    "With a batch the words are rows: (batch, inputs) times (inputs, hidden). Put the weights on "
    "the right.",
    MATHEMATICS,
)
def weights_from_the_left(x, h, W_xh, W_hh, b):
    return torch.tanh(W_xh @ x + W_hh @ h + b)


@misconception(
    STEP,
    "residual",
    "You add the old state once more, outside the tanh",
    "That is a residual step, a later invention; here the old state acts through W_hh only. Return "
    "the tanh alone.",
    MATHEMATICS,
)
def residual(x, h, W_xh, W_hh, b):
    return h + torch.tanh(no_tanh(x, h, W_xh, W_hh, b))


@misconception(
    STEP,
    "tanh-overflows",
    "Your own tanh overflows: large inputs give NaN",
    "For large numbers both exponentials, or their quotient, pass what the dtype can hold. "
    "torch.tanh is written so that this does not happen.",
    MATHEMATICS,
)
def tanh_overflows(x, h, W_xh, W_hh, b):
    total = no_tanh(x, h, W_xh, W_hh, b)
    return (total.exp() - (-total).exp()) / (total.exp() + (-total).exp())


@misconception(
    STEP,
    "state-overwritten",
    "You write the new state into the old one",
    "The caller may still need the old state, and gradients do. Return a new tensor.",
    BREAK_IT,
)
def state_overwritten(x, h, W_xh, W_hh, b):
    new = torch.tanh(no_tanh(x, h, W_xh, W_hh, b))
    with torch.no_grad():
        h.copy_(new)
    return new


def _scores(query, keys, W_q, W_k, v):
    return torch.tanh((query @ W_q)[:, None, :] + keys @ W_k) @ v  # (B, T)


def _attend(scores, keys, mask, dim=-1):
    """Weights and context of scores, as they should be unless ``dim`` says otherwise."""
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = softmax(scores, dim=dim)
    if mask is not None:
        weights = weights * mask
    return _mix(weights, keys), weights


def _mix(weights, keys):
    return (weights[:, :, None] * keys).sum(dim=1)  # (B, T, K) -> (B, K)


@misconception(
    ADDITIVE,
    "no-tanh",
    "Your scores have no tanh",
    "Without it the query adds the same number to every score, so it does not matter what is "
    "looked for. Squeeze the sum of query and key before v.",
    MATHEMATICS,
)
def additive_no_tanh(query, keys, W_q, W_k, v, mask=None):
    scores = ((query @ W_q)[:, None, :] + keys @ W_k) @ v
    return _attend(scores, keys, mask)


@misconception(
    ADDITIVE,
    "relu",
    "You bend the sum with ReLU, not with tanh",
    "The small network of the contract has a tanh between its layers. ReLU forgets everything "
    "below zero.",
    MATHEMATICS,
)
def additive_relu(query, keys, W_q, W_k, v, mask=None):
    scores = torch.relu((query @ W_q)[:, None, :] + keys @ W_k) @ v
    return _attend(scores, keys, mask)


@misconception(
    ADDITIVE,
    "v-left-out",
    "Your scores are plain sums: v is left out",
    "v says how much each entry of the hidden layer counts. Multiply by v in place of summing.",
    MATHEMATICS,
)
def v_left_out(query, keys, W_q, W_k, v, mask=None):
    scores = torch.tanh((query @ W_q)[:, None, :] + keys @ W_k).sum(-1)
    return _attend(scores, keys, mask)


@misconception(
    ADDITIVE,
    "tanh-of-each",
    "You squeeze query and key one by one",
    "Then the query adds the same number to every score and has no say. Add first, then take one "
    "tanh of the sum.",
    MATHEMATICS,
)
def tanh_of_each(query, keys, W_q, W_k, v, mask=None):
    scores = (torch.tanh(query @ W_q)[:, None, :] + torch.tanh(keys @ W_k)) @ v
    return _attend(scores, keys, mask)


@misconception(
    ADDITIVE,
    "tanh-of-scores",
    "Your tanh comes after v, around the whole score",
    "Then no score can leave the range from −1 to 1 and the weights are nearly equal. The tanh "
    "belongs around the sum of query and key.",
    MATHEMATICS,
)
def tanh_of_scores(query, keys, W_q, W_k, v, mask=None):
    scores = torch.tanh(((query @ W_q)[:, None, :] + keys @ W_k) @ v)
    return _attend(scores, keys, mask)


@misconception(
    ADDITIVE,
    "multiplied",
    "You multiply query and key where they should be added",
    "Products are the attention of lesson 04. Here a small network sees the sum of the two.",
    MATHEMATICS,
)
def multiplied(query, keys, W_q, W_k, v, mask=None):
    scores = torch.tanh((query @ W_q)[:, None, :] * (keys @ W_k)) @ v
    return _attend(scores, keys, mask)


@misconception(
    ADDITIVE,
    "scaled",
    "Your scores are divided by √d_attention",
    "That scale belongs to dot products, in lesson 04. Here v can learn the scale by itself.",
    MATHEMATICS,
)
def scaled(query, keys, W_q, W_k, v, mask=None):
    return _attend(_scores(query, keys, W_q, W_k, v) / math.sqrt(v.numel()), keys, mask)


@misconception(
    ADDITIVE,
    "query-ignored",
    "Your scores do not depend on the query",
    "Then every word is translated from the same mix of states. Add the query's part to that of "
    "each key.",
    "Attention",
)
def query_ignored(query, keys, W_q, W_k, v, mask=None):
    return _attend(torch.tanh(keys @ W_k) @ v, keys, mask)


@misconception(
    ADDITIVE,
    "softmax-over-batch",
    "Your softmax runs over the batch, not over the states",
    "Each sentence shares out its own attention, so each row of weights sums to 1. Take the "
    "softmax over the last axis of the scores.",
    MATHEMATICS,
)
def softmax_over_batch(query, keys, W_q, W_k, v, mask=None):
    return _attend(_scores(query, keys, W_q, W_k, v), keys, mask, dim=0)


@misconception(
    ADDITIVE,
    "no-softmax",
    "You mix the states by their scores, not by weights",
    "Scores may be negative and sum to anything, so the context is no mean. Softmax turns them "
    "into weights.",
    MATHEMATICS,
)
def no_softmax(query, keys, W_q, W_k, v, mask=None):
    scores = _scores(query, keys, W_q, W_k, v)
    if mask is not None:
        scores = scores * mask
    return _mix(scores, keys), scores


@misconception(
    ADDITIVE,
    "mean-context",
    "Your context is divided by the number of states once more",
    "The weights already sum to 1, so their sum of states is a mean. Add up, do not average.",
    MATHEMATICS,
)
def mean_context(query, keys, W_q, W_k, v, mask=None):
    context, weights = _attend(_scores(query, keys, W_q, W_k, v), keys, mask)
    return context / keys.size(1), weights


@misconception(
    ADDITIVE,
    "projected-context",
    "You mix the projected keys, not the keys",
    "W_k serves the scores only. What is mixed are the encoder's states as they came.",
    BY_HAND,
)
def projected_context(query, keys, W_q, W_k, v, mask=None):
    _, weights = _attend(_scores(query, keys, W_q, W_k, v), keys, mask)
    return _mix(weights, keys @ W_k), weights


@misconception(
    ADDITIVE,
    "context-not-summed",
    "You return the weighted states one by one, not their sum",
    "The context is one vector a sentence, (batch, d_k). Sum over the states.",
    MATHEMATICS,
)
def context_not_summed(query, keys, W_q, W_k, v, mask=None):
    _, weights = _attend(_scores(query, keys, W_q, W_k, v), keys, mask)
    return weights[:, :, None] * keys, weights


@misconception(
    ADDITIVE,
    "swapped-results",
    "You return the weights first and the context second",
    "The contract names the context first. Swap the two.",
    MATHEMATICS,
)
def swapped_results(query, keys, W_q, W_k, v, mask=None):
    context, weights = _attend(_scores(query, keys, W_q, W_k, v), keys, mask)
    return weights, context


@misconception(
    ADDITIVE,
    "context-only",
    "You return the context alone",
    "The weights show where the network looked, and the lesson plots them. Return context and "
    "weights.",
    MATHEMATICS,
)
def context_only(query, keys, W_q, W_k, v, mask=None):
    return _attend(_scores(query, keys, W_q, W_k, v), keys, mask)[0]


@misconception(
    ADDITIVE,
    "mask-ignored",
    "Your mask is not used",
    "Then padding takes its share, and a sentence's context depends on its neighbours in the "
    "batch. Hide the scores where the mask is False.",
    BREAK_IT,
)
def mask_ignored(query, keys, W_q, W_k, v, mask=None):
    return _attend(_scores(query, keys, W_q, W_k, v), keys, None)


@misconception(
    ADDITIVE,
    "mask-inverted",
    "Your mask is the wrong way round: you hide what may be seen",
    "In this course True means that a state may be attended to. Hide the scores where the mask is "
    "False.",
    BREAK_IT,
)
def mask_inverted(query, keys, W_q, W_k, v, mask=None):
    scores = _scores(query, keys, W_q, W_k, v)
    return _attend(scores, keys, None if mask is None else ~mask)


@misconception(
    ADDITIVE,
    "mask-after-softmax",
    "Your mask acts after the softmax, so the rows no longer sum to 1",
    "The hidden states have already taken their share when the softmax is done. Hide them in the "
    "scores, before the softmax.",
    BREAK_IT,
)
def mask_after_softmax(query, keys, W_q, W_k, v, mask=None):
    _, weights = _attend(_scores(query, keys, W_q, W_k, v), keys, None)
    if mask is not None:
        weights = weights * mask
    return _mix(weights, keys), weights


@misconception(
    ADDITIVE,
    "mask-multiplies-scores",
    "Your mask multiplies the scores, so a hidden state gets the score 0, not none",
    "A score of 0 is an ordinary score and earns a share. A hidden state needs a score so low that "
    "its share is zero.",
    BREAK_IT,
)
def mask_multiplies_scores(query, keys, W_q, W_k, v, mask=None):
    scores = _scores(query, keys, W_q, W_k, v)
    return _attend(scores if mask is None else scores * mask, keys, None)


@misconception(
    ADDITIVE,
    "weak-fill",
    "Your fill value is too weak: below low scores a hidden state is still seen",
    "A fixed number such as −100 hides only while every score is well above it. Use the lowest "
    "number of the dtype, or minus infinity.",
    BREAK_IT,
)
def weak_fill(query, keys, W_q, W_k, v, mask=None):
    scores = _scores(query, keys, W_q, W_k, v)
    if mask is None:
        return _attend(scores, keys, None)
    weights = softmax(scores.masked_fill(~mask, -100.0), dim=-1) * mask.any(dim=-1, keepdim=True)
    return _mix(weights, keys), weights


@misconception(
    ADDITIVE,
    "masked-row-nan",
    "A sentence of which nothing may be seen gives NaN",
    "When every score of a row is minus infinity, the softmax divides 0 by 0. Give such rows "
    "weights of zero.",
    BREAK_IT,
)
def masked_row_nan(query, keys, W_q, W_k, v, mask=None):
    scores = _scores(query, keys, W_q, W_k, v)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return _attend(scores, keys, None)


@misconception(
    ADDITIVE,
    "masked-row-uniform",
    "A sentence of which nothing may be seen gets equal weights over what is hidden",
    "With every score at the same low number, the softmax shares evenly. Set the weights of such "
    "rows to zero.",
    BREAK_IT,
)
def masked_row_uniform(query, keys, W_q, W_k, v, mask=None):
    scores = _scores(query, keys, W_q, W_k, v)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    return _attend(scores, keys, None)


@misconception(
    ADDITIVE,
    "overflow",
    "Your own softmax overflows: large scores give NaN",
    "exp of 100 is too large for float32. Use the softmax of lesson 00, which takes off the "
    "largest score first.",
    MATHEMATICS,
)
def overflow(query, keys, W_q, W_k, v, mask=None):
    powers = _scores(query, keys, W_q, W_k, v).exp()
    if mask is not None:
        powers = powers * mask
    total = powers.sum(dim=-1, keepdim=True)
    weights = powers / total.masked_fill(total == 0, 1.0)
    return _mix(weights, keys), weights
