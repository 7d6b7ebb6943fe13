"""Training: the shifted target, the smoothed loss, the warm-up, one step."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from minitransformer import (
    Transformer,
    TransformerConfig,
    label_smoothed_cross_entropy,
    shift_right,
    train_step,
    warmup_lr,
)
from tests.solutions.against_torch import ids_with_padding


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_the_target_is_shifted_right_and_left_as_it_was(dtype):
    tgt = torch.tensor([[5, 6, 2], [7, 2, 0]], dtype=dtype)
    shifted = shift_right(tgt, bos_id=1)
    assert shifted.tolist() == [[1, 5, 6], [1, 7, 2]] and shifted.dtype == dtype
    assert tgt.tolist() == [[5, 6, 2], [7, 2, 0]]


@pytest.fixture
def words(device):
    """Return logits (B, T, V) and targets with padding (id 0)."""
    logits = torch.randn(3, 5, 7, device=device, requires_grad=True)
    return logits, ids_with_padding(3, 5, 7, 0, device)


def test_without_smoothing_the_loss_equals_torch(words):
    logits, target = words
    ours = label_smoothed_cross_entropy(logits, target, 0)
    theirs = F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=0)
    assert_close(ours, theirs)
    assert_close(*(torch.autograd.grad(loss, logits)[0] for loss in (ours, theirs)))


def test_smoothing_is_related_to_torchs(words):
    """Torch shares ε among all V words, padding and the target counted: ε/V each.

    With ε = s V / (V − 1), torch gives every word but the target s / (V − 1) and the target
    1 − s, as the course does. What remains is the share that torch gives to padding.
    """
    logits, target = words
    smoothing, size, real = 0.3, logits.size(-1), target != 0
    theirs = F.cross_entropy(
        logits[real], target[real], label_smoothing=smoothing * size / (size - 1)
    )
    padding = -F.log_softmax(logits[real], -1)[:, 0].mean()
    wanted = theirs - smoothing / (size - 1) * padding
    ours = label_smoothed_cross_entropy(logits, target, 0, smoothing)
    assert_close(ours, wanted)
    assert_close(*(torch.autograd.grad(loss, logits)[0] for loss in (ours, wanted)))


def test_without_a_real_word_the_loss_is_zero(words):
    logits, target = words
    loss = label_smoothed_cross_entropy(logits, torch.zeros_like(target), 0, 0.1)
    loss.backward()
    assert loss == 0 and (logits.grad == 0).all()


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_loss_keeps_the_dtype(words, dtype):
    logits, target = words
    assert label_smoothed_cross_entropy(logits.to(dtype), target, 0, 0.1).dtype == dtype


def test_the_rate_rises_in_a_line_peaks_at_the_last_warm_up_step_and_falls_with_the_root():
    rates = [warmup_lr(step, 64, 100) for step in range(1, 401)]
    assert math.isclose(rates[49], 50 * rates[0])
    assert max(rates) == rates[99] and math.isclose(rates[99], 1 / math.sqrt(64 * 100))
    assert math.isclose(rates[399], rates[99] / 2)


@pytest.mark.parametrize("max_norm", [0.05, 1e9])
def test_a_step_equals_the_same_step_written_with_torch(max_norm, device):
    config = TransformerConfig(9, 11, 8, 2, 12, 2, dropout=0.0)
    model = Transformer(config).to(device).eval()
    other = copy.deepcopy(model)
    src, tgt = ids_with_padding(3, 6, 9, 0, device), ids_with_padding(3, 5, 11, 0, device)
    ours, theirs = (torch.optim.SGD(m.parameters(), lr=0.5) for m in (model, other))

    for _ in range(2):  # twice: a gradient left over from the first would show in the second
        loss = train_step(model, (src, tgt), ours, pad_id=0, bos_id=1, max_norm=max_norm)
        decoder_input = F.pad(tgt[:, :-1], (1, 0), value=1)
        wanted = F.cross_entropy(other(src, decoder_input).mT, tgt, ignore_index=0)
        gradients = torch.autograd.grad(wanted, list(other.parameters()))
        norm = torch.cat([g.flatten() for g in gradients]).norm()
        for parameter, gradient in zip(other.parameters(), gradients, strict=True):
            parameter.grad = gradient * min(1.0, max_norm / norm)
        theirs.step()
        assert isinstance(loss, float) and math.isclose(loss, wanted.item(), rel_tol=1e-5)
        for mine, his in zip(model.parameters(), other.parameters(), strict=True):
            assert_close(mine, his, atol=1e-5, rtol=1e-4)
    assert model.training


def test_smoothing_reaches_the_loss():
    model = nn.Embedding(5, 5)
    model.forward = lambda src, tgt: F.embedding(tgt, model.weight)
    tgt = torch.tensor([[3, 4, 2]])
    logits = model(tgt, torch.tensor([[1, 3, 4]]))
    wanted = label_smoothed_cross_entropy(logits, tgt, 0, 0.4).item()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    assert train_step(model, (tgt, tgt), optimizer, pad_id=0, bos_id=1, smoothing=0.4) == wanted


def test_one_batch_can_be_learned_by_heart():
    model = Transformer(TransformerConfig(9, 11, 16, 2, 32, 1, dropout=0.0))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    batch = ids_with_padding(4, 5, 9, 0, "cpu"), ids_with_padding(4, 5, 11, 0, "cpu")
    losses = [train_step(model, batch, optimizer, pad_id=0, bos_id=1) for _ in range(60)]
    assert losses[0] > 1.5 and losses[-1] < 0.1
