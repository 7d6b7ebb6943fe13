"""Layer normalisation, and the way around each sub-layer."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from minitransformer import AddNorm, LayerNorm
from tests.solutions.against_torch import DIRECTIONS, assert_same


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("shape", [(3, 6), (2, 3, 6)])
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_layer_norm_equals_torch(direction, shape, eps, device):
    ours, theirs = LayerNorm(6, eps).to(device), nn.LayerNorm(6, eps).to(device)
    x = 3 * torch.randn(shape, device=device) + 2
    assert_same(ours, theirs, ours, theirs, [x], direction)


def test_layer_norm_starts_as_plain_normalisation():
    x = torch.randn(2, 3, 6)
    assert_close(LayerNorm(6)(x), nn.functional.layer_norm(x, (6,)))


def test_post_norm_normalises_the_sum_and_pre_norm_the_input():
    x, double = torch.randn(2, 3, 6), lambda y: 2 * y
    norm = nn.LayerNorm(6)
    assert_close(AddNorm(6, 0.0)(x, double), norm(3 * x))
    assert_close(AddNorm(6, 0.0, norm_first=True)(x, double), x + 2 * norm(x))


def test_dropout_acts_on_the_sublayer_only():
    x = torch.randn(2, 300, 6)
    change = AddNorm(6, dropout=0.5, norm_first=True)(x, torch.ones_like) - x
    dropped = change.abs() < 1e-6
    assert 0.4 < dropped.float().mean() < 0.6
    assert_close(change[~dropped], torch.full_like(change[~dropped], 2.0))


def test_the_norm_is_the_courses():
    assert isinstance(AddNorm(6).norm, LayerNorm)
