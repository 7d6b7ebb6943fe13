"""``check`` in a notebook: what it examines, what it says, what it saves."""

from __future__ import annotations

import textwrap

import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograder.texts import answer_text, exercise_text
from minitransformer.errors import CourseError
from minitransformer.stub import PARTS, REFERENCE, YOURS_NOW
from minitransformer.workspace import STANDARD_IMPORTS

IMPORTS = (
    STANDARD_IMPORTS
    + """
from autograder import check
from minitransformer import fill
"""
)


@pytest.fixture
def notebook(monkeypatch, tmp_path):
    """A notebook's kernel without the notebook: run cells, get the last value."""
    monkeypatch.setenv("MINITRANSFORMER_HOME", str(tmp_path))
    _forget()
    shell = InteractiveShell()
    run = shell.run_cell(IMPORTS)
    assert run.success

    def cell(text):
        done = shell.run_cell(textwrap.dedent(text))
        done.raise_error()
        return done.result

    yield cell
    _forget()


def _forget():
    for part in PARTS.values():
        part.fill(None)
        part.forget_saved()


def test_an_untouched_exercise_is_not_filled_in_and_nothing_is_saved(notebook, tmp_path):
    notebook(exercise_text("causal_mask"))
    report = notebook("check(causal_mask)")
    assert "not filled in yet" in repr(report)
    assert not (tmp_path / "my_transformer").exists()


def test_an_untouched_class_leaves_the_reference_in_use(notebook):
    notebook(exercise_text("LayerNorm"))
    assert PARTS["LayerNorm"].whose() == REFERENCE
    assert "not filled in yet" in repr(notebook("check(LayerNorm)"))


def test_a_right_answer_is_saved_and_in_use(notebook, tmp_path):
    notebook(answer_text("causal_mask"))
    report = notebook("check(causal_mask)")
    assert repr(report).startswith("✓ causal_mask: all right")
    assert "def causal_mask" in (tmp_path / "my_transformer/attention.py").read_text()
    assert PARTS["causal_mask"].whose() == YOURS_NOW


def test_a_wrong_answer_is_named_shown_small_and_not_saved(notebook, tmp_path):
    notebook("""
        @fill
        def causal_mask(length):
            return torch.ones(length, length, dtype=torch.bool).tril(-1)
    """)
    report = notebook("check(causal_mask)")
    assert "hides each position from itself" in repr(report)
    assert "With length = 3" in repr(report)
    assert "[[True, False, False]" in report._repr_html_()
    assert not (tmp_path / "my_transformer").exists()


def test_a_name_left_over_from_another_cell_does_not_help(notebook):
    notebook("helper = lambda n: torch.ones(n, n, dtype=torch.bool).tril()")
    notebook("""
        @fill
        def causal_mask(length):
            return helper(length)
    """)
    report = notebook("check(causal_mask)")
    assert "NameError" in repr(report)
    assert "It uses helper, which another cell defines" in repr(report)


def test_a_helper_in_the_same_cell_counts(notebook):
    notebook("""
        def helper(n):
            return torch.ones(n, n, dtype=torch.bool).tril()

        @fill
        def causal_mask(length):
            return helper(length)
    """)
    assert "all right" in repr(notebook("check(causal_mask)"))


def test_lines_that_only_jupyter_understands_do_not_matter(notebook, tmp_path):
    notebook("""
        %precision 3
        @fill
        def causal_mask(length):
            return torch.ones(length, length, dtype=torch.bool).tril()
    """)
    assert "all right" in repr(notebook("check(causal_mask)"))
    assert "%" not in (tmp_path / "my_transformer/attention.py").read_text()


def test_an_exception_names_the_line_of_the_cell_and_no_traceback(notebook):
    notebook("""
        @fill
        def causal_mask(length):
            rows = torch.arange(length)
            return rows @ length
    """)
    report = repr(notebook("check(causal_mask)"))
    assert "line 4, `return rows @ length`: TypeError" in report
    assert "Traceback" not in report and "probe.py" not in report


def test_checking_the_name_before_its_cell_ran_says_not_filled_in(notebook):
    notebook("from minitransformer import causal_mask")
    assert "not filled in yet" in repr(notebook("check(causal_mask)"))


def test_something_that_is_no_exercise_is_refused_in_one_sentence(notebook):
    with pytest.raises(CourseError, match="check takes the function or class of an exercise"):
        notebook("check(3)")


def test_the_report_is_plain_html_with_everything_escaped(notebook):
    notebook("""
        @fill
        def causal_mask(length):
            raise ValueError("<script>alert(1)</script>")
    """)
    html = notebook("check(causal_mask)")._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_under_nbgrader_the_plain_text_is_the_score(notebook, monkeypatch):
    notebook(answer_text("causal_mask"))
    report = notebook("check(causal_mask)")
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert float(repr(report)) == report.verdict.points


def test_a_right_answer_passes_although_an_earlier_part_of_yours_is_wrong(notebook, tmp_path):
    wrong = answer_text("MultiHeadAttention").replace("self.v_proj(value)", "self.k_proj(value)")
    notebook(wrong)
    notebook(answer_text("EncoderLayer"))
    report = notebook("check(EncoderLayer)")
    assert repr(report).startswith("✓ EncoderLayer: all right")
    assert "The fault is in MultiHeadAttention (lesson 05_multi_head)" in repr(report)
    assert "The fault is in MultiHeadAttention" in report._repr_html_()
    assert report.verdict.blamed == ("MultiHeadAttention",)
    assert "class EncoderLayer" in (tmp_path / "my_transformer/encoder.py").read_text()


def test_what_is_saved_is_used_and_blamed_as_well(notebook, tmp_path):
    notebook(answer_text("FeedForward"))
    notebook("check(FeedForward)")
    saved = tmp_path / "my_transformer/feed_forward.py"
    saved.write_text(
        saved.read_text().replace("self.activation(self.linear1(x))", "self.linear1(x)")
    )
    _forget()
    notebook(answer_text("EncoderLayer"))
    report = notebook("check(EncoderLayer)")
    assert report.verdict.passed and report.verdict.blamed == ("FeedForward",)
    assert "Nothing bends between your two layers" in repr(report)
