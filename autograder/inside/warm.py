"""The warm process: torch is imported once, then each examination is a fork.

It never reads a submission: texts, earlier parts and cases go to the fork alone, over a socket of
its own. It imports no specification, no oracle and no solution.

Run as ``python -m autograder.inside.warm FD`` with a connected Unix socket as FD. A request is one
byte: ``F`` with a socket attached forks a child that serves it and answers its process id as 8
bytes; ``K`` and 8 bytes kills that child and answers ``K``.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import struct
import sys
import tempfile
from typing import Any

import torch

from autograder.inside import probe, wire
from autograder.inside.case import Case, Failure, Outcome
from minitransformer.stub import PARTS
from minitransformer.workspace import run_text

PROCESS_ID = struct.Struct("<Q")
MEMORY = 6 * 2**30
FILE_SIZE = 64 * 2**20


def main(control: socket.socket) -> None:
    """Answer requests on ``control`` until the other end closes."""
    torch.set_num_threads(1)
    _load_what_torch_loads_late()
    children: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 9, 1)
        if not message:
            break
        if message[:1] == b"F" and descriptors:
            control.sendall(PROCESS_ID.pack(_fork(control, descriptors[0], children)))
        elif message[:1] == b"K":
            _kill(PROCESS_ID.unpack(message[1:9])[0], children)
            control.sendall(b"K")
    for child in list(children):
        _kill(child, children)


def _fork(control: socket.socket, descriptor: int, children: set[int]) -> int:
    child = os.fork()
    if child == 0:
        try:
            control.close()
            os.setsid()
            serve(socket.socket(fileno=descriptor))
        finally:
            os._exit(0)
    os.close(descriptor)
    children.add(child)
    return child


def _kill(child: int, children: set[int]) -> None:
    if child not in children:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    children.discard(child)


def serve(connection: socket.socket) -> None:
    """Receive one examination, run it, and send one outcome a case."""
    _keep_quiet()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["MINITRANSFORMER_HOME"] = folder
        request = wire.receive(connection)
        _limit(request["seconds"])
        _install(request["uses"])
        target = probe.define(request["text"], request["exercise"])
        for case in request["cases"]:
            _answer(connection, target, case)


def _answer(connection: socket.socket, target: Any, case: Case) -> None:
    failed = isinstance(target, Failure)
    outcome = Outcome(failure=target) if failed else probe.run(target, case)
    try:
        message = wire.pack(outcome)
    except wire.WireError as error:
        message = wire.pack(Outcome(failure=Failure("not data", str(error))))
    connection.sendall(message)


def _install(uses: dict[str, str]) -> None:
    """Put in the earlier parts an answer may call; every other part is nobody's here."""
    sys.modules["solutions"] = None  # type: ignore[assignment]
    for name, source in uses.items():
        PARTS[name].fill(run_text(source, f"earlier part {name}")[name])


def _keep_quiet() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)


def _limit(seconds: float) -> None:
    """Bound memory, processor time and file size of this process and its children."""
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: int(seconds) + 2,
        resource.RLIMIT_FSIZE: FILE_SIZE,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in limits.items():
        resource.setrlimit(kind, (value, value))


def _load_what_torch_loads_late() -> None:
    """Use once what torch imports at first use, so that no fork has to."""
    for device, dtype in (("meta", torch.float32), ("cpu", torch.float64), ("cpu", torch.bfloat16)):
        x = torch.zeros(2, 3, device=device, dtype=dtype, requires_grad=True)
        layer = torch.nn.Linear(3, 3).to(device, dtype)
        y = torch.nn.functional.gelu(layer(x)).masked_fill(x > 0, 0.0).softmax(-1)
        y = torch.cat([y, y]).amax(-1).exp().tril() if y.dim() > 2 else torch.cat([y, y]).exp()
        torch.autograd.grad(y.sum(), x)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
