"""Batches: everything once, padded, within the budget."""

import random

import pytest

from minitransformer.data.batching import make_batches, pad
from minitransformer.data.tokenizer import EOS, PAD


@pytest.fixture
def examples():
    rng = random.Random(0)
    return [
        ([number + 10] * rng.randint(1, 12), [number + 10] * rng.randint(1, 12) + [EOS])
        for number in range(80)
    ]


def test_padding_fills_up_at_the_end():
    assert pad([[5, 6], [7]]).tolist() == [[5, 6], [7, PAD]]


def test_every_example_is_in_one_batch_with_its_translation(examples):
    found = []
    for src, tgt in make_batches(examples, 100, random.Random(1)):
        for s, t in zip(src.tolist(), tgt.tolist(), strict=True):
            found.append(([i for i in s if i != PAD], [i for i in t if i != PAD]))
    assert sorted(found) == sorted(examples)


def test_a_batch_keeps_to_its_budget_padding_counted(examples):
    for src, tgt in make_batches(examples, 100, random.Random(1)):
        assert src.numel() + tgt.numel() <= 100


def test_an_example_longer_than_the_budget_is_a_batch_of_its_own():
    batches = make_batches([([5] * 9, [5] * 9), ([6], [6])], 4)
    assert sorted(src.shape[1] for src, _ in batches) == [1, 9]


def test_similar_lengths_meet(examples):
    batches = make_batches(examples, 100, random.Random(1))
    padding = sum(int((ids == PAD).sum()) for batch in batches for ids in batch)
    total = sum(ids.numel() for batch in batches for ids in batch)
    assert padding / total < 0.25


def test_the_seed_decides_the_order(examples):
    def order(seed):
        return [src.tolist() for src, _ in make_batches(examples, 100, random.Random(seed))]

    assert order(1) == order(1)
    assert order(1) != order(2)
