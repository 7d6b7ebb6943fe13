"""The recurrent step and additive attention."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from minitransformer import additive_attention, rnn_step


def test_a_step_equals_rnn_cell(device):
    cell = nn.RNNCell(4, 5).to(device)
    x, h = torch.randn(3, 4, device=device), torch.randn(3, 5, device=device)
    ours = rnn_step(x, h, cell.weight_ih.T, cell.weight_hh.T, cell.bias_ih + cell.bias_hh)
    assert_close(ours, cell(x, h), atol=1e-6, rtol=1e-5)


@pytest.fixture
def parts():
    shapes = (3, 4), (3, 6, 5), (4, 7), (5, 7), (7,)
    return [torch.randn(shape, dtype=torch.float64) for shape in shapes]


def test_attention_equals_loops_over_sentences_and_states(parts):
    query, keys, W_q, W_k, v = parts
    mask = torch.rand(3, 6) < 0.6
    mask[:, 0] = True
    context, weights = additive_attention(query, keys, W_q, W_k, v, mask)
    for b in range(3):
        seen = [t for t in range(6) if mask[b, t]]
        scores = [v @ torch.tanh(query[b] @ W_q + keys[b, t] @ W_k) for t in seen]
        shares = torch.softmax(torch.stack(scores), 0)
        assert_close(weights[b, seen], shares)
        assert_close(context[b], sum(s * keys[b, t] for s, t in zip(shares, seen, strict=True)))
    assert (weights[~mask] == 0).all()


def test_without_a_mask_every_state_is_seen(parts):
    everyone = torch.ones(3, 6, dtype=torch.bool)
    assert_close(additive_attention(*parts), additive_attention(*parts, everyone))


def test_a_row_that_may_attend_to_nothing_gives_zeros_and_finite_gradients(parts):
    parts = [part.requires_grad_() for part in parts]
    mask = torch.tensor([[False] * 6, [True] * 6, [True] * 6])
    context, weights = additive_attention(*parts, mask)
    assert (context[0] == 0).all() and (weights[0] == 0).all()
    context.sum().backward()
    assert all(part.grad.isfinite().all() for part in parts)
