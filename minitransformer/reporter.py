"""Who did it to whom: a tiny model of one multi-head attention, for lesson 05 and its lab.

It reads four words such as *today dog bites man*, and from what the verb takes home it has to name
who bites and whom. Nothing else gets to the answer.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Int
from torch import Tensor, nn

from minitransformer.multi_head import MultiHeadAttention
from minitransformer.positional_encoding import sinusoidal_encoding

NOUNS, TIMES, VERBS = 200, 5, 5  # ids: nouns from 0, times from 200, verbs from 205
WORDS = ("today", "dog", "bites", "man")
SENTENCE = torch.tensor([[NOUNS, 0, NOUNS + TIMES, 1]])  # (1, 4): the ids of WORDS
WHO, VERB, WHOM = 1, 2, 3  # places in a sentence


class Reporter(nn.Module):
    """From what the verb attends to: who did it, and to whom.

    Args:
        num_heads: divides d_model.
        d_model: numbers in a word's vector.
        attention: called as ``MultiHeadAttention``.
    """

    def __init__(
        self,
        num_heads: int,
        d_model: int = 32,
        attention: Callable[..., nn.Module] = MultiHeadAttention,
    ) -> None:
        super().__init__()
        self.num_heads, self.d_k = num_heads, d_model // num_heads
        self.embedding = nn.Embedding(NOUNS + TIMES + VERBS, d_model)
        self.attention = attention(d_model, num_heads, dropout=0.0)
        self.who, self.whom = nn.Linear(d_model, NOUNS), nn.Linear(d_model, NOUNS)
        self.positions: Tensor
        self.register_buffer("positions", sinusoidal_encoding(4, d_model))

    def forward(self, ids: Int[Tensor, "batch 4"]) -> tuple[Tensor, Tensor, Tensor]:
        """Return scores for who and for whom (B, NOUNS), and the verb's weights (B, H, 4)."""
        x = self.embedding(ids) + self.positions  # (B, 4, D)
        output, weights = self.attention(x, x, x)  # (B, 4, D), (B, H, 4, 4)
        home = output[:, VERB]  # (B, D): only what the verb takes home
        return self.who(home), self.whom(home), weights[:, :, VERB]


def sentences(count: int, generator: torch.Generator) -> Int[Tensor, "count 4"]:
    """Return random sentences: a time, who, a verb, whom; never the same noun twice."""

    def draw(below: int, start: int = 0) -> Tensor:
        return start + torch.randint(below, (count,), generator=generator)

    who = draw(NOUNS)
    whom = (who + draw(NOUNS - 1, 1)) % NOUNS
    when, verb = draw(TIMES, NOUNS), draw(VERBS, NOUNS + TIMES)
    return torch.stack([when, who, verb, whom], dim=1)  # (count, 4)


def train(
    num_heads: int,
    seed: int = 0,
    steps: int = 400,
    attention: Callable[..., nn.Module] = MultiHeadAttention,
) -> Reporter:
    """Return a trained Reporter."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Reporter(num_heads, attention=attention)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        ids = sentences(128, generator)
        who, whom, _ = model(ids)
        loss = F.cross_entropy(who, ids[:, WHO]) + F.cross_entropy(whom, ids[:, WHOM])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


@torch.no_grad()
def answers(model: Reporter, count: int = 2000) -> tuple[Tensor, Tensor]:
    """Return what the model says of new sentences, and the truth: who and whom (count, 2) each."""
    ids = sentences(count, torch.Generator().manual_seed(99))
    who, whom, _ = model(ids)
    return torch.stack([who.argmax(-1), whom.argmax(-1)], dim=1), ids[:, [WHO, WHOM]]


def report(model: Reporter) -> tuple[float, float]:
    """Return shares of new sentences: both right, the two swapped."""
    said, truth = answers(model)
    right = (said == truth).all(dim=1).double().mean()
    swapped = (said == truth.flip(1)).all(dim=1).double().mean()
    return right.item(), swapped.item()


def shares_right(model: Reporter) -> tuple[float, float]:
    """Return the shares of new sentences in which who, and whom, is right."""
    said, truth = answers(model)
    who, whom = (said == truth).double().mean(dim=0).tolist()
    return who, whom
