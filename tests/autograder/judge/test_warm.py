"""The warm process: forks of it serve other workers, and PyTorch's compiler is left aside."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autograder.judge.warm import WarmProcess, WarmProcessEnded


@pytest.fixture
def first():
    with WarmProcess() as process:
        yield process


def test_a_sibling_forks_children_of_its_own(first):
    with WarmProcess(control=first.sibling()) as other:
        mine, theirs = first.fork(), other.fork()
        assert first.end(mine).processor_seconds > 0
        assert other.end(theirs).processor_seconds > 0


def test_a_sibling_ends_with_the_first(first):
    other = WarmProcess(control=first.sibling())
    other.end(other.fork())
    first.close()
    with pytest.raises(WarmProcessEnded):
        other.fork()
    other.close()


def test_a_sibling_that_ended_is_started_again_as_a_process_of_its_own(first):
    with WarmProcess(control=first.sibling()) as other:
        first.close()
        with pytest.raises(WarmProcessEnded) as ended:
            other.fork()
        other.restart(ended.value.generation)
        other.end(other.fork())
        assert other.restarts == 1


ASIDE = """
import sys, torch
from autograder.inside import compiler
compiler.leave_aside()
x = torch.zeros(2, 3, device="meta", requires_grad=True)
torch.nn.Linear(3, 3).to("meta")(x).softmax(-1)
p = torch.nn.Parameter(torch.ones(3))
optimizer = torch.optim.Adam([p])
(p**2).sum().backward()
optimizer.step()
assert float(p[0]) < 1
print("torch._dynamo.eval_frame" in sys.modules)
"""
ASKED = """
import torch._dynamo.config
double = torch.compile(lambda x: x * 2, backend="eager")
print(double(torch.ones(1)).item(), "torch._dynamo.eval_frame" in sys.modules)
"""


def _printed(code):
    words = [sys.executable, "-c", code]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


def test_the_compiler_is_not_imported_for_the_meta_device_or_an_optimiser():
    assert _printed(ASIDE) == ["False"]


def test_the_compiler_is_there_for_whoever_asks():
    assert _printed(ASIDE + ASKED) == ["False", "2.0", "True"]
