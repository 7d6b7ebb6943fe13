"""Lesson 02: skip-gram with negative samples, byte-pair encoding, and the embedding table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracle.arrays import Floats, Weights, float64


def skip_gram_loss(center: ArrayLike, context: ArrayLike, negatives: ArrayLike) -> Floats:
    """Return −log σ(center · context) − Σₖ log σ(−center · negativeₖ), the mean over the batch.

    Shapes: center (B, D), context (B, D), negatives (B, K, D) -> scalar, shape ().

    Source: Mikolov et al. 2013 ("Distributed Representations"), equation 4, with the sign turned
    so that less is better.
    """
    center, context, negatives = float64(center), float64(context), float64(negatives)
    total = 0.0
    for row in range(len(center)):
        total -= _log_sigmoid(center[row] @ context[row])
        for negative in negatives[row]:
            total -= _log_sigmoid(-(center[row] @ negative))
    return float64(total / len(center))


def _log_sigmoid(x: float) -> float:
    """Return log(1 / (1 + exp(−x))) without overflow."""
    return -float(np.logaddexp(0.0, -x))


def learn_bpe(word_counts: Mapping[str, int], num_merges: int) -> list[tuple[str, str]]:
    """Return the merges in the order learned: at each step the most frequent adjacent pair.

    Ties go to the smallest tuple. Overlapping pairs count at each adjacent position: "aaa" holds
    (a, a) twice. Fewer than ``num_merges`` come back where no pair is left.

    Source: Sennrich et al. 2016, algorithm 1, without the end-of-word mark.
    """
    pieces = {word: list(word) for word in word_counts}
    merges: list[tuple[str, str]] = []
    while len(merges) < num_merges:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, count in word_counts.items():
            for left, right in zip(pieces[word], pieces[word][1:], strict=False):
                pairs[left, right] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        pieces = {word: _merge(parts, best) for word, parts in pieces.items()}
    return merges


def apply_bpe(word: str, merges: Iterable[tuple[str, str]]) -> list[str]:
    """Cut ``word`` into characters and replay the merges in order; the pieces join to the word.

    Source: Sennrich et al. 2016, section 3.2.
    """
    pieces = list(word)
    for left, right in merges:
        pieces = _merge(pieces, (left, right))
    return pieces


def _merge(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    """Join every occurrence of ``pair``, from left to right."""
    merged: list[str] = []
    position = 0
    while position < len(pieces):
        if tuple(pieces[position : position + 2]) == pair:
            merged.append(pair[0] + pair[1])
            position += 2
        else:
            merged.append(pieces[position])
            position += 1
    return merged


def token_embedding(ids: ArrayLike, weights: Weights) -> Floats:
    """Return each token's row of ``weight`` (V, D), times √D: ids (B, T) -> (B, T, D).

    Source: Vaswani et al. 2017, section 3.4.
    """
    table = float64(weights["weight"])
    return table[np.asarray(ids)] * math.sqrt(table.shape[1])
