"""The ``minitransformer`` program, as a person uses it."""

import json
import re
import signal

import pytest
from typer.testing import CliRunner

from minitransformer import checkpoint
from minitransformer.cli import app
from minitransformer.quiz import record
from minitransformer.stub import PARTS

TINY = [
    "--steps", "2", "--d-model", "16", "--num-heads", "2", "--d-ff", "16", "--num-layers", "1",
    "--grammar-size", "0",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("MINITRANSFORMER_HOME", str(tmp_path / "home"))


@pytest.fixture
def pairs(tmp_path):
    file = tmp_path / "own.tsv"
    lines = [f"word {a}{b}\tmot {a}{b}\n" for a in "abcdef" for b in "ghijkl"]
    file.write_text("".join(lines), encoding="utf-8")
    return file


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("command", ["status", "train", "translate"])
def test_help_has_an_example(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: minitransformer {command}" in " ".join(result.output.split())


def test_status_lists_every_part():
    result = run("status")
    assert result.exit_code == 0
    for part in PARTS:
        assert part in result.output
    assert f"0 of {len(PARTS)} parts are yours" in result.output


def test_status_as_json_can_be_read():
    found = json.loads(run("status", "--json").stdout)
    assert {"lesson", "part", "whose"} == set(found["parts"][0])
    assert len(found["parts"]) == len(PARTS)


def test_status_shows_how_the_quizzes_went():
    assert re.search(r"^0 of \d+ quiz questions are answered", run("status").output, re.MULTILINE)
    record("attention.scale", False)
    record("attention.scale", True)
    record("softmax.broadcast", True)

    shown = " ".join(run("status").output.split())
    assert re.search(r"04_attention quizzes 1 of \d right, 0 of them at the first try", shown)
    assert re.search(r"2 of \d+ quiz questions are answered", shown)
    rows = {row["quiz"]: row for row in json.loads(run("status", "--json").stdout)["quizzes"]}
    assert rows["attention.scale"] == {
        "lesson": "04_attention",
        "quiz": "attention.scale",
        "attempts": 2,
        "first_correct": False,
        "correct": True,
    }
    assert rows["training.first_loss"]["attempts"] == 0


def test_a_saved_part_that_no_longer_runs_is_told(tmp_path):
    package = tmp_path / "home" / "my_transformer"
    package.mkdir(parents=True)
    (package / "attention.py").write_text("# --- part: causal_mask ---\nraise ValueError\n")
    PARTS["causal_mask"].forget_saved()
    try:
        result = run("status")
    finally:
        PARTS["causal_mask"].forget_saved()
    assert result.exit_code == 2
    assert "the saved causal_mask does not run" in result.stderr


def test_train_then_translate_with_one_s_own_model(pairs):
    trained = run("train", "--data", pairs, *TINY)
    assert trained.exit_code == 0, trained.output
    assert "BLEU" in trained.stdout
    assert "Parts: all" in trained.stderr
    assert (checkpoint.own_folder("fr") / checkpoint.RESULTS).is_file()
    translated = run("translate", "word ag")
    assert translated.exit_code == 0
    assert len(translated.stdout.splitlines()) == 1
    assert "your trained model" in translated.stderr


def test_ctrl_c_ends_with_1_and_says_how_to_go_on(pairs, monkeypatch):
    from minitransformer import cli

    def interrupt(self, now):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(cli._Bar, "__call__", interrupt)
    stopped = run("train", "--data", pairs, *TINY)
    assert stopped.exit_code == 1
    assert f"minitransformer train --to fr --data {pairs} --resume" in stopped.stderr


def test_the_way_to_go_on_works(pairs, tmp_path, monkeypatch):
    from minitransformer import cli

    with monkeypatch.context() as patched:
        patched.setattr(cli._Bar, "__call__", lambda self, now: signal.raise_signal(signal.SIGINT))
        run("train", "--data", pairs, "--out", tmp_path / "here", *TINY)
    others = tmp_path / "others.tsv"
    others.write_text(pairs.read_text(encoding="utf-8").replace("a", "o"), encoding="utf-8")
    other = run("train", "--data", others, "--out", tmp_path / "here", "--resume")
    assert other.exit_code == 2
    assert "the stopped run had other data" in other.stderr
    resumed = run("train", "--data", pairs, "--out", tmp_path / "here", "--resume")
    assert resumed.exit_code == 0, resumed.output
    report = json.loads((tmp_path / "here" / checkpoint.RESULTS).read_text())
    assert report["steps"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["translate", "dogs", "--to", "de"], "no language is called 'de'"),
        (["train", "--data", "nowhere.tsv"], "nowhere.tsv: there is no such file"),
        (["train", "--resume"], "no unfinished training to resume"),
        (["train", "--d-model", "10", "--num-heads", "4"], "num-heads has to divide"),
        (["train", "--clock", "sun"], "neither wall nor cpu"),
        (["translate"], "Missing argument"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_a_malformed_file_ends_with_2_and_names_the_line(tmp_path):
    file = tmp_path / "own.tsv"
    file.write_text("good\tbien\nno tab\n", encoding="utf-8")
    result = run("train", "--data", file)
    assert result.exit_code == 2
    assert f"{file}, line 2: no tab in 'no tab'" in result.stderr


@pytest.mark.skipif(
    not (checkpoint.SHIPPED / "fr" / checkpoint.MODEL).is_file(), reason="no shipped model yet"
)
def test_without_training_the_shipped_model_translates():
    result = run("translate", "dogs are great")
    assert result.exit_code == 0
    assert result.stdout == "les chiens sont super\n"
    assert "ships with the course" in result.stderr
    assert "reference" in result.stderr
    unseen = run("translate", "the axolotl sleeps")
    assert unseen.exit_code == 0
    assert "axolotl" in unseen.stderr


def test_the_program_starts_without_slow_imports():
    import subprocess
    import sys

    code = (
        "import sys\nfrom minitransformer.cli import app\n"
        "print([m for m in ('sacrebleu', 'nbgrader', 'matplotlib') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
