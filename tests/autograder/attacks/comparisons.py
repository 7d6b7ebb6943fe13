"""Return objects that are equal to everything, or that change when they are looked at."""

from tests.autograder.attacks import mask

ATTACKS = {
    "an int that equals everything": mask(
        "return Yes(1)",
        "class Yes(int):\n    __eq__ = lambda s, o: True\n    __hash__ = int.__hash__",
    ),
    "a tensor subclass that equals everything": mask(
        "return torch.zeros(length, length).as_subclass(Yes)",
        "class Yes(torch.Tensor):\n    def __eq__(s, o): return True\n    __ne__ = lambda s, o: False",
    ),
    "a tensor subclass that answers every function with True": mask(
        "return torch.zeros(length, length).as_subclass(Yes)",
        "class Yes(torch.Tensor):\n    @classmethod\n"
        "    def __torch_function__(c, f, t, a=(), k=None): return True",
    ),
    "an object whose __class__ is Tensor": mask(
        "return Fake()",
        "class Fake:\n    __class__ = property(lambda s: torch.Tensor)\n    shape = (2, 2)\n"
        "    __getattr__ = lambda s, n: (lambda *a, **k: s)",
    ),
    "an array that is computed when asked": mask(
        "return Late()",
        "class Late:\n    def __array__(s, *a, **k): return np.tril(np.ones((3, 3)))",
    ),
    "a list subclass that equals everything": mask(
        "return Yes([1])",
        "class Yes(list):\n    __eq__ = lambda s, o: True\n    __len__ = lambda s: 10**9",
    ),
    "a string that equals everything": mask(
        "return Yes('a')",
        "class Yes(str):\n    __eq__ = lambda s, o: True\n    __hash__ = str.__hash__",
    ),
    "a generator": mask("return (x for x in range(10**12))"),
    "a lazy proxy": mask(
        "return Lazy()",
        "class Lazy:\n    def __getattr__(s, n):\n        import time\n        time.sleep(0.01)\n        raise AttributeError(n)",
    ),
}
