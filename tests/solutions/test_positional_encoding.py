"""Where a word stands: waves added to it, or turns of it."""

import math

import pytest
import torch
from torch.testing import assert_close

from minitransformer import PositionalEncoding, rotary_embedding, sinusoidal_encoding


@pytest.mark.parametrize("d_model", [1, 6, 7])
def test_sines_and_cosines_take_turns(d_model):
    table = sinusoidal_encoding(300, d_model)
    assert table.shape == (300, d_model) and table.dtype == torch.float32
    for position in (0, 1, 299):
        for i in range(d_model):
            angle = position / 10000 ** ((i - i % 2) / d_model)
            wanted = math.cos(angle) if i % 2 else math.sin(angle)
            assert math.isclose(table[position, i], wanted, abs_tol=1e-6)


def test_a_shift_is_the_same_rotation_everywhere():
    table = sinusoidal_encoding(50, 8).double()
    a, b = table[:, 2], table[:, 3]
    w = 7 / 10000 ** (2 / 8)
    assert_close(a[7:], a[:-7] * math.cos(w) + b[:-7] * math.sin(w), atol=1e-6, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_positions_are_added_and_the_dtype_stays(dtype, device):
    module = PositionalEncoding(6, max_len=9).eval().to(device)
    x = torch.randn(2, 4, 6, dtype=dtype, device=device)
    table = sinusoidal_encoding(4, 6).to(device, dtype)
    assert_close(module(x), x + table)


def test_it_has_no_parameters_and_no_state():
    module = PositionalEncoding(6)
    assert not list(module.parameters()) and not module.state_dict()


def test_dropout_acts_on_the_sum_in_training():
    module = PositionalEncoding(64, dropout=0.5)
    share = (module(torch.ones(1, 100, 64)) == 0).float().mean()
    assert 0.4 < share < 0.6


def test_a_text_longer_than_max_len_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"5 positions, but max_len is 4"):
        PositionalEncoding(6, max_len=4)(torch.zeros(1, 5, 6))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_each_pair_is_a_complex_number_turned(dtype):
    x = torch.randn(2, 3, 5, 8, dtype=dtype)
    positions = torch.tensor([0, 1, 2, 7, 300])
    turns = positions[:, None] / 100.0 ** (torch.arange(4, dtype=torch.float64) / 4)
    pairs = torch.view_as_complex(x.double().unflatten(-1, (4, 2)))
    wanted = torch.view_as_real(pairs * torch.polar(torch.ones_like(turns), turns)).flatten(-2)
    tolerance = {torch.float32: 1e-4, torch.float64: 1e-10, torch.bfloat16: 3e-2}[dtype]
    ours = rotary_embedding(x, positions, base=100.0)
    assert ours.dtype == dtype
    assert_close(ours.double(), wanted, atol=tolerance, rtol=tolerance)


def test_dot_products_depend_on_the_distance_only():
    query, key = torch.randn(2, 1, 1, 1, 8, dtype=torch.float64)
    score = [
        rotary_embedding(query, torch.tensor([p + 3])) @ rotary_embedding(key, torch.tensor([p])).mT
        for p in (0, 5, 90)
    ]
    assert_close(score[0], score[1])
    assert_close(score[0], score[2])
    further = rotary_embedding(query, torch.tensor([4])) @ key.mT
    assert not torch.isclose(score[0], further)
