"""Lesson 08: what an answer to the encoder exercises has to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder import oracle
from autograder.inside.case import Case, Outcome
from autograder.specification import COMPARE, Check, Draw, Specification, variants
from autograder.specs.add_norm import SHARED, dropout_problem, norm_weights
from autograder.specs.feed_forward import feed_forward_shapes
from autograder.specs.multi_head import attention_shapes


def prefixed(prefix: str, weights: dict[str, Any]) -> dict[str, Any]:
    """Return ``weights`` as those of a sub-module called ``prefix``."""
    return {f"{prefix}.{name}": value for name, value in weights.items()}


def encoder_layer_weights(draw: Draw, d_model: int, d_ff: int) -> dict[str, np.ndarray]:
    """Draw the weights of one encoder layer."""
    return {
        **prefixed("self_attention", draw.weights(attention_shapes(d_model))),
        **prefixed("feed_forward", draw.weights(feed_forward_shapes(d_model, d_ff))),
        **norm_weights(draw, d_model, "add_norm1.norm."),
        **norm_weights(draw, d_model, "add_norm2.norm."),
    }


def encoder_weights(
    draw: Draw, num_layers: int, d_model: int, d_ff: int, norm_first: bool
) -> dict[str, np.ndarray]:
    """Draw the weights of a stack; pre-norm has one norm more at the end."""
    weights: dict[str, np.ndarray] = {}
    for number in range(num_layers):
        weights |= prefixed(f"layers.{number}", encoder_layer_weights(draw, d_model, d_ff))
    return weights | (norm_weights(draw, d_model, "norm.") if norm_first else {})


def _layer_cases(draw: Draw) -> Iterator[Case]:
    batch, heads, length, d_ff = draw.sizes(4, 2, 7)
    d_model = 2 * heads
    base = Case(
        "post-norm",
        "values",
        {"x": draw.normal(batch, length, d_model)},
        build={"d_model": d_model, "num_heads": heads, "d_ff": d_ff, "dropout": 0.0},
        weights=encoder_layer_weights(draw, d_model, d_ff),
    )
    yield from _shared_cases(draw, base, batch, heads, length)
    first = dataclasses.replace(
        base, name="pre-norm", check="pre-norm", build=(base.build or {}) | {"norm_first": True}
    )
    yield first
    masked = first.arguments | {"mask": draw.mask(batch, 1, 1, length)}
    yield dataclasses.replace(first, name="pre-norm, masked", arguments=masked)


def _shared_cases(draw: Draw, base: Case, batch: int, heads: int, length: int) -> Iterator[Case]:
    """Yield the cases that one layer and a stack have in common."""
    yield base
    x = base.arguments["x"]
    masks = {
        "padding": draw.mask(batch, 1, 1, length),
        "one for each head": draw.mask(batch, heads, length, length),
        "causal": np.tril(np.ones((length, length), dtype=bool)),
    }
    for name, mask in masks.items():
        yield dataclasses.replace(base, name=name, check="mask", arguments={"x": x, "mask": mask})

    changed = x.copy()
    changed[1:] = draw.normal(*x[1:].shape)
    yield dataclasses.replace(
        base, name="other sentences changed", check="alone", calls=({"x": changed},), mode="train"
    )
    dropout = (base.build or {}) | {"dropout": 0.5}
    yield dataclasses.replace(base, name="dropout at rest", check="dropout", build=dropout)
    yield dataclasses.replace(
        base,
        name="dropout at work",
        check="dropout",
        build=dropout,
        mode="train",
        calls=(base.arguments,) * 2,
        random=True,
    )
    yield from without_dropout(base)
    cotangent = draw.normal(*x.shape)
    masked = dataclasses.replace(base, arguments={"x": x, "mask": masks["padding"]})
    yield from variants(masked, gradients=("x",), cotangents=(cotangent,), half=0.15)


def without_dropout(base: Case) -> Iterator[Case]:
    """Yield the cases in which no dropout acts: none asked for, and the default at rest."""
    yield dataclasses.replace(base, name="no dropout to do", check="dropout", mode="train")
    build = {name: value for name, value in (base.build or {}).items() if name != "dropout"}
    yield dataclasses.replace(base, name="defaults", check="dropout", build=build)


def _encoder_cases(draw: Draw) -> Iterator[Case]:
    batch, heads, length, d_ff = draw.sizes(4, 2, 6)
    d_model = 2 * heads
    build = {
        "num_layers": 2,
        "d_model": d_model,
        "num_heads": heads,
        "d_ff": d_ff,
        "dropout": 0.0,
    }
    x = {"x": draw.normal(batch, length, d_model)}
    base = Case(
        "two layers",
        "values",
        x,
        build=build,
        weights=encoder_weights(draw, 2, d_model, d_ff, norm_first=False),
        tolerance=3e-5,
    )
    yield from _shared_cases(draw, base, batch, heads, length)
    for layers in (1, 3):
        yield dataclasses.replace(
            base,
            name=f"{layers} layers",
            check="depth",
            build=build | {"num_layers": layers},
            weights=encoder_weights(draw, layers, d_model, d_ff, norm_first=False),
        )
    yield dataclasses.replace(
        base,
        name="pre-norm",
        check="pre-norm",
        arguments=x | {"mask": draw.mask(batch, 1, 1, length)},
        build=build | {"norm_first": True},
        weights=encoder_weights(draw, 2, d_model, d_ff, norm_first=True),
    )


def _results(case: Case) -> Any:
    """Return the oracle's value of the call, or of every call where there are several."""
    build, weights = case.build or {}, case.weights or {}
    first = build.get("norm_first", False)
    results = []
    for call in (case.arguments, *case.calls):
        x, mask = call["x"], call.get("mask")
        if "num_layers" in build:
            layers, heads = build["num_layers"], build["num_heads"]
            results.append(oracle.encoder(x, mask, weights, layers, heads, first))
        else:
            results.append(oracle.encoder_layer(x, mask, weights, build["num_heads"], first))
    return tuple(results) if case.calls else results[0]


def _problem(case: Case, outcome: Outcome) -> str | None:
    return dropout_problem(outcome) if case.random else COMPARE


TRANSFORMERS = (
    "TransformerEncoderLayer",
    "TransformerEncoder",
    "TransformerDecoderLayer",
    "TransformerDecoder",
    "_transformer_encoder_layer_fwd",
    "MultiheadAttention",
    "multi_head_attention_forward",
    "_native_multi_head_attention",
)
"""PyTorch's own ways to write what lessons 08 and 09 ask for."""

LAYER = ("MultiHeadAttention", "AddNorm", "FeedForward")

SPECIFICATIONS = (
    Specification(
        exercise="EncoderLayer",
        checks=(
            Check("values", 3, "attend, add & norm, feed forward, add & norm"),
            Check("mask", 1.5, "what the mask hides does not leak in"),
            Check("pre-norm", 1.5, "norm_first reaches both add & norm"),
            Check("alone", 0.5, "sentences of a batch do not influence each other"),
            Check("dropout", 1, "dropout acts in training only"),
            *SHARED,
        ),
        shortcuts=TRANSFORMERS,
        cases=_layer_cases,
        oracle=_results,
        uses=LAYER,
        problem=_problem,
    ),
    Specification(
        exercise="Encoder",
        checks=(
            Check("values", 3, "the layers follow one another"),
            Check("depth", 1, "as many layers as asked for, each with weights of its own"),
            Check("mask", 1.5, "every layer gets the mask"),
            Check("pre-norm", 1.5, "pre-norm ends with a norm, post-norm does not"),
            Check("alone", 0.5, "sentences of a batch do not influence each other"),
            Check("dropout", 1, "dropout acts in training only"),
            *SHARED,
        ),
        shortcuts=TRANSFORMERS,
        cases=_encoder_cases,
        oracle=_results,
        uses=("EncoderLayer", "LayerNorm"),
        problem=_problem,
        seconds=30,
    ),
)
