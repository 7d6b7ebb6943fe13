"""The wire: what comes out of a child is plain data within bounds, or an error in words."""

from __future__ import annotations

import json
import socket
import struct
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from autograder.inside import wire
from autograder.inside.case import Case, Outcome, TensorValue
from autograder.inside.wire import WireError

fuzz = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

NUMBERS = st.integers() | st.floats() | st.booleans() | st.none()
ARRAYS = arrays_of.arrays(
    st.sampled_from(["bool", "int64", "uint8", "float32", "float64", "complex64"]),
    arrays_of.array_shapes(min_dims=0, min_side=0, max_side=3),
)
PLAIN = st.recursive(
    NUMBERS | st.text() | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def alike(one, other):
    """True for equal data of equal types; NaN is like NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(alike(one[k], other[k]) for k in one)
    return one == other or (one != one and other != other)


@fuzz
@given(PLAIN)
def test_plain_data_comes_back_as_it_was(data):
    assert alike(wire.roundtrip(data), data)


@fuzz
@given(st.binary(max_size=200), st.binary(max_size=64))
def test_random_bytes_are_refused_in_words(text, block):
    with pytest.raises(WireError):
        wire.unpack(text, block)


JSON = st.recursive(
    NUMBERS | st.text(max_size=8) | st.sampled_from(["float32", "bool", "Outcome", "TensorValue"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["$array", "$int", "$float", "$tuple", "$dict", "$record", "values"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@fuzz
@given(JSON, JSON, st.binary(max_size=32))
def test_any_json_is_data_or_refused_in_words(arrays, data, block):
    text = json.dumps({"arrays": arrays, "data": data}).encode()
    try:
        wire.unpack(text, block)
    except WireError as error:
        assert str(error)


def message(arrays, data, block=b""):
    return json.dumps({"arrays": arrays, "data": data}).encode(), block


@pytest.mark.parametrize(
    "arrays, block, words",
    [
        ([["float32", [2500, 1000, 1000]]], b"\0" * 8, "more bytes than there are"),
        ([["float32", [2]]], b"\0" * 12, "more bytes than the arrays"),
        ([["float32", [-1, -2]]], b"\0" * 8, "whole numbers"),
        ([["float32", [1.0]]], b"\0" * 4, "whole numbers"),
        ([["float32", [True]]], b"\0" * 4, "whole numbers"),
        ([["float32", [0, 10**30]]], b"", "cannot be read"),
        ([["float32", [1] * 40]], b"\0" * 4, "40 dimensions"),
        ([["object", [1]]], b"\0" * 8, "cannot be read"),
        ([["float32,int8", [1]]], b"\0" * 5, "cannot be read"),
        ([["bool", [2]]], b"\1\2", "truth value"),
        ([[["float32"], [1]]], b"\0" * 4, "cannot be read"),
        ("float32", b"", "cannot be read"),
        ([[["a"] * 3]], b"", "cannot be read"),
    ],
)
def test_a_header_that_does_not_fit_its_bytes_is_refused(arrays, block, words):
    with pytest.raises(WireError, match=words):
        wire.unpack(*message(arrays, {"$array": 0}, block))


@pytest.mark.parametrize(
    "data",
    [
        {"$array": 3},
        {"$array": "0"},
        {"$int": "9" * 10_000},
        {"$float": "one"},
        {"$dict": [[[1], 2]]},
        {"$dict": 7},
        {"$record": "Popen", "values": {}},
        {"$record": "Outcome", "values": []},
        {"$record": "Outcome", "values": {"score": 1.0}},
        {"neither": 1},
    ],
)
def test_data_that_is_not_ours_is_refused(data):
    with pytest.raises(WireError):
        wire.unpack(*message([], data))


@pytest.mark.parametrize(
    "text",
    [
        b'{"arrays": [], "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"arrays": [], "data": ' + b"[" * 60 + b"]" * 60 + b"}",
        b'{"arrays": [], "data": NaN}',
        b'{"arrays": [], "data": ' + b"9" * 100_000 + b"}",
        b"\xff\xfe\x00",
        b"[]",
        b"",
    ],
)
def test_a_text_that_is_too_deep_too_long_or_no_json_is_refused(text):
    with pytest.raises(WireError):
        wire.unpack(text, b"")


def test_what_is_not_plain_is_not_packed():
    class Sub(np.ndarray):
        pass

    class Word(str):
        pass

    never_plain = [object(), np.array([object()]), np.zeros(2).view(Sub), Word("a"), {1, 2}]
    never_plain += [np.zeros(2, "datetime64[s]"), np.float32(1), 1j, b"bytes", len]
    for value in never_plain:
        with pytest.raises(WireError, match="plain data"):
            wire.pack({"value": [value]})
    nested: list = []
    nested.append(nested)
    with pytest.raises(WireError, match="nested"):
        wire.pack(nested)


def test_a_message_with_a_huge_length_is_refused_before_it_is_read():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack("<QQ", 10 * 2**40, 0))
        with pytest.raises(WireError, match="at most"):
            wire.receive(ours, time.monotonic() + 5)


def test_a_message_that_never_ends_meets_the_deadline():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack("<QQ", 100, 0) + b"{")
        with pytest.raises(TimeoutError):
            wire.receive(ours, time.monotonic() + 0.2)


def test_a_reader_that_does_not_read_meets_the_deadline():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        wire.send(ours, np.zeros(10**6), time.monotonic() + 0.2)


def test_a_message_broken_off_is_told_from_a_bad_one():
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(struct.pack("<QQ", 100, 0) + b"{")
        theirs.close()
        with pytest.raises(wire.WireEnded):
            wire.receive(ours, time.monotonic() + 5)


def test_a_question_holds_nothing_that_decides():
    case = Case("name", "check", {"x": 1}, tolerance=0.1, public=True, raises="ValueError", seed=3)
    asked = wire.question(case)
    assert asked.arguments == case.arguments and asked.seed == case.seed
    assert (asked.name, asked.check, asked.tolerance, asked.raises) == ("", "", 0.0, "")
    assert not asked.public and not asked.random


def test_an_outcome_travels():
    value = TensorValue(np.arange(6.0).reshape(2, 3), "float64", "cpu", (2, 3))
    outcome = wire.roundtrip(Outcome(value=(value, None), parameters={"w": (2, 3)}))
    assert outcome.value[0].array.tolist() == value.array.tolist()
    assert outcome.parameters == {"w": (2, 3)}
