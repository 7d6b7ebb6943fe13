"""Send something that does harm when it is read."""

from tests.autograder.attacks import mask

EVIL = "class Evil:\n    def __reduce__(s):\n        import os\n        return os.system, ('touch COURSE/left',)\n"

ATTACKS = {
    "an object that runs code when unpickled": mask("return Evil()", EVIL),
    "an object array": mask("return np.array([Evil()], dtype=object)", EVIL),
    "a tensor with an attribute that runs code": mask(
        "t = torch.zeros(length, length)\nt.evil = Evil()\nreturn t", EVIL
    ),
    "a tensor that pickles itself": mask(
        "return torch.zeros(2).as_subclass(T)",
        EVIL + "class T(torch.Tensor):\n    def __reduce_ex__(s, p): return Evil().__reduce__()",
    ),
    "a pickle on the socket": mask(
        "return 0", EVIL + "import os, pickle\nos.write(3, pickle.dumps(Evil()))"
    ),
    "a tensor whose numpy() lies": mask(
        "return torch.zeros(length, length).as_subclass(T)",
        "class T(torch.Tensor):\n    def numpy(s, *a, **k): return np.zeros(1, dtype='O')\n"
        "    detach = to = lambda s, *a, **k: s",
    ),
    "an array of records": mask("return np.zeros(2, dtype=[('a', 'f4'), ('b', 'O')])"),
    "names that are code": mask(
        "raise type('<script>alert(1)</script>', (Exception,), {})('\\x1b]0;owned\\x07{{7*7}}')"
    ),
}
