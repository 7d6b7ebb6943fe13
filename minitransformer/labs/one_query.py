"""Lab of lesson 04: one query in the plane, and the mean it takes of the values."""

from __future__ import annotations

import math

import numpy as np
import torch

from minitransformer.labs.definition import (
    Bars,
    Choice,
    LabDefinition,
    Numbers,
    Parts,
    Picture,
    Points,
    Slider,
)

WORDS = ("pizza", "chicken", "ball", "oven")  # their keys, and values, point in four directions
KEYS = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])  # (4, 2)
LONGEST = 16.0


def compute(parts: Parts, word: str, nudge: float, length: float) -> Numbers:
    """Let a query of some length look along a word's key, turned by ``nudge`` degrees."""
    angle = math.radians(90.0 * WORDS.index(word) + nudge)
    query = length * torch.tensor([[math.cos(angle), math.sin(angle)]])  # (1, 2)
    key = torch.tensor(KEYS, dtype=query.dtype)  # (4, 2)
    with torch.no_grad():
        output, weights = parts.scaled_dot_product_attention(query, key, key)
    mixed, shares = output[0].double().numpy(), weights[0].double().numpy()  # (2,), (4,)
    return {
        "query": query[0].double().numpy(),
        "weights": shares,
        "output": mixed,
        "total": float(shares.sum()),
        "largest": float(shares.max()),
        "best": WORDS[int(np.argmax(shares))],
        "from_the_middle": float(np.abs(mixed).sum()),  # 1 on the border of the values
    }


def draw(numbers: Numbers) -> Picture:
    """Draw values as large as their weights, the query's arrow and the output; and the weights."""
    weights = numbers["weights"]
    tip = numbers["query"] / LONGEST * 1.4
    xy = np.stack([*KEYS, np.zeros(2), tip, numbers["output"]])  # (7, 2)
    sizes = np.array([*np.clip(np.nan_to_num(weights), 0.005, 1), 0.0, 0.0, 0.04])
    plane = Points(
        "values, query and output",
        xy,
        (*WORDS, "", "query" if np.linalg.norm(tip) > 0.2 else "", "output"),
        marked=(6,),
        arrows=((4, 5),),
        low=-1.6,
        high=1.6,
        sizes=sizes,
    )
    bars = Bars("weight of each word", weights, WORDS, "", "weight", high=1.0)
    return Picture((plane, bars), _alarm(numbers))


def _alarm(numbers: Numbers) -> str:
    if not np.isfinite(numbers["weights"]).all():
        return "Some weights are not numbers."
    if abs(numbers["total"] - 1) > 1e-4:
        return f"The weights add up to {numbers['total']:.2f}, not to 1: no weighted mean."
    if numbers["from_the_middle"] > 1 + 1e-4:
        return "The output lies outside the values: no weighted mean can."
    return ""


def describe(numbers: Numbers) -> str:
    """Say who gets most, and where the output is."""
    x, y = numbers["output"]
    return (
        f"“{numbers['best']}” gets most, a weight of {numbers['largest']:.2f}; "
        f"the output is at ({x:.2f}, {y:.2f})."
    )


LAB = LabDefinition(
    name="one_query",
    title="One query",
    lesson="attention",
    parts=("scaled_dot_product_attention",),
    controls=(
        Choice("word", "the query points to", WORDS, "pizza"),
        Slider("nudge", "turned by (degrees)", -90.0, 90.0, 1.0, 30.0),
        Slider("length", "length of the query", 0.0, LONGEST, 0.25, 4.0),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="Attention is a weighted mean: the output never leaves the values it mixes.",
    sweep="length",
)
