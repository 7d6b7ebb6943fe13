"""Where examinations are carried out: in processes of this machine, or on a Dask cluster.

Both are given as an ``Executor`` of the standard library, so the one who grades sees no
difference. What travels is an ``Examination`` and the data of a verdict. Dask pickles both between
the judge's own processes; nothing that a submission's process sent is ever unpickled.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograder.judge import early, sandbox
from autograder.judge.examination import warm_process
from autograder.judge.warm import WarmProcess, WarmProcessEnded
from minitransformer.errors import CourseError

RETRIES = 3


@contextmanager
def workers(jobs: int, scheduler: str = "", secure: bool = True) -> Iterator[Executor]:
    """Give an executor: ``jobs`` processes here, or the cluster whose address is ``scheduler``.

    Raises ``CourseError`` where the cluster cannot be reached or Dask is not installed, and where
    ``secure`` workers find no sandbox here.
    """
    if scheduler:
        yield from _cluster(scheduler)
        return
    if secure:
        sandbox.require()
    yield from _processes(max(1, jobs), secure)


def _processes(jobs: int, secure: bool) -> Iterator[Executor]:
    """Give ``jobs`` processes; on Linux the examiner and the sandbox's torch load once for all."""
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    places = _places(jobs, secure, context) if sys.platform == "linux" else None
    pool = ProcessPoolExecutor(jobs, context, initializer=_start, initargs=(secure, places))
    pool.submit(_ready)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if places is not None:
            places.close()


def _places(jobs: int, secure: bool, context: Any) -> Places:
    first = early.take(True if secure else None)
    try:
        connections = [first.sibling() for _ in range(jobs)]
    except WarmProcessEnded:
        raise CourseError(
            "the process that examines answers ended as it was started. Is the machine out of "
            "memory? Nothing was graded."
        ) from None
    _import_examiner()
    return Places(first, connections, context.Value("i", 0))


@dataclass(frozen=True)
class Places:
    """The warm processes of this machine's workers, forks of the first; ``taken`` counts them."""

    first: WarmProcess
    connections: list[socket.socket]
    taken: Any

    def take(self) -> socket.socket:
        """Return a worker's own connection, in the worker; the others are not its to hold."""
        with self.taken.get_lock():
            number = self.taken.value
            self.taken.value += 1
        self.first.leave()
        for other in self.connections:
            if other is not self.connections[number]:
                other.close()
        return self.connections[number]

    def close(self) -> None:
        """End them all."""
        for connection in self.connections:
            connection.close()
        self.first.close()


def _ready() -> None:
    """Do nothing: the first task makes a pool start its processes."""


def _import_examiner() -> None:
    import torch

    import autograder.examine
    import autograder.home
    import autograder.judge.process  # noqa: F401

    torch.set_num_threads(1)


def _start(secure: bool, places: Places | None = None) -> None:
    """Make a worker: it leaves Ctrl-C to the process that grades, and has its warm process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = "1"
    _import_examiner()
    warm_process(secure, places.take() if places else None)


def _end_with_parent() -> None:
    """End this worker when the process that grades is killed; its warm process then ends too."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError:
        raise CourseError(
            "--scheduler needs Dask. Install it with `pip install 'minitransformer[cluster]'`."
        ) from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise CourseError(f"no Dask scheduler answers at {address} ({error}).") from None
    with client:
        yield client.get_executor(pure=False, retries=RETRIES)
