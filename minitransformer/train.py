"""Train a translator from the parts in use, within minutes, on a laptop.

    result = train(to="fr", minutes=8)
    model, source, target = load_model("fr")

The model learns from the grammar's sentences and from real ones (see ``data``); the best weights
on the validation sentences are kept. Training can be stopped at any time and resumed.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import platform
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from minitransformer import checkpoint, files
from minitransformer.data.batching import Batch, Example, make_batches
from minitransformer.data.grammar import splits
from minitransformer.data.pairs import (
    Split,
    bundled,
    read_pairs,
    require_target,
    split_by_group,
    without_leaks,
)
from minitransformer.data.tokenizer import BOS, PAD, Tokenizer
from minitransformer.decoder import Transformer, TransformerConfig
from minitransformer.errors import CourseError, DataError
from minitransformer.stub import each_part
from minitransformer.training import (
    label_smoothed_cross_entropy,
    shift_right,
    train_step,
    warmup_lr,
)
from minitransformer.translate import evaluate, translate_all

SHOWN = ("dogs are great", "the old man reads a book", "where is my cat ?", "add a new user")
PARTS_USED = frozenset(
    {
        *("apply_bpe", "TokenEmbedding", "PositionalEncoding", "Transformer"),
        *("scaled_dot_product_attention", "padding_mask", "causal_mask", "softmax"),
        *("split_heads", "merge_heads", "MultiHeadAttention", "LayerNorm", "AddNorm"),
        *("FeedForward", "EncoderLayer", "Encoder", "DecoderLayer", "Decoder"),
        *("shift_right", "label_smoothed_cross_entropy", "warmup_lr", "train_step"),
        *("greedy_decode",),
    }
)
LONGEST_PAIR = 60  # tokens; longer pairs are not trained on


@dataclass(frozen=True)
class Settings:
    """How to train. The defaults are for eight minutes on two CPU cores.

    Attributes:
        to: "fr" or "hi".
        minutes: how long to train, the time of validation counted.
        steps: stop after so many steps instead; makes training repeatable to the last bit.
        seed: of the weights, the splits, the order of the data and dropout.
        d_model, num_heads, d_ff, num_layers, dropout, norm_first: see ``TransformerConfig``.
        merges: byte-pair merges of each language.
        tokens_per_batch: source and target together, with padding.
        warmup_steps, rate: the learning rate is rate × ``warmup_lr``...
        cooldown: ... and falls in a straight line to zero over this last share of the time.
        smoothing: label smoothing.
        mixing: a corpus of n pairs gets a share of the data proportional to n ** mixing: 1 as it
            comes, 0 all alike; in between, small corpora are seen more often than large ones.
        round_size: sentence pairs a round.
        validate_every: seconds (or steps, where ``steps`` is set) between validations.
        grammar_size: sentences of the grammar to train on; 0 for none.
        clock: "wall", or "cpu" to count only the seconds this process computes, which compares
            runs on a busy machine with those on an idle one (one thread).
    """

    to: str = "fr"
    minutes: float = 8.0
    steps: int | None = None
    seed: int = 0
    d_model: int = 96
    num_heads: int = 4
    d_ff: int = 384
    num_layers: int = 2
    dropout: float = 0.1
    norm_first: bool = False
    merges: int = 2000
    tokens_per_batch: int = 1500
    warmup_steps: int = 400
    rate: float = 0.5
    cooldown: float = 0.4
    smoothing: float = 0.1
    mixing: float = 0.5
    round_size: int = 4000
    validate_every: float = 30.0
    grammar_size: int = 40_000
    clock: str = "wall"


@dataclass(frozen=True)
class Progress:
    """Where training stands; handed to ``on_progress`` after every step."""

    step: int
    elapsed: float  # seconds
    done: float  # share of the training done, 0 to 1
    loss: float
    rate: float  # the learning rate
    tokens: int  # seen so far, source and target, without padding
    valid_loss: float | None = None  # only after a validation
    samples: dict[str, str] | None = None  # likewise


@dataclass
class Result:
    """What training gave."""

    model: nn.Module
    source: Tokenizer
    target: Tokenizer
    folder: Path | None
    report: dict[str, Any]
    interrupted: bool


# ------------------------------------------------------------------ data


@dataclass
class Data:
    """Corpora by name, each split, with the tokenizers learned from their training parts."""

    corpora: dict[str, Split]
    source: Tokenizer
    target: Tokenizer

    def examples(self, name: str, part: str) -> list[Example]:
        """Return a corpus' pairs as ids, the overlong ones left out."""
        found = []
        for pair in self.corpora[name].get(part, []):
            example = self.source.encode(pair.source), self.target.encode(pair.target)
            if sum(map(len, example)) <= LONGEST_PAIR:
                found.append(example)
        return found

    def fingerprint(self) -> str:
        """Return a short text that differs for different data."""
        content = repr([(name, parts["train"]) for name, parts in self.corpora.items()])
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def held_out(self) -> dict[str, list[Any]]:
        """Return the test sentences by their origin: grammar, grammar/withheld, cldr, ..."""
        return {
            name if part == "test" else f"{name}/{part}": pairs
            for name, parts in self.corpora.items()
            for part, pairs in parts.items()
            if part not in ("train", "valid") and pairs
        }


def load_data(settings: Settings, file: Path | None = None) -> Data:
    """Return the bundled corpora, or the pairs of ``file`` in place of the real ones.

    Raises ``DataError`` where the file cannot be used.
    """
    if file is None:
        corpora = bundled(settings.to, settings.seed, max(settings.grammar_size, 1))
        if not settings.grammar_size:
            del corpora["grammar"]
    else:
        corpora = {"file": _split_file(file, settings.seed)}
        if settings.grammar_size:
            corpora["grammar"] = splits(settings.to, settings.seed, train=settings.grammar_size)
        corpora = without_leaks(corpora)
    pairs = [pair for parts in corpora.values() for pair in parts["train"]]
    source = Tokenizer.train((pair.source for pair in pairs), settings.merges)
    target = Tokenizer.train((pair.target for pair in pairs), settings.merges)
    return Data(corpora, source, target)


def _split_file(file: Path, seed: int) -> Split:
    parts = split_by_group(read_pairs(file), seed=seed)
    if not all(parts.values()):
        raise DataError(
            f"{file}: too few different sentences to hold any out for testing. Give at least "
            f"three; some thousands are needed to learn from."
        )
    return parts


def round_of_batches(
    examples: Mapping[str, list[Example]], settings: Settings, number: int
) -> list[Batch]:
    """Return the batches of one round: each corpus' share, drawn anew, shuffled by the seed."""
    rng = random.Random(f"{settings.seed}/{number}")
    weights = {name: len(pool) ** settings.mixing for name, pool in examples.items()}
    chosen: list[Example] = []
    for name, pool in examples.items():
        wanted = round(settings.round_size * weights[name] / sum(weights.values()))
        while wanted > 0:
            drawn = rng.sample(pool, min(wanted, len(pool)))
            chosen += drawn
            wanted -= len(drawn)
    return make_batches(chosen, settings.tokens_per_batch, rng)


# ------------------------------------------------------------------ the loop


class Trainer:
    """One training run: what is needed to go on, and one step after the other.

    ``step``, ``elapsed``, ``tokens``, the weights, the optimizer's state and the random state are
    all that a resumed run needs to go on as if it had never stopped.
    """

    def __init__(self, settings: Settings, data: Data, build: Callable[..., nn.Module]) -> None:
        self.settings = settings
        self.data = data
        self.examples = {name: data.examples(name, "train") for name in data.corpora}
        self.examples = {name: pool for name, pool in self.examples.items() if pool}
        valid = [example for name in data.corpora for example in data.examples(name, "valid")]
        self.valid = make_batches(valid, 4 * settings.tokens_per_batch)
        self.config = TransformerConfig(
            src_vocab_size=len(data.source),
            tgt_vocab_size=len(data.target),
            d_model=settings.d_model,
            num_heads=settings.num_heads,
            d_ff=settings.d_ff,
            num_layers=settings.num_layers,
            dropout=settings.dropout,
            pad_id=PAD,
            norm_first=settings.norm_first,
        )
        torch.manual_seed(settings.seed)
        self.model = build(self.config)
        self.optimizer = torch.optim.Adam(self.model.parameters(), betas=(0.9, 0.98), eps=1e-9)
        self.clock = {"wall": time.perf_counter, "cpu": time.process_time}[settings.clock]
        self.step, self.elapsed, self.tokens = 0, 0.0, 0
        self.round, self.position = 0, 0  # the next batch
        self.validated_at = 0.0
        self.best_loss: float | None = None
        self.best_weights: dict[str, torch.Tensor] | None = None

    @property
    def done(self) -> float:
        """The share of the training done."""
        if self.settings.steps is not None:
            return self.step / max(self.settings.steps, 1)
        return self.elapsed / max(60 * self.settings.minutes, 1e-9)

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        s = self.settings
        falling = min(1.0, max(0.0, (1 - self.done) / max(s.cooldown, 1e-9)))
        return s.rate * warmup_lr(self.step + 1, s.d_model, s.warmup_steps) * falling

    def steps(self) -> Iterator[Progress]:
        """Take one step after the other until the training is done; yield after each."""
        batches = round_of_batches(self.examples, self.settings, self.round)
        while self.done < 1:
            started = self.clock()
            if self.position >= len(batches):
                self.round, self.position = self.round + 1, 0
                batches = round_of_batches(self.examples, self.settings, self.round)
            batch = batches[self.position]
            rate = self.rate
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            loss = train_step(
                self.model,
                batch,
                self.optimizer,
                pad_id=PAD,
                bos_id=BOS,
                smoothing=self.settings.smoothing,
            )
            self.step += 1
            self.position += 1
            _require_number(loss, self.step)
            self.tokens += sum(int((ids != PAD).sum()) for ids in batch)
            self.elapsed += self.clock() - started
            yield Progress(self.step, self.elapsed, self.done, loss, rate, self.tokens)

    def should_validate(self) -> bool:
        """True when it is time to look at the validation sentences."""
        now = self.step if self.settings.steps is not None else self.elapsed
        return now - self.validated_at >= self.settings.validate_every or self.done >= 1

    @torch.no_grad()
    def validate(self) -> float:
        """Return the mean loss a token on the validation sentences."""
        started = self.clock()
        self.model.eval()
        total, count = 0.0, 0
        for src, tgt in self.valid:
            logits = self.model(src, shift_right(tgt, BOS))  # (B, T, V)
            real = int((tgt != PAD).sum())
            total += float(label_smoothed_cross_entropy(logits, tgt, PAD)) * real
            count += real
        self.elapsed += self.clock() - started
        self.validated_at = self.step if self.settings.steps is not None else self.elapsed
        return total / max(count, 1)

    def keep_if_best(self, folder: Path | None) -> float:
        """Validate; keep the weights if they are the best so far, and save where to resume."""
        loss = self.validate()
        if self.best_loss is None or loss < self.best_loss:
            self.best_loss = loss
            self.best_weights = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
            if folder is not None:
                self.write_model(folder)
        if folder is not None:
            self.save(folder)
        return loss

    def write_model(self, folder: Path) -> None:
        """Write the weights as they are now, with the tokenizers: all that translating needs."""
        about = {"to": self.settings.to, "step": self.step, "valid_loss": self.best_loss}
        checkpoint.save_model(folder, self.model, self.config, about)
        self.data.source.save(folder / checkpoint.SOURCE)
        self.data.target.save(folder / checkpoint.TARGET)

    def pause(self, folder: Path) -> None:
        """Save where to resume; a model that was never validated is better than none."""
        if self.best_weights is None:
            self.write_model(folder)
        self.save(folder)

    def report(self) -> dict[str, Any]:
        """Return what one has to know to repeat the run, as JSON-ready values."""
        return {
            "settings": asdict(self.settings),
            "parameters": sum(weight.numel() for weight in self.model.parameters()),
            "steps": self.step,
            "minutes": round(self.elapsed / 60, 2),
            "tokens": self.tokens,
            "valid_loss": self.best_loss,
            "pairs": {
                name: {part: len(pairs) for part, pairs in parts.items()}
                for name, parts in self.data.corpora.items()
            },
            "vocabulary": [len(self.data.source), len(self.data.target)],
            "parts": parts_in_use(),
            "hardware": f"{platform.machine()}, {os.cpu_count()} cores",
            "threads": torch.get_num_threads(),
            "python": platform.python_version(),
            "torch": torch.__version__,
        }

    # -------------------------------------------------------------- resuming

    def save(self, folder: Path) -> None:
        """Write everything a resumed run needs, as one file."""
        weights = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        moments = checkpoint.optimizer_tensors(self.optimizer)
        optimizer = {f"optimizer.{k}": v for k, v in moments.items()}
        about = {
            "settings": asdict(self.settings),
            "step": self.step,
            "elapsed": self.elapsed,
            "tokens": self.tokens,
            "round": self.round,
            "position": self.position,
            "validated_at": self.validated_at,
            "best_loss": self.best_loss,
            "data": self.data.fingerprint(),
        }
        tensors = {**weights, **optimizer, "random": torch.get_rng_state()}
        checkpoint.write_tensors(folder / checkpoint.TRAINING, tensors, about)

    def restore(self, folder: Path) -> None:
        """Take up where ``save`` left off."""
        file = folder / checkpoint.TRAINING
        tensors, about = checkpoint.read_tensors(file)
        if about["data"] != self.data.fingerprint():
            raise DataError(
                f"{file}: the stopped run had other data. Resume it with the same --data, or none "
                f"where it had none."
            )

        def below(prefix: str) -> dict[str, torch.Tensor]:
            return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

        checkpoint.load_weights(self.model, below("model."), file)
        checkpoint.restore_optimizer(self.optimizer, below("optimizer."))
        for name in ("step", "elapsed", "tokens", "round", "position", "validated_at", "best_loss"):
            setattr(self, name, about[name])
        torch.set_rng_state(tensors["random"])
        if self.best_loss is not None:
            self.best_weights, _ = checkpoint.read_tensors(folder / checkpoint.MODEL)


def _require_number(loss: float, step: int) -> None:
    if not math.isfinite(loss):
        raise CourseError(
            f"the loss is {loss} after step {step}: some part of the model gives numbers that are "
            f"not finite. Run the checks of the parts you wrote (`minitransformer status` lists "
            f"them); with the reference's parts it stays finite."
        )


def train(
    settings: Settings | None = None,
    *,
    data: Data | Path | None = None,
    folder: Path | None = None,
    resume: bool = False,
    build: Callable[..., nn.Module] = Transformer,
    on_progress: Callable[[Progress], None] | None = None,
    **changes: Any,
) -> Result:
    """Train a translator; keep the weights that do best on the validation sentences.

    ``train(to="hi", minutes=2)`` is short for ``train(Settings(to="hi", minutes=2))``.

    Args:
        settings: how to train.
        data: what ``load_data`` returned, or a file of pairs; ``None``: the bundled corpora.
        folder: where to keep checkpoint and results; ``None``: nowhere. What an earlier run left
            there is moved to ``folder/previous``.
        resume: go on with the run in ``folder``, with its settings; only ``minutes`` and
            ``steps`` may be changed.
        build: makes the model from a ``TransformerConfig``: the Transformer, or a baseline.
        on_progress: called after every step.
        changes: settings by name.

    Returns:
        The best model, its tokenizers and the report, which ``results.json`` in ``folder`` has
        too. After Ctrl-C ``interrupted`` is true, nothing is measured, and ``resume`` goes on.

    Raises:
        DataError: the data cannot be used, or there is nothing to resume.
        CourseError: the loss is no longer a number.
    """
    chosen = replace(settings or Settings(), **changes)
    require_target(chosen.to)
    if resume:
        chosen = _settings_to_resume(folder, chosen, changes)
    file = data if isinstance(data, Path) else None
    prepared = data if isinstance(data, Data) else load_data(chosen, file)
    with torch.random.fork_rng(devices=[]):
        trainer = Trainer(chosen, prepared, build)
        if folder is not None and resume:
            trainer.restore(folder)
        elif folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            checkpoint.set_aside(folder)
        interrupted = _run(trainer, folder, on_progress)
    return _finish(trainer, folder, interrupted)


def _settings_to_resume(
    folder: Path | None, chosen: Settings, changes: Mapping[str, Any]
) -> Settings:
    if folder is None or not (folder / checkpoint.TRAINING).is_file():
        raise DataError(
            f"{folder}: there is no unfinished training to resume. Start one without --resume."
        )
    _, about = checkpoint.read_tensors(folder / checkpoint.TRAINING)
    saved = Settings(**about["settings"])
    if saved.to != chosen.to:
        raise DataError(f"{folder}: the training there is into {saved.to!r}, not {chosen.to!r}.")
    longer = {name: changes[name] for name in ("minutes", "steps") if name in changes}
    return replace(saved, **longer)


def _run(
    trainer: Trainer, folder: Path | None, on_progress: Callable[[Progress], None] | None
) -> bool:
    """Run to the end, or to Ctrl-C; return whether it was Ctrl-C."""
    with _interrupts() as interrupted:
        for now in trainer.steps():
            if trainer.should_validate():
                now = _validated(trainer, folder, now)  # noqa: PLW2901
            if on_progress is not None:
                on_progress(now)
            if interrupted():
                if trainer.done < 1:
                    if folder is not None:
                        trainer.pause(folder)
                    return True
                break
    return False


def _validated(trainer: Trainer, folder: Path | None, now: Progress) -> Progress:
    """Validate, keep what is worth keeping, and add what was found to ``now``."""
    loss = trainer.keep_if_best(folder)
    tokenizers = trainer.data.source, trainer.data.target
    samples = translate_all(trainer.model, tokenizers, SHOWN)
    return replace(now, valid_loss=loss, samples=dict(zip(SHOWN, samples, strict=True)))


@contextlib.contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C wait for the end of the step; a second one stops at once."""
    asked = False

    def remember(number: int, frame: Any) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _finish(trainer: Trainer, folder: Path | None, interrupted: bool) -> Result:
    """Go back to the best weights; measure them, unless training is to go on later."""
    data, model = trainer.data, trainer.model
    if trainer.best_weights is not None:
        model.load_state_dict(trainer.best_weights)
    model.eval()
    report = trainer.report()
    if not interrupted:
        report["scores"] = evaluate(model, (data.source, data.target), data.held_out())
    if folder is not None:
        files.write_json(folder / checkpoint.RESULTS, report)
    return Result(model, data.source, data.target, folder, report, interrupted)


def load_model(to: str = "fr") -> tuple[nn.Module, Tokenizer, Tokenizer]:
    """Return the translator in use, with its source and target tokenizers.

    It is the learner's own where one was trained, and otherwise the small one that ships with
    the course. Either way the parts in use do the computing.
    """
    folder, _ = checkpoint.find_folder(to)
    found = checkpoint.load(folder)
    return found.model, found.source, found.target


def parts_in_use() -> dict[str, str]:
    """Return whose implementation of each part training and translating use."""
    return {
        part.__name__: part.whose() for part in each_part(lambda part: part.__name__ in PARTS_USED)
    }
