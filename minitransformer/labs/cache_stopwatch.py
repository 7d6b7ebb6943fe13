"""Lab of lesson 11: what a cache spares, on a stopwatch and counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

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
from minitransformer.labs.require import require_tensor

D_MODEL, HEADS = 64, 4
REPEATS = 3  # the smaller time of each word counts: other work on the machine only adds
SMALL = 1e-4  # a difference below is rounding


def compute(parts: Parts, length: float, cache: bool) -> Numbers:
    """Write ``length`` words with and without the cache; time and count each word."""
    words = round(length)
    with torch.no_grad(), parts.inside():
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            attention = parts.MultiHeadAttention(D_MODEL, HEADS, 0.0).eval()
        generator = torch.Generator().manual_seed(0)
        x = torch.randn(1, words, D_MODEL, generator=generator)  # (1, T, D)
        outputs, seconds, rows = _write(attention, x, lambda: _recompute(parts, attention))
        numbers: Numbers = {"seconds": seconds, "rows": rows}
        if cache:
            cached, cached_seconds, cached_rows = _write(
                attention, x, lambda: parts.CachedAttention(attention).eval()
            )
            difference = (cached - outputs).abs().amax(dim=(0, 2)).numpy()  # (T,)
            numbers |= {
                "cached_seconds": cached_seconds,
                "cached_rows": cached_rows,
                "difference": difference,
                "ratio": float(seconds.sum() / cached_seconds.sum()),
                "spared": float(rows.sum() / max(cached_rows.sum(), 1)),
            }
    numbers["alarm"] = _alarm(numbers)
    return numbers


def _recompute(parts: Parts, attention: Any) -> Callable[[Tensor], Tensor]:
    """Return what writes without a cache: attend over all words so far, keep the last."""
    so_far: list[Tensor] = []

    def step(word: Tensor) -> Tensor:
        so_far.append(word)
        x = torch.cat(so_far, dim=1)  # (1, t, D)
        output, _ = attention(x, x, x, parts.causal_mask(len(so_far)))
        return output[:, -1:]

    return step


def _write(
    attention: Any, x: Tensor, fresh: Callable[[], Callable[[Tensor], Tensor]]
) -> tuple[Tensor, np.ndarray, np.ndarray]:
    """Write all words one by one; return the outputs (1, T, D), seconds (T,) and rows (T,).

    Rows are the words whose keys were computed for each new word.
    """
    length = x.size(1)
    seconds = np.full(length, np.inf)
    rows = np.zeros(length, dtype=int)
    counted: list[int] = []
    hook = attention.k_proj.register_forward_hook(
        lambda module, inputs, output: counted.append(output[..., 0].numel())
    )
    try:
        for _ in range(REPEATS):
            step, outputs = fresh(), []
            for word in range(length):
                counted.clear()
                started = time.perf_counter()
                output = step(x[:, word : word + 1])
                seconds[word] = min(seconds[word], time.perf_counter() - started)
                rows[word] = sum(counted)
                outputs.append(require_tensor("CachedAttention", output, (1, 1, D_MODEL)))
    finally:
        hook.remove()
    return torch.cat(outputs, dim=1), seconds, rows


def _alarm(numbers: Numbers) -> str:
    """Say where the cache changes the result or spares nothing; empty where all is well."""
    if "difference" not in numbers:
        return ""
    wrong = np.flatnonzero(~(numbers["difference"] < SMALL))
    if len(wrong):
        return (
            f"The cache changes the result: word {wrong[0] + 1} differs by "
            f"{numbers['difference'][wrong[0]]:.2g} from the attention without it."
        )
    if numbers["cached_rows"][-1] > 1:
        return (
            f"For the last word the keys of {numbers['cached_rows'][-1]} words were computed. "
            f"With a cache it is one."
        )
    return ""


def draw(numbers: Numbers) -> Picture:
    """Time a word, ratio of the times so far, and keys computed."""
    words = np.arange(1, len(numbers["seconds"]) + 1)
    without = {"no cache": 1e3 * numbers["seconds"]}
    rows = [numbers["rows"].sum()]
    if "cached_rows" not in numbers:
        return Picture(
            (
                Lines("time for each word", words, without, "word", "ms", low=0.0),
                Bars("keys computed in all", np.array(rows, float), ("no cache",), "", "keys"),
            )
        )
    both = {**without, "cache": 1e3 * numbers["cached_seconds"]}
    ratio = numbers["seconds"].cumsum() / numbers["cached_seconds"].cumsum()
    rows.append(numbers["cached_rows"].sum())
    times = {"no cache / cache": ratio}
    return Picture(
        (
            Lines("time for each word", words, both, "word", "ms", low=0.0),
            Lines("how many times as long without", words, times, "words written", "×", low=0.0),
            Bars("keys computed in all", np.array(rows, float), ("no cache", "cache"), "", "keys"),
        ),
        numbers["alarm"],
    )


def describe(numbers: Numbers) -> str:
    """Say how long it took, and how many keys were computed."""
    words, total = len(numbers["seconds"]), 1e3 * numbers["seconds"].sum()
    text = f"{words} words without a cache: {total:.0f} ms, {numbers['rows'].sum()} keys."
    if "ratio" not in numbers:
        return text
    return (
        f"{text} With it: {1e3 * numbers['cached_seconds'].sum():.0f} ms, "
        f"{numbers['cached_rows'].sum()} keys; {numbers['ratio']:.1f} times as fast."
    )


LAB = LabDefinition(
    name="cache_stopwatch",
    title="Cache stopwatch",
    lesson="inference",
    parts=("CachedAttention", "MultiHeadAttention", "causal_mask"),
    controls=(
        Slider("length", "words to write", 8, 128, 8, 48),
        Toggle("cache", "with the cache too", True),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="Without a cache each word computes the keys of all words before it again; with it, one.",
    sweep="length",
)
