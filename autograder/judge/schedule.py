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
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

from autograder.judge import sandbox
from autograder.judge.examination import warm_process
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
    pool = local_pool(jobs, secure)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def local_pool(jobs: int, secure: bool = True) -> ProcessPoolExecutor:
    """Return ``jobs`` processes that are starting; on Linux the examiner is imported once."""
    method = "fork" if sys.platform == "linux" else "spawn"
    if method == "fork":
        _import_examiner()
    context = multiprocessing.get_context(method)
    pool = ProcessPoolExecutor(
        max(1, jobs), mp_context=context, initializer=_start, initargs=(secure,)
    )
    pool.submit(_ready)
    return pool


def _ready() -> None:
    """Do nothing: the first task makes a pool start its processes."""


def _import_examiner() -> None:
    import torch

    import autograder.examine
    import autograder.home
    import autograder.judge.process  # noqa: F401

    torch.set_num_threads(1)


def _start(secure: bool) -> None:
    """Make a worker: it leaves Ctrl-C to the process that grades, and starts its warm process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = "1"
    _import_examiner()
    warm_process(secure)


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
