"""The feed-forward layer: the same two layers at every position."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from minitransformer import FeedForward


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_it_equals_two_linear_layers_with_a_bend_between(activation, device):
    ours = FeedForward(6, 10, 0.0, activation).to(device)
    bend = nn.ReLU() if activation == "relu" else nn.GELU()
    theirs = nn.Sequential(ours.linear1, bend, ours.linear2)
    x = torch.randn(2, 3, 6, device=device)
    assert_close(ours(x), theirs(x))
    assert [tuple(p.shape) for p in ours.parameters()] == [(10, 6), (10,), (6, 10), (6,)]


def test_dropout_acts_in_training_only():
    module, x = FeedForward(6, 10, dropout=0.5), torch.randn(2, 3, 6)
    assert not torch.allclose(module(x), module.eval()(x))
    assert_close(module(x), module(x))


def test_an_unknown_activation_is_refused_by_name():
    with pytest.raises(ValueError, match="'tanh'"):
        FeedForward(6, 10, activation="tanh")
