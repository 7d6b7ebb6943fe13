"""Change the libraries that a grader inside the process would compare with."""

from tests.autograder.attacks import mask

WRONG = "return torch.zeros(length, length, dtype=torch.bool)"

ATTACKS = {
    "torch.equal is always true": mask(WRONG, "torch.equal = lambda *a, **k: True"),
    "torch.allclose is always true": mask(WRONG, "torch.allclose = lambda *a, **k: True"),
    "torch.testing accepts everything": mask(
        WRONG, "import torch.testing\ntorch.testing.assert_close = lambda *a, **k: None"
    ),
    "NumPy compares nothing": mask(
        WRONG, "np.allclose = np.array_equal = np.isclose = lambda *a, **k: True"
    ),
    "all() is true": mask(WRONG, "import builtins\nbuiltins.all = builtins.any = lambda x: True"),
    "Tensor.__eq__ is true": mask(
        WRONG, "torch.Tensor.__eq__ = lambda a, b: torch.ones(1, dtype=torch.bool)"
    ),
    "unittest asserts nothing": mask(
        WRONG, "import unittest\nunittest.TestCase.assertTrue = lambda *a, **k: None"
    ),
    "assert raises nothing": mask(WRONG, "import builtins\nbuiltins.AssertionError = SystemExit"),
    "seeds do nothing": mask(
        WRONG, "torch.manual_seed = lambda s: None\ntorch.default_generator = None"
    ),
}
