"""A training that goes on in the background: one run, on one thread, to be read at any time."""

from __future__ import annotations

import atexit
import math
import random
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from minitransformer.data.batching import Batch, pad
from minitransformer.data.tokenizer import BOS, PAD
from minitransformer.decoder import TransformerConfig
from minitransformer.errors import CourseError
from minitransformer.labs.definition import Parts
from minitransformer.labs.training_material import D_MODEL, Settings, data
from minitransformer.labs.trouble import in_words
from minitransformer.stub import PARTS, using
from minitransformer.train import PARTS_USED
from minitransformer.translate import translate_all

RUNNING, PAUSED, STOPPED, FAILED = "running", "paused", "stopped", "failed"
SHOWN = ("dogs are great", "the white cat sleeps", "my book is old")
SHOWN_EVERY = 20  # steps
AT_MOST_EVERY = 0.1  # seconds between two notices

_UNDER_WAY: weakref.WeakSet[Run] = weakref.WeakSet()


@atexit.register
def _stop_all() -> None:
    """Let no thread compute while Python shuts down."""
    for run in list(_UNDER_WAY):
        run.stop()


def in_use(parts: Parts) -> dict[str, Any]:
    """Return the implementations in use now, so that what is filled in later does not count."""
    found = {name: getattr(parts, name) for name in sorted(PARTS_USED)}
    return {
        name: part.choose().implementation if part is PARTS[name] else part
        for name, part in found.items()
    }


class Run:
    """One training: its history, its model, and the thread that works on them.

    Attributes:
        name: its number and its settings at the start.
        settings: as they are now; ``adjust`` changes them.
        changes: (step, settings) of each change.
        losses, norms, rates: one number a step: loss, length of the gradient before clipping,
            learning rate.
        samples: {step: {sentence: its translation}}.
        model: the learner's Transformer, in training.
        state: "running", "paused", "stopped" or "failed".
        error: why it failed, in words.
    """

    def __init__(
        self, number: int, settings: Settings, parts: Parts, notify: Callable[[], None]
    ) -> None:
        self.name = f"{number}: {settings}"
        self.number = number
        self.settings = settings
        self.changes: list[tuple[int, Settings]] = []
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.rates: list[float] = []
        self.samples: dict[int, dict[str, str]] = {}
        self.state, self.error = RUNNING, ""
        self._parts = in_use(parts)
        self._notify, self._noticed = notify, 0.0
        self._random = random.Random(0)
        self._squares: list[torch.Tensor] = []
        self.model = self._build()
        self._optimizer = torch.optim.Adam(self.model.parameters(), betas=(0.9, 0.98), eps=1e-9)
        self._changed = threading.Condition()
        self._at_rest = False
        self._thread = threading.Thread(target=self._work, name=f"training {number}", daemon=True)
        _UNDER_WAY.add(self)
        self._thread.start()

    @property
    def loss(self) -> float:
        """The mean of the last ten losses, NaN where there is none."""
        return recent(self.losses)

    @property
    def steps(self) -> int:
        """How many steps have been taken."""
        return len(self.rates)

    # --- asked from outside -----------------------------------------------------------------------

    def adjust(self, settings: Settings) -> None:
        """Go on with other settings from the next step on."""
        with self._changed:
            if settings != self.settings and self.state in (RUNNING, PAUSED):
                self.settings = settings
                self.changes.append((self.steps, settings))

    def pause(self) -> None:
        """Rest after the step under way; return when no weight moves any more."""
        self._move(RUNNING, PAUSED)
        with self._changed:
            self._changed.wait_for(lambda: self._at_rest or self.state != PAUSED, timeout=10)

    def resume(self) -> None:
        """Go on after a pause."""
        self._move(PAUSED, RUNNING)

    def ask_to_stop(self) -> None:
        """End after the step under way, without waiting for it."""
        self._move(RUNNING, STOPPED)
        self._move(PAUSED, STOPPED)

    def stop(self) -> None:
        """End after the step under way; history and model stay."""
        self.ask_to_stop()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=10)

    def wait(self, steps: int, timeout: float) -> bool:
        """Wait until so many steps are taken, or the run rests or has ended; False: too long."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self.steps >= steps or self.state != RUNNING, timeout
            )

    @property
    def alive(self) -> bool:
        """True while its thread runs."""
        return self._thread.is_alive()

    def _move(self, before: str, after: str) -> None:
        with self._changed:
            if self.state == before:
                self.state = after
                self._changed.notify_all()

    # --- on the thread ----------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            with using(self._parts):
                while self._may_go_on():
                    self._step()
                    self._tell(at_once=False)
        except BaseException as error:  # whatever the learner's code raises ends this run only
            with self._changed:
                self.state, self.error = FAILED, in_words(error)
        with self._changed:
            self._changed.notify_all()
        self._tell(at_once=True)

    def _may_go_on(self) -> bool:
        if self.state == PAUSED:
            with self._changed:
                self._at_rest = True
                self._changed.notify_all()
            self._tell(at_once=True)
            with self._changed:
                self._changed.wait_for(lambda: self.state != PAUSED)
                self._at_rest = False
        return self.state == RUNNING

    def _step(self) -> None:
        settings, step = self.settings, self.steps + 1
        rate = settings.rate(step, self._parts["warmup_lr"])
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._squares.clear()
        loss = self._parts["train_step"](
            self.model, self._batch(settings.batch_size), self._optimizer,
            pad_id=PAD, bos_id=BOS, smoothing=settings.smoothing,
        )  # fmt: skip
        with self._changed:
            self.losses.append(_number(loss, step))
            self.norms.append(float(sum(self._squares, torch.zeros(()))) ** 0.5)
            self.rates.append(rate)
            self._changed.notify_all()
        if not math.isfinite(self.losses[-1]):
            raise CourseError(
                f"The loss is {self.losses[-1]} after step {step}: the training has diverged. "
                f"Start again with a lower learning rate or with warm-up."
            )
        if step == 1 or step % SHOWN_EVERY == 0:
            written = translate_all(self.model, (data().source, data().target), SHOWN)
            self.samples[step] = dict(zip(SHOWN, written, strict=True))

    def _batch(self, size: int) -> Batch:
        chosen = self._random.sample(data().examples, size)
        return pad([source for source, _ in chosen]), pad([target for _, target in chosen])

    def _tell(self, at_once: bool) -> None:
        """Let the watcher know, at most every tenth of a second unless it matters at once."""
        now = time.monotonic()
        if at_once or now - self._noticed >= AT_MOST_EVERY:
            self._noticed = now
            self._notify()

    def _build(self) -> nn.Module:
        config = TransformerConfig(
            src_vocab_size=len(data().source), tgt_vocab_size=len(data().target),
            d_model=D_MODEL, d_ff=2 * D_MODEL, num_layers=2, dropout=0.0, max_len=128, pad_id=PAD,
        )  # fmt: skip
        with torch.random.fork_rng(devices=[]), using(self._parts):
            torch.manual_seed(0)
            model: nn.Module = self._parts["Transformer"](config)
        for parameter in model.parameters():  # before train_step clips
            parameter.register_post_accumulate_grad_hook(self._measure)
        return model

    def _measure(self, parameter: torch.Tensor) -> None:
        if parameter.grad is not None:
            self._squares.append(parameter.grad.detach().pow(2).sum())


def _number(loss: Any, step: int) -> float:
    try:
        return float(loss)
    except (TypeError, ValueError, RuntimeError):
        raise CourseError(
            f"train_step returned {type(loss).__name__} at step {step}, but the loss as a number "
            f"is expected. Return loss.item()."
        ) from None


def recent(history: list[float]) -> float:
    """Return the mean of the last ten, NaN where there is nothing yet."""
    return sum(history[-10:]) / len(history[-10:]) if history else math.nan
