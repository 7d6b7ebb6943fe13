"""Lesson 10: training: all positions at once, a smoothed loss, a warm-up, one step."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


def shift_right(tgt: Int[Tensor, "batch length"], bos_id: int) -> Int[Tensor, "batch length"]:
    """Make the decoder's input: the start token, then the target without its last token."""
    shifted = tgt.roll(1, dims=1)  # a copy; its first column is overwritten
    shifted[:, 0] = bos_id
    return shifted


def label_smoothed_cross_entropy(
    logits: Float[Tensor, "*batch vocab"],
    target: Int[Tensor, "*batch"],
    pad_id: int,
    smoothing: float = 0.0,
) -> Float[Tensor, ""]:
    """Measure how surprised the model is by the right words, padding ignored."""
    log_p = F.log_softmax(logits, dim=-1)  # (B, T, V)
    hit = log_p.gather(-1, target.long()[..., None])[..., 0]  # (B, T)
    loss = -(1 - smoothing) * hit
    if smoothing:
        others = log_p.sum(-1) - hit - log_p[..., pad_id]  # (B, T)
        loss = loss - smoothing / (logits.size(-1) - 1) * others
    real = target != pad_id  # (B, T)
    return loss.masked_fill(~real, 0.0).sum() / real.sum().clamp(min=1)


def warmup_lr(step: int, d_model: int, warmup_steps: int) -> float:
    """Return the learning rate of a step: first rising in a straight line, then falling."""
    return d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)


def train_step(
    model: nn.Module,
    batch: tuple[Int[Tensor, "batch src_len"], Int[Tensor, "batch tgt_len"]],
    optimizer: torch.optim.Optimizer,
    *,
    pad_id: int,
    bos_id: int,
    smoothing: float = 0.0,
    max_norm: float = 1.0,
) -> float:
    """Learn from one batch."""
    src, tgt = batch
    model.train()
    optimizer.zero_grad()
    logits = model(src, shift_right(tgt, bos_id))  # (B, T, V)
    loss = label_smoothed_cross_entropy(logits, tgt, pad_id, smoothing)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss.item()
