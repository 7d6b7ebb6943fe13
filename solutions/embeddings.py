"""Lesson 02: words as vectors: learning them, cutting words into pieces, looking them up."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


def skip_gram_loss(
    center: Float[Tensor, "batch d_model"],
    context: Float[Tensor, "batch d_model"],
    negatives: Float[Tensor, "batch samples d_model"],
) -> Float[Tensor, ""]:
    """Measure how badly each word tells its real neighbour from words drawn at random."""
    real = (center * context).sum(-1)  # (B,)
    drawn = (negatives @ center[:, :, None])[..., 0]  # (B, K, D) @ (B, D, 1) -> (B, K)
    return -(F.logsigmoid(real) + F.logsigmoid(-drawn).sum(-1)).mean()


def learn_bpe(word_counts: dict[str, int], num_merges: int) -> list[tuple[str, str]]:
    """Learn which neighbouring pieces to join: again and again the most frequent pair."""
    from collections import Counter, defaultdict
    from itertools import pairwise

    pieces = {word: list(word) for word in word_counts}
    counts: Counter[tuple[str, str]] = Counter()  # how often each pair stands side by side
    words_with = defaultdict(set)  # the words in which it does, or once did
    for word, count in word_counts.items():
        for pair in pairwise(word):
            counts[pair] += count
            words_with[pair].add(word)

    merges: list[tuple[str, str]] = []
    while len(merges) < num_merges and counts:
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        for word in words_with[best]:
            old, new = pieces[word], []
            while old:
                size = 2 if tuple(old[:2]) == best else 1
                new.append("".join(old[:size]))
                old = old[size:]
            for pair in pairwise(pieces[word]):
                counts[pair] -= word_counts[word]
            for pair in pairwise(new):
                counts[pair] += word_counts[word]
                words_with[pair].add(word)
            pieces[word] = new
        counts = +counts  # drops the pairs that are gone
    return merges


def apply_bpe(word: str, merges: list[tuple[str, str]]) -> list[str]:
    """Cut a word into the pieces that the learned merges make of it."""
    pieces = list(word)
    for left, right in merges:
        place = 0
        while place < len(pieces) - 1:
            if pieces[place] == left and pieces[place + 1] == right:
                pieces[place : place + 2] = [left + right]
            place += 1
    return pieces


class TokenEmbedding(nn.Module):
    """Look up the vector of each word, scaled by √d_model."""

    def __init__(self, vocab_size: int, d_model: int, pad_id: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(vocab_size, d_model) / math.sqrt(d_model))
        self.pad_id = pad_id
        with torch.no_grad():
            self.weight[pad_id] = 0.0

    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length d_model"]:
        rows = F.embedding(ids, self.weight, padding_idx=self.pad_id)  # (B, T) -> (B, T, D)
        return rows * math.sqrt(self.weight.size(1))
