"""Scaled dot-product attention and its masks."""

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention as torch_attention
from torch.testing import assert_close

from minitransformer import causal_mask, padding_mask, scaled_dot_product_attention


@pytest.fixture
def parts(device):
    shapes = (2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 7)  # B, H, T, Dk; the lengths differ
    return [torch.randn(shape, device=device, requires_grad=True) for shape in shapes]


@pytest.mark.parametrize("kind", ["none", "padding", "causal", "both"])
def test_it_equals_torch(parts, kind, device):
    real = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], device=device)
    padding, causal = padding_mask(real, 0), causal_mask(5)[:4].to(device)
    mask = {"none": None, "padding": padding, "causal": causal, "both": padding & causal}[kind]
    output, weights = scaled_dot_product_attention(*parts, mask)
    wanted = torch_attention(*parts, attn_mask=mask)
    assert_close(output, wanted, atol=1e-5, rtol=1e-5)
    assert_close(weights.sum(-1), torch.ones_like(weights.sum(-1)))
    probe = torch.randn_like(output)
    ours, theirs = (torch.autograd.grad(o, parts, probe) for o in (output, wanted))
    assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_a_row_that_may_attend_to_nothing_gives_zeros_and_finite_gradients(parts, dtype, device):
    parts = [part.detach().to(dtype).requires_grad_() for part in parts]
    mask = torch.ones(4, 5, dtype=torch.bool, device=device)
    mask[2] = False
    output, weights = scaled_dot_product_attention(*parts, mask)
    assert output.dtype == weights.dtype == dtype
    assert (output[:, :, 2] == 0).all() and (weights[:, :, 2] == 0).all()
    assert (output[:, :, 1] != 0).any()
    output.sum().backward()
    assert all(part.grad.isfinite().all() for part in parts)


def test_any_number_of_leading_axes_will_do():
    query, key, value = torch.randn(4, 6), torch.randn(5, 6), torch.randn(5, 7)
    output, weights = scaled_dot_product_attention(query, key, value)
    assert_close(output, torch_attention(query[None], key[None], value[None])[0])
    assert weights.shape == (4, 5)


def test_the_masks():
    ids = torch.tensor([[7, 0, 0], [7, 8, 0]])
    padding = [[[[True, False, False]]], [[[True, True, False]]]]
    causal = [[True, False, False], [True, True, False], [True, True, True]]
    assert padding_mask(ids, 0).tolist() == padding
    assert causal_mask(3).tolist() == causal
