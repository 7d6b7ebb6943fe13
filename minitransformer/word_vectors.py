"""Word vectors trained on a text that every Python brings along: its own documentation.

Lesson 02 and its labs train them with the learner's ``skip_gram_loss``.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from minitransformer.embeddings import skip_gram_loss


def help_topics() -> list[str]:
    """Return the texts of Python's ``help()`` topics."""
    from pydoc_data.topics import topics

    return [topics[name] for name in sorted(topics)]


def docstrings() -> list[str]:
    """Return the docstrings of the standard library."""
    library, found = Path(ast.__file__).parent, []
    for file in sorted([*library.glob("*.py"), *library.glob("*/*.py")]):
        if "test" in file.name or file.parent.name in ("test", "site-packages", "dist-packages"):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # old code in the library
                tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                found.append(ast.get_docstring(node) or "")
    return found


def words_of(texts: Iterable[str]) -> list[str]:
    """Return the words of some texts, in lower case."""
    a_word = re.compile(r"_*[a-z]+(?:_+[a-z]+)*_*")  # keeps __init__ in one piece
    return [word for text in texts for word in a_word.findall(text.lower())]


class WordVectors:
    """Word vectors trained by skip-gram with negative sampling.

    Args:
        text: the words of a text, in their order.
        d_model: numbers in a vector.
        at_least: words that occur less often get no vector.
        loss: called as ``skip_gram_loss``.
    """

    def __init__(
        self,
        text: Sequence[str],
        d_model: int = 48,
        at_least: int = 10,
        loss: Callable[[Tensor, Tensor, Tensor], Tensor] = skip_gram_loss,
    ) -> None:
        counts = Counter(text)
        self.words = [word for word, count in counts.most_common() if count >= at_least]
        self.index = {word: place for place, word in enumerate(self.words)}
        frequency = torch.tensor([counts[word] for word in self.words], dtype=torch.float)  # (V,)
        self.frequency = frequency / frequency.sum()
        self.loss = loss
        self.generator = torch.Generator().manual_seed(0)
        self.pairs = self._pairs(torch.tensor([self.index[w] for w in text if w in self.index]))
        size = (len(self.words), d_model)
        self.center = 0.1 * torch.randn(size, generator=self.generator)  # (V, D)
        self.context = 0.1 * torch.randn(size, generator=self.generator)  # (V, D)

    def _pairs(self, ids: Int[Tensor, " length"], reach: int = 4) -> Int[Tensor, "pairs 2"]:
        """Thin out frequent words; return all (centre, neighbour) pairs: (T,) -> (P, 2)."""
        keep = (1e-3 / self.frequency).sqrt().clamp(max=1)  # (V,)
        ids = ids[torch.rand(len(ids), generator=self.generator) < keep[ids]]  # (T',)
        after = [torch.stack([ids[:-d], ids[d:]], dim=1) for d in range(1, reach + 1)]
        pairs = torch.cat(after)  # (P / 2, 2)
        return torch.cat([pairs, pairs.flip(1)])  # (P, 2)

    def train(
        self,
        steps: int,
        batch: int = 1024,
        negatives: int = 5,
        believed: float = 1.0,
        watch: Callable[[int], None] | None = None,
    ) -> list[float]:
        """Take gradient steps; return the loss at each.

        ``believed=0`` makes negatives silent; ``watch`` is called before each step, with its
        number.
        """
        self.center.requires_grad_()
        self.context.requires_grad_()
        optimizer = torch.optim.Adam([self.center, self.context], lr=0.02)
        slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=steps)
        noise = self.frequency**0.75  # (V,)
        losses = []
        for step in range(steps):
            if watch is not None:
                watch(step)
            chosen = torch.randint(len(self.pairs), (batch,), generator=self.generator)
            center, context = self.pairs[chosen].unbind(dim=1)  # (B,), (B,)
            drawn = torch.multinomial(noise, batch * negatives, True, generator=self.generator)
            loss = self.loss(
                F.embedding(center, self.center),  # (B, D)
                F.embedding(context, self.context),  # (B, D)
                F.embedding(drawn.view(batch, negatives), self.context) * believed,  # (B, K, D)
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            slower.step()
            losses.append(loss.item())
        self.center, self.context = self.center.detach(), self.context.detach()
        return losses

    def unit(self) -> Float[Tensor, "words d_model"]:
        """Return the centre vectors, their mean taken away, at length 1: (V, D)."""
        return F.normalize(self.center - self.center.mean(dim=0), dim=1)

    def nearest(
        self, vector: Float[Tensor, " d_model"], count: int = 5, without: Sequence[str] = ()
    ) -> list[str]:
        """Return the words whose vectors point most nearly in the direction of ``vector``."""
        order = (self.unit() @ vector).argsort(descending=True).tolist()  # (V, D) @ (D,) -> (V,)
        found = [self.words[place] for place in order[: count + len(without)]]
        return [word for word in found if word not in without][:count]

    def __getitem__(self, word: str) -> Float[Tensor, " d_model"]:
        return self.unit()[self.index[word]]  # (D,)
