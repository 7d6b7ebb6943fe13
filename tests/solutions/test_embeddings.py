"""Words as vectors, and words cut into pieces."""

import math
from collections import Counter
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from minitransformer import TokenEmbedding, apply_bpe, learn_bpe, skip_gram_loss


def test_skip_gram_loss_is_logistic_regression_of_real_against_drawn():
    center, context = torch.randn(3, 4), torch.randn(3, 4)
    negatives = torch.randn(3, 5, 4)
    scores = torch.cat([context[:, None], negatives], 1) @ center[:, :, None]  # (B, 1 + K, 1)
    labels = torch.zeros_like(scores)
    labels[:, 0] = 1
    wanted = nn.functional.binary_cross_entropy_with_logits(scores, labels, reduction="sum") / 3
    assert_close(skip_gram_loss(center, context, negatives), wanted)


def test_skip_gram_loss_stays_finite_for_large_scores():
    far = torch.full((1, 4), 100.0)
    assert_close(skip_gram_loss(far, -far, far[:, None]).item(), 80000.0)


def merge(pieces, pair):
    out = []
    for piece in pieces:
        out.append(piece)
    place = 0
    while place + 1 < len(out):
        if (out[place], out[place + 1]) == pair:
            out[place : place + 2] = ["".join(pair)]
        place += 1
    return out


def plain_bpe(word_counts, num_merges):
    """Count everything again before every merge."""
    pieces, merges = {word: list(word) for word in word_counts}, []
    for _ in range(num_merges):
        counts = Counter()
        for word, cut in pieces.items():
            for pair in pairwise(cut):
                counts[pair] += word_counts[word]
        if not counts:
            break
        merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        pieces = {word: merge(cut, merges[-1]) for word, cut in pieces.items()}
    return merges


def test_bpe_by_hand():
    counts = {"low": 5, "lower": 2, "newest": 6, "widest": 3}
    assert learn_bpe(counts, 4) == [("e", "s"), ("es", "t"), ("l", "o"), ("lo", "w")]


def test_bpe_equals_counting_anew_each_time():
    generator = torch.Generator().manual_seed(1)
    letters = torch.randint(0, 3, (40, 9), generator=generator).tolist()
    counts = {"".join("abc"[i] for i in row[: 1 + n % 9]): 1 + n for n, row in enumerate(letters)}
    assert learn_bpe(counts, 30) == plain_bpe(counts, 30)


def test_overlapping_pairs_count_at_each_place_and_ties_take_the_smallest():
    assert learn_bpe({"aaa": 1, "bc": 1}, 1) == [("a", "a")]
    assert learn_bpe({"cd": 2, "ab": 2}, 2) == [("a", "b"), ("c", "d")]


def test_learning_stops_when_no_pair_is_left():
    assert learn_bpe({"ab": 1, "c": 9}, 100) == [("a", "b")]
    assert learn_bpe({}, 3) == []


def test_applying_merges_goes_left_to_right_in_the_order_learned():
    assert apply_bpe("aaa", [("a", "a")]) == ["aa", "a"]
    assert apply_bpe("abc", [("b", "c"), ("a", "b")]) == ["a", "bc"]
    assert apply_bpe("lowest", [("e", "s"), ("es", "t"), ("l", "o"), ("lo", "w")]) == ["low", "est"]


@pytest.mark.parametrize("word", ["", "x", "banana", "été"])
def test_pieces_joined_give_the_word(word):
    assert "".join(apply_bpe(word, learn_bpe({"banana": 3, "bandana": 1}, 9))) == word


def test_lookup_equals_torch_scaled(device):
    ours = TokenEmbedding(7, 6, pad_id=2).to(device)
    theirs = nn.Embedding(7, 6, padding_idx=2, _weight=ours.weight.detach().clone())
    ids = torch.tensor([[1, 2, 3, 2], [6, 1, 1, 2]], device=device)
    probe = torch.randn(2, 4, 6, device=device)
    ours(ids).backward(probe)
    (theirs(ids) * math.sqrt(6)).backward(probe)
    assert_close(ours(ids), theirs(ids) * math.sqrt(6))
    assert_close(ours.weight.grad, theirs.weight.grad)
    assert (ours.weight.grad[2] == 0).all() and (ours.weight[2] == 0).all()


def test_vectors_start_with_about_unit_variance():
    assert 0.9 < TokenEmbedding(1000, 64, pad_id=0)(torch.arange(1, 1000)[None]).std() < 1.1
