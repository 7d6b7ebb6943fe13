"""Lab of lesson 00: what a temperature does to a softmax."""

from __future__ import annotations

import numpy as np
import torch

from minitransformer.labs.definition import (
    Bars,
    LabDefinition,
    Numbers,
    Parts,
    Picture,
    Slider,
    Toggle,
)

SCORES = (2.0, 1.0, 0.5, -1.0)


def compute(parts: Parts, temperature: float, first: float, naive: bool) -> Numbers:
    """Shares of four scores at a temperature, and their entropy in bits."""
    scores = torch.tensor((first, *SCORES[1:])) / temperature  # (4,)
    with torch.no_grad():
        if naive:
            powers = scores.exp()  # (4,), overflows above 88 in float32
            result = powers / powers.sum()
        else:
            result = parts.softmax(scores, dim=-1)
    shares = result.double().numpy()
    present = shares[shares > 0]
    entropy = float(-(present * np.log2(present)).sum()) if np.isfinite(shares).all() else np.nan
    return {"shares": shares, "entropy": entropy, "largest": float(shares.max())}


def draw(numbers: Numbers) -> Picture:
    """Four bars; an alarm where they are not shares of a whole."""
    shares = numbers["shares"]
    labels = ("first", *(f"{score:g}" for score in SCORES[1:]))
    alarm = ""
    if not np.isfinite(shares).all():
        alarm = "Not a number: a power overflowed. Subtract the largest score first."
    elif abs(shares.sum() - 1) > 1e-4:
        alarm = f"These are no shares: they add up to {shares.sum():.3f}, not to 1."
    bars = Bars("share of each score", shares, labels, "score", "share", high=1.0)
    return Picture((bars,), alarm)


def describe(numbers: Numbers) -> str:
    """Say the largest share and the entropy."""
    largest, entropy = numbers["largest"], numbers["entropy"]
    return f"The largest share is {largest:.2f}; the entropy is {entropy:.2f} bits."


LAB = LabDefinition(
    name="softmax_thermostat",
    title="Softmax thermostat",
    lesson="softmax",
    parts=("softmax",),
    controls=(
        Slider("temperature", "temperature τ", -1.5, 1.5, 0.05, 1.0, logarithmic=True),
        Slider("first", "first score", -4.0, 100.0, 0.5, 2.0),
        Toggle("naive", "without subtracting the largest", False),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="Cold makes softmax pick the largest score, hot makes all shares equal.",
    sweep="temperature",
)
