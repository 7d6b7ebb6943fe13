"""Lesson 09: what an answer to the decoder exercises has to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder import oracle
from autograder.inside.case import Case, Make, Outcome
from autograder.specification import COMPARE, Check, Draw, Specification, variants
from autograder.specs.add_norm import SHARED, dropout_problem, norm_weights
from autograder.specs.encoder import (
    LAYER,
    TRANSFORMERS,
    encoder_weights,
    prefixed,
    without_dropout,
)
from autograder.specs.feed_forward import feed_forward_shapes
from autograder.specs.multi_head import attention_shapes


def decoder_layer_weights(draw: Draw, d_model: int, d_ff: int) -> dict[str, np.ndarray]:
    """Draw the weights of one decoder layer."""
    weights = {
        **prefixed("self_attention", draw.weights(attention_shapes(d_model))),
        **prefixed("cross_attention", draw.weights(attention_shapes(d_model))),
        **prefixed("feed_forward", draw.weights(feed_forward_shapes(d_model, d_ff))),
    }
    for number in (1, 2, 3):
        weights |= norm_weights(draw, d_model, f"add_norm{number}.norm.")
    return weights


def decoder_weights(
    draw: Draw, num_layers: int, d_model: int, d_ff: int, norm_first: bool
) -> dict[str, np.ndarray]:
    """Draw the weights of a stack; pre-norm has one norm more at the end."""
    weights: dict[str, np.ndarray] = {}
    for number in range(num_layers):
        weights |= prefixed(f"layers.{number}", decoder_layer_weights(draw, d_model, d_ff))
    return weights | (norm_weights(draw, d_model, "norm.") if norm_first else {})


def _layer_cases(draw: Draw) -> Iterator[Case]:
    batch, heads, tgt_len, src_len, d_ff = draw.sizes(5, 2, 7)
    d_model = 2 * heads
    base = Case(
        "post-norm",
        "values",
        {
            "x": draw.normal(batch, tgt_len, d_model),
            "memory": draw.normal(batch, src_len, d_model),
        },
        build={"d_model": d_model, "num_heads": heads, "d_ff": d_ff, "dropout": 0.0},
        weights=decoder_layer_weights(draw, d_model, d_ff),
    )
    yield from _shared_cases(draw, base)
    first = dataclasses.replace(
        base, name="pre-norm", check="pre-norm", build=(base.build or {}) | {"norm_first": True}
    )
    yield first
    masks = _masks(draw, first)
    yield dataclasses.replace(first, name="pre-norm, masked", arguments=first.arguments | masks)


def _masks(draw: Draw, base: Case) -> dict[str, np.ndarray]:
    """Return a causal mask for the target and a padding mask for the source."""
    batch, tgt_len, _ = base.arguments["x"].shape
    src_len = base.arguments["memory"].shape[1]
    return {
        "self_mask": np.tril(np.ones((tgt_len, tgt_len), dtype=bool)),
        "cross_mask": draw.mask(batch, 1, 1, src_len),
    }


def _shared_cases(draw: Draw, base: Case) -> Iterator[Case]:
    """Yield the cases that one layer and a stack have in common."""
    yield base
    masks = _masks(draw, base)
    for name in masks:
        one = base.arguments | {name: masks[name]}
        yield dataclasses.replace(base, name=f"only {name}", check=name, arguments=one)
    both = dataclasses.replace(base, name="both masks", arguments=base.arguments | masks)
    yield dataclasses.replace(both, check="self_mask")

    later = base.arguments["x"].copy()
    later[:, -1] = draw.normal(*later[:, -1].shape)
    changed = both.arguments | {"x": later}
    yield dataclasses.replace(both, name="last word changed", check="self_mask", calls=(changed,))

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
    cotangent = draw.normal(*base.arguments["x"].shape)
    yield from variants(both, gradients=("x", "memory"), cotangents=(cotangent,), half=0.15)


def _decoder_cases(draw: Draw) -> Iterator[Case]:
    batch, heads, tgt_len, src_len, d_ff = draw.sizes(5, 2, 7)
    d_model = 2 * heads
    build = {"num_layers": 2, "d_model": d_model, "num_heads": heads, "d_ff": d_ff, "dropout": 0.0}
    base = Case(
        "two layers",
        "values",
        {
            "x": draw.normal(batch, tgt_len, d_model),
            "memory": draw.normal(batch, src_len, d_model),
        },
        build=build,
        weights=decoder_weights(draw, 2, d_model, d_ff, norm_first=False),
        tolerance=3e-5,
    )
    yield from _shared_cases(draw, base)
    for layers in (1, 3):
        yield dataclasses.replace(
            base,
            name=f"{layers} layers",
            check="depth",
            build=build | {"num_layers": layers},
            weights=decoder_weights(draw, layers, d_model, d_ff, norm_first=False),
        )
    yield dataclasses.replace(
        base,
        name="pre-norm",
        check="pre-norm",
        arguments=base.arguments | _masks(draw, base),
        build=build | {"norm_first": True},
        weights=decoder_weights(draw, 2, d_model, d_ff, norm_first=True),
    )


def _decoded(case: Case) -> Any:
    """Return the oracle's value of the call, or of every call where there are several."""
    build, weights = case.build or {}, case.weights or {}
    heads, first = build["num_heads"], build.get("norm_first", False)
    results = []
    for call in (case.arguments, *case.calls):
        x, memory = call["x"], call["memory"]
        masks = call.get("self_mask"), call.get("cross_mask")
        if "num_layers" in build:
            layers = build["num_layers"]
            results.append(oracle.decoder(x, memory, *masks, weights, layers, heads, first))
        else:
            results.append(oracle.decoder_layer(x, memory, *masks, weights, heads, first))
    return tuple(results) if case.calls else results[0]


def _problem(case: Case, outcome: Outcome) -> str | None:
    return dropout_problem(outcome) if case.random else COMPARE


def transformer_weights(draw: Draw, config: dict[str, Any]) -> dict[str, np.ndarray]:
    """Draw the weights of a whole Transformer; the rows of padding are zero."""
    d_model, sizes = config["d_model"], (config["num_layers"], config["d_model"], config["d_ff"])
    weights = {}
    for side in ("src", "tgt"):
        table = draw.normal(config[f"{side}_vocab_size"], d_model, scale=0.5)
        table[config["pad_id"]] = 0
        weights[f"{side}_embedding.weight"] = table
    first = config["norm_first"]
    weights |= prefixed("encoder", encoder_weights(draw, *sizes, norm_first=first))
    return weights | prefixed("decoder", decoder_weights(draw, *sizes, norm_first=first))


def _transformer_cases(draw: Draw) -> Iterator[Case]:
    batch, heads, src_len, tgt_len = draw.sizes(4, 2, 6)
    config = {
        "src_vocab_size": 9,
        "tgt_vocab_size": 11,
        "d_model": 2 * heads,
        "num_heads": heads,
        "d_ff": 7,
        "num_layers": 1,
        "dropout": 0.0,
        "max_len": 16,
        "pad_id": 0,
        "norm_first": False,
    }
    words = {
        "src": draw.integers(1, 9, batch, src_len),
        "tgt": draw.integers(1, 11, batch, tgt_len),
    }
    base = _transformer_case(draw, "no padding", "values", words, config)
    yield base
    deep = config | {"num_layers": 2}
    yield _transformer_case(draw, "two layers", "values", words, deep)

    padded = {"src": words["src"].copy(), "tgt": words["tgt"].copy()}
    padded["src"][0, -2:] = 0
    padded["src"][1, -1:] = 0
    source_only = words | {"src": padded["src"]}
    yield _transformer_case(draw, "padded source", "padding", source_only, config)
    padded["tgt"][0, -1:] = 0
    yield _transformer_case(draw, "both padded", "padding", padded, config)
    other_pad = {
        name: np.where(ids == 0, 3, np.where(ids == 3, 4, ids)) for name, ids in padded.items()
    }
    yield _transformer_case(draw, "pad_id 3", "padding", other_pad, config | {"pad_id": 3})

    later = words["tgt"].copy()
    later[:, -1] = later[:, -1] % 10 + 1
    yield dataclasses.replace(
        base, name="last word changed", check="causal", calls=(words | {"tgt": later},)
    )
    one_word = {"src": words["src"], "tgt": words["tgt"][:, :1]}
    yield dataclasses.replace(base, name="one word", check="causal", arguments=one_word)

    first = config | {"norm_first": True}
    yield _transformer_case(draw, "pre-norm", "pre-norm", padded, first)
    yield from _method_cases(draw, base, padded)

    dropout = config | {"dropout": 0.5}
    at_rest = _transformer_case(draw, "dropout at rest", "dropout", words, dropout)
    yield at_rest
    yield dataclasses.replace(
        at_rest, name="dropout at work", mode="train", calls=(words, words), random=True
    )
    yield dataclasses.replace(base, name="no dropout to do", check="dropout", mode="train")
    other = {"src": words["src"] % 8 + 1, "tgt": words["tgt"]}
    yield dataclasses.replace(
        base, name="fresh", check="start", weights=None, calls=(other,), random=True
    )
    cotangent = draw.normal(batch, tgt_len, 11)
    yield from variants(base, cotangents=(cotangent,), half=0.3)


def _transformer_case(
    draw: Draw, name: str, check: str, arguments: dict[str, Any], config: dict[str, Any]
) -> Case:
    return Case(
        name,
        check,
        arguments,
        build={"config": Make("config", config)},
        weights=transformer_weights(draw, config),
        tolerance=1e-4,
    )


def _method_cases(draw: Draw, base: Case, words: dict[str, np.ndarray]) -> Iterator[Case]:
    """Yield the cases that call ``encode`` and ``decode`` by themselves."""
    encode = {"src": words["src"]}
    yield dataclasses.replace(
        base, name="encode", check="methods", arguments=encode, method="encode"
    )
    batch, src_len = words["src"].shape
    memory = draw.normal(batch, src_len, _config(base)["d_model"])
    decode = {"tgt": words["tgt"], "memory": memory, "src": words["src"]}
    yield dataclasses.replace(
        base, name="decode", check="methods", arguments=decode, method="decode"
    )


def _config(case: Case) -> dict[str, Any]:
    return (case.build or {})["config"].data


def _transformed(case: Case) -> Any:
    """Return the oracle's logits, with NaN (anything goes) at padded positions."""
    config, weights = _config(case), case.weights or {}
    results = []
    for call in (case.arguments, *case.calls):
        if case.method == "encode":
            result, ids = oracle.transformer_encode(call["src"], weights, config), call["src"]
        elif case.method == "decode":
            ids = call["tgt"]
            result = oracle.transformer_decode(ids, call["memory"], call["src"], weights, config)
        else:
            ids = call["tgt"]
            result = oracle.transformer(call["src"], ids, weights, config)
        padding = (ids == config["pad_id"])[..., None]
        results.append(np.where(padding, np.nan, result))
    return tuple(results) if case.calls else results[0]


def _transformer_problem(case: Case, outcome: Outcome) -> str | None:
    """A new model's numbers are its own affair, but words have to make a difference."""
    if case.check != "start":
        return _problem(case, outcome)
    first, second = (getattr(result, "array", None) for result in outcome.value)
    if first is None or second is None or first.shape != second.shape or first.ndim != 3:
        return "a new model does not return logits"
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return "a new model's logits hold NaN or infinity"
    if np.ptp(first, axis=-1).max() < 1e-6:
        return "a new model gives every word the same score"
    if np.abs(first - second).max() < 1e-6:
        return "another source changes nothing in a new model's logits"
    return None


SPECIFICATIONS = (
    Specification(
        exercise="DecoderLayer",
        checks=(
            Check("values", 3, "self-attention, cross-attention, feed-forward, each add & norm"),
            Check("self_mask", 1.5, "the self-attention gets its mask: no look into the future"),
            Check("cross_mask", 1.5, "the cross-attention gets the source's mask"),
            Check("pre-norm", 1, "norm_first reaches every add & norm; memory stays as it is"),
            Check("dropout", 1, "dropout acts in training only"),
            *SHARED,
        ),
        shortcuts=TRANSFORMERS,
        cases=_layer_cases,
        oracle=_decoded,
        uses=LAYER,
        problem=_problem,
        seconds=30,
    ),
    Specification(
        exercise="Decoder",
        checks=(
            Check("values", 2, "the layers follow one another, each with the same memory"),
            Check("depth", 1, "as many layers as asked for, each with weights of its own"),
            Check("self_mask", 1, "every layer gets the target's mask"),
            Check("cross_mask", 1, "every layer gets the source's mask"),
            Check("pre-norm", 1, "pre-norm ends with a norm, post-norm does not"),
            Check("dropout", 0.5, "dropout acts in training only"),
            *SHARED,
        ),
        shortcuts=TRANSFORMERS,
        cases=_decoder_cases,
        oracle=_decoded,
        uses=("DecoderLayer", "LayerNorm"),
        problem=_problem,
        seconds=30,
    ),
    Specification(
        exercise="Transformer",
        checks=(
            Check("values", 4, "the logits of every next word are right"),
            Check("padding", 2, "padding changes nothing, in the source or in the target"),
            Check("causal", 2, "a later word changes no earlier logits"),
            Check("methods", 1, "encode and decode work by themselves"),
            Check("pre-norm", 1, "norm_first reaches encoder and decoder"),
            Check("dropout", 0.5, "dropout acts in training only"),
            Check("start", 0.5, "a new model tells words apart"),
            *SHARED,
        ),
        shortcuts=(*TRANSFORMERS, "Transformer"),
        cases=_transformer_cases,
        oracle=_transformed,
        uses=(
            "TokenEmbedding",
            "PositionalEncoding",
            "Encoder",
            "Decoder",
            "padding_mask",
            "causal_mask",
        ),
        problem=_transformer_problem,
        seconds=60,
    ),
)
