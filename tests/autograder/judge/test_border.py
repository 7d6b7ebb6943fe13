"""The border: an outcome has the types it should have, or it is no evidence."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.inside.case import Case, Failure, Make, Outcome, TensorValue
from autograder.judge.border import MAX_WORDS, checked, plain_text
from autograder.specification import findings
from autograder.specs import spec_of
from minitransformer.lessons import LESSON_OF

CASE = Case("values", "values", {"x": np.zeros((2, 3), np.float32)})


def test_a_tensor_has_the_shape_and_dtype_of_its_numbers_whatever_it_claims():
    forged = TensorValue(np.zeros(4, np.complex64), "float32", "cpu", (2, 3))
    value = checked(Outcome(value=forged), CASE).value
    assert value.shape == (4,) and value.dtype == "complex64"


def test_half_precision_arrives_widened_and_keeps_its_name():
    half = TensorValue(np.zeros(4, np.float32), "bfloat16", "cpu", (4,))
    assert checked(Outcome(value=half), CASE).value.dtype == "bfloat16"


@pytest.mark.parametrize(
    "outcome",
    [
        "passed",
        {"value": 1.0},
        CASE,
        Outcome(value=TensorValue(None, "float32", "cpu", (2, 3))),
        Outcome(value=TensorValue([0.0], "float32", "cpu", (1,))),
        Outcome(value=TensorValue(np.zeros(1), 32, "cpu", (1,))),
        Outcome(value={}),
        Outcome(value=np.zeros(3)),
        Outcome(value=Make("part")),
        Outcome(value=Outcome()),
        Outcome(failure="no"),
        Outcome(failure=Failure("raised", ["words"])),
        Outcome(gradients={"x": [1.0]}),
        Outcome(gradients=[("x", None)]),
        Outcome(inputs={1: None}),
        Outcome(parameters={"w": (2**70,)}),
        Outcome(parameters={"w": (-1,)}),
        Outcome(parameters={"w": "ab"}),
        Outcome(buffers={"w": tuple(range(40))}),
        Outcome(observed=[1]),
        Outcome(observed={"model": {"calls": Failure("x", "y")}}),
    ],
)
def test_what_does_not_fit_is_no_evidence(outcome):
    failure = checked(outcome, CASE).failure
    assert failure.kind == "no evidence" and failure.message


def test_texts_from_a_child_are_bounded_and_printable():
    words = plain_text("a\x1b[31m\u202e\ud800" + "b" * 10_000)
    assert not {"\x1b", "\u202e", "\ud800"} & set(words) and len(words) <= MAX_WORDS


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        [
            TensorValue(np.full((2, 3), np.nan), "float64", "cpu", (2, 3)),
            TensorValue(np.zeros((0, 7), np.float32), "float32", "cuda", (0, 7)),
            TensorValue(np.array(1j), "complex128", "cpu", ()),
            TensorValue(np.array([True]), "bool", "cpu", (1,)),
            TensorValue(None, "float32", "meta", (2, 2**62)),
        ]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=5,
)
NAMES = st.sampled_from(["x", "query", "model", "parameter weight", "logits", "ids", "optimizer"])
ARRAYS = st.dictionaries(NAMES, st.none() | st.just(np.zeros(2)) | st.just(np.full(2, np.inf)))
OUTCOMES = st.builds(
    Outcome,
    value=VALUES,
    gradients=ARRAYS,
    inputs=ARRAYS,
    parameters=st.dictionaries(NAMES, st.just((2, 3))),
    buffers=st.dictionaries(NAMES, st.just(())),
    observed=st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES)),
) | st.builds(
    Outcome,
    failure=st.builds(
        Failure,
        st.sampled_from(["raised", "device", "looks at data", "timeout", "not data", "?"]),
        st.sampled_from(["", "ValueError: no", "x"]),
        st.none() | st.integers(),
        st.text(max_size=3),
    ),
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(outcomes=st.lists(OUTCOMES, min_size=2, max_size=4))
@pytest.mark.parametrize("exercise", list(LESSON_OF))
def test_whatever_a_child_sends_is_found_wrong_in_words(exercise, outcomes):
    specification = spec_of(exercise)
    cases = cases_of(exercise)
    problems = []
    for number, case in enumerate(cases):
        sent = checked(outcomes[number % len(outcomes)], case)
        problems += [finding.message for finding in findings(specification, case, sent)]
    assert any(problems)


@functools.cache
def cases_of(exercise):
    return [case for case in spec_of(exercise).draw_cases(0) if not case.raises]
