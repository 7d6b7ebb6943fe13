"""``autograder quality``: the counts are honest, and the published ones are of this bank."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.misconceptions import misconceptions_of
from autograder.quality import measure, report
from autograder.quality.measure import Counts
from autograder.quality.mutants import EQUIVALENT, equivalents_of, mutants_of
from autograder.texts import answer_text
from autograder.variants import variants_of
from minitransformer.lessons import LESSON_OF

PAGE = Path(__file__).resolve().parents[2] / "docs" / "quality.md"


def _run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_two_exercises_from_end_to_end(tmp_path):
    page = tmp_path / "quality.md"
    two = ("--exercise", "causal_mask", "--exercise", "padding_mask")
    done = _run("quality", *two, "--seeds", 2, "--write", page)
    assert done.exit_code in (0, 1), done.output  # 1 where a busy machine makes checks slow
    assert "✓ every misconception is caught" in done.stdout
    text = page.read_text(encoding="utf-8")
    assert "| causal_mask |" in text and "| padding_mask |" in text
    assert "autograder quality --exercise causal_mask --exercise padding_mask --seeds 2" in text


def test_json_is_for_a_program_to_read():
    done = _run("quality", "--exercise", "causal_mask", "--seeds", 1, "--jobs", 1, "--json")
    found = json.loads(done.stdout)
    (row,) = found["exercises"]
    assert row["exercise"] == "causal_mask"
    assert row["named"] == row["misconceptions"] == len(misconceptions_of("causal_mask"))
    assert row["killed"] == row["mutants"] > 0
    assert row["checks_timed"] == row["misconceptions"] + row["variants"]
    assert all(met for words, met in found["targets"].items() if "median" not in words)


def test_what_an_answer_prints_does_not_reach_the_output(capfd):
    chatty = (
        "def warmup_lr(*args):\n    import warnings\n    print('hello')\n    warnings.warn('oh')\n"
    )
    verdict = measure._verdict("warmup_lr", chatty, 0)
    assert not verdict.passed
    assert capfd.readouterr() == ("", "")


def test_an_unknown_exercise_is_told():
    done = _run("quality", "--exercise", "transfromer")
    assert "no exercise is called 'transfromer'" in str(done.exception)


def test_a_mutant_that_never_ends_is_killed(monkeypatch):
    import dataclasses

    from autograder.judge.process import ProcessSubject, WarmProcess
    from autograder.specs import spec_of

    quick = dataclasses.replace(spec_of("causal_mask"), seconds=1.0)
    monkeypatch.setattr("autograder.judge.process.spec_of", lambda exercise: quick)
    endless = "def causal_mask(length):\n    while True: pass\n"
    with WarmProcess() as warm:
        assert measure._is_wrong("causal_mask", ProcessSubject("causal_mask", endless, warm), 0)


def test_ctrl_c_prints_what_is_complete_and_writes_no_page(monkeypatch, tmp_path):
    def stopped(exercises, seeds, with_mutants, jobs):
        yield Counts("causal_mask", misconceptions=7, caught=7)
        yield Counts("causal_mask", variants=5, accepted=5)
        yield Counts("padding_mask", variants=5, accepted=5)
        raise KeyboardInterrupt

    monkeypatch.setattr("autograder.quality.command.measure", stopped)
    page = tmp_path / "quality.md"
    two = ("--exercise", "causal_mask", "--exercise", "padding_mask")
    done = _run("quality", *two, "--no-mutants", "--write", page)
    assert "stopped after 1 of 2 exercises" in str(done.exception)
    assert "causal_mask" in done.stdout and "padding_mask" not in done.stdout
    assert not page.exists()


def test_what_falls_short_is_counted_and_told():
    row = Counts(
        "softmax", misconceptions=2, caught=1, named=1, variants=3, accepted=2, mutants=100
    )
    row.killed, row.missed, row.refused, row.survived = 97, ["m"], ["loops, seed 3: no"], ["a → b"]
    assert not any(met for words, met in report.targets(row, True).items() if "median" not in words)
    text = report.as_text([row], True)
    assert "softmax: the misconception m passes" in text
    assert "softmax: the right answer loops, seed 3: no" in text
    assert "softmax: a mutant survives: a → b" in text


@pytest.mark.parametrize("exercise", sorted({"softmax", "causal_mask", "merge_heads", "LayerNorm"}))
def test_mutants_change_the_reference_in_one_place(exercise):
    texts = [mutant.text for mutant in mutants_of(exercise)]
    assert len(texts) == len(set(texts)) > 0
    assert answer_text(exercise).removeprefix("@fill\n") not in texts
    for mutant in mutants_of(exercise):
        assert mutant.was != mutant.becomes
        assert all(line in answer_text(exercise) for line in mutant.was.splitlines())


def _with_equivalents():
    return [exercise for exercise in LESSON_OF if equivalents_of(exercise)]


@pytest.mark.parametrize("exercise", _with_equivalents())
def test_each_equivalent_mutant_is_still_made_and_has_a_reason(exercise):
    mutants = mutants_of(exercise)
    for equivalent in equivalents_of(exercise):
        assert sum(equivalent.fits(mutant) for mutant in mutants) == 1, equivalent
        assert len(equivalent.why.split()) > 5


def test_the_list_of_equivalent_mutants_names_exercises_only():
    import yaml

    assert set(yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))) <= set(LESSON_OF)


def test_the_published_page_counts_the_bank_as_it_is():
    rows = dict(re.findall(r"^\| (\w+) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.M))
    for exercise in LESSON_OF:
        caught, named, example, right, killed, *_ = rows[exercise].split(" | ")
        known, styles = len(misconceptions_of(exercise)), 1 + len(variants_of(exercise))
        assert caught.endswith(f"/{known}") and named.endswith(f"/{known}"), exercise
        assert example.endswith(f"/{known}") and right == f"{styles}/{styles}", exercise
        known_right = len(equivalents_of(exercise))
        assert killed == "-" or (f"(+{known_right})" in killed) == bool(known_right), exercise
