"""The warm process: torch is imported once, then each examination is a fork.

It never reads a submission: texts, earlier parts and cases go to the fork alone, over a socket of
its own. It imports no specification, no oracle and no solution.

Run as ``python -m autograder.inside.warm FD [walls]`` with a connected Unix socket as FD. A request
is one byte: ``F`` with a socket attached forks a child that serves it and answers its process id
as 8 bytes; ``K`` and 8 bytes kills that child with everything in it and answers how it ended
(``ENDED``); ``W`` with a socket attached forks another warm process, which takes its requests
there. With ``walls`` each child closes itself in before it is told anything.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from autograder.inside import walls

PROCESS_ID = struct.Struct("<Q")
ENDED = struct.Struct("<idd")
"""Exit code (negative: the signal), processor seconds, peak memory in bytes."""


def main(control: socket.socket, walled: bool) -> None:
    """Answer requests on ``control`` until the other end closes."""
    home = walls.enter() if walled else None
    _load()
    _answer_requests(control, home)


def _answer_requests(control: socket.socket, home: int | None) -> None:
    children: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 9, 1)
        if not message:
            break
        if message[:1] == b"F" and descriptors:
            control.sendall(PROCESS_ID.pack(_fork(control, descriptors[0], children, home)))
        elif message[:1] == b"K":
            control.sendall(ENDED.pack(*_kill(PROCESS_ID.unpack(message[1:9])[0], children)))
        elif message[:1] == b"W" and descriptors:
            _fork_warm_process(control, descriptors[0], home)
    for child in list(children):
        _kill(child, children)


def _fork_warm_process(control: socket.socket, descriptor: int, home: int | None) -> None:
    """Fork a warm process that shares the memory of this one, for another worker."""
    if os.fork() == 0:
        try:
            control.close()
            _answer_requests(socket.socket(fileno=descriptor), home)
        finally:
            os._exit(0)
    os.close(descriptor)


def _fork(control: socket.socket, descriptor: int, children: set[int], home: int | None) -> int:
    child = os.fork() if home is None else walls.fork_first_process(home)
    if child == 0:
        try:
            control.close()
            serve(_alone_with(descriptor), walled=home is not None)
        finally:
            os._exit(0)
    os.close(descriptor)
    children.add(child)
    return child


def _kill(child: int, children: set[int]) -> tuple[int, float, float]:
    """End a child; the kernel ends everything in its process ids before it can be waited for."""
    if child not in children:
        return 0, 0.0, 0.0
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    children.discard(child)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss * 1024.0


def _alone_with(descriptor: int) -> socket.socket:
    """Close every file but the connection; what is printed goes nowhere."""
    os.setsid()
    gc.set_threshold(100_000, 20, 100)  # an examination is short: look for garbage seldom
    connection = os.dup2(descriptor, 3)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.closerange(4, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return socket.socket(fileno=connection)


def serve(connection: socket.socket, walled: bool) -> None:
    """Receive one examination, then answer each case with an outcome."""
    from autograder.inside import probe, wire
    from autograder.inside.case import Failure

    with _own_folder(walled, connection) as folder:
        os.chdir(folder)
        os.environ.update(MINITRANSFORMER_HOME=folder, TMPDIR=folder, HOME=folder)
        wire.send(connection, "ready")
        request = wire.receive(connection, bounds=wire.QUESTION)
        walls.set_limit(resource.RLIMIT_CPU, int(request["seconds"]) + 2)
        _install(request["uses"])
        target = probe.define(request["text"], request["exercise"])
        while True:
            case = wire.receive(connection, bounds=wire.QUESTION)
            failed = isinstance(target, Failure)
            outcome = probe.Outcome(failure=target) if failed else probe.run(target, case)
            connection.sendall(_packed(outcome))


def _packed(outcome: Any) -> bytes:
    from autograder.inside import wire
    from autograder.inside.case import Failure, Outcome

    try:
        return wire.pack(outcome)
    except wire.WireError as error:
        return wire.pack(Outcome(failure=Failure("not data", str(error))))


@contextlib.contextmanager
def _own_folder(walled: bool, connection: socket.socket) -> Iterator[str]:
    """Go behind the walls, or, without them, set what limits the platform has."""
    from autograder.inside import wire

    if not walled:
        with tempfile.TemporaryDirectory() as folder:
            limits = walls.Limits()
            walls.set_limit(resource.RLIMIT_FSIZE, limits.file)
            walls.set_limit(resource.RLIMIT_CORE, 0)
            if sys.platform == "linux" and not os.path.exists("/dev/nvidia0"):  # CUDA maps far more
                walls.set_limit(resource.RLIMIT_AS, walls.mapped_memory() + limits.memory)
            yield folder
        return
    try:
        walls.close_in(walls.Limits())
    except OSError as error:
        wire.send(connection, f"a wall cannot be put up: {error.strerror}")
        return
    yield walls.SCRATCH


def _install(uses: dict[str, str]) -> None:
    """Put in the earlier parts an answer may call; every other part is nobody's here."""
    from minitransformer.stub import PARTS, stub
    from minitransformer.workspace import run_text

    sys.modules["solutions"] = None  # type: ignore[assignment]
    for name, source in uses.items():
        earlier = run_text(source, f"earlier part {name}")[name]
        if name not in PARTS:  # an exercise of the instructor's own
            stub(earlier)
        PARTS[name].fill(earlier)


def _load() -> None:
    """Import once what every examination needs, and what torch imports at first use."""
    import torch

    from autograder.inside import compiler, probe  # noqa: F401

    compiler.leave_aside()
    torch.set_num_threads(1)
    for device, dtype in (("meta", torch.float32), ("cpu", torch.float64), ("cpu", torch.bfloat16)):
        x = torch.zeros(2, 3, device=device, dtype=dtype, requires_grad=True)
        layer = torch.nn.Linear(3, 3).to(device, dtype)
        y = torch.nn.functional.gelu(layer(x)).masked_fill(x > 0, 0.0).softmax(-1)
        y = torch.cat([y, y]).amax(-1).exp().tril() if y.dim() > 2 else torch.cat([y, y]).exp()
        torch.autograd.grad(y.sum(), x)
    gc.collect()
    gc.freeze()  # a collection in a child then copies no page of what is shared


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), walled=sys.argv[2:] == ["walls"])
