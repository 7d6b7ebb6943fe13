"""What the sandbox really holds back on this machine: every escape is attempted."""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.judge import sandbox
from autograder.judge.escapes import Escape, Places, escapes, text_of
from autograder.judge.process import ProcessSubject
from autograder.judge.warm import WarmProcess
from autograder.specs import spec_of

EXERCISE = "causal_mask"
SECONDS = 2.0
SECRET = "AUTOGRADER_DOCTOR_SECRET"


@dataclass(frozen=True)
class Row:
    """What came of one escape; ``shown``: the same attempt succeeds outside the walls."""

    escape: str
    blocked: bool
    shown: bool
    needs: str = ""

    def words(self) -> str:
        """Return the row as one line."""
        held = "blocked" if self.blocked else "OPEN"
        if self.shown:
            return f"{held:<9}{self.escape}"
        lacking = self.needs or "its control failed"
        return f"{held:<9}{self.escape} (not shown here: needs {lacking})"


@dataclass(frozen=True)
class Report:
    """The doctor's findings; ``problem`` says why there is no sandbox, empty where there is."""

    problem: str
    rows: tuple[Row, ...]

    @property
    def well(self) -> bool:
        """True where there is a sandbox and it blocks every escape."""
        return not self.problem and all(row.blocked for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """Return the findings as ``autograder doctor --json`` prints them."""
        return {
            "well": self.well,
            "problem": self.problem,
            "user": "root" if os.getuid() == 0 else "ordinary",
            "escapes": [vars(row) for row in self.rows],
        }


def examine_machine() -> Report:
    """Attempt every escape, with the walls where there are any, and once outside of them."""
    problem = sandbox.problem()
    os.environ[SECRET] = "secret"
    try:
        with WarmProcess(secure=not problem) as warm, _places(warm) as places:
            rows = tuple(_row(escape, warm, places) for escape in escapes(places))
    finally:
        del os.environ[SECRET]
    return Report(problem, rows)


@contextlib.contextmanager
def _places(warm: WarmProcess) -> Iterator[Places]:
    """Make what the attempts aim at, and a second examination beside them."""
    with (
        tempfile.TemporaryDirectory(dir=Path.home(), prefix=".autograder-doctor-") as home,
        tempfile.TemporaryDirectory() as outside,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        file, gradebook = Path(home) / "private.txt", Path(home) / "gradebook.db"
        file.write_text("private", encoding="utf-8")
        with contextlib.closing(sqlite3.connect(gradebook)) as database:
            database.execute("create table grade (score real)")
            database.commit()
        other = warm.fork()
        try:
            yield Places(
                str(file),
                str(gradebook),
                outside=str(Path(outside) / "written"),
                left=str(Path(outside) / "left"),
                port=server.getsockname()[1],
                judge=os.getpid(),
                other=other.process,
            )
        finally:
            warm.end(other)


def _row(escape: Escape, warm: WarmProcess, places: Places) -> Row:
    text = text_of(escape)
    blocked = not any(_escaped(text, warm) for _ in range(2))  # what the first one leaves behind
    shown = any(_escaped_outside(text, places) for _ in range(2))
    return Row(escape.name, blocked, shown, escape.needs)


def _escaped(text: str, warm: WarmProcess) -> bool:
    case = spec_of(EXERCISE).draw_cases(0)[0]
    (outcome,) = ProcessSubject(EXERCISE, text, warm, SECONDS).run([case])
    failure = outcome.failure
    return failure is None or failure.message.startswith("Escaped")


def _escaped_outside(text: str, places: Places) -> bool:
    """Run the same attempt as a plain program, as a control."""
    with tempfile.TemporaryDirectory() as folder, open(places.gradebook, "rb") as file:
        done = subprocess.run(
            [sys.executable, "-c", f"{text}\ncausal_mask(3)"],
            cwd=Path(places.left).parent,
            env=os.environ | {"TMPDIR": folder},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=[file.fileno()],
            timeout=60,
            check=False,
        )
    return done.stderr.decode(errors="replace").strip().endswith("Escaped")
