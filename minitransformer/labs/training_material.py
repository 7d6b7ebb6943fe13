"""What a training run is given: settings that may change, and short sentences to learn from."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from minitransformer.data import grammar
from minitransformer.data.batching import Example
from minitransformer.data.tokenizer import Tokenizer

D_MODEL, USUAL_BATCH = 32, 32


@dataclass(frozen=True)
class Settings:
    """What may be changed while a run goes on.

    Attributes:
        learning_rate: the highest rate; without warm-up the rate of every step.
        warmup: steps until the rate is highest; 0: none, and the rate stays where it is.
        smoothing: label smoothing.
        batch_size: sentences a step.
    """

    learning_rate: float
    warmup: int
    smoothing: float
    batch_size: int

    def __str__(self) -> str:
        parts = [f"rate {self.learning_rate:.2g}"]
        parts.append(f"warm-up {self.warmup}" if self.warmup else "no warm-up")
        parts += [f"smoothing {self.smoothing:g}"] if self.smoothing else []
        parts += [f"batch {self.batch_size}"] if self.batch_size != USUAL_BATCH else []
        return ", ".join(parts)

    def rate(self, step: int, warmup_lr: Callable[..., float]) -> float:
        """Return the learning rate of a step, counted from 1; ``warmup_lr`` gives the shape."""
        if not self.warmup:
            return self.learning_rate
        highest = 1 / math.sqrt(D_MODEL * self.warmup)
        return self.learning_rate * float(warmup_lr(step, D_MODEL, self.warmup)) / highest


@dataclass(frozen=True)
class Data:
    """Short sentences of the course's grammar, English and French, as ids."""

    examples: list[Example]
    source: Tokenizer
    target: Tokenizer
    frequencies_only: float  # the loss of a model that knows how frequent each word is


@functools.cache
def data() -> Data:
    """Return the sentences; made at the first call, in about a second."""
    pairs = [pair for pair in grammar.sample("fr", 3000) if len(pair.source.split()) <= 6]
    source = Tokenizer.train((pair.source for pair in pairs), 300)
    target = Tokenizer.train((pair.target for pair in pairs), 300)
    examples = [(source.encode(pair.source), target.encode(pair.target)) for pair in pairs]
    counts = Counter(token for _, ids in examples for token in ids)
    total = sum(counts.values())
    entropy = -sum(n / total * math.log(n / total) for n in counts.values())
    return Data(examples, source, target, entropy)


def chosen(settings: Mapping[str, Any]) -> Settings:
    """Return a cockpit's settings as a run takes them."""
    return Settings(
        float(settings["learning_rate"]),
        round(settings["warmup"]),
        round(float(settings["smoothing"]), 2),
        round(settings["batch_size"]),
    )
