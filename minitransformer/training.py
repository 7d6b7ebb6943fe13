"""Lesson 10: training: all positions at once, a smoothed loss, a warm-up, one step."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from minitransformer.stub import stub


@stub
def shift_right(tgt: Int[Tensor, "batch length"], bos_id: int) -> Int[Tensor, "batch length"]:
    """Make the decoder's input: the start token, then the target without its last token.

    Args:
        tgt: token ids, (batch, length).
        bos_id: the id of the start token.

    Returns:
        (batch, length), the dtype of tgt; ``tgt`` itself is left as it is.

    Source: Vaswani et al. 2017, section 3.1 (outputs shifted right by one position).
    """
    raise NotImplementedError


@stub
def label_smoothed_cross_entropy(
    logits: Float[Tensor, "*batch vocab"],
    target: Int[Tensor, "*batch"],
    pad_id: int,
    smoothing: float = 0.0,
) -> Float[Tensor, ""]:
    """Measure how surprised the model is by the right words, padding ignored.

    With V words in the vocabulary, the target gets the share 1 − smoothing and every other word
    but padding gets smoothing / (V − 1); V − 1 counts all words but padding. A word's loss is
    −Σ share × log p over the vocabulary.

    Args:
        logits: a score for every word, (batch, length, vocab).
        target: ids of the right words, (batch, length).
        pad_id: the id that stands for padding, an id of the vocabulary.
        smoothing: the share taken from the target, at least 0 and below 1.

    Returns:
        The mean over the targets that are not padding, a scalar; 0 where there is none.

    The exercise is to write it: do not use the ``label_smoothing`` of
    ``F.cross_entropy``, which divides among other words.

    Source: Szegedy et al. 2016, section 7; Vaswani et al. 2017, section 5.4.
    """
    raise NotImplementedError


@stub
def warmup_lr(step: int, d_model: int, warmup_steps: int) -> float:
    """Return the learning rate of a step: first rising in a straight line, then falling.

    It is d_model^(−1/2) × min(step^(−1/2), step × warmup_steps^(−3/2)).

    Args:
        step: the number of the step, counted from 1.
        d_model: the length of a word's vector.
        warmup_steps: the step at which the rate is highest.

    Returns:
        The learning rate, a Python float.

    Source: Vaswani et al. 2017, section 5.3, equation 3.
    """
    raise NotImplementedError


@stub
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
    """Learn from one batch.

    Put the model into training mode, clear the gradients, let ``model(src, shift_right(tgt))``
    score every next word, measure the loss against ``tgt``, compute the gradients, clip their
    global norm (all parameters together) to ``max_norm``, and let the optimizer take its step.

    Args:
        model: called as model(src, tgt_shifted), returns logits (batch, tgt_len, vocab).
        batch: (src, tgt): ids (batch, src_len) and (batch, tgt_len). The target ends in the end
            token, may be padded after it, and has no start token.
        optimizer: over the model's parameters.
        pad_id: the id that stands for padding.
        bos_id: the id of the start token.
        smoothing: as in ``label_smoothed_cross_entropy``.
        max_norm: the longest the gradient may be.

    Returns:
        The loss before the update, a Python float.

    Source: Vaswani et al. 2017, section 5; clipping: Pascanu et al. 2013, section 3.2.
    """
    raise NotImplementedError
