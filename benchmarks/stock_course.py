"""The same exercises as a plain nbgrader course: assert cells, run in the student's kernel.

The notebooks are the lessons' own, with asserts in place of the checks; or, ``bare``, only what is
needed to grade: one cell of imports, the exercises, their tests.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.notebooks import build, check_cell_id
from autograder.specs import spec_of
from autograder.texts import solved_text
from minitransformer.lessons import Lesson
from tests.autograder.fake_class import nbgrader

IMPORTS = """\
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minitransformer import AddNorm, FeedForward, LayerNorm, MultiHeadAttention, fill, softmax
"""

TESTS = {
    "scaled_dot_product_attention": """\
torch.manual_seed(1)
query, key, value = torch.randn(2, 3, 4, 6), torch.randn(2, 3, 5, 6), torch.randn(2, 3, 5, 7)
output, weights = scaled_dot_product_attention(query, key, value)
assert output.shape == (2, 3, 4, 7) and weights.shape == (2, 3, 4, 5)
assert torch.allclose(output, F.scaled_dot_product_attention(query, key, value), atol=1e-5)
mask = torch.rand(2, 1, 4, 5) < 0.7
mask[..., 0] = True
output, weights = scaled_dot_product_attention(query, key, value, mask)
expected = F.scaled_dot_product_attention(query, key, value, mask.expand(2, 3, 4, 5))
assert torch.allclose(output, expected, atol=1e-5)
assert torch.allclose(weights.sum(-1), torch.ones(2, 3, 4), atol=1e-5)
""",
    "padding_mask": """\
ids = torch.tensor([[5, 6, 0], [7, 0, 0]])
mask = padding_mask(ids, 0)
assert mask.dtype == torch.bool and mask.shape == (2, 1, 1, 3)
assert mask[:, 0, 0].tolist() == [[True, True, False], [True, False, False]]
""",
    "causal_mask": """\
mask = causal_mask(4)
assert mask.dtype == torch.bool and mask.shape == (4, 4)
assert mask.tolist() == [[column <= row for column in range(4)] for row in range(4)]
""",
    "EncoderLayer": """\
from solutions.encoder import EncoderLayer as Reference
torch.manual_seed(1)
x, mask = torch.randn(2, 5, 12), torch.rand(2, 1, 1, 5) < 0.7
mask[..., 0] = True
for norm_first in (False, True):
    reference = Reference(12, 3, 20, norm_first=norm_first).eval()
    layer = EncoderLayer(12, 3, 20, norm_first=norm_first).eval()
    layer.load_state_dict(reference.state_dict())
    assert layer(x).shape == x.shape
    assert torch.allclose(layer(x), reference(x), atol=1e-5)
    assert torch.allclose(layer(x, mask), reference(x, mask), atol=1e-5)
""",
    "Encoder": """\
from solutions.encoder import Encoder as Reference
torch.manual_seed(1)
for layers in (1, 3):
    for norm_first in (False, True):
        reference = Reference(layers, 12, 3, 20, norm_first=norm_first).eval()
        encoder = Encoder(layers, 12, 3, 20, norm_first=norm_first).eval()
        encoder.load_state_dict(reference.state_dict())
        assert torch.allclose(encoder(x), reference(x), atol=1e-5)
        assert torch.allclose(encoder(x, mask), reference(x, mask), atol=1e-5)
""",
}

CONFIG = """\
import os
import sys
from pathlib import Path

os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
c = get_config()
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.root = {root!r}
c.ClearSolutions.code_stub = {{"python": "raise NotImplementedError"}}
"""


def make_stock_course(folder: Path, lessons: tuple[Lesson, ...], bare: bool = False) -> Path:
    """Make the plain course and its release; return its folder."""
    folder.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(CONFIG.format(root=str(folder)))
    for lesson in lessons:
        file = folder / "source" / lesson.notebook / f"{lesson.notebook}.ipynb"
        file.parent.mkdir(parents=True)
        nbformat.write(_bare(lesson) if bare else _whole(lesson), file)
    nbgrader(folder, "generate_assignment", "--assignment=*")
    return folder


def _whole(lesson: Lesson) -> nbformat.NotebookNode:
    """Return the lesson's notebook, its checks replaced by asserts."""
    notebook = build(lesson, for_nbgrader=True)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    for part in lesson.parts:
        cells[check_cell_id(part)].source = f"{IMPORTS}\n{TESTS[part]}"
    return notebook


def _bare(lesson: Lesson) -> nbformat.NotebookNode:
    cells = [new_code_cell(IMPORTS)]
    for part in lesson.parts:
        answer = new_code_cell(solved_text(part).strip("\n"))
        answer.metadata["nbgrader"] = _marks(part, solution=True)
        test = new_code_cell(TESTS[part])
        test.metadata["nbgrader"] = _marks(f"check_{part}", points=spec_of(part).points)
        cells += [answer, test]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _marks(name: str, solution: bool = False, points: float | None = None) -> dict[str, object]:
    marks: dict[str, object] = {
        "schema_version": 3,
        "grade_id": name,
        "cell_type": "code",
        "grade": not solution,
        "solution": solution,
        "locked": not solution,
        "task": False,
    }
    return marks if points is None else marks | {"points": points}
