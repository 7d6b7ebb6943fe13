"""Whatever an answer file holds, there is a verdict in words, in time and without a traceback."""

from __future__ import annotations

import json
import time

import pytest

from autograder.examine import examine
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from tests.autograder.test_cli import autograder

RIGHT = "torch.ones(length, length, dtype=torch.bool).tril()"


def _returns(value, before=""):
    return f"{before}\ndef causal_mask(length):\n    return {value}\n"


SUBCLASS = """
class Equal(torch.Tensor):
    def __eq__(self, other): return True
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None): return True

"""

TEXTS = {
    "does not parse": ("def causal_mask(length)\n    return 1", "line 1: def causal_mask(length)"),
    "wrong indentation": ("def causal_mask(length):\nreturn 1", "line 2: return 1"),
    "another name": ("def casual_mask(length): return 1", "It defines casual_mask"),
    "empty": ("", "the cell is empty"),
    "only a comment": ("# later", "does not define causal_mask"),
    "not a function": ("causal_mask = 3", "of type int"),
    "raises at import": ("1 / 0", "ZeroDivisionError"),
    "exits at import": ("import sys; sys.exit(3)", "SystemExit"),
    "exits when called": (_returns("exit(3)", "from sys import exit"), "SystemExit"),
    "null bytes": ("x = 1\0", "null bytes"),
    "deep nesting": ("x = " + "(" * 5000 + ")" * 5000, "nested"),
    "deep unary": ("x = " + "-" * 90_000 + "1", "nested"),
    "none": (_returns("None"), "None, expected a tensor"),
    "a list": (_returns("[[True]]"), "a list of 1 values"),
    "a NumPy array": (_returns("np.tril(np.ones((length, length), dtype=bool))"), "a NumPy array"),
    "a generator": ("def causal_mask(length):\n    yield 1", "a generator"),
    "itself": (_returns("causal_mask"), "not called"),
    "an object": (_returns("object()"), "of type object"),
    "too many values": (_returns(f"({RIGHT}, 1)"), "a tuple of 2 values"),
    "a huge integer": (_returns("10 ** 5000"), "bits"),
    "a long text": (_returns("'x' * 10 ** 7"), "letters"),
    "nested without end": (_returns("x", "x = []\nx.append(x)"), "nested too deeply"),
    "a tensor that equals all": (_returns("torch.zeros(1).as_subclass(Equal)", SUBCLASS), "shape"),
    "a sparse tensor": (_returns(f"{RIGHT}.float().to_sparse()"), "is float32, expected bool"),
    "infinite recursion": (_returns("causal_mask(length)"), "RecursionError"),
    "a keyboard interrupt": (_returns("1", "raise KeyboardInterrupt"), "KeyboardInterrupt"),
}

FILES = {
    "ten megabytes": (b"#" * 10_000_000, "too long"),
    "not UTF-8": (b"\xff\xfe\x00d\x00e\x00f", "null bytes"),
    "Latin-1": ("# é\n".encode("latin-1") + _returns(RIGHT).encode(), ""),
}


def _words(row):
    return row["problem"] + " ".join(check["message"] for check in row["checks"])


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The verdicts of all files, from one batch."""
    folder = tmp_path_factory.mktemp("answers")
    (folder / "causal_mask").mkdir()
    files = {name: text.encode() for name, (text, _) in TEXTS.items()}
    for name, content in (files | {name: content for name, (content, _) in FILES.items()}).items():
        (folder / "causal_mask" / f"{name}.py").write_bytes(content)
    done = autograder("check", "--batch", folder, "--json", expect=1)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(TEXTS) + len(FILES)
    assert "Traceback" not in done.stdout + done.stderr
    return {row["file"].rsplit("/", 1)[-1].removesuffix(".py"): row for row in found}


@pytest.mark.parametrize("name", [*TEXTS, *FILES])
def test_a_file_gets_a_verdict_in_words(rows, name):
    words = (TEXTS | FILES)[name][1]
    row = rows[name]
    if not words:
        assert row["passed"]
        return
    assert not row["passed"] and row["score"] == 0
    assert words in _words(row), _words(row)
    assert "Traceback" not in _words(row) and len(_words(row)) < 6000


@pytest.mark.parametrize("name", [name for name in TEXTS if "interrupt" not in name])
def test_a_cell_gets_a_verdict_in_words_at_home_as_well(name):
    text, words = TEXTS[name]
    verdict = examine(spec_of("causal_mask"), LocalSubject("causal_mask", text)).as_json()
    assert not verdict["passed"] and verdict["score"] == 0
    assert words in _words(verdict), _words(verdict)


ENDLESS = {
    "at definition": "while True: pass",
    "when called": "def causal_mask(length):\n    while True: pass",
    "printing": "def causal_mask(length):\n    while True: print('again')",
    "catching": (
        "def causal_mask(length):\n    while True:\n        try:\n            int('a')\n"
        "        except ValueError: pass"
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_ended(name, monkeypatch, capsys):
    import dataclasses

    from autograder import subject
    from autograder.judge import process

    quick = dataclasses.replace(spec_of("causal_mask"), seconds=1.0)
    for module in (subject, process):
        monkeypatch.setattr(module, "spec_of", lambda exercise: quick)
    started = time.monotonic()
    with process.WarmProcess() as warm:
        in_class = examine(quick, process.ProcessSubject("causal_mask", ENDLESS[name], warm))
    at_home = examine(quick, LocalSubject("causal_mask", ENDLESS[name]))
    assert time.monotonic() - started < 60
    for verdict in (in_class, at_home):
        assert verdict.score == 0
        assert "did not finish within 1 seconds" in verdict.problem


def test_a_class_whose_init_never_ends_is_ended(monkeypatch):
    import dataclasses

    from autograder import subject

    quick = dataclasses.replace(spec_of("LayerNorm"), seconds=1.0)
    monkeypatch.setattr(subject, "spec_of", lambda exercise: quick)
    text = "class LayerNorm(nn.Module):\n    def __init__(self, *a, **k):\n        while True: pass"
    assert "did not finish" in examine(quick, LocalSubject("LayerNorm", text)).problem
