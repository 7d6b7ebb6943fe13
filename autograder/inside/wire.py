"""Plain data over a socket: a JSON text and the bytes of arrays, every length bounded.

A message is two lengths of 8 bytes, a JSON text and a block of bytes. The text is
``{"arrays": [[dtype, shape], ...], "data": ...}``; the block is these arrays one after another,
in C order, without a gap. There are no offsets to overlap, nothing is pickled, and anything odd
raises ``WireError``.
"""

from __future__ import annotations

import functools
import json
import math
import socket
import struct
import time
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from autograder.inside.case import Case, Failure, Make, Outcome, TensorValue

MAX_DEPTH = 40
MAX_DIMENSIONS = 16
MAX_DIGITS = 200
DTYPES = tuple(
    np.dtype(name).newbyteorder("<")
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
)
_DTYPES = {dtype.name: dtype for dtype in DTYPES}
_LENGTHS = struct.Struct("<QQ")
_RECORDS = {record.__name__: record for record in (Case, Make, Outcome, Failure, TensorValue)}


@dataclass(frozen=True)
class Bounds:
    """The most bytes of text and of arrays that a reader takes in one message."""

    text: int
    arrays: int


QUESTION = Bounds(text=16 * 2**20, arrays=64 * 2**20)
ANSWER = Bounds(text=2**20, arrays=32 * 2**20)


class WireError(Exception):
    """What came over the wire is not a message; says what was wrong with it."""


class WireEnded(WireError):
    """The other end broke off before a whole message was there."""


def pack(data: Any) -> bytes:
    """Return ``data`` as one message; raises ``WireError`` for what is not plain data."""
    arrays: list[np.ndarray] = []
    plain = _to_json(data, arrays, 0)
    header = [[_name(array.dtype), list(array.shape)] for array in arrays]
    text = json.dumps({"arrays": header, "data": plain}, allow_nan=False).encode()
    block = b"".join(array.tobytes() for array in arrays)
    return _LENGTHS.pack(len(text), len(block)) + text + block


def unpack(text: bytes, block: bytes) -> Any:
    """Return the data of a message; raises ``WireError`` for any oddity."""
    try:
        message = json.loads(text, parse_constant=_no_constant, parse_int=_whole)
        return _from_json(message["data"], _arrays(message["arrays"], block), 0)
    except WireError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise WireError(f"the message cannot be read ({type(error).__name__})") from None
    except (MemoryError, RecursionError) as error:
        raise WireError(f"the message cannot be read ({type(error).__name__})") from None


def roundtrip(data: Any) -> Any:
    """Return ``data`` as the other end of the wire would see it."""
    message = pack(data)
    length, _ = _LENGTHS.unpack_from(message)
    start = _LENGTHS.size
    return unpack(message[start : start + length], message[start + length :])


def question(case: Case) -> Case:
    """Return what an answer is asked: the case without what only the judge has to know."""
    return replace(case, name="", check="", tolerance=0.0, public=False, raises="", random=False)


def send(connection: socket.socket, data: Any, deadline: float | None = None) -> None:
    """Write ``data`` as one message; raises ``TimeoutError`` past the deadline."""
    message = memoryview(pack(data))
    while message:
        _wait_until(connection, deadline)
        message = message[connection.send(message[: 2**20]) :]


def receive(
    connection: socket.socket, deadline: float | None = None, bounds: Bounds = ANSWER
) -> Any:
    """Read one message before ``deadline`` (of ``time.monotonic``).

    Raises ``WireError`` for a bad or unfinished message, ``TimeoutError`` past the deadline.
    """
    text, block = _LENGTHS.unpack(_exactly(connection, _LENGTHS.size, deadline))
    if text > bounds.text or block > bounds.arrays:
        raise WireError(
            f"the message has {text} bytes of text and {block} of arrays; at most {bounds.text} "
            f"and {bounds.arrays} are taken"
        )
    return unpack(_exactly(connection, text, deadline), _exactly(connection, block, deadline))


def _exactly(connection: socket.socket, length: int, deadline: float | None) -> bytes:
    received = bytearray()
    while len(received) < length:
        _wait_until(connection, deadline)
        piece = connection.recv(min(length - len(received), 2**20))
        if not piece:
            raise WireEnded("the message ends too early")
        received += piece
    return bytes(received)


def _wait_until(connection: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)


@functools.lru_cache(maxsize=64)
def _name(dtype: np.dtype[Any]) -> str:
    """Return a dtype's name, which NumPy puts together anew each time."""
    return dtype.name


def _to_json(data: Any, arrays: list[np.ndarray], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise WireError("the data is nested too deeply")
    if data is None or type(data) in (bool, str):
        return data
    if type(data) is int:
        return data if abs(data) < 2**63 else {"$int": str(data)[:MAX_DIGITS]}
    if type(data) is float:
        return data if math.isfinite(data) else {"$float": str(data)}
    if type(data) is np.ndarray:
        name = _name(data.dtype)
        if name not in _DTYPES:
            raise WireError(f"an array of {name} is not plain data")
        arrays.append(np.asarray(data, dtype=_DTYPES[name]))
        return {"$array": len(arrays) - 1}
    if type(data) in (list, tuple):
        items = [_to_json(item, arrays, depth + 1) for item in data]
        return {"$tuple": items} if type(data) is tuple else items
    if type(data) is dict:
        pairs = [
            [_to_json(key, arrays, depth + 1), _to_json(value, arrays, depth + 1)]
            for key, value in data.items()
        ]
        return {"$dict": pairs}
    if is_dataclass(data) and type(data).__name__ in _RECORDS:
        values = {f.name: _to_json(getattr(data, f.name), arrays, depth + 1) for f in fields(data)}
        return {"$record": type(data).__name__, "values": values}
    raise WireError(f"{type(data).__name__} is not plain data")


def _arrays(header: Any, block: bytes) -> list[np.ndarray]:
    """Cut the block into the arrays that the header promises, byte for byte."""
    arrays, start = [], 0
    for name, shape in header:
        dtype, size = _DTYPES[name], 1
        if len(shape) > MAX_DIMENSIONS:
            raise WireError(f"an array has {len(shape)} dimensions")
        for length in shape:
            if type(length) is not int or length < 0:
                raise WireError("an array's shape is not made of whole numbers from 0 on")
            size *= length
        end = start + size * dtype.itemsize
        if end > len(block):
            raise WireError("an array's shape promises more bytes than there are")
        array = np.frombuffer(block[start:end], dtype).reshape(shape)
        if dtype.kind == "b" and np.any(array.view(np.uint8) > 1):
            raise WireError("a truth value is neither 0 nor 1")
        arrays.append(array.copy())
        start = end
    if start != len(block):
        raise WireError("there are more bytes than the arrays' shapes promise")
    return arrays


def _from_json(data: Any, arrays: list[np.ndarray], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise WireError("the message is nested too deeply")
    if isinstance(data, list):
        return [_from_json(item, arrays, depth + 1) for item in data]
    if not isinstance(data, dict):
        return data
    if "$array" in data:
        return arrays[data["$array"]]
    if "$int" in data:
        return _whole(data["$int"])
    if "$float" in data:
        return float(data["$float"])
    if "$tuple" in data:
        return tuple(_from_json(item, arrays, depth + 1) for item in data["$tuple"])
    if "$dict" in data:
        return {
            _from_json(key, arrays, depth + 1): _from_json(value, arrays, depth + 1)
            for key, value in data["$dict"]
        }
    record = _RECORDS[data["$record"]]
    values = {key: _from_json(value, arrays, depth + 1) for key, value in data["values"].items()}
    return record(**values)


def _no_constant(word: str) -> Any:
    raise WireError(f"{word} stands where a number should")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise WireError("a whole number is too long")
    return int(digits)
