"""Fool whoever reads the output in place of the numbers."""

from tests.autograder.attacks import mask

WRONG = "return torch.zeros(length, length, dtype=torch.bool)"

ATTACKS = {
    "a printed score": mask(WRONG, "print('2.0')\nprint('PASSED: 2/2')"),
    "a displayhook": mask(WRONG, "import sys\nsys.displayhook = lambda value: print('2.0')"),
    "an object shown as a score": mask(
        "return Shown()",
        "class Shown:\n    __repr__ = lambda s: '2.0'\n    _repr_html_ = lambda s: '<b>2.0</b>'\n"
        "    _repr_mimebundle_ = lambda s, **k: {'text/plain': '2.0'}",
    ),
    "an IPython transformer": mask(
        WRONG, "get_ipython().input_transformers_cleanup.append(lambda lines: ['2.0'])"
    ),
    "a check of its own": mask(WRONG, "def check(*args): return 2.0\n_ = __ = ___ = 2.0"),
    "a formatter": mask(
        WRONG, "from IPython.display import display\ndisplay({'text/plain': '2.0'}, raw=True)"
    ),
    "an excepthook": mask(
        "raise ValueError", "import sys\nsys.excepthook = lambda *a: print('2.0')"
    ),
    "a magic": mask(WRONG, "%load_ext autoreload\n!touch COURSE/left"),
    "a score on stderr": mask(
        WRONG, "import sys\nsys.stderr.write('score: 2.0')\nsys.stdout = sys.stderr"
    ),
}
