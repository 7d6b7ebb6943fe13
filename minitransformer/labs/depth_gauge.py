"""Lab of lesson 06: words on their way up a deep stack, and gradients on their way down."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minitransformer.labs.definition import (
    Choice,
    LabDefinition,
    Lines,
    Numbers,
    Parts,
    Picture,
    Slider,
    Toggle,
)
from minitransformer.labs.results import as_shaped

D_MODEL, WORDS, DEEPEST = 32, 10, 64
SPREAD = 0.01  # of the words that the parts are tried on: small enough for ε to matter
NO_NORM, POST, PRE = "none", "after the sum (post)", "before the layer (pre)"
SMALLEST = 1e-30  # below this nothing is drawn
SET, BARE = "as set", "bare layers"


@lru_cache(maxsize=1)
def _drawn() -> tuple[Tensor, Tensor, Tensor]:
    """Return words (1, T, D), the gradient at the top, and the layers' weights (L, D, D)."""
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    size = (1, WORDS, D_MODEL)
    weights = normal(DEEPEST, D_MODEL, D_MODEL) * math.sqrt(2 / D_MODEL)
    return normal(*size), normal(*size), weights


def compute(
    parts: Parts,
    depth: float,
    residual: bool,
    norm: str,
    strength: float,
    gamma: float,
    eps: float,
) -> Numbers:
    """Sizes of the words and of the gradient at every layer, with and without the way around."""
    with torch.enable_grad():
        add_norm = _add_norm(parts, norm, gamma, eps)
        runs = {SET: _measure(add_norm, norm, residual, int(depth), strength)}
        if residual or norm != NO_NORM:
            runs[BARE] = _measure(add_norm, NO_NORM, False, int(depth), strength)
        probe = _probe(add_norm, norm, gamma, eps)
    sizes, gradients = ({name: run[n] for name, run in runs.items()} for n in (0, 1))
    return {
        "sizes": sizes,
        "gradients": gradients,
        "top_size": float(sizes[SET][-1]),
        "bottom_gradient": float(gradients[SET][0]),
        "bare_gradient": float(gradients.get(BARE, gradients[SET])[0]),
        "depth": int(depth),
        "norm": norm,
        "eps": eps,
        **probe,
    }


def _add_norm(parts: Parts, norm: str, gamma: float, eps: float) -> Any:
    """Return an AddNorm whose norm has this γ and ε."""
    add_norm = parts.AddNorm(D_MODEL, dropout=0.0, norm_first=norm == PRE)
    add_norm.norm = parts.LayerNorm(D_MODEL, eps)
    with torch.no_grad():
        add_norm.norm.gamma.fill_(gamma)
    return add_norm


def _measure(
    add_norm: Any, norm: str, around: bool, depth: int, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the size of the words and of the gradient at each layer's input and at the top."""
    words, top, weights = _drawn()
    states = [words.clone().requires_grad_()]
    for weight in weights[:depth] * strength:

        def layer(x: Tensor, weight: Tensor = weight) -> Tensor:
            return torch.relu(x @ weight)  # (1, T, D)

        x = states[-1]
        if norm == NO_NORM:
            x = x + layer(x) if around else layer(x)
        elif around:
            x = add_norm(x, layer)
        else:
            x = layer(add_norm.norm(x)) if norm == PRE else add_norm.norm(layer(x))
        states.append(as_shaped("AddNorm", x, (1, WORDS, D_MODEL)))
    gradients = torch.autograd.grad((states[-1] * top).sum(), states)
    sizes = [state.detach().double().square().mean().sqrt().item() for state in states]
    arrived = [gradient.double().norm().item() / top.norm().item() for gradient in gradients]
    return np.array(sizes), np.array(arrived)


@torch.no_grad()
def _probe(add_norm: Any, norm: str, gamma: float, eps: float) -> Numbers:
    """Try the parts on words and a layer for which it is known what has to come out."""
    words = SPREAD * _drawn()[0] + 2 * SPREAD  # (1, T, D)
    size = (1, WORDS, D_MODEL)
    normed = as_shaped("LayerNorm", add_norm.norm(words), size)
    out = as_shaped("AddNorm", add_norm(words, torch.zeros_like), size)  # a layer that is silent
    variance = words.double().var(dim=-1, correction=0)  # (1, T)
    wanted_size = gamma * (variance / (variance + eps)).sqrt()
    found_size = normed.double().square().mean(dim=-1).sqrt()
    wrong = int((found_size - wanted_size).abs().argmax())
    wanted = words if norm == PRE else normed
    return {
        "normed_mean": float(normed.mean(dim=-1).abs().max()) / gamma,
        "wanted_size": float(wanted_size[0, wrong]),
        "found_size": float(found_size[0, wrong]),
        "off_course": float((out - wanted).abs().max()),
    }


def draw(numbers: Numbers) -> Picture:
    """Sizes of words and of gradients by layer, on logarithmic axes."""
    layers = np.arange(numbers["depth"] + 1)
    words = Lines(
        "words, on their way up",
        layers,
        _drawable(numbers["sizes"]),
        xlabel="layer (0: the bottom)",
        ylabel="size of the words",
        logy=True,
    )
    gradients = Lines(
        "gradient, on its way down",
        layers,
        _drawable(numbers["gradients"]),
        xlabel="layer (0: the bottom)",
        ylabel="size of the gradient (top: 1)",
        logy=True,
    )
    return Picture((words, gradients), _alarm(numbers))


def _drawable(series: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Leave gaps where there is nothing that a logarithm could show."""
    kept = {}
    for name, values in series.items():
        fine = np.isfinite(values) & (values > SMALLEST)
        kept[name] = np.where(fine, values, np.nan)
    return kept


def _alarm(numbers: Numbers) -> str:
    if not np.isfinite(numbers["sizes"][SET]).all():
        return "The words have grown beyond what float32 can hold."
    if numbers["norm"] == NO_NORM:
        return ""
    if not numbers["normed_mean"] <= 0.01:
        return f"A layer norm should take the mean away; {numbers['normed_mean']:.2f} is left."
    wanted, found = numbers["wanted_size"], numbers["found_size"]
    if not abs(found - wanted) <= 0.01 * wanted:
        return (
            f"With ε = {numbers['eps']:.2g} a layer norm should bring a word of spread {SPREAD} to "
            f"size {wanted:.2f}, not to {found:.2f}."
        )
    if not numbers["off_course"] <= 1e-4:
        wish = "hand words on as they came" if numbers["norm"] == PRE else "only normalise words"
        return (
            f"Around a layer that says nothing, AddNorm should {wish}; it is off by "
            f"{numbers['off_course']:.2f}."
        )
    return ""


def describe(numbers: Numbers) -> str:
    """Say how large words are at the top, and how much of the gradient reaches the bottom."""
    text = (
        f"After {numbers['depth']} layers the words have size {numbers['top_size']:.3g}, and the "
        f"gradient at the bottom is {numbers['bottom_gradient']:.2g} times that at the top"
    )
    if BARE in numbers["gradients"]:
        text += f", in bare layers {numbers['bare_gradient']:.2g} times"
    return f"{text}."


LAB = LabDefinition(
    name="depth_gauge",
    title="Depth gauge",
    lesson="add_norm",
    parts=("AddNorm", "LayerNorm"),
    controls=(
        Slider("depth", "layers", 1, DEEPEST, 1, 24),
        Toggle("residual", "way around (x + …)", True),
        Choice("norm", "layer norm", (NO_NORM, POST, PRE), POST),
        Slider("strength", "strength of a layer", 0.1, 2.0, 0.05, 0.5),
        Slider("gamma", "γ of the norm", 0.1, 2.0, 0.05, 1.0),
        Slider("eps", "ε of the norm", -8, 1, 0.5, 1e-5, logarithmic=True),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="A way around each layer keeps gradients alive; the norm keeps words in range.",
    sweep="depth",
)
