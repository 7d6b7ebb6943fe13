"""The ``autograder`` command: what programs read from it, and how it says no."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from autograder.texts import answer_text, exercise_text
from minitransformer.lessons import LESSON_OF


def autograder(*arguments, expect=0, **options):
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **options,
    )
    assert done.returncode == expect, done.stderr + done.stdout
    return done


def test_exercises_lists_every_exercise_for_a_program():
    rows = json.loads(autograder("exercises", "--json").stdout)
    assert [row["id"] for row in rows] == list(LESSON_OF)
    for row in rows:
        assert set(row) == {"id", "lesson", "points", "signature", "misconceptions"}
        assert row["points"] > 0 and row["signature"].startswith(row["id"] + "(")
        assert all(set(m) == {"id", "title"} for m in row["misconceptions"])


def test_check_prints_the_verdict_and_exits_with_0_or_1(tmp_path):
    file = tmp_path / "answer.py"
    file.write_text(answer_text("causal_mask"))
    right = json.loads(autograder("check", "causal_mask", "--file", file, "--json").stdout)
    assert right["passed"] and right["score"] == right["points"] and right["diagnosis"] is None
    file.write_text(answer_text("causal_mask").replace(".tril()", ".tril(1)"))
    wrong = json.loads(
        autograder("check", "causal_mask", "--file", file, "--json", expect=1).stdout
    )
    assert wrong["diagnosis"]["id"] == "one-too-many"
    assert {"exercise", "passed", "score", "points", "diagnosis", "checks", "flags"} <= set(wrong)
    assert all(set(check) == {"name", "passed", "message"} for check in wrong["checks"])


def test_a_batch_gives_one_line_a_file_and_a_crash_costs_only_its_own(tmp_path):
    folder = tmp_path / "causal_mask"
    folder.mkdir()
    texts = {
        "a_right": answer_text("causal_mask"),
        "b_exits": "import os\nos._exit(3)",
        "c_stub": exercise_text("causal_mask"),
        "d_binary": "\ud800",
    }
    for name, text in texts.items():
        (folder / f"{name}.py").write_bytes(text.encode("utf-8", "surrogatepass"))
    (tmp_path / "padding_mask").mkdir()
    (tmp_path / "padding_mask" / "right.py").write_text(answer_text("padding_mask"))
    done = autograder("check", "--batch", tmp_path, "--json", expect=1)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["passed"] for row in rows] == [True, False, False, False, True]
    assert [row["file"].rsplit("/", 1)[-1] for row in rows[:2]] == ["a_right.py", "b_exits.py"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["check"], "name an EXERCISE"),
        (["check", "attention", "--file", "x.py"], "no exercise is called 'attention'"),
        (["check", "causal_mask", "--file", "nowhere.py"], "is not a file"),
        (["check", "causal_mask", "--file", "x.py", "--device", "tpu"], "cpu or cuda"),
        (["check", "--batch", "nowhere"], "holds no EXERCISE"),
        (["init-course", "x", "--lessons", "99"], "no lesson is called '99'"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(arguments, words, tmp_path):
    done = autograder(*arguments, expect=2, cwd=tmp_path)
    assert words in done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", [[], ["exercises"], ["check"], ["init-course"]])
def test_every_command_has_help_with_an_example(command):
    text = autograder(*command, "--help").stdout
    assert not command or "Example:" in text
