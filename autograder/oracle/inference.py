"""Lesson 11: greedy decoding, sampling, beam search, and attention with a cache."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.arrays import Floats, Ints, Weights, float64
from autograder.oracle.attention import causal_mask
from autograder.oracle.multi_head import multi_head_attention
from autograder.oracle.softmax import log_softmax, softmax

NextLogits = Callable[[Ints], ArrayLike]  # ids (n, t) -> logits (n, V)
Hypothesis = tuple[list[int], float]  # ids, log probability


def greedy_decode(next_logits: NextLogits, start: ArrayLike, eos_id: int, max_len: int) -> Ints:
    """Append the most probable token until every row has ended or ``max_len`` ids are there.

    Shapes: start (B, 1) -> (B, L), L <= max_len with the start included. Every row is passed to
    ``next_logits`` each time; after its end a row gets only ``eos_id``.
    """
    ids = np.array(start, dtype=np.int64)
    ended = np.zeros(len(ids), dtype=bool)
    while ids.shape[1] < max_len and not ended.all():
        chosen = np.argmax(float64(next_logits(ids)), axis=-1)  # (B,)
        chosen[ended] = eos_id
        ids = np.concatenate([ids, chosen[:, None]], axis=1)  # (B, t) -> (B, t + 1)
        ended = chosen == eos_id
    return ids


def sample_distribution(
    logits: ArrayLike,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Floats:
    """Return the probabilities from which ``sample`` draws, after all cuts: (B, V) -> (B, V).

    In this order: logits divided by ``temperature`` (above 0); the ``top_k`` most probable tokens
    stay and are renormalised; of these, in falling order, the fewest whose sum reaches ``top_p``
    stay, the token that crosses the threshold included, and are renormalised.

    Source: Holtzman et al. 2020, equations 2 and 3 (nucleus), section 3.2 (top-k), equation 4
    (temperature).
    """
    rows = [softmax(row / temperature) for row in float64(logits)]
    if top_k is not None:
        rows = [_keep_top_k(row, top_k) for row in rows]
    if top_p is not None:
        rows = [_keep_top_p(row, top_p) for row in rows]
    return np.stack(rows)


def _keep_top_k(probabilities: Floats, top_k: int) -> Floats:
    """Keep the ``top_k`` largest of (V,), renormalised."""
    return _keep(probabilities, _falling(probabilities)[:top_k])


def _keep_top_p(probabilities: Floats, top_p: float) -> Floats:
    """Keep the fewest largest of (V,) whose sum reaches ``top_p``, renormalised."""
    kept: list[int] = []
    total = 0.0
    for token in _falling(probabilities):
        if kept and total >= top_p:
            break
        kept.append(token)
        total += float(probabilities[token])
    return _keep(probabilities, kept)


def _falling(probabilities: Floats) -> list[int]:
    """Return the tokens from the most to the least probable; equal ones by id."""
    return [int(token) for token in np.argsort(-probabilities, kind="stable")]


def _keep(probabilities: Floats, tokens: list[int]) -> Floats:
    kept = np.zeros_like(probabilities)
    kept[tokens] = probabilities[tokens]
    return kept / kept.sum()


def length_normalised(log_probability: float, generated: int, length_penalty: float) -> float:
    """Return log p / ((5 + n) / 6)^length_penalty, n the generated tokens, eos included.

    Source: Wu et al. 2016, equation 14, without the coverage term.
    """
    return float(log_probability / ((5 + generated) / 6) ** length_penalty)


def beam_search(
    next_logits: NextLogits,
    start: ArrayLike,
    eos_id: int,
    beam_size: int,
    max_len: int,
    length_penalty: float = 0.6,
) -> tuple[Ints, Floats]:
    """Return each row's hypothesis of the best length-normalised score, and that score.

    Shapes: start (B, 1) -> ids (B, L), start included, padded with ``eos_id``; scores (B,). Each
    step keeps the ``beam_size`` most probable extensions of the open hypotheses. Those that end
    in eos are set aside, never to be extended; the others stay open. Hypotheses still open at
    ``max_len`` compete with the finished ones.

    Source: Wu et al. 2016, section 7 and equation 14.
    """
    best = []
    for row in np.asarray(start).tolist():
        best.append(_search_row(next_logits, row, eos_id, beam_size, max_len, length_penalty))
    longest = max(len(ids) for ids, _ in best)
    padded = [ids + [eos_id] * (longest - len(ids)) for ids, _ in best]
    return np.array(padded, dtype=np.int64), float64([score for _, score in best])


def _search_row(
    next_logits: NextLogits,
    start: list[int],
    eos_id: int,
    beam_size: int,
    max_len: int,
    length_penalty: float,
) -> Hypothesis:
    """Return the ids of the best hypothesis from one start, and its normalised score."""
    open_ones: list[Hypothesis] = [(start, 0.0)]
    finished: list[Hypothesis] = []
    for _ in range(max_len - len(start)):
        if not open_ones:
            break
        extended = _extend(next_logits, open_ones)
        kept = sorted(extended, key=lambda hypothesis: -hypothesis[1])[:beam_size]
        finished += [(ids, log_p) for ids, log_p in kept if ids[-1] == eos_id]
        open_ones = [(ids, log_p) for ids, log_p in kept if ids[-1] != eos_id]
    scored = [
        (ids, length_normalised(log_p, len(ids) - len(start), length_penalty))
        for ids, log_p in finished + open_ones
    ]
    return max(scored, key=lambda hypothesis: hypothesis[1])


def _extend(next_logits: NextLogits, hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """Return every hypothesis with every token appended."""
    ids_so_far = np.array([ids for ids, _ in hypotheses], dtype=np.int64)  # (n, t)
    log_p_next = log_softmax(next_logits(ids_so_far))  # (n, V)
    extended = []
    for (ids, log_p), row in zip(hypotheses, log_p_next, strict=True):
        for token, log_p_token in enumerate(row):
            extended.append(([*ids, token], log_p + float(log_p_token)))
    return extended


def cached_attention(xs: ArrayLike, weights: Weights, num_heads: int) -> Floats:
    """Return what a cached self-attention gives when the positions come one by one.

    Shapes: xs (B, T, D) -> (B, T, D). Row t is causal self-attention's row t, so that is how it
    is computed here: without a cache. Weights as ``multi_head_attention``.

    Source: Vaswani et al. 2017, sections 3.2.2 and 3.2.3.
    """
    xs = float64(xs)
    return multi_head_attention(xs, xs, xs, causal_mask(xs.shape[1]), weights, num_heads)[0]
