"""A report helps its reader and gives nothing away: no hidden input, no expected value."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from autograder.examine import examine
from autograder.home import report_html
from autograder.inside.case import Make
from autograder.misconceptions import misconceptions_of
from autograder.specification import without_data
from autograder.specs import spec_of
from autograder.subject import LocalSubject
from autograder.texts import answer_text

SEED = 20170612
EXERCISES = ("softmax", "scaled_dot_product_attention", "padding_mask", "LayerNorm", "warmup_lr")


def _numbers(data):
    """Return every decimal in a case's data or in an expected value, as it might be printed."""
    if isinstance(data, Make):
        return _numbers(data.data)
    if isinstance(data, dict):
        return {n for value in data.values() for n in _numbers(value)}
    if isinstance(data, tuple | list):
        return {n for value in data for n in _numbers(value)}
    if isinstance(data, float):
        return _numbers(np.array(data))
    if not isinstance(data, np.ndarray) or not np.issubdtype(data.dtype, np.floating):
        return set()
    values = [v for v in data.ravel().tolist() if np.isfinite(v) and abs(v * 100 % 1) > 1e-3]
    return {_decimals(f"{value:.12f}") for value in values}


def _decimals(number):
    """Return a printed number cut after four decimals, without its sign."""
    return re.search(r"\d+\.\d{4}", number)[0]


def _shown(report):
    """Return every number with four decimals or more; a distance has three digits at most."""
    return {_decimals(number) for number in re.findall(r"\d+\.\d{4,}", report)}


def _hidden_numbers(exercise):
    specification = spec_of(exercise)
    hidden = [case for case in specification.draw_cases(SEED) if not case.public]
    inputs = {n for c in hidden for n in _numbers([c.arguments, c.build, c.weights, list(c.calls)])}
    values = [specification.oracle(c) for c in hidden if not (c.raises or specification.problem)]
    return inputs | _numbers(values)


def test_the_search_finds_what_is_printed():
    number = next(iter(_hidden_numbers("softmax")))
    assert _shown(f"tensor([{number}91])") == {number}


def _report(exercise, answer, public=True):
    """Return the report; without ``public``, what it shows of the public example is left out."""
    verdict = examine(spec_of(exercise), LocalSubject(exercise, answer), SEED)
    return report_html(verdict if public else dataclasses.replace(verdict, example=""))


TALKATIVE = """\
class {name}(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))

    def forward(self, *args):
        raise ValueError(str([torch.as_tensor(a).tolist() for a in args]))
"""
TALKATIVE_FUNCTION = """\
def {name}(*args, **kwargs):
    given = [*args, *kwargs.values()]
    raise ValueError(str([torch.as_tensor(a).tolist() for a in given if a is not None]))
"""


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_answer_that_tells_its_inputs_is_not_listened_to(exercise):
    text = TALKATIVE if exercise[0].isupper() else TALKATIVE_FUNCTION
    report = _report(exercise, text.format(name=exercise), public=False)
    assert not _shown(report) & _hidden_numbers(exercise)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_report_on_a_mistake_holds_no_hidden_number_and_no_solution(exercise):
    mistake = misconceptions_of(exercise)[0]
    report = _report(exercise, mistake.answer)
    assert mistake.title.replace("'", "&#x27;") in report
    assert "Read again" in report and "points" in report
    private = _report(exercise, mistake.answer, public=False)
    assert not _shown(private) & _hidden_numbers(exercise)
    for line in answer_text(exercise).split('"""')[-1].splitlines():
        assert len(line.strip()) < 15 or line.strip() not in report


def test_the_report_shows_partial_credit_for_each_property():
    mistake = next(m for m in misconceptions_of("scaled_dot_product_attention") if "nan" in m.id)
    report = _report("scaled_dot_product_attention", mistake.answer)
    assert re.search(r"✓ output and weights are right without a mask <small>\(2/2\)", report)
    assert re.search(r"✗ a query that sees nothing .*? <small>\(0/1\)", report)


@pytest.mark.parametrize(
    "message, shown",
    [
        ("mat1 and mat2 cannot be multiplied (2x3 and 4x5)", None),
        ("expected size [2, 3, 4]", None),
        ("got 0.123 and -1.5e-7", "got … and …"),
        ("[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]", "[… "),
        ("ids 1, 2, 3, 4, 5, 6, 7, 8 and more", "ids … and more"),
    ],
)
def test_an_exceptions_words_stay_and_its_data_goes(message, shown):
    assert without_data(message) == (shown or message)
