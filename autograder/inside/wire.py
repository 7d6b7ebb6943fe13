"""Plain data over a pipe: a JSON text and safetensors, never pickle, every length bounded.

A message is two blocks, each a length of 8 bytes and that many bytes: a JSON text, then the
arrays it refers to as one safetensors file. Anything odd raises ``WireError``.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from autograder.inside.case import Case, Failure, Make, Outcome, TensorValue

MAX_TEXT = 16 * 2**20
MAX_ARRAYS = 64 * 2**20
MAX_DEPTH = 40
_LENGTH = struct.Struct("<Q")
_RECORDS = {record.__name__: record for record in (Case, Make, Outcome, Failure, TensorValue)}


class WireError(Exception):
    """What came over the wire is not a message; says what was wrong with it."""


def pack(data: Any) -> bytes:
    """Return ``data`` as one message; raises ``WireError`` for what is not plain data."""
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps(_to_json(data, arrays, 0), allow_nan=False).encode()
    block = save_arrays(arrays)
    return _LENGTH.pack(len(text)) + text + _LENGTH.pack(len(block)) + block


def unpack(text: bytes, block: bytes) -> Any:
    """Return the data of a message's two blocks; raises ``WireError`` for any oddity."""
    try:
        arrays = load_arrays(block)
        return _from_json(json.loads(text), arrays, 0)
    except WireError:
        raise
    except (SafetensorError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise WireError(f"the message cannot be read ({type(error).__name__})") from None


def roundtrip(data: Any) -> Any:
    """Return ``data`` as the other end of the wire would see it."""
    message = pack(data)
    length = _LENGTH.unpack_from(message)[0]
    return unpack(message[8 : 8 + length], message[16 + length :])


def send(connection: socket.socket, data: Any) -> None:
    """Write ``data`` as one message."""
    connection.sendall(pack(data))


def receive(connection: socket.socket, deadline: float | None = None) -> Any:
    """Read one message before ``deadline`` (of ``time.monotonic``).

    Raises ``WireError`` for a bad or unfinished message, ``TimeoutError`` past the deadline.
    """
    text = _block(connection, MAX_TEXT, deadline)
    return unpack(text, _block(connection, MAX_ARRAYS, deadline))


def _block(connection: socket.socket, limit: int, deadline: float | None) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size, deadline))
    if length > limit:
        raise WireError(f"the message is {length} bytes long; at most {limit} are taken")
    return _exactly(connection, length, deadline)


def _exactly(connection: socket.socket, length: int, deadline: float | None) -> bytes:
    received = bytearray()
    while len(received) < length:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
        piece = connection.recv(min(length - len(received), 2**20))
        if not piece:
            raise WireError("the message ends too early")
        received += piece
    return bytes(received)


def _to_json(data: Any, arrays: dict[str, np.ndarray], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise WireError("the data is nested too deeply")
    if data is None or type(data) in (bool, str):
        return data
    if type(data) is int:
        return data if abs(data) < 2**63 else {"$int": str(data)[:200]}
    if type(data) is float:
        return data if math.isfinite(data) else {"$float": str(data)}
    if type(data) is np.ndarray:
        name = str(len(arrays))
        arrays[name] = np.ascontiguousarray(data).reshape(data.shape)
        return {"$array": name}
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


def _from_json(data: Any, arrays: dict[str, np.ndarray], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise WireError("the message is nested too deeply")
    if isinstance(data, list):
        return [_from_json(item, arrays, depth + 1) for item in data]
    if not isinstance(data, dict):
        return data
    if "$array" in data:
        return arrays[data["$array"]]
    if "$int" in data:
        return int(data["$int"])
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
