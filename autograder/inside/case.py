"""A case: what to build, what to call and what to report, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Make:
    """An argument that is not plain data: the probe makes it from ``data``.

    ``kind`` names a maker in ``autograder.inside.makers``, such as a sublayer with given weights
    or a language model given by a table.
    """

    kind: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One thing to ask of an answer.

    Attributes:
        name: unique within the exercise; appears in no report.
        check: the property that the case belongs to; it carries the points.
        arguments: for the call (a module's ``forward``), by parameter name. Floating arrays
            are given in ``dtype``, integers as int64, booleans as they are.
        build: constructor arguments of a module; None for a function.
        weights: the module's parameters by name; None leaves them as constructed.
        calls: further calls on the same object, each with its arguments; ``Make("same", {"of":
            name})`` stands for the first call's argument.
        method: the module's method to call.
        mode: "eval" or "train".
        dtype: "float32", "float64" or "bfloat16".
        device: "cpu", "cuda" or "meta".
        gradients: names of the arguments whose gradient to report; the parameters' gradients
            come with them. The scalar that is differentiated is the sum of outputs times
            ``cotangents``.
        cotangents: one array an output (None: the output is left out).
        observe: names of made arguments, of the call or of ``build``, to report on afterwards.
        tolerance: largest accepted error, relative to the larger of 1 and the largest
            expected magnitude.
        random: True where two right answers may differ (dropout, sampling).
        public: True where the inputs may be shown to the learner.
        raises: the name of the exception that a right answer raises; empty where it gives a
            result.
        seed: of torch's generator before building and calling.
    """

    name: str
    check: str
    arguments: dict[str, Any]
    build: dict[str, Any] | None = None
    weights: dict[str, np.ndarray] | None = None
    calls: tuple[dict[str, Any], ...] = ()
    method: str = "forward"
    mode: str = "eval"
    dtype: str = "float32"
    device: str = "cpu"
    gradients: tuple[str, ...] = ()
    cotangents: tuple[np.ndarray | None, ...] = ()
    observe: tuple[str, ...] = ()
    tolerance: float = 1e-5
    random: bool = False
    public: bool = False
    raises: str = ""
    seed: int = 0


@dataclass(frozen=True)
class TensorValue:
    """A tensor as it came out of the answer; ``array`` is None on the meta device.

    bfloat16 and float16 arrive as float32 arrays; ``dtype`` says what they were.
    """

    array: np.ndarray | None
    dtype: str
    device: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Failure:
    """Why there is no value: in words, with the line of the answer where there is one.

    ``kind``: "not written", "does not run", "undefined", "raised", "wrong weights", "device",
    "looks at data", "timeout", "crashed", "no evidence", "not data".
    """

    kind: str
    message: str
    line: int | None = None
    source: str = ""


@dataclass(frozen=True)
class Outcome:
    """What an answer did with a case.

    ``called`` holds the names of the torch functions it called, ``operations`` how many of its
    calls computed something, ``largest`` the most elements that a result of them had.
    """

    value: Any = None
    failure: Failure | None = None
    gradients: dict[str, np.ndarray | None] = field(default_factory=dict)
    inputs: dict[str, np.ndarray] = field(default_factory=dict)
    parameters: dict[str, tuple[int, ...]] = field(default_factory=dict)
    buffers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    observed: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    called: tuple[str, ...] = ()
    operations: int = 0
    largest: int = 0
