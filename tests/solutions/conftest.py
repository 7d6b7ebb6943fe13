"""The reference is tested with the shapes of its signatures enforced."""

import importlib
import sys

import pytest
import torch
from jaxtyping import install_import_hook

from minitransformer.lessons import LESSONS
from minitransformer.stub import reference_only

NEEDS_CUDA = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device"),
]


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=NEEDS_CUDA)])
def device(request):
    """Each device on which the reference has to give the same numbers."""
    return request.param


@pytest.fixture(scope="package", autouse=True)
def shapes_enforced():
    """Import ``solutions`` anew so that jaxtyping and beartype check every call."""
    names = [f"solutions.{lesson.name}" for lesson in LESSONS]
    before = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    with install_import_hook("solutions", "beartype.beartype"):
        for name in names:
            importlib.import_module(name)
    yield
    for name in names:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture(autouse=True)
def reference():
    """Nothing that a learner saved takes part; weights and inputs are the same in each run."""
    torch.manual_seed(0)
    with reference_only():
        yield
