"""Run one case on an answer and describe what happened, as plain data."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from autograder.inside.case import Case, Failure, Outcome, TensorValue
from autograder.inside.makers import (
    LinearModel,
    TableModel,
    Workbench,
    WrongWeights,
    load_weights,
)
from autograder.inside.watch import Watch
from autograder.inside.wire import WireError
from minitransformer.errors import MissingPart
from minitransformer.stub import source_is_untouched
from minitransformer.workspace import python_of, run_text

LABEL = "your cell"
MAX_ELEMENTS = 4_000_000
MAX_ITEMS, MAX_LETTERS = 100_000, 100_000
MAX_WORDS = 600


def define(text: str, exercise: str) -> Any | Failure:
    """Run the text of an exercise cell; return what it defines, or why it does not."""
    try:
        text = python_of(text)
        if source_is_untouched(text, exercise):
            return Failure("not written", f"{exercise} is not filled in yet")
    except SyntaxError as error:
        line = error.text.strip() if error.text else ""
        return Failure("does not run", f"{error.msg}", error.lineno, line[:200])
    except ValueError:
        return Failure("does not run", "the text holds null bytes; it is not Python")
    except (RecursionError, MemoryError):
        return Failure("does not run", "the text is nested too deeply to be read as Python")
    try:
        names = run_text(text, LABEL)
    except Late as error:
        return Failure("timeout", str(error))
    except BaseException as error:
        return describe(error, "does not run")
    if exercise not in names or names[exercise] is _course_part(exercise):
        return Failure("undefined", _undefined(text, exercise, names))
    if not callable(names[exercise]):
        kind = type(names[exercise]).__name__
        return Failure("undefined", f"{exercise} is of type {kind}, not a function or class")
    return names[exercise]


class Late(BaseException):
    """The time that an answer may take is over."""


def _undefined(text: str, exercise: str, names: dict[str, Any]) -> str:
    """Say what a cell defines in place of the exercise."""
    if not text.strip():
        return f"the cell is empty: it does not define {exercise}"
    own = [name for name, value in names.items() if getattr(value, "__module__", "") == "exercise"]
    found = f". It defines {', '.join(own[:3])}: keep the exercise's name" if own else ""
    return f"the cell does not define {exercise}{found}"


def _course_part(exercise: str) -> Any:
    from minitransformer.stub import PARTS

    return PARTS.get(exercise)


def describe(error: BaseException, kind: str = "raised") -> Failure:
    """Return an exception in words, with the line of the answer it came from."""
    line, source = None, ""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == f"<{LABEL}>":
            line, source = frame.lineno, (frame.line or "").strip()
    if isinstance(error, NotImplementedError) and source.startswith("raise NotImplementedError"):
        return Failure("not written", "it still raises NotImplementedError", line, source)
    if isinstance(error, MissingPart):
        return Failure("raised", str(error)[:MAX_WORDS], line, source)
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Failure(kind, words[:MAX_WORDS], line, source[:200])


def run(target: Any, case: Case, watched: bool = True) -> Outcome:
    """Build, call and report one case. Never raises for what the answer does.

    Which torch functions it calls is only noted where it is ``watched``; that takes time.
    """
    started = time.perf_counter()
    watch = Watch()
    try:
        outcome = _run(target, case, watch if watched else contextlib.nullcontext())
    except WrongWeights as error:
        outcome = Outcome(failure=Failure("wrong weights", str(error)))
    except WireError as error:
        outcome = Outcome(failure=Failure("not data", str(error)))
    except Late as error:
        outcome = Outcome(failure=Failure("timeout", str(error)))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        outcome = Outcome(failure=_on_device(describe(error), case))
    return dataclasses.replace(
        outcome,
        seconds=time.perf_counter() - started,
        called=tuple(sorted(watch.names)),
        operations=watch.operations,
        largest=watch.largest,
    )


def _on_device(failure: Failure, case: Case) -> Failure:
    """Tell a device mistake from an operation that only cannot run without data."""
    if case.device != "meta" or failure.kind != "raised":
        return failure
    words = failure.message.lower()
    mixed = "same device" in words or "two devices" in words or "expected device" in words
    kind = "device" if mixed else "looks at data"
    return Failure(kind, failure.message, failure.line, failure.source)


def _run(target: Any, case: Case, watch: contextlib.AbstractContextManager[Any]) -> Outcome:
    _seed(case)
    bench = Workbench(case.dtype, case.device)
    built = bench.make(case.build, {})
    call, module, names = _callable(target, case, built, bench)
    made: dict[str, Any] = {}
    for name, data in case.arguments.items():
        made[name] = bench.make(data, made)
    if case.gradients:
        for name in case.gradients:
            made[name].requires_grad_(True)
    with watch:
        results = [call(**made)]
    for further in case.calls:
        extra: dict[str, Any] = {}
        for name, data in further.items():
            extra[name] = bench.make(data, made | extra)
        with watch:
            results.append(call(**extra))
    gradients = {}
    if case.gradients or case.cotangents:
        gradients = _gradients(results[0], case, made, module, bench)
    return Outcome(
        value=plain(tuple(results) if case.calls else results[0]),
        failure=Failure("wrong weights", names) if names else None,
        gradients=gradients,
        inputs={name: _array(value) for name, value in made.items() if _has_data(value)},
        parameters=_shapes(module.named_parameters()) if module is not None else {},
        buffers=_shapes(module.named_buffers()) if module is not None else {},
        observed={name: _observe(((built or {}) | made)[name]) for name in case.observe},
    )


def _seed(case: Case) -> None:
    """Seed the generators that the case can meet; ``torch.manual_seed`` takes milliseconds."""
    torch.default_generator.manual_seed(case.seed)
    if case.device == "cuda":
        torch.cuda.manual_seed(case.seed)


def _callable(
    target: Any, case: Case, built: dict[str, Any] | None, bench: Workbench
) -> tuple[Callable[..., Any], nn.Module | None, str]:
    """Return what to call, the module, and which of its parameters have other names, in words."""
    if built is None:
        return target, None, ""
    module = target(**built)
    if not isinstance(module, nn.Module):
        raise TypeError("the class has to be a torch.nn.Module")
    names = load_weights(module, case.weights, bench) if case.weights is not None else ""
    if names and case.gradients:
        raise WrongWeights(names)
    module = module.to(bench.device, bench.dtype)
    module.train(case.mode == "train")
    if case.method == "forward":
        return module, module, names
    return getattr(module, case.method), module, names


def _gradients(
    result: Any, case: Case, made: dict[str, Any], module: nn.Module | None, bench: Workbench
) -> dict[str, np.ndarray | None]:
    outputs = list(result) if isinstance(result, tuple | list) else [result]
    scalar = torch.zeros((), dtype=bench.dtype, device=bench.device)
    for output, cotangent in zip(outputs, case.cotangents):
        if cotangent is not None:
            scalar = scalar + (output * bench.tensor(cotangent)).sum()
    wanted = {name: made[name] for name in case.gradients}
    if module is not None:
        own = dict(module.named_parameters(remove_duplicate=False))
        names = list(case.weights or [name for name, _ in module.named_parameters()])
        wanted |= {f"parameter {name}": own[name] for name in names}
    if not scalar.requires_grad:
        return dict.fromkeys(wanted)
    found = torch.autograd.grad(scalar, list(wanted.values()), allow_unused=True)
    return {name: None if g is None else _array(g) for name, g in zip(wanted, found)}


def _observe(value: Any) -> Any:
    if isinstance(value, TableModel):
        return {"calls": [list(shape) for shape in value.calls]}
    if isinstance(value, LinearModel):
        return {
            "table": _array(value.table),
            "decoder_inputs": value.decoder_inputs,
            "sources": value.sources,
            "training_seen": value.training_seen,
        }
    if isinstance(value, nn.Module) and "given" in vars(value):
        return {"given": vars(value)["given"]}
    if isinstance(value, dict | list):
        return value
    raise TypeError(f"{type(value).__name__} cannot be observed")


def _shapes(named: Any) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in named}


def _has_data(value: Any) -> bool:
    return isinstance(value, Tensor) and value.device.type != "meta"


def _array(tensor: Tensor) -> np.ndarray:
    """Return a tensor's values as a base NumPy array; half precisions widen to float32."""
    plain_tensor = _base(tensor).detach().to("cpu")
    if plain_tensor.dtype in (torch.bfloat16, torch.float16):
        plain_tensor = plain_tensor.float()
    if plain_tensor.layout != torch.strided:
        plain_tensor = plain_tensor.to_dense()
    return np.array(plain_tensor.resolve_conj().resolve_neg().numpy())


def _base(tensor: Tensor) -> Tensor:
    """Return a tensor without what a subclass has overridden."""
    if type(tensor) is Tensor:
        return tensor
    with torch._C.DisableTorchFunctionSubclass():
        return tensor.as_subclass(Tensor)


KINDS = {
    "ndarray": "a NumPy array: stay with torch, which keeps gradients and devices",
    "generator": "a generator: return once, do not yield",
    "coroutine": "a coroutine: leave async out",
    "function": "a function that was not called",
    "method": "a method that was not called",
    "builtin_function_or_method": "a method that was not called",
    "type": "a class, not an object",
}


def plain(value: Any, depth: int = 0) -> Any:
    """Return an answer's result as plain data; raises ``WireError`` for anything else."""
    if depth > 8:
        raise WireError("the result is nested too deeply")
    if isinstance(value, Tensor):
        value = _base(value)
        if value.numel() > MAX_ELEMENTS:
            raise WireError(f"the result has {value.numel()} elements; far too many")
        array = _array(value) if value.device.type != "meta" else None
        dtype = str(value.dtype).removeprefix("torch.")
        return TensorValue(array, dtype, value.device.type, tuple(value.shape))
    if value is None or isinstance(value, bool | int | float | str):
        return _plain_scalar(value)
    if isinstance(value, tuple | list):
        if len(value) > MAX_ITEMS:
            raise WireError(f"the result has {len(value)} items; far too many")
        items = [plain(item, depth + 1) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    kind = type(value).__name__
    raise WireError(f"the result is {KINDS.get(kind, f'of type {kind}')}")


def _plain_scalar(value: Any) -> Any:
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            scalar = kind(value)
            if isinstance(scalar, int) and scalar.bit_length() > 63:
                raise WireError(f"the result is a whole number of {scalar.bit_length()} bits")
            if isinstance(scalar, str) and len(scalar) > MAX_LETTERS:
                raise WireError(f"the result is a text of {len(scalar)} letters; far too long")
            return scalar
    return None
