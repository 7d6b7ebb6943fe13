"""Arguments that are not plain data, made from data: sublayers, toy models, generators."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from autograder.inside.case import Make


class Workbench:
    """Turns the plain data of a case into tensors and objects of one dtype and device."""

    def __init__(self, dtype: str, device: str) -> None:
        self.dtype: torch.dtype = getattr(torch, dtype)
        self.device = torch.device(device)

    def tensor(self, array: Any) -> Tensor:
        """Return a fresh tensor; floating arrays take the case's dtype."""
        made = torch.tensor(array)
        if made.is_floating_point():
            made = made.to(self.dtype)
        return made.to(self.device)

    def make(self, data: Any, made: dict[str, Any]) -> Any:
        """Return ``data`` with arrays as tensors and each ``Make`` carried out.

        ``made`` holds the arguments made so far: a maker may refer to one by name.
        """
        if isinstance(data, Make):
            return MAKERS[data.kind](self, made, **data.data)
        if isinstance(data, dict):
            return {key: self.make(value, made) for key, value in data.items()}
        if isinstance(data, list | tuple):
            return type(data)(self.make(item, made) for item in data)
        return self.tensor(data) if type(data).__module__ == "numpy" else data


class TableModel:
    """A language model given by a table: the next word's logits depend on the last two words.

    ``logits = table[last] + 0.5 * table[previous]``; it counts the rows and steps it was asked.
    """

    def __init__(self, table: Tensor) -> None:
        self.table = table
        self.calls: list[tuple[int, ...]] = []

    def __call__(self, ids: Tensor) -> Tensor:
        self.calls.append(tuple(ids.shape))
        logits = self.table[ids[:, -1]]  # (n, T) -> (n, V)
        if ids.shape[1] > 1:
            logits = logits + 0.5 * self.table[ids[:, -2]]
        return logits


class LinearModel(nn.Module):
    """A sequence model without a source: logits are a row of a table. It notes its calls.

    The table is kept in two parameters, its upper and its lower half, so that a norm over all
    parameters is not the norm of each.
    """

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        half = len(table) // 2
        self.upper = nn.Parameter(table[:half].clone())
        self.lower = nn.Parameter(table[half:].clone())
        self.decoder_inputs: list[list[list[int]]] = []
        self.sources: list[list[list[int]]] = []
        self.training_seen: list[bool] = []

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        """Return logits (B, T, V) for decoder input ``tgt`` (B, T)."""
        if tgt.device.type != "meta":
            self.decoder_inputs.append(tgt.tolist())
            self.sources.append(src.tolist())
        self.training_seen.append(self.training)
        return self.table[tgt]  # (B, T) -> (B, T, V)

    @property
    def table(self) -> Tensor:
        """The whole table, (V, V)."""
        return torch.cat([self.upper, self.lower])  # (V, V)


class GradientDescent(torch.optim.Optimizer):
    """Plain gradient descent; it spares the seconds that torch.optim's own take to import."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        self.param_groups = [{"params": list(parameters), "lr": lr}]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for parameter in self.param_groups[0]["params"]:
            parameter.grad = None

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Move each parameter against its gradient."""
        for parameter in self.param_groups[0]["params"]:
            if parameter.grad is not None:
                parameter.sub_(parameter.grad, alpha=self.param_groups[0]["lr"])


def _linear(bench: Workbench, made: dict[str, Any], weight: Any, bias: Any) -> Callable:
    """A sublayer x -> x @ weight.T + bias that mixes nothing across positions."""
    weight, bias = bench.tensor(weight), bench.tensor(bias)
    return lambda x: x @ weight.mT + bias


def _table_model(bench: Workbench, made: dict[str, Any], table: Any) -> TableModel:
    return TableModel(bench.tensor(table))


def _linear_model(bench: Workbench, made: dict[str, Any], table: Any) -> LinearModel:
    return LinearModel(bench.tensor(table)).eval()


def _sgd(bench: Workbench, made: dict[str, Any], of: str, lr: float) -> torch.optim.Optimizer:
    return GradientDescent(made[of].parameters(), lr)


def _generator(bench: Workbench, made: dict[str, Any], seed: int) -> torch.Generator:
    return torch.Generator(bench.device if bench.device.type == "cuda" else "cpu").manual_seed(seed)


def _part(
    bench: Workbench, made: dict[str, Any], name: str, build: dict[str, Any], weights: Any
) -> nn.Module:
    """An earlier part of the course, built and given weights, in eval mode."""
    from minitransformer.stub import PARTS

    module = PARTS[name](**bench.make(build, {}))
    if weights is not None:
        load_weights(module, weights, bench)
    return module.to(bench.device, bench.dtype).eval()


def _watched_part(bench: Workbench, made: dict[str, Any], **values: Any) -> nn.Module:
    """A ``part`` that notes the shapes its own linear layers are given, in ``given``."""
    module = _part(bench, made, **values)
    given: list[list[int]] = []
    vars(module)["given"] = given
    for layer in module.children():
        if isinstance(layer, nn.Linear):
            layer.register_forward_pre_hook(lambda _, inputs: given.append(list(inputs[0].shape)))
    return module


def _config(bench: Workbench, made: dict[str, Any], **values: Any) -> Any:
    """A ``TransformerConfig`` with these values."""
    from minitransformer import TransformerConfig

    return TransformerConfig(**values)


def _same(bench: Workbench, made: dict[str, Any], of: str) -> Any:
    """The argument ``of`` made before, in this call or the first: the same object again."""
    return made[of]


MAKERS: dict[str, Callable[..., Any]] = {
    "config": _config,
    "generator": _generator,
    "linear": _linear,
    "linear model": _linear_model,
    "part": _part,
    "same": _same,
    "sgd": _sgd,
    "table model": _table_model,
    "watched part": _watched_part,
}


class WrongWeights(Exception):
    """The module's parameters differ from the contract's in name or shape."""


def load_weights(module: nn.Module, weights: dict[str, Any], bench: Workbench) -> str:
    """Put ``weights`` into the parameters of the same names; return "".

    A parameter may have further names, as where a layer also stands in an ``nn.Sequential``.
    Where names differ and nothing else, the weights go into the parameters in order, and what
    should be called what is returned in words.
    Raises ``WrongWeights`` saying which names or shapes differ from the contract's.
    """
    own = dict(module.named_parameters(remove_duplicate=False))
    known = {id(parameter) for name, parameter in own.items() if name in weights}
    missing = [name for name in weights if name not in own]
    extra = [name for name, parameter in module.named_parameters() if id(parameter) not in known]
    renamed = dict(zip(missing, extra)) if len(missing) == len(extra) else {}
    targets = {name: own.get(renamed.get(name, name)) for name in weights}
    shapes = {name: tuple(target.shape) for name, target in targets.items() if target is not None}
    wrong = [name for name, shape in shapes.items() if shape != weights[name].shape]
    if (missing or extra) and (wrong or not renamed):
        raise WrongWeights(_names_differ(sorted(missing), sorted(extra)))
    if wrong:
        raise WrongWeights(
            f"the parameter {wrong[0]} has shape {shapes[wrong[0]]}, expected "
            f"{weights[wrong[0]].shape}"
        )
    with torch.no_grad():
        for name, array in weights.items():
            target = targets[name]
            assert target is not None
            target.copy_(torch.tensor(array))
    return _renames_in_words(renamed)


def _renames_in_words(renamed: dict[str, str]) -> str:
    """Say which names should be which, without the endings that are the same."""
    pairs = []
    for new, old in renamed.items():
        wanted, found = new.split("."), old.split(".")
        while len(wanted) > 1 and len(found) > 1 and wanted[-1] == found[-1]:
            wanted, found = wanted[:-1], found[:-1]
        pairs.append(f"{'.'.join(found)} should be {'.'.join(wanted)}")
    pairs = list(dict.fromkeys(pairs))
    more = f" and {len(pairs) - 4} more" if len(pairs) > 4 else ""
    return f"names differ from the contract's: {', '.join(pairs[:4])}{more}" if pairs else ""


def _names_differ(missing: list[str], extra: list[str]) -> str:
    words = []
    if missing:
        words.append(f"the contract's {_some(missing)} {_is(missing)} missing")
    if extra:
        words.append(f"{_some(extra)} {_is(extra)} not in the contract")
    return " and ".join(words)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:4])
    return (
        f"parameter {shown}"
        if len(names) == 1
        else f"parameters {shown}" + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    )


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
