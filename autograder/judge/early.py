"""Let the sandbox import torch while this process still imports its own.

Each takes more than a second. Nothing that is imported here may import torch, and so nothing of
``minitransformer``, whose parts need it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.judge import sandbox, view
from autograder.judge.warm import WarmProcess

_STARTED: list[WarmProcess] = []


def start(course: Path | None = None) -> None:
    """Start the warm process of a command, with ``course`` hidden; where it can be, or not at all.

    What hinders it is said by whoever needs the process in the end.
    """
    _close()
    if course is not None:
        view.hide(course)
    if sys.platform == "linux" and not sandbox.problem():
        _STARTED.append(WarmProcess(secure=True))


def take(secure: bool | None) -> WarmProcess:
    """Return the process that was started, if it would be started the same way now; or a new one.

    ``secure`` is that of ``WarmProcess``.
    """
    if secure is not False and _STARTED and _STARTED[0].walls == sandbox.command([]):
        return _STARTED.pop()
    _close()
    return WarmProcess(secure=secure)


def _close() -> None:
    while _STARTED:
        _STARTED.pop().close()
