"""What an answer to RMSNorm has to do."""

import dataclasses

import numpy as np

from autograder.inside.case import Case
from autograder.specification import Check, Draw, Specification, variants


def oracle(case: Case) -> np.ndarray:
    """RMSNorm in float64 NumPy, written from the paper and not from the reference."""
    x = np.asarray(case.arguments["x"], np.float64)
    gamma = np.asarray((case.weights or {"gamma": 1.0})["gamma"], np.float64)
    eps = case.build.get("eps", 1e-6)
    return gamma * x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)


def cases(draw: Draw):
    by_hand = np.array([[3.0, 4.0], [-1.0, 1.0]], np.float32)
    yield Case("by hand", "values", {"x": by_hand}, build={"d_model": 2}, public=True)

    batch, length, d_model = draw.sizes(3, 3, 9)
    x = draw.normal(batch, length, d_model) + np.float32(1)  # the mean is not zero
    base = Case(
        "three axes",
        "values",
        {"x": x},
        build={"d_model": d_model},
        weights={"gamma": draw.normal(d_model)},
    )
    yield base
    yield dataclasses.replace(base, name="two axes", arguments={"x": x[0]})

    yield dataclasses.replace(base, name="at the start", check="start", weights=None)
    small_eps = np.full((1, 1, 2), 0.5, np.float32)
    yield Case(
        "a large eps",
        "eps",
        {"x": small_eps},
        build={"d_model": 2, "eps": 0.75},
        weights={"gamma": np.ones(2, np.float32)},
        public=True,
    )
    small = {"x": draw.normal(batch, length, d_model, scale=1e-3)}
    yield dataclasses.replace(base, name="the default eps", check="eps", arguments=small)

    yield from variants(base, gradients=("x",), cotangents=(draw.normal(*x.shape),))


SPECIFICATIONS = (
    Specification(
        exercise="RMSNorm",
        checks=(
            Check("values", 3, "each vector is divided by the root of its mean square"),
            Check("start", 0.5, "gamma starts at one"),
            Check("eps", 1, "eps is added to the mean square, inside the root"),
            Check("gradients", 1, "gradients reach the input and gamma"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 0.5, "the input stays as it was"),
        ),
        cases=cases,
        oracle=oracle,
    ),
)
