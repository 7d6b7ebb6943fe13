"""Lab of lesson 10: your model in training, while you steer.

cockpit = labs.training_cockpit()
cockpit                          # buttons and sliders; the cell returns at once
cockpit.start(learning_rate=0.03, warmup=40)
cockpit.wait(steps=50)
cockpit.set(learning_rate=0.01)  # the run goes on with it
cockpit.pause()
cockpit.runs[-1].losses, cockpit.model
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from textwrap import shorten
from typing import Any

import numpy as np

from minitransformer.errors import CourseError
from minitransformer.labs.cockpit import Runs, TrainingCockpit
from minitransformer.labs.definition import (
    Button,
    LabDefinition,
    Lines,
    Numbers,
    Parts,
    Picture,
    Slider,
    Tokens,
)
from minitransformer.labs.training_material import USUAL_BATCH, chosen, data
from minitransformer.labs.training_run import SHOWN, Run, recent

BASELINE = "word frequencies only"
LONGEST = 38  # letters of a sample that are shown
POINTS = 200  # of a curve; longer histories are drawn as means of neighbouring steps
PLANNED = 200  # steps of the learning rate that is drawn ahead
STUCK_AFTER, STUCK_WITHIN = 60, 0.15  # steps; how near to the baseline


def compute(
    parts: Parts,
    memory: Runs,
    learning_rate: float,
    warmup: float,
    smoothing: float,
    batch_size: float,
) -> Numbers:
    """Hand the settings to the run under way, and read how far all runs are."""
    settings = chosen(
        {
            "learning_rate": learning_rate,
            "warmup": warmup,
            "smoothing": smoothing,
            "batch_size": batch_size,
        }
    )
    run = memory.latest
    if run is not None:
        run.adjust(settings)
    ahead = max(PLANNED, run.steps if run else 0)
    planned = np.array([settings.rate(step, parts.warmup_lr) for step in range(1, ahead + 1)])
    numbers: Numbers = {"planned": planned, "runs": {}, "norms": {}, "state": "", "alarm": ""}
    for each in memory.runs:
        numbers["runs"][each.name] = np.array(each.losses[: each.steps])
        numbers["norms"][each.name] = np.array(each.norms[: each.steps])
    if run is None:
        return numbers
    step, samples = next(reversed(run.samples.items()), (0, {}))
    return numbers | {
        "name": run.name,
        "state": run.state,
        "changed": [f"{change} from step {step + 1}" for step, change in run.changes],
        "steps": run.steps,
        "loss": run.loss,
        "norm": recent(run.norms),
        "samples": {sentence: samples.get(sentence, "") for sentence in SHOWN},
        "sampled_at": step,
        "baseline": data().frequencies_only,
        "alarm": _alarm(run),
    }


def _alarm(run: Run) -> str:
    if run.error:
        return f"Run {run.number} has ended. {run.error}"
    loss, baseline = run.loss, data().frequencies_only
    if loss < 0:
        return "The loss is below 0, which no cross-entropy can be."
    if run.steps >= STUCK_AFTER and loss > baseline - STUCK_WITHIN:
        return (
            f"After {run.steps} steps run {run.number} knows no more than how frequent each word "
            f"is. Is its learning rate too high, or too low?"
        )
    return ""


def draw(numbers: Numbers) -> Picture:
    """Loss and gradient norm of all runs, the learning rate ahead, and what the model writes."""
    losses = _curves("loss", numbers["runs"])
    if numbers["runs"]:
        level = np.full(len(losses.x), numbers["baseline"])
        losses = replace(losses, series={**losses.series, BASELINE: level}, low=None)
    norms = _curves("gradient norm", numbers["norms"])
    planned = numbers["planned"]
    rate = Lines(
        "learning rate ahead",
        np.arange(1, len(planned) + 1),
        {"rate": planned},
        "step",
        "rate",
        low=0.0,
        at=float(numbers["steps"]) if numbers["state"] else None,
    )
    if not numbers["state"]:
        return Picture((rate,))
    written = tuple(
        shorten(f"{source} → {text or '(nothing)'}", LONGEST, placeholder=" …")
        for source, text in numbers["samples"].items()
    )
    tokens = Tokens(f"what it writes after step {numbers['sampled_at']}", written)
    return Picture((losses, norms, rate, tokens), numbers["alarm"])


def _curves(title: str, histories: Mapping[str, np.ndarray]) -> Lines:
    """Draw histories of different lengths over one axis of steps."""
    longest = max((len(history) for history in histories.values()), default=1)
    block = max(1, -(-longest // POINTS))
    x = np.arange(block, longest + 1, block) if longest >= block else np.array([1])
    series = {}
    for name, history in histories.items():
        blocks = history[: len(history) // block * block].reshape(-1, block).mean(axis=1)
        series[name] = np.pad(blocks, (0, len(x) - len(blocks)), constant_values=np.nan)
    return Lines(title, x, series, "step", title, low=0.0)


def describe(numbers: Numbers) -> str:
    """Say where the latest run stands."""
    if not numbers["state"]:
        return "No run yet. Press “start a new run”; the cell is free meanwhile."
    changed = f", then {', then '.join(numbers['changed'])}" if numbers["changed"] else ""
    sentence, written = next(iter(numbers["samples"].items()))
    words = f"“{written}”" if written else "nothing"
    return (
        f"Run {numbers['name']}{changed}; {numbers['state']} at step {numbers['steps']}, loss "
        f"{numbers['loss']:.2f}, gradient norm {numbers['norm']:.2f}. For “{sentence}” it writes "
        f"{words}."
    )


def press(memory: Runs, button: str, parts: Parts, settings: Mapping[str, Any]) -> None:
    """Do what a button says."""
    if button == "start":
        memory.start(parts, settings)
    elif memory.latest is None:
        raise CourseError("There is no run yet. Press “start a new run” first.")
    else:
        {"pause": memory.latest.pause, "resume": memory.latest.resume, "stop": memory.latest.stop}[
            button
        ]()


LAB = LabDefinition(
    name="training_cockpit",
    title="Training cockpit",
    lesson="training",
    parts=(
        *("train_step", "warmup_lr", "label_smoothed_cross_entropy", "shift_right"),
        *("Transformer", "scaled_dot_product_attention", "MultiHeadAttention", "FeedForward"),
        *("LayerNorm", "AddNorm", "EncoderLayer", "Encoder", "DecoderLayer", "Decoder"),
        *("TokenEmbedding", "PositionalEncoding", "causal_mask", "padding_mask", "softmax"),
        *("split_heads", "merge_heads", "greedy_decode"),
    ),
    controls=(
        Button("start", "start a new run"),
        Button("pause", "pause"),
        Button("resume", "resume"),
        Button("stop", "stop"),
        Slider("learning_rate", "learning rate", -4.0, -0.5, 0.05, 0.01, logarithmic=True),
        Slider("warmup", "warm-up steps", 0, 200, 10, 40),
        Slider("smoothing", "label smoothing", 0.0, 0.3, 0.05, 0.0),
        Slider("batch_size", "sentences a step", 4, 64, 4, USUAL_BATCH),
    ),
    compute=compute,
    draw=draw,
    describe=describe,
    aha="A rate that is too high for the first steps never recovers; with warm-up the same rate "
    "learns.",
    remember=Runs,
    press=press,
    made_by=TrainingCockpit,
)
