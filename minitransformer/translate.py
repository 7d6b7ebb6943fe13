"""Translate with a trained Transformer, and measure how well it does.

>>> from minitransformer.train import load_model
>>> from minitransformer.translate import translate
>>> model, *tokenizers = load_model("fr")     # doctest: +SKIP
>>> translate(model, tokenizers, "dogs are great")  # doctest: +SKIP
'les chiens sont super'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import regex
import torch
from jaxtyping import Float, Int
from torch import Tensor

from minitransformer.data.batching import pad
from minitransformer.data.grammar import Pairing
from minitransformer.data.text import clean
from minitransformer.data.tokenizer import BOS, EOS, PAD, UNK, Tokenizer
from minitransformer.errors import DataError
from minitransformer.inference import beam_search, greedy_decode

LONGEST = 100  # tokens of a sentence and of its translation
_SENTENCE_END = regex.compile(r"(?<=[.!?।])\s+")

Tokenizers = Sequence[Tokenizer]  # source, target


def translate(
    model: Any, tokenizers: Tokenizers, text: str, beam_size: int = 1, length_penalty: float = 0.6
) -> str:
    """Translate a text, sentence by sentence.

    Args:
        model: a ``Transformer``, or anything with its ``encode`` and ``decode``.
        tokenizers: the source's and the target's.
        text: English; only its letters and marks count, not their case.
        beam_size: 1 for greedy decoding, more for beam search.
        length_penalty: as in ``beam_search``.

    Raises ``DataError`` for a text without any word.
    """
    sentences = [part for part in _SENTENCE_END.split(clean(text)) if part]
    if not any(regex.search(r"[\p{L}\p{N}]", part) for part in sentences):
        raise DataError("there is no word to translate. Give a sentence, such as: dogs are great")
    return " ".join(translate_all(model, tokenizers, sentences, beam_size, length_penalty))


def translate_all(
    model: Any,
    tokenizers: Tokenizers,
    sentences: Sequence[str],
    beam_size: int = 1,
    length_penalty: float = 0.6,
    batch_size: int = 100,
) -> list[str]:
    """Translate sentences, many at once; the result has their order."""
    source, target = tokenizers
    encoded = [source.encode(sentence) for sentence in sentences]
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i]))
    translations = [""] * len(encoded)
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        ids = decode_ids(model, pad([encoded[i] for i in chosen]), beam_size, length_penalty)
        for i, row in zip(chosen, ids.tolist(), strict=True):
            translations[i] = target.decode(row)
    return translations


@torch.no_grad()
def decode_ids(
    model: Any, src: Int[Tensor, "batch src_len"], beam_size: int = 1, length_penalty: float = 0.6
) -> Int[Tensor, "batch length"]:
    """Translate source ids (batch, src_len) to target ids (batch, length), start token first."""
    model.eval()
    device = next(model.parameters()).device
    src = src.to(device)
    if src.size(1) > LONGEST:
        raise DataError(
            f"the sentence has {src.size(1)} pieces, but the model reads at most {LONGEST}. "
            f"Give it in shorter sentences."
        )
    start = torch.full((src.size(0), 1), BOS, device=device)  # (B, 1)
    max_len = min(LONGEST, 2 * src.size(1) + 10)
    next_logits = next_logits_of(model, src)
    if beam_size == 1:
        return greedy_decode(next_logits, start, EOS, max_len)
    ids, _ = beam_search(next_logits, start, EOS, beam_size, max_len, length_penalty)
    return ids


def next_logits_of(
    model: Any, src: Int[Tensor, "batch src_len"]
) -> Callable[[Int[Tensor, "n t"]], Float[Tensor, "n vocab"]]:
    """Return the function that decoding asks for the scores of every next token.

    The source is read once. With n rows for ``batch`` sources, n / batch beginnings belong to each.
    Padding, the start token and the unknown token are never written.
    """
    memory = model.encode(src)  # (B, S, D)

    def next_logits(ids: Int[Tensor, "n t"]) -> Float[Tensor, "n vocab"]:
        beams = ids.size(0) // src.size(0)
        wide_memory = memory.repeat_interleave(beams, dim=0)  # (B, S, D) -> (n, S, D)
        wide_src = src.repeat_interleave(beams, dim=0)  # (B, S) -> (n, S)
        logits = model.decode(ids, wide_memory, wide_src)[:, -1].clone()  # (n, t, V) -> (n, V)
        logits[:, [PAD, BOS, UNK]] = -torch.inf
        return logits

    return next_logits


def score(hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """Return BLEU, chrF (both 0-100, by sacrebleu, lower-cased) and the share translated exactly.

    Source: Papineni et al. 2002; Popović 2015; Post 2018.
    """
    import sacrebleu

    lower = [reference.lower() for reference in references]
    same = sum(h == r for h, r in zip(hypotheses, lower, strict=True))
    return {
        "sentences": len(references),
        "bleu": round(sacrebleu.corpus_bleu(list(hypotheses), [lower]).score, 2),
        "chrf": round(sacrebleu.corpus_chrf(list(hypotheses), [lower]).score, 2),
        "exact": round(100 * same / max(len(lower), 1), 2),
    }


def evaluate(
    model: Any, tokenizers: Tokenizers, held_out: Mapping[str, Sequence[Pairing]]
) -> dict[str, dict[str, float]]:
    """Translate held-out sentences greedily and score them.

    Args:
        model: the translator.
        tokenizers: the source's and the target's.
        held_out: pairs by the name of where they come from.

    Returns:
        The scores (see ``score``) of each name, and of all together under "overall".
    """
    scores: dict[str, dict[str, float]] = {}
    all_hypotheses: list[str] = []
    all_references: list[str] = []
    for name, pairs in held_out.items():
        hypotheses = translate_all(model, tokenizers, [pair.source for pair in pairs])
        references = [clean(pair.target) for pair in pairs]
        scores[name] = score(hypotheses, references)
        all_hypotheses += hypotheses
        all_references += references
    return {"overall": score(all_hypotheses, all_references), **scores}
