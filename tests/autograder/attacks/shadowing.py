"""Put other modules in the place of the real ones."""

from tests.autograder.attacks import mask

WRONG = "return torch.zeros(length, length, dtype=torch.bool)"

ATTACKS = {
    "a torch.py in the working folder": mask(
        WRONG,
        "import sys\nopen('torch.py', 'w').write('equal = lambda *a: True')\n"
        "sys.path.insert(0, '.')\nsys.modules.pop('torch')\nimport torch as shadow",
    ),
    "a numpy.py in the working folder": mask(
        WRONG,
        "import sys\nopen('numpy.py', 'w').write('')\nsys.path.insert(0, '.')\ndel sys.modules['numpy']",
    ),
    "a solutions package of its own": mask(
        "from minitransformer import causal_mask as m\nreturn m(length)",
        "import sys, types\nm = types.ModuleType('solutions.attention')\n"
        "m.causal_mask = lambda n: torch.zeros(n, n, dtype=torch.bool)\n"
        "sys.modules['solutions'] = types.ModuleType('solutions')\nsys.modules['solutions.attention'] = m",
    ),
    "an autograder of its own": mask(
        WRONG, "import sys, types\nsys.modules['autograder'] = types.ModuleType('autograder')"
    ),
    "an import hook": mask(
        WRONG,
        "import sys\nclass Hook:\n    def find_spec(s, name, path=None, target=None):\n"
        "        raise SystemExit(0)\nsys.meta_path.insert(0, Hook())",
    ),
    "every module replaced": mask(
        WRONG,
        "import sys, unittest.mock\nfor n in list(sys.modules):\n    sys.modules[n] = unittest.mock.MagicMock()",
    ),
    "a profiler that changes what returns": mask(
        WRONG, "import sys\nsys.setprofile(lambda f, e, a: f.f_locals.update(passed=True))"
    ),
}
