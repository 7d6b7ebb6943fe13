"""The labs of lessons 00 and 04: what a reader is to see, in numbers; mistakes that show."""

import numpy as np
import pytest

from minitransformer import labs
from tests.minitransformer.labs.broken import BROKEN, shows, wrong_answer

OURS = ("softmax_thermostat", "one_query", "why_sqrt_dk", "mask_painter")


@pytest.mark.parametrize(
    ("lab", "exercise", "name"), [(lab, *mistake) for lab in OURS for mistake in BROKEN[lab]]
)
def test_a_mistake_shows(lab, exercise, name):
    make = getattr(labs, lab)

    assert shows(make(), make({exercise: wrong_answer(exercise, name)}))


@pytest.mark.parametrize("name", OURS)
def test_the_reference_raises_no_alarm(name):
    lab = getattr(labs, name)()

    assert lab.numbers and not lab.error and not lab.picture.alarm


# --- softmax thermostat ---------------------------------------------------------------------------


def test_cold_is_argmax_and_hot_is_uniform():
    lab = labs.softmax_thermostat()

    assert lab.set(temperature=0.01).numbers["shares"] == pytest.approx([1, 0, 0, 0, 0], abs=1e-6)
    assert lab.set(temperature=100.0).numbers["shares"] == pytest.approx([0.2] * 5, abs=0.01)
    assert (np.diff(lab.numbers["entropies"]) > -1e-6).all()


def test_a_constant_changes_nothing_except_to_the_bare_formula():
    lab = labs.softmax_thermostat()
    before = lab.numbers["shares"]

    assert lab.set(shift=120.0).numbers["shares"] == pytest.approx(before)
    assert "overflowed" in lab.set(naive=True).picture.alarm


# --- one query ------------------------------------------------------------------------------------


def test_the_output_is_in_the_middle_at_length_0_and_at_the_best_match_in_the_end():
    lab = labs.one_query(length=0.0)
    assert lab.numbers["weights"] == pytest.approx([0.25] * 4)
    assert lab.numbers["output"] == pytest.approx([0, 0], abs=1e-6)

    lab.set(word="chicken", nudge=20.0, length=16.0)
    assert lab.numbers["best"] == "chicken" and lab.numbers["largest"] > 0.99


def test_the_output_never_leaves_the_values():
    table = labs.one_query().experiment(
        nudge=list(range(-90, 91, 30)), length=[0.0, 1.0, 4.0, 16.0]
    )
    assert max(table.column("from_the_middle")) <= 1 + 1e-6


def test_two_keys_tie_halfway_however_long_the_query_is():
    weights = labs.one_query(nudge=45.0, length=16.0).numbers["weights"]

    assert weights[0] == pytest.approx(weights[1], abs=1e-4) and weights[0] > 0.49


# --- why √d_k -------------------------------------------------------------------------------------


def test_divided_scores_keep_their_spread_and_undivided_ones_saturate_softmax():
    table = labs.why_sqrt_dk().experiment(d_k=[8, 64, 512], divided=[True, False])
    divided = [row for row in table if row["divided"]]
    undivided = [row for row in table if not row["divided"]]

    assert [row["spread"] for row in divided] == pytest.approx([0.94] * 3, abs=0.06)
    assert [row["spread"] / row["d_k"] ** 0.5 for row in undivided] == pytest.approx(
        [0.94] * 3, abs=0.06
    )
    assert min(row["still_moves"] for row in divided) > 0.15
    assert undivided[-1]["largest"] > 0.9 and undivided[-1]["still_moves"] < 0.01


# --- mask painter ---------------------------------------------------------------------------------


def painted(*cells):
    return tuple(tuple((row, column) in cells for column in range(6)) for row in range(6))


def test_under_a_causal_mask_nothing_depends_on_the_future():
    for through in ("attention", "decoder layer"):
        lab = labs.mask_painter(through=through)
        assert lab.numbers["leak"] == 0 and (lab.numbers["moved"].diagonal() > 0).all()


def test_one_painted_cell_above_the_diagonal_raises_the_alarm():
    lab = labs.mask_painter(painted=painted((1, 4)))

    assert lab.numbers["leaks"] == 1
    assert "“afraid” changes the output at the earlier “chicken”" in lab.picture.alarm
    assert lab.picture.panels[-1].marked == ((1, 4),)


def test_a_row_with_nothing_to_look_at_has_zeros_and_not_nan():
    lab = labs.mask_painter(painted=painted((0, 0)))

    assert lab.numbers["weights"][0] == pytest.approx([0] * 6) and not lab.picture.alarm
    broken = labs.mask_painter(
        wrong_answer("scaled_dot_product_attention", "masked-row-nan"), painted=painted((0, 0))
    )
    assert "nothing to look at" in broken.picture.alarm


def test_padding_moves_nobody_else():
    moved = labs.mask_painter(mask="padding").numbers["moved"]

    assert (moved[:-1, -1] == 0).all() and moved[-1, -1] > 0


def test_a_mask_of_numbers_is_refused_in_words():
    lab = labs.mask_painter({"causal_mask": wrong_answer("causal_mask", "numbers")})

    assert lab.numbers == {}
    assert "causal_mask returned torch.float32; a mask is boolean" in lab.error
