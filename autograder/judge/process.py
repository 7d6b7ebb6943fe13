"""An answer's text, examined in a process of its own that the judge can kill."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator

from autograder.inside import wire
from autograder.inside.case import Case, Failure, Outcome
from autograder.judge.border import checked, plain_text
from autograder.judge.warm import Ended, WarmProcess, WarmProcessEnded
from autograder.specs import parts_used_by, spec_of
from autograder.texts import answer_text
from minitransformer.errors import CourseError
from minitransformer.lessons import LESSON_OF

__all__ = ["ProcessSubject", "WarmProcess", "checked", "parts_used_by", "plain_text"]

ATTEMPTS = 2
SECONDS = 20.0  # for what has no specification


class ProcessSubject:
    """The text of an exercise cell, run in a child of ``warm``.

    The child gets the reference's earlier parts that the exercise's contract names, no others.
    ``seconds`` is the longest an examination may take, the specification's where it is None. After
    a run, ``ended`` says how the child ended and what it used.
    """

    def __init__(
        self, exercise: str, text: str, warm: WarmProcess, seconds: float | None = None
    ) -> None:
        self.exercise = exercise
        self.text = text
        self.warm = warm
        self.seconds = seconds or SECONDS
        self.uses: list[str] = []
        if exercise in LESSON_OF:
            self.seconds = seconds or spec_of(exercise).seconds
            self.uses = parts_used_by(exercise)
        self.ended: Ended | None = None

    def run(self, cases: list[Case]) -> Iterator[Outcome]:
        """Yield one outcome a case; a crash or a late answer fails the rest of the cases.

        Where the warm process itself ends, it is started again and the examination repeated once.
        Raises ``CourseError`` when that fails too, or when the sandbox cannot be put up.
        """
        for _ in range(ATTEMPTS):
            try:
                yield from self._examined(cases)
                return
            except WarmProcessEnded as error:
                self.warm.restart(error.generation)
        raise CourseError(
            f"the process that examines answers ended {ATTEMPTS} times while {self.exercise} was "
            f"examined. Is the machine out of memory? Nothing was graded."
        )

    def _examined(self, cases: list[Case]) -> list[Outcome]:
        seconds = self.seconds
        child = self.warm.fork()  # waits until the warm process is ready
        outcomes: list[Outcome] = []
        failure: Failure | None = None
        try:
            deadline = time.monotonic() + seconds
            failure = self._begin(child.connection, deadline, seconds)
            while failure is None and len(outcomes) < len(cases):
                case = cases[len(outcomes)]
                answer = _ask(child.connection, case, deadline, seconds)
                if isinstance(answer, Failure):
                    failure = answer
                else:
                    outcomes.append(answer)
        finally:
            self.ended = self.warm.end(child)
        if failure is not None and failure.kind == "crashed":
            failure = Failure("crashed", _how(self.ended, seconds))
        return outcomes + [Outcome(failure=failure)] * (len(cases) - len(outcomes))

    def _begin(self, connection: socket.socket, deadline: float, seconds: float) -> Failure | None:
        request = {
            "exercise": self.exercise,
            "text": self.text,
            "uses": {name: answer_text(name) for name in self.uses},
            "seconds": seconds,
        }
        try:
            wire.send(connection, request, deadline)
        except TimeoutError:
            return _late(seconds)
        except (wire.WireError, OSError):
            return Failure("crashed", "")
        return None


def _ask(
    connection: socket.socket, case: Case, deadline: float, seconds: float
) -> Outcome | Failure:
    """Send one case and return its outcome, or why there is none."""
    try:
        wire.send(connection, wire.question(case), deadline)
        return checked(wire.receive(connection, deadline), case)
    except TimeoutError:
        return _late(seconds)
    except (wire.WireEnded, OSError):
        return Failure("crashed", "")
    except wire.WireError as error:
        return Failure("no evidence", f"what came back cannot be read: {plain_text(str(error))}")


def _late(seconds: float) -> Failure:
    return Failure("timeout", f"it did not finish within {seconds:g} seconds")


def _how(ended: Ended, seconds: float) -> str:
    """Say how a child ended that did not answer; it was alive where the judge had to kill it."""
    if ended.code >= 0:
        return f"the process ended itself with exit code {ended.code} while it ran your code"
    if -ended.code == signal.SIGKILL:
        if ended.processor_seconds >= seconds:
            return f"it used more than {seconds:g} seconds of processor time"
        return "the process was stopped while it ran your code (did it run out of memory?)"
    name = signal.strsignal(-ended.code) or f"signal {-ended.code}"
    return f"the process crashed while it ran your code ({name.lower()})"
