"""softmax: shares that sum to 1, for scores of any size."""

import pytest
import torch
from torch.testing import assert_close

from minitransformer import softmax


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_it_equals_torch_and_keeps_the_dtype(dim, dtype, device):
    logits = torch.randn(2, 3, 5, dtype=dtype, device=device)
    assert_close(softmax(logits, dim), torch.softmax(logits, dim))


def test_huge_scores_stay_finite():
    assert_close(softmax(torch.tensor([1000.0, 1000.0, -1000.0])), torch.tensor([0.5, 0.5, 0.0]))


def test_its_gradient_is_right():
    logits = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(softmax, (logits, 1))


def test_equal_best_scores_have_the_right_gradient():
    logits = torch.tensor([1.0, 1.0, 0.0], requires_grad=True)
    other = logits.detach().clone().requires_grad_()
    softmax(logits)[0].backward()
    torch.softmax(other, 0)[0].backward()
    assert_close(logits.grad, other.grad)
