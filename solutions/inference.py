"""Lesson 11: inference: writing one word after the other."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from minitransformer import merge_heads, scaled_dot_product_attention, softmax, split_heads


def greedy_decode(
    next_logits: Callable[[Int[Tensor, "n t"]], Float[Tensor, "n vocab"]],
    start: Int[Tensor, "batch 1"],
    eos_id: int,
    max_len: int,
) -> Int[Tensor, "batch length"]:
    """Take the best next word, again and again."""
    ids = start
    ended = torch.zeros_like(start, dtype=torch.bool)  # (B, 1)
    while ids.size(1) < max_len and not ended.all():
        best = next_logits(ids).argmax(-1, keepdim=True)  # (B, 1)
        best = best.to(ids.dtype).masked_fill(ended, eos_id)
        ids = torch.cat([ids, best], dim=1)  # (B, t + 1)
        ended = ended | (best == eos_id)
    return ids


def sample(
    logits: Float[Tensor, "batch vocab"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: torch.Generator | None = None,
) -> Int[Tensor, " batch"]:
    """Draw the next word at random, the better ones more often."""
    if temperature <= 0:
        raise ValueError(f"temperature has to be above 0, but is {temperature}")
    ranked, ids = (logits / temperature).sort(dim=-1, descending=True)  # (B, V), best first
    kept = ranked[:, :top_k]  # (B, k)
    shares = softmax(kept, dim=-1)
    if top_p is not None:
        before = shares.cumsum(-1) - shares  # what the better words have together
        shares = shares.masked_fill(before >= top_p, 0.0)
    place = torch.multinomial(shares, 1, generator=generator)  # (B, 1)
    return ids.gather(-1, place)[:, 0]  # (B,)


def beam_search(
    next_logits: Callable[[Int[Tensor, "n t"]], Float[Tensor, "n vocab"]],
    start: Int[Tensor, "batch 1"],
    eos_id: int,
    beam_size: int,
    max_len: int,
    length_penalty: float = 0.6,
) -> tuple[Int[Tensor, "batch length"], Float[Tensor, " batch"]]:
    """Follow the ``beam_size`` best beginnings at once; return the best whole text of each row."""
    batch = start.size(0)
    rows = torch.arange(batch, device=start.device)[:, None]  # (B, 1)
    ids = start[:, None]  # beginnings (B, beams, t); one beam at first
    log_p = torch.zeros(batch, 1, device=start.device)  # (B, beams); finished: -inf
    best_ids = start
    best_score = torch.full((batch,), -torch.inf, device=start.device)
    for n in range(1, max_len):  # n tokens generated, the start token not counted
        logits = next_logits(ids.flatten(0, 1)).detach()  # (B * beams, V)
        vocab = logits.size(-1)
        step = F.log_softmax(logits, dim=-1).view(batch, -1, vocab)  # (B, beams, V)
        totals = (log_p[..., None] + step).flatten(1)  # (B, beams * V)
        log_p, chosen = totals.topk(min(beam_size, totals.size(1)))  # (B, beams)
        words = (chosen % vocab).to(ids.dtype)[..., None]  # (B, beams, 1)
        ids = torch.cat([ids[rows, chosen // vocab], words], dim=-1)  # (B, beams, n + 1)

        finished = (words[..., 0] == eos_id) | (n == max_len - 1)  # (B, beams)
        score = (log_p / ((5 + n) / 6) ** length_penalty).masked_fill(~finished, -torch.inf)
        top_score, top = score.max(dim=1)  # (B,)
        better = top_score > best_score
        best_ids = F.pad(best_ids, (0, 1), value=eos_id)  # (B, n + 1)
        best_ids = torch.where(better[:, None], ids[rows[:, 0], top], best_ids)
        best_score = torch.where(better, top_score, best_score)

        log_p = log_p.masked_fill(finished, -torch.inf)
        hope = log_p.amax(1) / ((4 + max_len) / 6) ** length_penalty  # no extension scores more
        if (hope <= best_score).all():
            break
    return best_ids, best_score


class CachedAttention(nn.Module):
    """Self-attention for writing: one new word at a time, the earlier ones remembered."""

    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        self.attention: Any = attention
        self.cache: tuple[Tensor, Tensor] | None = None  # keys and values so far

    def forward(self, x: Float[Tensor, "batch 1 d_model"]) -> Float[Tensor, "batch 1 d_model"]:
        attention = self.attention
        query = split_heads(attention.q_proj(x), attention.num_heads)  # (B, H, 1, Dk)
        key = split_heads(attention.k_proj(x), attention.num_heads)  # (B, H, 1, Dk)
        value = split_heads(attention.v_proj(x), attention.num_heads)  # (B, H, 1, Dk)
        if self.cache is not None:
            key = torch.cat([self.cache[0], key], dim=2)  # (B, H, t, Dk)
            value = torch.cat([self.cache[1], value], dim=2)  # (B, H, t, Dk)
        self.cache = key, value
        heads, _ = scaled_dot_product_attention(query, key, value)  # (B, H, 1, Dk)
        return attention.out_proj(merge_heads(heads))  # (B, 1, D)
