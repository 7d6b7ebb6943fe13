"""What an exercise asks for: cases, the oracle's answers, properties, points, misconceptions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.inside.case import Case, Failure, Make, Outcome, TensorValue

TOLERANCE = {"float32": 1e-5, "float64": 1e-6, "bfloat16": 4e-2}


@dataclass(frozen=True)
class Check:
    """One property of an exercise, with its points.

    The first check of an exercise is its gate: where it fails, no other check earns points.
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
    """

    exercise: str
    checks: tuple[Check, ...]
    cases: Callable[[Draw], Iterable[Case]]
    oracle: Callable[[Case], Any]
    uses: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    problem: Callable[[Case, Outcome], str | None] | None = None
    seconds: float = 20.0

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
        return _failure_in_words(case, outcome.failure)
    if specification.problem is not None:
        problem = specification.problem(case, outcome)
        if problem != COMPARE:
            return problem
    if case.gradients or case.cotangents:
        return _gradient_problem(specification, case, outcome)
    expected = specification.oracle(case)
    return difference(expected, outcome.value, case, names=specification.results)


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
        return f"{failure.message}, expected a tensor or what the contract names"
    return f"{where}{failure.message}"


def difference(
    expected: Any,
    value: Any,
    case: Case,
    place: str = "the result",
    names: tuple[str, ...] = (),
) -> str | None:
    """Say in words how ``value`` differs from ``expected``; None where it does not.

    ``place`` is what the value is called, ``names`` what its items are called.
    """
    if isinstance(expected, np.ndarray | np.generic):
        return _tensor_difference(np.asarray(expected), value, case, place)
    if isinstance(expected, tuple | list):
        return _sequence_difference(expected, value, case, place, names)
    if isinstance(expected, float):
        return _number_difference(expected, value, case, place)
    if type(value) is not type(expected) or value != expected:
        return f"{place} is {_short(value)}, expected {_expected_words(expected, case)}"
    return None


def _sequence_difference(
    expected: Any, value: Any, case: Case, place: str, names: tuple[str, ...]
) -> str | None:
    if not isinstance(value, tuple | list):
        return f"{place} is {_kind(value)}, expected {len(expected)} values in a tuple or list"
    if len(value) != len(expected):
        return f"{place} has {len(value)} values, expected {len(expected)}"
    for number, (wanted, found) in enumerate(zip(expected, value)):
        item = names[number] if number < len(names) else f"value {number + 1} of {place}"
        problem = difference(wanted, found, case, item)
        if problem:
            return problem
    return None


def _number_difference(expected: float, value: Any, case: Case, place: str) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{place} is {_kind(value)}, expected a Python float"
    if not np.isfinite(value):
        return f"{place} is {value}"
    if abs(value - expected) > case.tolerance * max(1.0, abs(expected)):
        return f"{place} is off by {abs(value - expected):.3g}"
    return None


def _tensor_difference(expected: np.ndarray, value: Any, case: Case, place: str) -> str | None:
    if not isinstance(value, TensorValue):
        return f"{place} is {_kind(value)}, expected a tensor"
    if value.shape != expected.shape:
        return f"{place} has shape {value.shape}, expected {expected.shape}"
    dtype = _expected_dtype(expected, case)
    if value.dtype != dtype:
        return f"{place} has dtype {value.dtype}, expected {dtype}"
    if value.device != case.device:
        return f"{place} is on the device {value.device}, expected the input's, {case.device}"
    if value.array is None:
        return None if case.device == "meta" else f"{place} came without its numbers"
    return _array_difference(expected, value.array, case, place)


def _expected_dtype(expected: np.ndarray, case: Case) -> str:
    floating = np.issubdtype(expected.dtype, np.floating)
    return case.dtype if floating else str(expected.dtype)


def _array_difference(
    expected: np.ndarray, array: np.ndarray, case: Case, place: str
) -> str | None:
    if array.shape != expected.shape:
        return f"{place} has shape {array.shape}, expected {expected.shape}"
    if expected.dtype == np.bool_ or np.issubdtype(expected.dtype, np.integer):
        wrong = int((array != expected).sum())
        return f"{wrong} of {expected.size} entries of {place} are wrong" if wrong else None
    array = np.where(np.isnan(expected), 0.0, array.astype(np.float64))  # NaN: anything goes
    expected = np.nan_to_num(expected)
    odd = int((~np.isfinite(array)).sum())
    if odd:
        name = "NaN" if np.isnan(array).any() else "infinity"
        return f"{place} holds {name} ({odd} of {array.size} entries)"
    error = np.abs(array - expected)
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    wrong = int((error > case.tolerance * scale).sum())
    if not wrong:
        return None
    return (
        f"{wrong} of {array.size} numbers of {place} are wrong, the worst by {error.max():.3g} "
        f"(allowed: {case.tolerance * scale:.1g})"
    )


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


def _gradient_problem(specification: Specification, case: Case, outcome: Outcome) -> str | None:
    """Compare gradients with the oracle's derivative along random directions.

    Each is one number: the sum of gradient times direction. First all together, then, where that
    differs, one by one to name the one at fault.
    """
    wanted = {*case.gradients, *(f"parameter {name}" for name in case.weights or {})}
    if not wanted <= set(outcome.gradients):
        return "the gradients did not come back"
    for name, gradient in outcome.gradients.items():
        words = f"the {name}" if name.startswith("parameter ") else f"the input {name}"
        if gradient is None:
            return f"no gradient reaches {words}: something cuts it off (detach, item, no_grad)"
        if not np.isfinite(gradient).all():
            return f"the gradient of {words} holds NaN or infinity"
    directions = _directions(outcome.gradients, case.seed)
    if _agrees(specification, case, outcome.gradients, directions):
        return None
    for name, gradient in outcome.gradients.items():
        if not _agrees(specification, case, {name: gradient}, {name: directions[name]}):
            words = f"the {name}" if name.startswith("parameter ") else f"the input {name}"
            return f"the gradient of {words} is wrong"
    return "the gradients are wrong"


def _directions(gradients: dict[str, Any], seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed + 1)
    return {name: generator.normal(size=np.shape(g)) for name, g in gradients.items()}


def _agrees(
    specification: Specification,
    case: Case,
    gradients: dict[str, Any],
    directions: dict[str, np.ndarray],
) -> bool:
    """True when the claimed change along the directions is the oracle's.

    The smaller step is for the rare draw that lies on a kink, such as ReLU's at zero.
    """
    if any(np.shape(gradients[name]) != _shape_of(case, name) for name in gradients):
        return False
    claimed = sum(float((gradients[name] * directions[name]).sum()) for name in gradients)
    for step in (1e-6, 1e-9):
        ahead = _scalar(specification, _moved(case, directions, step))
        behind = _scalar(specification, _moved(case, directions, -step))
        expected = (ahead - behind) / (2 * step)
        if abs(claimed - expected) <= 1e-4 * max(1.0, abs(expected)):
            return True
    return False


def _shape_of(case: Case, name: str) -> tuple[int, ...]:
    if name.startswith("parameter "):
        return np.shape((case.weights or {})[name.removeprefix("parameter ")])
    return np.shape(case.arguments[name])


def _moved(case: Case, directions: dict[str, np.ndarray], step: float) -> Case:
    arguments = {name: _as_float64(value) for name, value in case.arguments.items()}
    weights = {name: _as_float64(value) for name, value in (case.weights or {}).items()}
    for name, direction in directions.items():
        if name.startswith("parameter "):
            key = name.removeprefix("parameter ")
            weights[key] = weights[key] + step * direction
        else:
            arguments[name] = arguments[name] + step * direction
    return dataclasses.replace(case, arguments=arguments, weights=weights or None)


def _as_float64(value: Any) -> Any:
    if isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating):
        return value.astype(np.float64)
    return value


def _scalar(specification: Specification, case: Case) -> float:
    result = specification.oracle(case)
    outputs = list(result) if isinstance(result, tuple | list) else [result]
    return sum(
        float((np.asarray(output) * cotangent).sum())
        for output, cotangent in zip(outputs, case.cotangents)
        if cotangent is not None
    )


def _kind(value: Any) -> str:
    if isinstance(value, TensorValue):
        return f"a tensor of shape {value.shape}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)} values"
    return "None" if value is None else f"a {type(value).__name__}"


def _short(value: Any) -> str:
    if isinstance(value, int | float | str | bool) and len(repr(value)) < 60:
        return repr(value)
    return _kind(value)


def _expected_words(expected: Any, case: Case) -> str:
    """Show the expected value only where the inputs are public."""
    return repr(expected) if case.public else f"another {type(expected).__name__}"
