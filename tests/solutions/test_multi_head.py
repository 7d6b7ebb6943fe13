"""Many heads: equal to ``nn.MultiheadAttention``, weights carried both ways."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from minitransformer import MultiHeadAttention, causal_mask, merge_heads, padding_mask, split_heads
from tests.solutions.against_torch import (
    DIRECTIONS,
    assert_same,
    ids_with_padding,
    plain,
    share_weights,
)


def test_a_head_gets_its_piece_of_each_vector():
    x = torch.randn(2, 3, 8)
    heads = split_heads(x, 4)
    assert heads.shape == (2, 4, 3, 2)
    assert_close(heads[1, 2, 0], x[1, 0, 4:6])
    assert_close(merge_heads(heads), x)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("kind", ["none", "padding", "causal"])
def test_it_equals_torch(direction, kind, device):
    ours = MultiHeadAttention(8, 2, dropout=0.0).to(device)
    theirs = plain(nn.MultiheadAttention(8, 2, batch_first=True).to(device))
    ids = ids_with_padding(3, 6, 9, 0, device)
    mask, options = None, {}
    if kind == "padding":
        mask, options = padding_mask(ids, 0), {"key_padding_mask": ids == 0}
    if kind == "causal":
        mask = causal_mask(6)[1:].to(device)
        options = {"attn_mask": ~mask}
    inputs = [torch.randn(3, length, 8, device=device) for length in (5, 6, 6)]
    assert_same(
        ours,
        theirs,
        lambda q, k, v: ours(q, k, v, mask)[0],
        lambda q, k, v: theirs(q, k, v, **options)[0],
        inputs,
        direction,
    )
    wanted = theirs(*inputs, average_attn_weights=False, **options)[1]
    assert_close(ours(*inputs, mask)[1], wanted, atol=1e-5, rtol=1e-5)


def test_dropout_acts_in_training_and_the_weights_are_those_before_it():
    module, x = MultiHeadAttention(8, 2, dropout=0.5), torch.randn(1, 5, 8)
    trained, weights = module(x, x, x)
    tested, same = module.eval()(x, x, x)
    assert not torch.allclose(trained, tested)
    assert_close(weights, same)


def test_heads_that_do_not_fit_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match="10 is not divisible by num_heads 3"):
        MultiHeadAttention(10, 3)


def test_the_comparison_itself_notices_a_swapped_projection():
    ours, theirs = MultiHeadAttention(8, 2, 0.0), nn.MultiheadAttention(8, 2, batch_first=True)
    share_weights(ours, theirs, DIRECTIONS[0])
    ours.q_proj, ours.v_proj = ours.v_proj, ours.q_proj
    x = torch.randn(1, 3, 8)
    assert not torch.allclose(ours(x, x, x)[0], theirs(x, x, x)[0], atol=1e-3)
