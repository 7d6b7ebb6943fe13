"""Lesson 11: inference: writing one word after the other.

``next_logits`` stands for any model: it takes ids (n, t) for any n and t and returns a score for
every word that may come next, (n, vocab).
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from minitransformer.stub import stub


@stub
def greedy_decode(
    next_logits: Callable[[Int[Tensor, "n t"]], Float[Tensor, "n vocab"]],
    start: Int[Tensor, "batch 1"],
    eos_id: int,
    max_len: int,
) -> Int[Tensor, "batch length"]:
    """Take the best next word, again and again.

    All rows are handed to ``next_logits`` at every step, those that have ended too. A row has
    ended once it wrote ``eos_id``; after that it holds nothing but ``eos_id``.

    Args:
        next_logits: ids (n, t) -> scores of the next word (n, vocab).
        start: the start token of each row, (batch, 1).
        eos_id: the id of the end token.
        max_len: the longest result, the start token counted.

    Returns:
        Ids (batch, length) with the start token, length <= max_len. Writing stops when every row
        has ended; padding with ``eos_id`` up to max_len is just as right.

    Source: Sutskever et al. 2014, section 3.2 (a beam of one).
    """
    raise NotImplementedError


@stub
def sample(
    logits: Float[Tensor, "batch vocab"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: torch.Generator | None = None,
) -> Int[Tensor, " batch"]:
    """Draw the next word at random, the better ones more often.

    First the logits are divided by the temperature. Then ``top_k`` keeps the k best words, and
    softmax shares 1 among them. Then ``top_p`` keeps the fewest best words whose shares reach
    top_p together: the word that crosses the threshold is kept. The draw is among what is left,
    in proportion to the shares.

    Args:
        logits: the score of each word, (batch, vocab).
        temperature: above 0; below 1 sharpens, above 1 flattens. Anything else is a
            ``ValueError``.
        top_k: how many words to keep, from 1; ``None`` or more than there are: all.
        top_p: the share to reach, above 0 and at most 1; ``None``: keep all.
        generator: the source of randomness; the same state gives the same draw.

    Returns:
        Ids (batch,).

    Source: Fan et al. 2018, section 5.4 (top-k); Holtzman et al. 2020, section 3.1 (top-p).
    """
    raise NotImplementedError


@stub
def beam_search(
    next_logits: Callable[[Int[Tensor, "n t"]], Float[Tensor, "n vocab"]],
    start: Int[Tensor, "batch 1"],
    eos_id: int,
    beam_size: int,
    max_len: int,
    length_penalty: float = 0.6,
) -> tuple[Int[Tensor, "batch length"], Float[Tensor, " batch"]]:
    """Follow the ``beam_size`` best beginnings at once; return the best whole text of each row.

    A beginning that writes ``eos_id`` is finished: it is kept aside and never extended. The score
    of a text is log p / ((5 + n) / 6)^length_penalty, where log p sums the log-probabilities of
    its n generated tokens, ``eos_id`` counted and the start token not. Texts still unfinished at
    max_len compete with their scores likewise.

    Args:
        next_logits: ids (n, t) -> scores of the next word (n, vocab), any n. What it returns for
            a row depends on the ids of that row alone, so a translation is searched for one
            sentence at a time.
        start: the start token of each row, (batch, 1).
        eos_id: the id of the end token.
        beam_size: how many beginnings to follow in each row, from 1.
        max_len: the longest text, the start token counted; at least 2.
        length_penalty: 0 or more; 0 compares log p itself, more favours longer texts.

    Returns:
        The best text of each row with its start token, padded with ``eos_id``,
        (batch, length) with length <= max_len, and its score, (batch,).

    Source: Wu et al. 2016, section 7, equation 14; Vaswani et al. 2017, section 6.1.
    """
    raise NotImplementedError


@stub
class CachedAttention(nn.Module):
    """Self-attention for writing: one new word at a time, the earlier ones remembered.

    Each call projects the new word only. Its key and value are appended to those of the words
    before it, and its query attends to all of them. There is no dropout.

    Args:
        attention: a ``MultiHeadAttention``, whose projections and heads are used.

    Attributes:
        attention: as given.

    Source: Shazeer 2019, section 2.4 (incremental decoding).
    """

    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "batch 1 d_model"]) -> Float[Tensor, "batch 1 d_model"]:
        """Attend from the new word to itself and to all words of the calls before.

        Args:
            x: the new word, (batch, 1, d_model).

        Returns:
            (batch, 1, d_model): the last row of what ``attention`` would return with a causal
            mask on all words so far.
        """
        raise NotImplementedError
