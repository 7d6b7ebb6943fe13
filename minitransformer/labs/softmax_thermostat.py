"""Lab of lesson 00: what a temperature does to a softmax."""

from __future__ import annotations

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

OTHERS = (1.5, 1.0, 0.0, -1.0)
TEMPERATURES = 10 ** np.linspace(-2, 2, 41)


def naive_softmax(scores: torch.Tensor, dim: int = -1) -> torch.Tensor:
    """Softmax as the formula has it; its powers overflow above 88 in float32."""
    powers = scores.exp()
    return powers / powers.sum(dim=dim, keepdim=True)


def compute(parts: Parts, temperature: float, first: float, shift: float, naive: bool) -> Numbers:
    """Shares of five scores at one temperature, and their entropy at many."""
    scores = torch.tensor((first, *OTHERS)) + shift  # (5,)
    softmax = naive_softmax if naive else parts.softmax
    temperatures = torch.tensor(TEMPERATURES, dtype=scores.dtype)[:, None]  # (41, 1)
    with torch.no_grad():
        shares = softmax(scores / temperature, dim=-1).double().numpy()  # (5,)
        table = softmax(scores / temperatures, dim=-1).double().numpy()  # (41, 5)
    return {
        "temperature": temperature,
        "scores": scores.numpy(),
        "shares": shares,
        "largest": float(shares.max()),
        "total": float(shares.sum()),
        "entropy": float(entropy(shares)),
        "entropies": entropy(table),
    }


def entropy(shares: np.ndarray) -> np.ndarray:
    """Return −Σ p ln p along the last axis; NaN where a share is not a number from 0 up."""
    with np.errstate(all="ignore"):
        terms = np.where(shares == 0, 0.0, shares * np.log(shares))
        return -terms.sum(axis=-1)


def draw(numbers: Numbers) -> Picture:
    """Draw the shares as bars, and the entropy against the temperature."""
    shares, total = numbers["shares"], numbers["total"]
    alarm = ""
    if not np.isfinite(shares).all():
        alarm = "Not a number: a power overflowed. Subtract the largest score first."
    elif abs(total - 1) > 1e-4:
        alarm = f"These are no shares: they add up to {total:.3f}, not to 1."
    elif np.isnan(numbers["entropies"]).any():
        first = TEMPERATURES[np.isnan(numbers["entropies"]).argmax()]
        alarm = f"At temperature {first:.3g} the shares are not numbers: a power overflowed."
    labels = tuple(f"{score:g}".replace("-", "−") for score in numbers["scores"])
    curve = Lines(
        "entropy at every temperature",
        TEMPERATURES,
        {"entropy": numbers["entropies"]},
        xlabel="temperature τ",
        ylabel="entropy (nats)",
        low=0.0,
        high=1.7,
        logx=True,
        at=numbers["temperature"],
    )
    bars = Bars("share of each score", shares, labels, "score", "share", high=1.0)
    return Picture((bars, curve), alarm)


def describe(numbers: Numbers) -> str:
    """Say the largest share and the entropy."""
    return (
        f"At temperature {numbers['temperature']:.3g} the largest share is "
        f"{numbers['largest']:.2f}; the entropy is {numbers['entropy']:.2f} "
        f"of at most ln 5 = {np.log(5):.2f}."
    )


LAB = LabDefinition(
    name="softmax_thermostat",
    title="Softmax thermostat",
    lesson="softmax",
    parts=("softmax",),
    controls=(
        Slider("temperature", "temperature τ", -2.0, 2.0, 0.05, 1.0, logarithmic=True),
        Slider("first", "first score", -4.0, 6.0, 0.25, 2.0),
        Slider("shift", "added to all scores", 0.0, 120.0, 5.0, 0.0),
        Toggle("naive", "by the bare formula", False),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="Cold makes softmax pick the largest score, hot makes all shares equal.",
    sweep="temperature",
)
