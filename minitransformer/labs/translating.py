"""One sentence, translated by the small model that ships, with all that its attention saw."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, tensor

from minitransformer import checkpoint
from minitransformer.data.tokenizer import BOS, EOS, Tokenizer
from minitransformer.errors import CourseError
from minitransformer.inference import greedy_decode
from minitransformer.stub import PARTS
from minitransformer.translate import next_logits_of

LONGEST = 40  # pieces of the sentence


@dataclass(frozen=True)
class Seen:
    """One translation: ids of both sides, shares of each step (T, V), weights (H, T, S) a layer."""

    source_ids: list[int]
    ids: list[int]
    shares: np.ndarray
    weights: list[np.ndarray]
    source: Tokenizer
    target: Tokenizer


def see(sentence: str, to: str, parts: Sequence[str]) -> Seen:
    """Return what the small model that ships with the course does with a sentence.

    The model is put together from the implementations of ``parts`` that are in use, and asked once
    a sentence: layers, heads and steps are then only looked at.

    Raises:
        CourseError: the sentence cannot be translated, or a part does not do what it has to.
    """
    implementations = tuple(PARTS[name].choose().implementation for name in parts)
    return _see(sentence, to, implementations, _cells_run())


@functools.lru_cache(maxsize=4)
def _see(sentence: str, to: str, implementations: tuple[Any, ...], cells_run: int) -> Seen:
    """Translate; the last two arguments only tell one translation from another."""
    found = checkpoint.load(checkpoint.SHIPPED / to)
    src = _encode(found.source, sentence)  # (1, S)
    ids, shares = _translate(found.model, src)
    model: Any = found.model
    layers = range(len(model.decoder.layers))
    weights = [_cross_attention(model, src, ids, layer) for layer in layers]
    return Seen(src[0].tolist(), ids, shares, weights, found.source, found.target)


def _cells_run() -> int:
    """Return how many cells of the notebook have run: each may change what the parts call."""
    if "IPython" not in sys.modules:
        return 0
    from IPython import get_ipython

    return int(getattr(get_ipython(), "execution_count", 0))


def _encode(tokenizer: Any, sentence: str) -> Tensor:
    """Return the sentence's ids (1, S), or say what is wrong with it."""
    if not any(character.isalnum() for character in sentence):
        raise CourseError("There is no word to translate. Write a sentence: dogs are great")
    ids = tokenizer.encode(sentence)
    if len(ids) > LONGEST:
        raise CourseError(
            f"The sentence has {len(ids)} pieces; the lens shows at most {LONGEST}. Shorten it."
        )
    return tensor([ids])


def _translate(model: Any, src: Tensor) -> tuple[list[int], np.ndarray]:
    """Write greedily; return the ids, start token first, and each step's shares (T, V)."""
    ask, asked = next_logits_of(model, src), []

    def next_logits(ids: Tensor) -> Tensor:
        logits = ask(ids)  # (1, V)
        asked.append(logits[0].double().softmax(dim=-1).numpy())
        return logits

    max_len = min(60, 2 * src.size(1) + 10)
    ids = greedy_decode(next_logits, tensor([[BOS]]), EOS, max_len)[0].tolist()
    if ids[:1] != [BOS] or len(ids) < 2:
        raise CourseError("greedy_decode returned no words after the start token.")
    end = ids.index(EOS) + 1 if EOS in ids else len(ids)
    if end - 1 > len(asked):
        raise CourseError(
            f"greedy_decode wrote {end - 1} tokens, but asked {len(asked)} times what comes next."
        )
    return ids[:end], np.array(asked[: end - 1])


def _cross_attention(model: Any, src: Tensor, ids: list[int], layer: int) -> np.ndarray:
    """Return the weights of one layer's cross-attention, one row a word written: (H, T, S)."""
    seen: list[Any] = []
    attention = model.decoder.layers[layer].cross_attention
    hook = attention.register_forward_hook(lambda module, inputs, output: seen.append(output))
    try:
        model(src, tensor([ids[:-1]]))
    finally:
        hook.remove()
    if not seen:
        raise CourseError(
            f"Layer {layer + 1} of the decoder never called its cross_attention: it does not look "
            f"at the source. Look at your DecoderLayer."
        )
    wanted = (1, attention.num_heads, len(ids) - 1, src.size(1))
    weights = seen[-1][1] if isinstance(seen[-1], tuple) else seen[-1]
    if tuple(weights.shape) != wanted:
        raise CourseError(
            f"The weights of cross_attention have the shape {tuple(weights.shape)}, but {wanted} "
            f"is expected: batch, heads, words written, words of the source."
        )
    return weights[0].double().numpy()
