"""Lesson 10: what an answer to the training exercises has to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder import oracle
from autograder.comparison import difference
from autograder.inside.case import Case, Make, Outcome
from autograder.specification import Check, Draw, Specification, variants


def _shift_cases(draw: Draw) -> Iterator[Case]:
    yield Case("by hand", "values", {"tgt": np.array([[5, 6, 2]]), "bos_id": 1}, public=True)
    batch, length = draw.sizes(2, 3, 8)
    tgt = draw.integers(3, 12, batch, length)
    tgt[0, 0], tgt[-1, -1] = 3, 4  # so that no shift of the batch looks right
    base = Case("random", "values", {"tgt": tgt, "bos_id": 2})
    yield base
    yield Case("another start token", "values", {"tgt": tgt, "bos_id": 0})
    yield Case("one word", "values", {"tgt": tgt[:, :1], "bos_id": 2})
    short = base.arguments | {"tgt": tgt.astype(np.int32)}
    yield Case("int32", "dtype", short)
    yield dataclasses.replace(base, name="meta", check="device", device="meta")


PAD = 2


def _loss_cases(draw: Draw) -> Iterator[Case]:
    by_hand = np.log(np.array([[[1, 2, 4, 1], [1, 4, 2, 1]]], np.float32))
    example = {"logits": by_hand, "target": np.array([[2, 3]]), "pad_id": 0}
    yield Case("by hand", "values", example, public=True)
    batch = draw.size(2, 4)
    length, vocab = 7 - batch, draw.size(7, 10)
    logits = draw.normal(batch, length, vocab, scale=2.0)
    target = draw.integers(PAD + 1, vocab, batch, length)
    base = Case("random", "values", {"logits": logits, "target": target, "pad_id": PAD})
    yield base

    padded = _with(base, "padded", "padding", target=_padded(draw, target))
    yield padded
    alone = np.full_like(target, PAD)
    alone[-1, 0] = target[-1, 0]
    yield _with(base, "one real word", "padding", target=alone)
    yield _with(base, "padding is the last word", "padding", pad_id=int(target[0, 0]))
    yield _with(padded, "nothing but padding", "nothing real", target=np.full_like(target, PAD))

    smoothed = _with(padded, "smoothed", "smoothing", smoothing=0.2)
    yield smoothed
    yield _with(base, "smoothed more", "smoothing", smoothing=0.6)
    yield _with(padded, "large logits", "large logits", logits=logits * 300)
    yield from variants(smoothed, gradients=("logits",), cotangents=(draw.normal(1),))


def _padded(draw: Draw, target: np.ndarray) -> np.ndarray:
    """Return ``target`` with a tail of padding in each row, of another length in each of two."""
    target = target.copy()
    for row in range(len(target)):
        tail = 2 if row == 0 else 1 if row == 1 else draw.size(0, target.shape[1])
        target[row, target.shape[1] - tail :] = PAD
    return target


def _with(base: Case, name: str, check: str, **arguments: Any) -> Case:
    changed = base.arguments | arguments
    return dataclasses.replace(base, name=name, check=check, arguments=changed)


def _warmup_cases(draw: Draw) -> Iterator[Case]:
    yield _at("by hand", "values", step=1, d_model=4, warmup_steps=4, public=True)
    d_model, warmup = draw.size(5, 12), draw.size(7, 13)
    sizes: dict[str, Any] = {"d_model": d_model, "warmup_steps": warmup}
    yield _at("rising", "values", step=draw.size(2, warmup - 2), **sizes)
    yield _at("the peak", "values", step=warmup, **sizes)
    yield _at("just past the peak", "values", step=warmup + 1, **sizes)
    yield _at("falling", "values", step=draw.size(3 * warmup, 9 * warmup), **sizes)
    yield _at("no warm-up to speak of", "values", step=draw.size(2, 7), d_model=3, warmup_steps=1)
    yield _at("the paper's", "values", step=draw.size(1, 9000), d_model=512, warmup_steps=4000)


def _at(name: str, check: str, public: bool = False, **arguments: int) -> Case:
    """A case whose tolerance is relative: learning rates are far below 1."""
    tolerance = 1e-5 * oracle.warmup_lr(**arguments)
    return Case(name, check, dict(arguments), public=public, tolerance=tolerance)


FREE = 1e3
"""A norm no gradient here reaches, so that nothing is clipped."""


def _step_cases(draw: Draw) -> Iterator[Case]:
    table = np.zeros((4, 4), np.float32)
    table[1, 3] = np.log(2.0)  # a gradient of norm 0.94, so that nothing is clipped
    tiny = _step("by hand", "values", table, np.array([[3, 0]]), np.array([[2]]), 0.5, 0, 1)
    yield dataclasses.replace(tiny, public=True)

    batch, src_len, tgt_len = draw.size(2, 4), draw.size(5, 7), 4
    vocab = draw.size(7, 9)
    table = draw.normal(vocab, vocab, scale=1.5)
    src = draw.integers(3, vocab, batch, src_len)
    tgt = _padded(draw, draw.integers(3, vocab, batch, tgt_len))
    base = _step("random", "values", table, src, tgt, 2.0, PAD, 1, max_norm=FREE)
    yield base
    yield _with(base, "what the model is given", "given", pad_id=PAD)
    yield _with(base, "the loss that comes back", "loss", pad_id=PAD)
    yield _with(base, "mode", "mode", pad_id=PAD)
    yield _with(base, "smoothed", "smoothing", smoothing=0.3)
    yield _with(base, "clipped", "clipping", max_norm=0.05)
    sure = np.where(np.arange(vocab) == 3, 9.0, 0.0).astype(np.float32) * np.ones((vocab, 1), "f4")
    wrong = np.full((batch, 3), 4)
    yield _step("clipped to 1", "clipping", sure, src, wrong, 0.5, PAD, 1)
    again = {name: Make("same", {"of": name}) for name in ("model", "batch", "optimizer")}
    yield dataclasses.replace(
        _with(base, "two steps", "two steps", pad_id=PAD), calls=(base.arguments | again,)
    )


def _step(
    name: str,
    check: str,
    table: np.ndarray,
    src: np.ndarray,
    tgt: np.ndarray,
    lr: float,
    pad_id: int,
    bos_id: int,
    **options: float,
) -> Case:
    arguments: dict[str, Any] = {
        "model": Make("linear model", {"table": table.astype(np.float32)}),
        "batch": (src, tgt),
        "optimizer": Make("sgd", {"of": "model", "lr": lr}),
        "pad_id": pad_id,
        "bos_id": bos_id,
    }
    return Case(name, check, arguments | options, observe=("model",))


def _steps(case: Case) -> tuple[list[float], np.ndarray]:
    """Return the loss of each call and the model's table after the last."""
    a = case.arguments
    weights, losses = {"weight": a["model"].data["table"]}, []
    for _ in range(1 + len(case.calls)):
        loss, weights = oracle.train_step_linear(
            weights,
            a["batch"],
            a["pad_id"],
            a["bos_id"],
            a.get("smoothing", 0.0),
            a.get("max_norm", 1.0),
            a["optimizer"].data["lr"],
        )
        losses.append(loss)
    return losses, weights["weight"]


def _step_problem(case: Case, outcome: Outcome) -> str | None:
    """Compare the weights after the step, or what else the case is about."""
    seen = outcome.observed["model"]
    if case.check == "given":
        return _given_problem(case, seen)
    if case.check == "mode":
        if not all(seen["training_seen"]):
            return "the model was not in training mode when it was called"
        return None
    losses, table = _steps(case)
    if case.check == "loss":
        return difference(losses[0], outcome.value, case, "the loss")
    error = float(np.abs(seen["table"] - table).max())
    if not error <= 1e-4:
        return f"the model's weights after the step are wrong, the worst by {error:.3g}"
    return None


def _given_problem(case: Case, seen: dict[str, Any]) -> str | None:
    src, tgt = case.arguments["batch"]
    expected = oracle.shift_right(tgt, case.arguments["bos_id"]).tolist()
    if not seen["decoder_inputs"]:
        return "the model was not called"
    if any(source != src.tolist() for source in seen["sources"]):
        return "the model's first argument is not src"
    if any(given != expected for given in seen["decoder_inputs"]):
        return "the model's second argument is not the target shifted right"
    return None


SPECIFICATIONS = (
    Specification(
        exercise="shift_right",
        checks=(
            Check("values", 2, "the start token comes first, the last token goes"),
            Check("dtype", 0.5, "the ids keep their dtype"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 1, "the target stays as it was"),
        ),
        cases=_shift_cases,
        oracle=lambda case: oracle.shift_right(**case.arguments),
    ),
    Specification(
        exercise="label_smoothed_cross_entropy",
        checks=(
            Check("values", 2, "the mean surprise at the right words"),
            Check("padding", 2, "padding counts neither as a loss nor in the mean"),
            Check("nothing real", 0.5, "with nothing but padding the loss is 0"),
            Check("smoothing", 2, "smoothing gives every other real word its share"),
            Check("large logits", 1, "large logits give no infinity"),
            Check("gradients", 1, "gradients reach the logits"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 0.5, "the inputs stay as they were"),
        ),
        shortcuts=("label_smoothing",),
        cases=_loss_cases,
        oracle=lambda case: oracle.label_smoothed_cross_entropy(**case.arguments),
    ),
    Specification(
        exercise="warmup_lr",
        checks=(Check("values", 2, "it rises in a straight line, then falls"),),
        cases=_warmup_cases,
        oracle=lambda case: oracle.warmup_lr(**case.arguments),
    ),
    Specification(
        exercise="train_step",
        checks=(
            Check("values", 3, "one step moves the weights as it should"),
            Check("given", 1, "the model is given the source and the target shifted right"),
            Check("loss", 1, "the loss before the update comes back, as a float"),
            Check("smoothing", 1, "smoothing reaches the loss"),
            Check("clipping", 1, "the norm of all gradients together is clipped"),
            Check("two steps", 1, "the second step starts with clear gradients"),
            Check("mode", 1, "the model is in training mode"),
        ),
        cases=_step_cases,
        oracle=lambda case: _steps(case)[0][0],
        uses=("shift_right", "label_smoothed_cross_entropy"),
        problem=_step_problem,
    ),
)
