"""Look for the expected values in the process's memory."""

from tests.autograder.attacks import mask

ATTACKS = {
    "expected values in the callers' frames": mask(
        """
frame = sys._getframe()
while frame:
    for name, value in frame.f_locals.items():
        if name in ("expected", "oracle", "solution", "answer", "reference"):
            return value
        if getattr(value, "expected", None) is not None:
            return value.expected
    frame = frame.f_back
""",
        "import sys",
    ),
    "tensors of the right shape among all objects": mask(
        """
for thing in gc.get_objects():
    try:
        if isinstance(thing, (torch.Tensor, np.ndarray)) and tuple(thing.shape) == (length,) * 2:
            return torch.as_tensor(thing).bool()
    except Exception: pass
""",
        "import gc",
    ),
    "functions called causal_mask among all objects": mask(
        """
for thing in gc.get_objects():
    code = getattr(thing, "__code__", None)
    if getattr(thing, "__name__", "") == "causal_mask" and code is not causal_mask.__code__:
        try: return thing(length)
        except Exception: pass
""",
        "import gc",
    ),
    "the tolerance raised in every case": mask(
        """
for thing in gc.get_objects():
    if type(thing).__name__ in ("Case", "Specification", "Check"):
        for name in ("tolerance", "points"):
            try: object.__setattr__(thing, name, 1e9)
            except Exception: pass
return torch.zeros(length, length)
""",
        "import gc",
    ),
    "the oracle imported": mask("from autograder import oracle\nreturn oracle.causal_mask(length)"),
    "the specification imported": mask(
        "from autograder.specs import spec_of\nreturn spec_of('causal_mask').oracle(length)"
    ),
    "the bank of mistakes imported": mask(
        "from autograder.misconceptions import misconceptions_of\nreturn misconceptions_of('x')"
    ),
    "the reference imported": mask(
        "from solutions.attention import causal_mask as m\nreturn m(length)"
    ),
    "the reference imported past the block": mask(
        "sys.modules.pop('solutions', None)\n"
        "import solutions.attention\nreturn solutions.attention.causal_mask(length)",
        "import sys",
    ),
    "the part of the course called": mask(
        "from minitransformer.stub import PARTS\nreturn PARTS['causal_mask'](length)"
    ),
    "the part's reference looked up": mask(
        "sys.modules.pop('solutions', None)\n"
        "from minitransformer.stub import PARTS\nreturn PARTS['causal_mask']._reference()(length)",
        "import sys",
        controlled=True,
    ),
    "the warm process's arguments": mask(
        "return open('/proc/1/cmdline').read(), open('/proc/self/status').read()"
    ),
}
