"""Lesson 10: teacher forcing, the smoothed loss, the learning rate, and one step of training."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograder.oracle.arrays import Floats, Weights, float64
from autograder.oracle.softmax import log_softmax, softmax


def shift_right(tgt: ArrayLike, bos_id: int) -> NDArray[np.generic]:
    """Put ``bos_id`` in front and drop the last token: (B, T) -> (B, T), the dtype of ``tgt``.

    Source: Vaswani et al. 2017, section 3.1 and figure 1 ("shifted right").
    """
    shifted = np.array(tgt)
    shifted[:, 1:] = shifted[:, :-1].copy()
    shifted[:, 0] = bos_id
    return shifted


def smoothed_target(word: int, vocab_size: int, pad_id: int, smoothing: float) -> Floats:
    """Return the shares (V,) that the loss asks for at a position whose word is ``word``.

    1 − smoothing on the word, smoothing / (V − 1) on every other word but padding.

    Source: Szegedy et al. 2016, section 7, with the course's divisor.
    """
    shares = np.full(vocab_size, smoothing / (vocab_size - 1))
    shares[pad_id] = 0.0
    shares[word] = 1.0 - smoothing
    return shares


def label_smoothed_cross_entropy(
    logits: ArrayLike, target: ArrayLike, pad_id: int, smoothing: float = 0.0
) -> Floats:
    """Return the mean of −Σ_v q_v log p_v over the positions whose target is not padding.

    Shapes: logits (B, T, V), target ids (B, T) -> scalar, shape (); 0 without any real word. q is
    ``smoothed_target``, p the softmax of the logits.

    Source: Szegedy et al. 2016, section 7; Vaswani et al. 2017, section 5.4.
    """
    logits, target = float64(logits), np.asarray(target)
    losses = []
    for position in np.ndindex(target.shape):
        word = int(target[position])
        if word != pad_id:
            log_p = log_softmax(logits[position])  # (V,)
            shares = smoothed_target(word, logits.shape[-1], pad_id, smoothing)  # (V,)
            asked = shares > 0.0  # so that a log_p of −inf at a share of 0 adds 0
            losses.append(-float(shares[asked] @ log_p[asked]))
    return float64(sum(losses) / len(losses) if losses else 0.0)


def warmup_lr(step: int, d_model: int, warmup_steps: int) -> float:
    """Return d_model^−0.5 · min(step^−0.5, step · warmup_steps^−1.5), for steps from 1.

    Source: Vaswani et al. 2017, equation 3.
    """
    return float(d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5))


def train_step_linear(
    weights: Weights,
    batch: tuple[ArrayLike, ArrayLike],
    pad_id: int,
    bos_id: int,
    smoothing: float,
    max_norm: float,
    lr: float,
) -> tuple[float, dict[str, Floats]]:
    """Train one step, by plain gradient descent, a model that only looks rows up in a table.

    The model's logits are ``weight[tgt_in]``, tgt_in the target shifted right; it ignores the
    source. ``batch`` is (src, tgt) of ids (B, T); ``weights`` holds ``weight`` (V, V). At each
    real position the gradient of the loss with respect to the logits is (Σ q) p − q, divided by
    the number of real positions. Its norm is clipped by ``clip_coefficient``.

    Returns the loss before the update and the weights after it.

    Source: Vaswani et al. 2017, section 5; clipping, Pascanu et al. 2013, algorithm 1.
    """
    table = float64(weights["weight"])
    target = np.asarray(batch[1])
    shifted = shift_right(target, bos_id).astype(np.int64)
    loss = label_smoothed_cross_entropy(table[shifted], target, pad_id, smoothing)
    real = [position for position in np.ndindex(target.shape) if target[position] != pad_id]
    gradient = np.zeros_like(table)
    for position in real:
        row = shifted[position]
        shares = smoothed_target(int(target[position]), table.shape[1], pad_id, smoothing)
        gradient[row] += (shares.sum() * softmax(table[row]) - shares) / len(real)
    gradient = gradient * clip_coefficient(gradient, max_norm)
    return float(loss), {"weight": table - lr * gradient}


def clip_coefficient(gradient: Floats, max_norm: float) -> float:
    """Return min(1, max_norm / (‖gradient‖₂ + 1e-6)).

    Source: the rule of torch.nn.utils.clip_grad_norm_.
    """
    norm = math.sqrt(float((gradient**2).sum()))
    return min(1.0, max_norm / (norm + 1e-6))
