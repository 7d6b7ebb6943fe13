"""The lessons, in order, and the parts each one asks the learner to write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Lesson:
    """One lesson; ``name`` finds its file in every folder of the project.

    ``folder`` holds the files of a lesson that is an instructor's own; None for the course's.
    """

    number: int
    name: str
    title: str
    parts: tuple[str, ...]
    folder: Path | None = None

    @property
    def notebook(self) -> str:
        """The notebook's file name without its ending, such as ``04_attention``."""
        if self.folder is not None:
            return self.name
        return f"{self.number:02d}_{self.name}"


LESSONS: tuple[Lesson, ...] = (
    Lesson(0, "softmax", "Start here", ("softmax",)),
    Lesson(1, "recurrence", "Before Transformers", ("rnn_step", "additive_attention")),
    Lesson(
        2,
        "embeddings",
        "Words as vectors",
        ("skip_gram_loss", "learn_bpe", "apply_bpe", "TokenEmbedding"),
    ),
    Lesson(
        3,
        "positional_encoding",
        "Where a word stands",
        ("sinusoidal_encoding", "PositionalEncoding", "rotary_embedding"),
    ),
    Lesson(
        4,
        "attention",
        "Attention",
        ("scaled_dot_product_attention", "padding_mask", "causal_mask"),
    ),
    Lesson(5, "multi_head", "Many heads", ("split_heads", "merge_heads", "MultiHeadAttention")),
    Lesson(6, "add_norm", "Add and norm", ("LayerNorm", "AddNorm")),
    Lesson(7, "feed_forward", "The feed-forward layer", ("FeedForward",)),
    Lesson(8, "encoder", "The encoder", ("EncoderLayer", "Encoder")),
    Lesson(9, "decoder", "The decoder", ("DecoderLayer", "Decoder", "Transformer")),
    Lesson(
        10,
        "training",
        "Training",
        ("shift_right", "label_smoothed_cross_entropy", "warmup_lr", "train_step"),
    ),
    Lesson(
        11,
        "inference",
        "Inference",
        ("greedy_decode", "sample", "beam_search", "CachedAttention"),
    ),
    Lesson(12, "translation", "It translates", ("bleu",)),
)

OWN_LESSONS: list[Lesson] = []
"""Lessons of an instructor's own, registered by ``own_lessons``; their parts are in LESSON_OF."""

LESSON_OF: dict[str, Lesson] = {part: lesson for lesson in LESSONS for part in lesson.parts}


def find_lesson(text: str | int) -> Lesson:
    """Return the lesson that ``text`` names: ``4``, ``"04"``, ``"attention"``, ``"04_attention"``.

    Raises ``KeyError`` with the list of lessons when there is none.
    """
    wanted = str(text).strip().removesuffix(".ipynb")
    for lesson in (*LESSONS, *OWN_LESSONS):
        if wanted in (lesson.notebook, lesson.name, str(lesson.number), f"{lesson.number:02d}"):
            return lesson
    known = ", ".join(lesson.notebook for lesson in (*LESSONS, *OWN_LESSONS))
    raise KeyError(f"no lesson is called {wanted!r}; the lessons are {known}")
