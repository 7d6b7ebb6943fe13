"""What an exercise asks for: cases, the oracle's answers, properties, points, misconceptions."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.comparison import difference
from autograder.gradients import gradient_problem
from autograder.hints import exception_hint
from autograder.inside.case import Case, Failure, Make, Outcome

TOLERANCE = {"float32": 1e-5, "float64": 1e-6, "bfloat16": 4e-2}


@dataclass(frozen=True)
class Check:
    """One property of an exercise, with its points.

    The first check of an exercise is its gate: where it fails, no other check earns points.
    A check of 0 points decides nothing: where it does not pass, a note tells.
    """

    name: str
    points: float
    title: str


@dataclass(frozen=True)
class Misconception:
    """A small wrong answer that people write, and what to tell them.

    Attributes:
        id: unique in the exercise.
        title: the mistake in one line, said of the learner's answer.
        explanation: two sentences: why it is wrong, and what to think of instead.
        paragraph: the heading in the lesson to read again.
        answer: the wrong implementation itself.
    """

    exercise: str
    id: str
    title: str
    explanation: str
    paragraph: str
    answer: Any


@dataclass(frozen=True)
class Specification:
    """Everything that decides about one exercise.

    Attributes:
        exercise: the part's name.
        checks: the properties, the gate first; their points add up to the exercise's.
        cases: draws the cases from a seeded ``Draw``.
        oracle: a case's expected value, in float64 NumPy: an array, a number, a text, or a
            tuple or list of them. NaN in an array: any number is right there.
        uses: the earlier parts an answer may call; in class it gets the reference's.
        results: what the values of a tuple result are called, such as "the output".
        problem: in place of comparing with the oracle, says in words what is wrong with an
            outcome (None: nothing). For what is not a matter of equal numbers.
        seconds: the longest a whole examination may take.
        shortcuts: names of functions, classes and modules that do what the exercise is to write.
    """

    exercise: str
    checks: tuple[Check, ...]
    cases: Callable[[Draw], Iterable[Case]]
    oracle: Callable[[Case], Any]
    uses: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    problem: Callable[[Case, Outcome], str | None] | None = None
    seconds: float = 20.0
    shortcuts: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """All points of the exercise."""
        return sum(check.points for check in self.checks)

    def draw_cases(self, seed: int) -> list[Case]:
        """Return the cases of ``seed``; raises ``ValueError`` when the specification is wrong."""
        cases = list(self.cases(Draw(seed)))
        known = {check.name for check in self.checks}
        for case in cases:
            if case.check not in known:
                raise ValueError(f"{self.exercise}: case {case.name} has no check {case.check}")
        if len({case.name for case in cases}) != len(cases):
            raise ValueError(f"{self.exercise}: two cases have one name")
        return cases


@dataclass(frozen=True)
class Finding:
    """What a case showed of one check: ``message`` is None where all is well."""

    check: str
    case: str
    message: str | None


class Draw:
    """Draws a case's data from a seed. Floats are exact in float32."""

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)

    def normal(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        """Return normal floats of ``shape`` with standard deviation ``scale``."""
        return (self.generator.normal(size=shape) * scale).astype(np.float32)

    def integers(self, low: int, high: int, *shape: int) -> np.ndarray:
        """Return integers with low <= n < high."""
        return self.generator.integers(low, high, size=shape)

    def whole(self, *shape: int, largest: int = 3) -> np.ndarray:
        """Return small whole numbers as floats, so that sums and products stay exact."""
        return self.generator.integers(-largest, largest + 1, size=shape).astype(np.float32)

    def mask(self, *shape: int, share: float = 0.6) -> np.ndarray:
        """Return a boolean mask in which each row has at least one True and one False."""
        mask = self.generator.random(shape) < share
        length = shape[-1]
        yes = self.generator.integers(0, length, size=shape[:-1])
        no = (yes + 1 + self.generator.integers(0, length - 1, size=shape[:-1])) % length
        np.put_along_axis(mask, yes[..., None], True, axis=-1)
        np.put_along_axis(mask, no[..., None], False, axis=-1)
        return mask

    def size(self, low: int, high: int) -> int:
        """Return one integer with low <= n < high."""
        return int(self.generator.integers(low, high))

    def sizes(self, count: int, low: int, high: int) -> list[int]:
        """Return ``count`` different integers with low <= n < high."""
        return [int(n) for n in low + self.generator.permutation(high - low)[:count]]

    def weights(self, shapes: dict[str, tuple[int, ...]], scale: float = 0.5) -> dict[str, Any]:
        """Return normal weights for a module's parameters, by name."""
        return {name: self.normal(*shape, scale=scale) for name, shape in shapes.items()}


def variants(
    base: Case,
    gradients: tuple[str, ...] = (),
    cotangents: tuple[np.ndarray | None, ...] = (),
    meta: bool = True,
    half: float | None = TOLERANCE["bfloat16"],
) -> Iterator[Case]:
    """Yield the cases every exercise shares, made from one of its own.

    They belong to the checks "precision" (float64, bfloat16), "device" (torch's meta device) and
    "gradients". ``half`` is bfloat16's tolerance; errors add up in a stack of layers.
    """
    yield with_dtype(base, "float64")
    if half is not None:
        yield dataclasses.replace(with_dtype(base, "bfloat16"), tolerance=half)
    if meta:
        yield dataclasses.replace(base, name="meta", check="device", device="meta")
    if gradients or cotangents:
        yield dataclasses.replace(
            base,
            name="gradients",
            check="gradients",
            dtype="float64",
            gradients=gradients,
            cotangents=cotangents,
            tolerance=TOLERANCE["float64"],
        )


def with_dtype(base: Case, dtype: str) -> Case:
    """Return ``base`` for another dtype, its floats rounded to what the dtype can hold."""
    changed = dataclasses.replace(
        base, name=dtype, check="precision", dtype=dtype, tolerance=TOLERANCE[dtype]
    )
    if dtype != "bfloat16":
        return changed
    return dataclasses.replace(
        changed,
        arguments=_rounded(changed.arguments),
        build=_rounded(changed.build),
        weights=_rounded(changed.weights),
        calls=tuple(_rounded(call) for call in changed.calls),
    )


def _rounded(data: Any) -> Any:
    """Cut floats to bfloat16's eight bits of precision."""
    if isinstance(data, np.ndarray) and data.dtype == np.float32:
        return (data.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    if isinstance(data, dict):
        return {key: _rounded(value) for key, value in data.items()}
    if isinstance(data, Make):
        return Make(data.kind, _rounded(data.data))
    return data


def findings(specification: Specification, case: Case, outcome: Outcome) -> list[Finding]:
    """Say what one outcome shows: of the case's own check, and whether inputs were changed."""
    found = [Finding(case.check, case.name, problem_of(specification, case, outcome))]
    if any(check.name == "inputs" for check in specification.checks):
        found.append(Finding("inputs", case.name, _changed_input(case, outcome)))
    return found


def problem_of(specification: Specification, case: Case, outcome: Outcome) -> str | None:
    """Say in words what is wrong with an outcome; None where nothing is."""
    if case.raises:
        return _exception_problem(case, outcome)
    if outcome.failure is not None:
        told = _failure_in_words(case, outcome.failure)
        return f"{told} {ONLY_NAMES}" if _only_names(specification, case, outcome) else told
    if specification.problem is not None:
        problem = _own_problem(specification.problem, case, outcome)
        if problem != COMPARE:
            return problem
    if case.gradients or case.cotangents:
        return gradient_problem(specification.oracle, case, outcome)
    expected = specification.oracle(case)
    return difference(expected, outcome.value, case, names=specification.results)


ONLY_NAMES = "The values are right: only the names differ."


def _only_names(specification: Specification, case: Case, outcome: Outcome) -> bool:
    """True where the weights, put in by order and not by name, give the right values."""
    assert outcome.failure is not None
    if outcome.failure.kind != "wrong weights" or outcome.value is None:
        return False
    nameless = dataclasses.replace(outcome, failure=None)
    return problem_of(specification, case, nameless) is None


def _own_problem(
    problem: Callable[[Case, Outcome], str | None], case: Case, outcome: Outcome
) -> str | None:
    """Ask the specification; an outcome that it cannot even look at is no evidence."""
    try:
        return problem(case, outcome)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return "what came back does not fit what was asked"


COMPARE = "compare with the oracle"
"""What ``Specification.problem`` returns to leave a case to the comparison with the oracle."""


def _exception_problem(case: Case, outcome: Outcome) -> str | None:
    """Say what is wrong where a right answer raises ``case.raises``."""
    failure = outcome.failure
    if failure is None:
        return f"it gave a result where the contract asks for a {case.raises}"
    if failure.kind == "raised" and failure.message.split(":")[0] == case.raises:
        return None
    return f"expected a {case.raises}, but {_failure_in_words(case, failure)}"


def _failure_in_words(case: Case, failure: Failure) -> str | None:
    if failure.kind == "looks at data" and case.device == "meta":
        return None  # fair: only a device mismatch is a fault on the meta device
    where = f"line {failure.line}, `{failure.source}`: " if failure.line and failure.source else ""
    if failure.kind == "device":
        return (
            f"{where}a tensor was made on the CPU although the input is on another device. Give "
            f"new tensors the input's device (device=x.device)."
        )
    if failure.kind == "wrong weights":
        return f"{failure.message}. Give parameters the names and shapes of the contract."
    if failure.kind == "not data":
        return f"{failure.message}. Expected is what the contract names"
    words = failure.message if case.public else without_data(failure.message)
    hint = exception_hint(failure.message)
    told = words or "it failed without a word"
    return f"{where}{told.rstrip('.')}. {hint}" if hint else f"{where}{told}"


def without_data(message: str) -> str:
    """Return an exception's message without decimals and long lists: they may be hidden inputs."""
    message = re.sub(r"-?\d*\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+", "…", message)
    return re.sub(r"(?:(?:-?\d+|True|False|…)[\s,;()\[\]]+){6,}", "… ", message)


def _changed_input(case: Case, outcome: Outcome) -> str | None:
    if outcome.failure is not None or case.device == "meta":
        return None
    for name, before in case.arguments.items():
        if not isinstance(before, np.ndarray):
            continue
        after = outcome.inputs.get(name)
        if after is None:
            return f"the input {name} did not come back"
        same = before.shape == after.shape and np.allclose(
            before.astype(np.float64), after.astype(np.float64), rtol=1e-2, equal_nan=True
        )
        if not same:
            return (
                f"the input {name} was changed in place. Make a new tensor: operations that end "
                f"in an underscore, `+=` and assigning to a slice change the caller's data."
            )
    return None
