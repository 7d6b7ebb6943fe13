"""Lab of lesson 05: what each head looks at, and what is lost without it."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any, cast

import numpy as np
import torch

from minitransformer import reporter
from minitransformer.errors import CourseError
from minitransformer.labs.definition import (
    Bars,
    Choice,
    Heatmap,
    LabDefinition,
    Numbers,
    Parts,
    Picture,
)
from minitransformer.labs.results import as_shaped, in_use
from minitransformer.reporter import SENTENCE, VERB, WORDS, Reporter

D_MODEL = 32
COUNTS = (1, 2, 4, 8)  # numbers of heads
STEPS, SEED = 200, 1  # a second of training; every number of heads from the same start
NONE = "none"
EXPECTED = 4 * (D_MODEL**2 + D_MODEL)  # numbers in four projections with bias


@lru_cache(maxsize=16)
def _trained(used: tuple[Any, ...], heads: int) -> Reporter:
    """Train a Reporter with one implementation of ``MultiHeadAttention``."""
    return reporter.train(heads, SEED, STEPS, used[0])


@lru_cache(maxsize=4)
def _sizes(used: tuple[Any, ...]) -> tuple[int, ...]:
    """Count the numbers in the layer for each number of heads."""
    with torch.random.fork_rng(devices=[]):
        layers = [used[0](D_MODEL, heads, dropout=0.0) for heads in COUNTS]
    return tuple(sum(p.numel() for p in layer.parameters()) for layer in layers)


def compute(parts: Parts, heads: str, off: str) -> Numbers:
    """The weights of *bites* in every head, and what a trained model knows without one head."""
    count = int(heads)
    number = -1 if off == NONE else int(off.removeprefix("head "))
    if number >= count:
        known = "head 0 alone" if count == 1 else f"head 0 to head {count - 1}"
        raise CourseError(f"there is no {off} here, only {known}; choose one of these.")
    used = in_use(parts, ("MultiHeadAttention", "split_heads", "merge_heads"))
    with torch.enable_grad():
        model = _trained(used, count)
        sizes = _sizes(used)
        with torch.no_grad():
            _, _, looks = model(SENTENCE)
            weights = as_shaped("MultiHeadAttention's weights", looks, (1, count, 4))[0]  # (H, 4)
            partial = _without(model, parts, number)
            before, after = _home(model), _home(partial)
            return {
                "weights": weights.double().numpy(),
                "heads": count,
                "off": number,
                "right": reporter.shares_right(model),
                "right_without": reporter.shares_right(partial),
                "moved": float((after - before).norm() / before.norm()),
                "sizes": sizes,
                "parameters": sizes[COUNTS.index(count)],
                "unmixed": float(_home(_silent(model)).std()),
                "leak": _leak(model),
                "torn": _torn(parts, count),
            }


def _without(model: Reporter, parts: Parts, head: int) -> Reporter:
    """Return a copy with the columns of W^O that read one head emptied (-1: none)."""
    partial = copy.deepcopy(model)
    if head >= 0:
        entries = torch.arange(D_MODEL, dtype=torch.float)[None, None]  # (1, 1, D): their numbers
        shape = (1, model.num_heads, 1, model.d_k)
        split = as_shaped("split_heads", parts.split_heads(entries, model.num_heads), shape)
        _out_proj(partial).weight[:, split[0, head, 0].long()] = 0.0  # (D, d_k) columns
    return partial


def _out_proj(model: Reporter) -> Any:
    return cast(Any, model.attention).out_proj


def _silent(model: Reporter) -> Reporter:
    """Return a copy whose W^O is zero: nothing that a head finds gets through."""
    silent = copy.deepcopy(model)
    for parameter in _out_proj(silent).parameters():
        parameter.zero_()
    return silent


def _home(model: Reporter, ids: torch.Tensor = SENTENCE, mask: Any = None) -> torch.Tensor:
    """Return what the verb takes home, (D,)."""
    x = model.embedding(ids) + model.positions  # (1, 4, D)
    output, _ = model.attention(x, x, x, mask)
    return as_shaped("MultiHeadAttention", output, (1, 4, D_MODEL))[0, VERB]


def _leak(model: Reporter) -> float:
    """Return how much *bites* takes home from a last word that the mask hides."""
    mask = torch.tensor([True, True, True, False])[None, None, None]  # (1, 1, 1, 4)
    other = SENTENCE.clone()
    other[0, -1] = 7
    return float((_home(model, SENTENCE, mask) - _home(model, other, mask)).abs().max())


def _torn(parts: Parts, heads: int) -> float:
    """Return how much words change that are split into heads and merged again."""
    words = torch.arange(4.0 * D_MODEL).view(1, 4, D_MODEL)  # (B, T, D)
    pieces = parts.split_heads(words, heads)  # (B, H, T, d_k)
    merged = as_shaped("merge_heads", parts.merge_heads(pieces), (1, 4, D_MODEL))
    return float((merged - words).abs().max())


def draw(numbers: Numbers) -> Picture:
    """All heads, one a row; what is known without one; what each number of heads costs."""
    count, off = numbers["heads"], numbers["off"]
    weights = numbers["weights"].round(2)
    if off >= 0:
        weights[off] = np.nan
    rows = tuple(map(str, range(count)))
    look = Heatmap("what bites looks at", weights, rows, WORDS, "word", "head", low=0.0, high=1.0)
    shares = np.array((*numbers["right"], *numbers["right_without"]))
    names = ("who", "whom")
    less = () if off < 0 else ("who less", "whom less")
    known = Bars(
        "answers right" if off < 0 else f"answers right; less: without head {off}",
        shares[: 2 + len(less)],
        names + less,
        ylabel="share of new sentences",
        high=1.0,
        marked=tuple(range(2, 2 + len(less))),
    )
    cost = Bars(
        "numbers to learn in the layer",
        np.array(numbers["sizes"], dtype=float),
        tuple(map(str, COUNTS)),
        "heads",
        "numbers",
        marked=(COUNTS.index(count),),
    )
    return Picture((look, known, cost), _alarm(numbers))


def _alarm(numbers: Numbers) -> str:
    weights, sums = numbers["weights"], numbers["weights"].sum(axis=1)
    if not np.isfinite(weights).all():
        return "A weight is not a number."
    if (np.abs(sums - 1) > 1e-3).any():
        return f"The weights of a head should add up to 1; here they add up to {sums[0]:.2f}."
    if len(weights) > 1 and np.ptp(weights, axis=0).max() < 1e-6:
        return "All heads look at exactly the same: they are one head."
    if numbers["torn"] > 0:
        return "Words that are split into heads and merged again should be what they were."
    if numbers["unmixed"] > 1e-6:
        return "Even with an empty W^O something gets through: the last projection is not used."
    if numbers["leak"] > 1e-5:
        return (
            "A mask hides the last word, yet what bites takes home changes with it: the mask does "
            "not arrive, or words are mixed in splitting or merging."
        )
    if numbers["parameters"] != EXPECTED:
        return (
            f"The layer has {numbers['parameters']:,} numbers to learn; four projections with "
            f"bias have {EXPECTED:,}."
        )
    return ""


def describe(numbers: Numbers) -> str:
    """Say what each answer is worth, with all heads and without one."""
    count, (who, whom) = numbers["heads"], numbers["right"]
    heads = "1 head" if count == 1 else f"{count} heads"
    text = (
        f"{heads}, {numbers['parameters']:,} numbers to learn: who is right in {who:.0%} of new "
        f"sentences, whom in {whom:.0%}."
    )
    if numbers["off"] >= 0:
        who, whom = numbers["right_without"]
        text += (
            f" Without head {numbers['off']} it is {who:.0%} and {whom:.0%}, and what bites takes "
            f"home changes by {numbers['moved']:.0%} of its size."
        )
    return text


LAB = LabDefinition(
    name="head_board",
    title="Head board",
    lesson="multi_head",
    parts=("MultiHeadAttention", "split_heads", "merge_heads"),
    controls=(
        Choice("heads", "heads", tuple(map(str, COUNTS)), "2"),
        Choice("off", "switched off", (NONE, *(f"head {h}" for h in range(COUNTS[-1]))), "head 0"),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="More heads cost nothing more, and each can look for something else.",
)
