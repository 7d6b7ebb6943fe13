"""The misconceptions that each lab makes visible, for its test and for the contact sheet."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.misconceptions import misconceptions_of
from minitransformer.labs.definition import Bars, Heatmap, Lines, Panel, Points, Tokens, Tree
from minitransformer.labs.lab import Lab

BROKEN: dict[str, tuple[tuple[str, str], ...]] = {
    "forgetting_curve": (
        ("additive_attention", "query-ignored"),
        ("additive_attention", "softmax-over-batch"),
        ("rnn_step", "no-memory"),
    ),
    "word_map": (
        ("skip_gram_loss", "same-sign"),
        ("skip_gram_loss", "negatives-averaged"),
        ("skip_gram_loss", "no-minus"),
    ),
    "bpe_stepper": (
        ("learn_bpe", "counts-ignored"),
        ("learn_bpe", "least-frequent"),
        ("apply_bpe", "merges-sorted"),
        ("apply_bpe", "last-piece-lost"),
    ),
    "position_clocks": (
        ("sinusoidal_encoding", "sines-only"),
        ("sinusoidal_encoding", "one-frequency"),
        ("sinusoidal_encoding", "halves"),
        ("rotary_embedding", "one-angle"),
    ),
    "head_board": (
        ("MultiHeadAttention", "one-head"),
        ("MultiHeadAttention", "no-output-projection"),
        ("MultiHeadAttention", "view-split"),
        ("split_heads", "interleaved"),
    ),
    "depth_gauge": (
        ("AddNorm", "no-residual"),
        ("AddNorm", "norm-before-add"),
        ("LayerNorm", "no-root"),
        ("LayerNorm", "no-mean"),
    ),
    "softmax_thermostat": (
        ("softmax", "overflow"),
        ("softmax", "max-in-numerator-only"),
        ("softmax", "clamped"),
        ("softmax", "sigmoid"),
    ),
    "why_sqrt_dk": (
        ("scaled_dot_product_attention", "no-scale"),
        ("scaled_dot_product_attention", "scale-d_k"),
        ("scaled_dot_product_attention", "scale-after-softmax"),
    ),
    "one_query": (
        ("scaled_dot_product_attention", "scale-after-softmax"),
        ("scaled_dot_product_attention", "softmax-over-queries"),
        ("scaled_dot_product_attention", "returns-scores"),
    ),
    "mask_painter": (
        ("scaled_dot_product_attention", "mask-after-softmax"),
        ("scaled_dot_product_attention", "mask-ignored"),
        ("causal_mask", "one-too-many"),
        ("causal_mask", "off-by-one"),
    ),
    "training_cockpit": (
        ("train_step", "no-shift"),
        ("train_step", "gradients-not-cleared"),
        ("train_step", "weights-unmoved"),
        ("warmup_lr", "no-warmup"),
    ),
    "sampler": (
        ("sample", "top-p-ignored"),
        ("sample", "one-cut-for-all-rows"),
        ("sample", "equal-chances"),
        ("sample", "rank-for-id"),
    ),
    "beam_tree": (
        ("beam_search", "greedy"),
        ("beam_search", "last-word-only"),
        ("beam_search", "equal-beginnings"),
    ),
    "cache_stopwatch": (
        ("CachedAttention", "nothing-remembered"),
        ("CachedAttention", "everything-projected-again"),
        ("CachedAttention", "all-words-returned"),
    ),
    "translation_lens": (
        ("scaled_dot_product_attention", "scale-d_k"),
        ("scaled_dot_product_attention", "softmax-over-queries"),
        ("PositionalEncoding", "one-row-for-all"),
    ),
}
"""{lab: ((exercise, misconception), ...)}: each shows with the lab's settings at the start."""


def wrong_answer(exercise: str, name: str) -> Any:
    """Return the bank's wrong implementation of an exercise, by its id."""
    return next(entry.answer for entry in misconceptions_of(exercise) if entry.id == name)


def changed(right: Lab, wrong: Lab) -> float:
    """Return by how much of its range the panel that differs most differs, 0 to 1 and above.

    A panel that is missing, or has another shape, differs by 1.
    """
    ours, theirs = right.picture.panels, wrong.picture.panels
    if len(ours) != len(theirs):
        return 1.0
    return max(_panel_changed(one, other) for one, other in zip(ours, theirs))


def shows(right: Lab, wrong: Lab, share: float = 0.1) -> bool:
    """True where a reader can see that ``wrong`` is wrong: an alarm, words, another picture."""
    return bool(wrong.picture.alarm or wrong.error) or changed(right, wrong) > share


def _panel_changed(one: Panel, other: Panel) -> float:
    before, after = _values(one), _values(other)
    if before.shape != after.shape or before.dtype.kind != after.dtype.kind:
        return 1.0
    if before.dtype.kind == "U":
        return float((before != after).mean())
    before, after = (np.nan_to_num(values, posinf=1e30, neginf=-1e30) for values in (before, after))
    extent = np.ptp(before) or 1.0
    return float(np.abs(before - after).max() / extent)


def _values(panel: Panel) -> np.ndarray:
    match panel:
        case Heatmap() | Bars():
            return np.asarray(panel.values, dtype=float)
        case Lines():
            values = np.stack([np.asarray(line, dtype=float) for line in panel.series.values()])
            return np.log10(np.maximum(values, 1e-30)) if panel.logy else values
        case Points():
            return np.asarray(panel.xy, dtype=float)
        case Tokens():
            return np.array(panel.tokens, dtype=str)
        case Tree():
            return np.array([f"{b.label} {b.score:.2f}" for b in panel.branches], dtype=str)
