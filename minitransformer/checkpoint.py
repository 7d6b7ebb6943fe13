"""A trained translator on disk: safetensors and JSON, never pickle.

A folder holds ``model.safetensors`` (the best weights so far, with the sizes of the model in its
header), ``source.json`` and ``target.json`` (the tokenizers), ``results.json`` (what was measured)
and, while there is something to go on with, ``training.safetensors`` (see ``train``).
Every file is replaced in one step, so that a crash leaves the old one.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from minitransformer import files, workspace
from minitransformer.data.pairs import require_target
from minitransformer.data.tokenizer import Tokenizer
from minitransformer.decoder import Transformer, TransformerConfig
from minitransformer.errors import DataError

SHIPPED = Path(__file__).parent / "data" / "models"
MODEL, TRAINING, RESULTS = "model.safetensors", "training.safetensors", "results.json"
SOURCE, TARGET = "source.json", "target.json"
FILES = (MODEL, TRAINING, RESULTS, SOURCE, TARGET)


@dataclass
class Checkpoint:
    """A model with its tokenizers, and what its file says about it."""

    model: nn.Module
    source: Tokenizer
    target: Tokenizer
    about: dict[str, Any]


def own_folder(to: str) -> Path:
    """Return where the learner's translator into ``to`` is kept."""
    return workspace.home() / "checkpoints" / require_target(to)


def find_folder(to: str) -> tuple[Path, bool]:
    """Return the folder of the translator in use, and whether it is the learner's own."""
    own = own_folder(to)
    if (own / MODEL).is_file():
        return own, True
    return SHIPPED / to, False


def load(folder: Path) -> Checkpoint:
    """Read a translator and put it together from the parts in use.

    Raises ``DataError`` where a file is missing or damaged, or where the weights do not fit the
    parts in use.
    """
    weights, about = read_tensors(folder / MODEL)
    source, target = Tokenizer.load(folder / SOURCE), Tokenizer.load(folder / TARGET)
    model = Transformer(TransformerConfig(**about["config"]))
    load_weights(model, weights, folder / MODEL)
    return Checkpoint(model.eval(), source, target, about)


def load_weights(model: nn.Module, weights: dict[str, Tensor], file: Path) -> None:
    """Put weights into a model; raise ``DataError`` that names the first one that does not fit."""
    wanted = model.state_dict()
    for name in sorted(wanted.keys() | weights.keys()):
        if name not in weights or name not in wanted:
            where = "this model has no such weight" if name in weights else "the file lacks it"
            raise DataError(
                f"{file}: {name}: {where}. The parts in use differ from those that trained it; "
                f"`minitransformer status` shows whose they are. Train again to get a new file."
            )
        if weights[name].shape != wanted[name].shape:
            raise DataError(
                f"{file}: {name} has shape {tuple(weights[name].shape)}, but the model needs "
                f"{tuple(wanted[name].shape)}. Train again to get a new file."
            )
    model.load_state_dict({name: weights[name].to(wanted[name].dtype) for name in wanted})


def save_model(
    folder: Path, model: nn.Module, config: TransformerConfig, about: dict[str, Any]
) -> None:
    """Write the weights, with the sizes of the model and ``about`` in the file's header."""
    write_tensors(folder / MODEL, model.state_dict(), {"config": asdict(config), **about})


def set_aside(folder: Path) -> None:
    """Move the translator in ``folder`` to ``folder/previous``, in place of the one there."""
    found = [folder / name for name in FILES if (folder / name).is_file()]
    if found:
        (folder / "previous").mkdir(exist_ok=True)
    for file in found:
        os.replace(file, folder / "previous" / file.name)


def shrink(folder: Path, out: Path) -> None:
    """Write a smaller copy of a translator, with weights of half precision."""
    weights, about = read_tensors(folder / MODEL)
    out.mkdir(parents=True, exist_ok=True)
    halves = {name: tensor.half() for name, tensor in weights.items()}
    write_tensors(out / MODEL, halves, about)
    for name in (SOURCE, TARGET, RESULTS):
        files.write_text(out / name, (folder / name).read_text(encoding="utf-8"))


# ------------------------------------------------------------------ files


def write_tensors(file: Path, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write tensors and a JSON header as one safetensors file, in one step."""
    from safetensors.torch import save_file

    copies = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    files.replace(file, lambda draft: save_file(copies, draft, {"about": json.dumps(about)}))


def read_tensors(file: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors and the header that ``write_tensors`` wrote, or raise ``DataError``."""
    from safetensors import SafetensorError, safe_open

    if not file.is_file():
        raise DataError(f"{file}: there is no such file. `minitransformer train` writes one.")
    try:
        with safe_open(file, framework="pt") as content:
            about = json.loads((content.metadata() or {})["about"])
            return {name: content.get_tensor(name) for name in content.keys()}, about  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{file}: not a checkpoint of this course, or a damaged one ({error}). Delete it and "
            f"train again."
        ) from None


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return an optimizer's state as named tensors, for ``write_tensors``."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": torch.as_tensor(value)
        for number, values in state.items()
        for name, value in values.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Undo ``optimizer_tensors``."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
