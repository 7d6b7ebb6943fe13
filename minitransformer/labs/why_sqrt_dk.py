"""Lab of lesson 04: what becomes of softmax when scores are not divided by √d_k."""

from __future__ import annotations

import math

import numpy as np
import torch

from minitransformer.labs.definition import (
    Bars,
    LabDefinition,
    Lines,
    Numbers,
    Parts,
    Picture,
    Slider,
    Toggle,
)

SIZES = tuple(2**power for power in range(10))  # 1 to 512
KEYS = 10
DOUBLING = math.log10(2)
EDGES = np.arange(-12.5, 13.0)  # of the histogram; what lies beyond counts at its ends


def compute(parts: Parts, d_k: float, divided: bool) -> Numbers:
    """Scores and weights of random queries at one d_k, and what is left to learn at all."""
    size = round(d_k)
    weights = attend(parts, size, queries=200, divided=divided)  # (200, 10)
    scores = scores_behind(weights)  # (200, 10)
    curves = {
        name: np.array([still_moves(attend(parts, d, 60, choice)) for d in SIZES])
        for name, choice in (("divided by √d_k", True), ("not divided", False))
    }
    return {
        "d_k": size,
        "divided": divided,
        "scores": scores,
        "spread": float(scores.std()),
        "weights": np.sort(weights[0])[::-1],  # (10,)
        "largest": float(weights.max(axis=-1).mean()),
        "still_moves": still_moves(weights),
        "curves": curves,
    }


def attend(parts: Parts, d_k: int, queries: int, divided: bool) -> np.ndarray:
    """Return weights (queries, 10); stretched queries undo the division inside the function."""
    generator = torch.Generator().manual_seed(d_k)
    drawn = torch.randn(queries, 1 + KEYS, d_k, generator=generator).double()  # (N, 11, d_k)
    query, key = drawn[:, :1], drawn[:, 1:]  # (N, 1, d_k), (N, 10, d_k)
    stretch = 1.0 if divided else math.sqrt(d_k)
    with torch.no_grad():
        _, weights = parts.scaled_dot_product_attention(query * stretch, key, key)
    return weights[:, 0].double().numpy()


def scores_behind(weights: np.ndarray) -> np.ndarray:
    """Return the scores softmax was given, up to each row's mean: the logarithms of its weights."""
    with np.errstate(all="ignore"):
        logs = np.log(np.maximum(weights, 1e-300))
        return logs - logs.mean(axis=-1, keepdims=True)


def still_moves(weights: np.ndarray) -> float:
    """Return the median of p (1 − p) of each row's largest weight."""
    top = weights.max(axis=-1)
    return float(np.median(top * (1 - top)))


def draw(numbers: Numbers) -> Picture:
    """Draw the scores' histogram, one query's weights, and how far softmax can still move."""
    inside = np.clip(np.nan_to_num(numbers["scores"]), EDGES[0] + 0.1, EDGES[-1] - 0.1)
    counts, _ = np.histogram(inside, EDGES)
    middles = [f"{middle:.0f}".replace("-", "−") for middle in (EDGES[1:] + EDGES[:-1]) / 2]
    histogram = Bars(
        "scores, as softmax gets them",
        counts / counts.sum(),
        (f"≤{middles[0]}", *middles[1:-1], f"≥{middles[-1]}"),
        "score, less its row's mean",
        "share of scores",
        high=0.5,
    )
    ranks = tuple(str(rank + 1) for rank in range(KEYS))
    weights = Bars("weights of one query", numbers["weights"], ranks, "rank", "weight", high=1.0)
    curves = Lines(
        "how far softmax can still move",
        np.array(SIZES, dtype=float),
        numbers["curves"],
        "d_k",
        "p (1 − p) of the largest weight",
        low=0.0,
        high=0.26,
        logx=True,
        at=float(numbers["d_k"]),
    )
    return Picture((histogram, weights, curves), _alarm(numbers))


def _alarm(numbers: Numbers) -> str:
    if not np.isfinite(numbers["weights"]).all():
        return "Some weights are not numbers."
    if abs(numbers["weights"].sum() - 1) > 1e-4:
        return f"The weights add up to {numbers['weights'].sum():.2f}, not to 1."
    if numbers["still_moves"] < 0.01:
        return "Softmax is saturated: it has made its choice, and hardly anything can change it."
    return ""


def describe(numbers: Numbers) -> str:
    """Say the spread, the largest weight and what is left to learn from."""
    how = "divided by √d_k" if numbers["divided"] else "not divided"
    return (
        f"d_k = {numbers['d_k']}, {how}: scores spread by {numbers['spread']:.1f}, the largest of "
        f"{KEYS} weights is {numbers['largest']:.2f} on average, and p (1 − p) is "
        f"{numbers['still_moves']:.3f}."
    )


LAB = LabDefinition(
    name="why_sqrt_dk",
    title="Why √d_k",
    lesson="attention",
    parts=("scaled_dot_product_attention",),
    controls=(
        Slider("d_k", "d_k", 0.0, 9 * DOUBLING, DOUBLING, 64.0, logarithmic=True),
        Toggle("divided", "divided by √d_k", True),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="Without the division scores spread like √d_k, and softmax saturates.",
    sweep="d_k",
)
