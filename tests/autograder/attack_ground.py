"""What attacks are let loose on: a course with canaries, servers that hand out a solution."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.autograder.attacks import SOLUTION

ANSWER = f"def causal_mask(length):\n    {SOLUTION}\n"


@dataclass(frozen=True)
class Ground:
    """Where the canaries are; ``fill`` puts the places into an attack's text."""

    course: Path
    port: int
    abstract: str

    def fill(self, text: str) -> str:
        """Return an attack's text with the real places in it."""
        places = {
            "GRADEBOOK": str(self.course / "gradebook.db"),
            "COURSE": str(self.course),
            "PORT": str(self.port),
            "ABSTRACT": self.abstract,
            "JUDGE": str(os.getpid()),
        }
        for name, place in places.items():
            text = text.replace(name, place)
        return text

    def fingerprint(self) -> str:
        """Return a hash of every file's name and bytes."""
        found = hashlib.sha256()
        for file in sorted(self.course.rglob("*")):
            found.update(str(file).encode() + (file.read_bytes() if file.is_file() else b""))
        return found.hexdigest()


@contextlib.contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Lay out the canaries in ``folder`` and serve solutions until the block ends."""
    for name in ("solution.py", "submitted/other/answer.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(ANSWER)
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as database:
        database.execute("create table grade (score real)")
        database.execute("insert into grade values (1.0)")
        database.execute("create table hint (answer text)")
        database.execute("insert into hint values (?)", (ANSWER,))
        database.commit()
    abstract = f"canary-{os.getpid()}-{folder.name}"
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(f"\0{abstract}")
    unix.listen()
    with socket.create_server(("127.0.0.1", 0)) as loopback, unix:
        for server in (loopback, unix):
            threading.Thread(target=_serve, args=(server,), daemon=True).start()
        yield Ground(folder, loopback.getsockname()[1], abstract)


def _serve(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(5)
                connection.recv(1)
                connection.sendall(ANSWER.encode())
