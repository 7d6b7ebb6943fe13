"""The judge's end of the warm process: start it, fork children, end them, start it again."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from autograder.inside import wire
from autograder.inside.warm import ENDED, PROCESS_ID
from autograder.judge import sandbox

SETTING_UP = 60.0  # seconds a forked child has for its walls, on a busy machine


class WarmProcessEnded(Exception):
    """The warm process is gone; ``generation`` says which of those started one after another."""

    def __init__(self, generation: int) -> None:
        super().__init__("the warm process has ended; see what it printed above")
        self.generation = generation


@dataclass(frozen=True)
class Child:
    """A forked child that is behind its walls and waits for an examination."""

    process: int
    connection: socket.socket
    generation: int


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code (negative: a signal) and what it used.

    ``peak_memory`` is in bytes and counts pages shared with the warm process.
    """

    code: int
    processor_seconds: float
    peak_memory: float


class WarmProcess:
    """A process that has imported torch and forks a child for each examination.

    Use it as a context manager. It may be shared by threads. ``secure``: True demands the
    sandbox and raises ``CourseError`` where this machine has none; False goes without; None uses
    it where there is one. What it came to stands in ``secure`` afterwards, and how its sandbox was
    made in ``walls``. ``control`` is the connection to one that runs already, from another's
    ``sibling``.
    """

    def __init__(self, secure: bool | None = None, control: socket.socket | None = None) -> None:
        if secure:
            sandbox.require()
        self.secure = bool(not sandbox.problem() if secure is None else secure)
        if secure is None and not self.secure:
            words = f"note: answers run in plain processes with limits only: {sandbox.problem()}"
            print(words, file=sys.stderr)
        self._lock = threading.Lock()
        self._generation = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.walls = sandbox.command([]) if self.secure else []
        if control is None:
            self._start()
        else:
            self._control = control

    def __enter__(self) -> WarmProcess:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def fork(self) -> Child:
        """Return a fresh child; raises ``WarmProcessEnded``, or ``CourseError`` without walls."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            generation = self._generation
            try:
                socket.send_fds(self._control, [b"F"], [theirs.fileno()])
                reply = self._control.recv(PROCESS_ID.size, socket.MSG_WAITALL)
            except OSError:
                reply = b""
        if len(reply) != PROCESS_ID.size:
            ours.close()
            raise WarmProcessEnded(generation)
        child = Child(PROCESS_ID.unpack(reply)[0], ours, generation)
        self._wait_until_ready(child)
        return child

    def _wait_until_ready(self, child: Child) -> None:
        """Wait for the child's own word; no code of the answer is in it yet."""
        try:
            said = wire.receive(child.connection, time.monotonic() + SETTING_UP)
        except (wire.WireError, OSError):
            said = "it ended before it was ready"
        if said != "ready":
            self.end(child)
            from minitransformer.errors import CourseError  # late: see judge/early.py

            raise CourseError(f"answers cannot be examined safely here: {said}.")

    def end(self, child: Child) -> Ended:
        """End a child and everything it started; say how it ended."""
        child.connection.close()
        with self._lock:
            if child.generation != self._generation:
                raise WarmProcessEnded(child.generation)
            try:
                self._control.sendall(b"K" + PROCESS_ID.pack(child.process))
                reply = self._control.recv(ENDED.size, socket.MSG_WAITALL)
            except OSError:
                reply = b""
        if len(reply) != ENDED.size:
            raise WarmProcessEnded(child.generation)
        return Ended(*ENDED.unpack(reply))

    def sibling(self) -> socket.socket:
        """Return the connection to a further warm process, a fork of this one.

        It ends with this one. Raises ``WarmProcessEnded``.
        """
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                socket.send_fds(self._control, [b"W"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise WarmProcessEnded(self._generation) from None
        return ours

    def leave(self) -> None:
        """Let go of the warm process in a fork of the process that started it."""
        self._control.close()

    def restart(self, generation: int) -> None:
        """Start again, unless another thread has done so since ``generation``."""
        with self._lock:
            if generation == self._generation:
                self._stop()
                self._generation += 1
                self._start()

    @property
    def restarts(self) -> int:
        """How often the process had to be started again."""
        return self._generation

    def close(self) -> None:
        """End the warm process and its children."""
        with self._lock:
            self._stop()

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            number = str(theirs.fileno())
            arguments = ["-m", "autograder.inside.warm", number]
            if self.secure:
                words, environment = sandbox.command([*arguments, "walls"]), {}
            else:
                words, environment = [sys.executable, *arguments], _environment()
            self._process = subprocess.Popen(
                words, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=environment
            )

    def _stop(self) -> None:
        self._control.close()
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")}
    return kept | {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
