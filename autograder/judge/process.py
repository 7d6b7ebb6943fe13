"""An answer's text, examined in a process of its own that the judge can kill."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.inside import wire
from autograder.inside.case import Case, Failure, Outcome, TensorValue
from autograder.inside.warm import PROCESS_ID
from autograder.specs import parts_used_by, spec_of
from autograder.texts import answer_text

MAX_WORDS = 600
MAX_NAME, MAX_NAMES = 60, 100


class WarmProcess:
    """A process that has imported torch and forks a child for each examination.

    Use it as a context manager. It may be shared by threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "autograder.inside.warm", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_environment(),
            )

    def __enter__(self) -> WarmProcess:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def fork(self) -> tuple[int, socket.socket]:
        """Return a fresh child's process id and the socket it listens on."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            socket.send_fds(self._control, [b"F"], [theirs.fileno()])
            reply = self._control.recv(PROCESS_ID.size)
        if len(reply) != PROCESS_ID.size:
            ours.close()
            raise ConnectionError("the warm process has ended; see what it printed above")
        return PROCESS_ID.unpack(reply)[0], ours

    def kill(self, child: int) -> None:
        """End a child and everything it started."""
        with self._lock:
            self._control.sendall(b"K" + PROCESS_ID.pack(child))
            self._control.recv(1)

    def close(self) -> None:
        """End the warm process and its children."""
        self._control.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")}
    return kept | {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


class ProcessSubject:
    """The text of an exercise cell, run in a child of ``warm``.

    The child gets the reference's earlier parts that the exercise's contract names, no others.
    """

    def __init__(self, exercise: str, text: str, warm: WarmProcess) -> None:
        self.exercise = exercise
        self.text = text
        self.warm = warm

    def run(self, cases: list[Case]) -> Iterator[Outcome]:
        """Yield one outcome a case; a crash or a late answer fails the rest of the cases."""
        seconds = spec_of(self.exercise).seconds
        child, connection = self.warm.fork()  # waits until the warm process is ready
        deadline = time.monotonic() + seconds
        try:
            failure = self._send(connection, cases, seconds)
            for case in cases:
                if failure is None:
                    outcome = _receive(connection, deadline, seconds)
                    if isinstance(outcome, Outcome):
                        yield checked(outcome, case)
                        continue
                    failure = outcome
                yield Outcome(failure=failure)
        finally:
            connection.close()
            self.warm.kill(child)

    def _send(self, connection: socket.socket, cases: list[Case], seconds: float) -> Failure | None:
        request = {
            "exercise": self.exercise,
            "text": self.text,
            "uses": {name: answer_text(name) for name in parts_used_by(self.exercise)},
            "cases": cases,
            "seconds": seconds,
        }
        try:
            wire.send(connection, request)
        except OSError:
            return Failure("crashed", "the process ended before it was asked anything")
        return None


def _receive(connection: socket.socket, deadline: float, seconds: float) -> Outcome | Failure:
    try:
        outcome = wire.receive(connection, deadline)
    except TimeoutError:
        return Failure("timeout", f"it did not finish within {seconds:g} seconds")
    except (wire.WireError, OSError):
        return Failure(
            "crashed",
            "the process ended while it ran your code (it crashed, exited, or ran out of memory)",
        )
    if not isinstance(outcome, Outcome):
        return Failure("no evidence", "what came back was not an outcome")
    return outcome


def checked(outcome: Outcome, case: Case) -> Outcome:
    """Return an outcome with every field of the type it should have and every text made plain.

    What does not fit becomes a failure: no evidence.
    """
    try:
        return _checked(outcome, case)
    except (TypeError, ValueError, AttributeError):
        return Outcome(failure=Failure("no evidence", "what came back did not fit the case"))


def _checked(outcome: Outcome, case: Case) -> Outcome:
    failure = outcome.failure
    if failure is not None:
        line = failure.line if type(failure.line) is int else None
        kind, words = plain_text(failure.kind), plain_text(failure.message)
        return Outcome(failure=Failure(kind, words, line, plain_text(failure.source)))
    gradients = {plain_text(k): v for k, v in outcome.gradients.items() if _array_or_none(v)}
    inputs = {plain_text(k): v for k, v in outcome.inputs.items() if _array_or_none(v)}
    value = _checked_value(outcome.value, case)
    observed = outcome.observed if isinstance(outcome.observed, dict) else {}
    parameters = {plain_text(k): tuple(map(int, v)) for k, v in outcome.parameters.items()}
    buffers = {plain_text(k): tuple(map(int, v)) for k, v in outcome.buffers.items()}
    return Outcome(
        value,
        None,
        gradients,
        inputs,
        parameters,
        buffers,
        observed,
        called=tuple(plain_text(name)[:MAX_NAME] for name in outcome.called[:MAX_NAMES]),
        operations=int(outcome.operations),
        largest=int(outcome.largest),
    )


def _array_or_none(value: Any) -> bool:
    if value is not None and not isinstance(value, np.ndarray):
        raise TypeError
    return True


def _checked_value(value: Any, case: Case) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(_checked_value(item, case) for item in value)
    if isinstance(value, TensorValue):
        _array_or_none(value.array)
        if value.array is None and case.device != "meta":
            raise ValueError
        shape = value.array.shape if value.array is not None else tuple(map(int, value.shape))
        return TensorValue(value.array, plain_text(value.dtype), plain_text(value.device), shape)
    if isinstance(value, str):
        return value[:100_000]
    if value is None or type(value) in (bool, int, float):
        return value
    raise TypeError


def plain_text(text: Any) -> str:
    """Return a text from a child as bounded, printable characters."""
    if not isinstance(text, str):
        raise TypeError
    kept = "".join(c if c.isprintable() or c == "\n" else "�" for c in text[:MAX_WORDS])
    return kept
