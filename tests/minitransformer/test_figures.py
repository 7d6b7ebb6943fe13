"""The pictures: what the architecture says about progress, and what the plots accept."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from minitransformer.architecture import BOXES, DONE, NOW, TO_COME
from minitransformer.errors import CourseError
from minitransformer.figures import (
    alignment,
    architecture,
    curve,
    heads,
    heatmap,
    save_architecture,
    where_figures,
)
from minitransformer.lessons import LESSONS

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = Path(__file__).parents[2] / "notebooks" / "figures"


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def drawn(svg: str) -> dict[str, set[str]]:
    """Return {lesson: states its boxes are drawn in}."""
    states: dict[str, set[str]] = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        states.setdefault(group.attrib["data-lesson"], set()).add(group.attrib["data-state"])
    return states


def visible_text(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


# --- the architecture -----------------------------------------------------------------------------


def test_current_marks_all_earlier_lessons_as_done():
    states = drawn(architecture(current="attention").svg)

    assert [name for name, state in states.items() if state == {NOW}] == ["attention"]
    assert {name for name, state in states.items() if state == {DONE}} == {
        "softmax",
        "embeddings",
        "positional_encoding",
    }
    assert states["multi_head"] == states["decoder"] == states["training"] == {TO_COME}


def test_done_can_be_given_lesson_by_lesson():
    states = drawn(architecture(done=["feed_forward", 6], current="05_multi_head").svg)

    assert {name for name, state in states.items() if state == {DONE}} == {
        "feed_forward",
        "add_norm",
    }
    assert states["multi_head"] == {NOW}


def test_without_arguments_everything_is_to_come():
    assert set.union(*drawn(architecture().svg).values()) == {TO_COME}


def test_a_lesson_without_a_box_is_told():
    picture = architecture(current="recurrence")

    assert {NOW} not in drawn(picture.svg).values()
    assert "this lesson adds no box" in visible_text(picture.svg)
    assert "adds no box" in picture.alt


@pytest.mark.parametrize("lesson", [lesson.name for lesson in LESSONS])
def test_every_lesson_gives_well_formed_svg_with_all_boxes(lesson):
    text = visible_text(architecture(current=lesson).svg)

    for box in BOXES:
        assert box.label in text


def test_attention_stands_inside_multi_head_three_times():
    outer = [box for box in BOXES if box.lesson == "multi_head"]
    inner = [box for box in BOXES if box.lesson == "attention"]

    assert len(outer) == len(inner) == 3
    for holder, box in zip(outer, inner, strict=True):
        assert holder.x < box.x and box.x + box.width < holder.x + holder.width
        assert holder.y < box.y and box.bottom < holder.bottom


def test_the_alternative_text_says_what_is_done_and_what_comes_next():
    picture = architecture(current="multi_head")

    assert "Done: softmax, embeddings, positional encoding, attention." in picture.alt
    assert "This lesson: multi-head attention, highlighted." in picture.alt
    assert "Next comes add and norm." in picture.alt
    root = ET.fromstring(picture.svg)
    assert root.attrib["role"] == "img" and root.attrib["aria-label"] == "05 · Many heads"
    assert root.findtext(f"{SVG}desc") == picture.alt
    assert f'alt="{picture.alt}"' in picture._repr_html_()


def test_the_picture_brings_its_background_and_needs_nothing_from_elsewhere():
    svg = architecture(current="attention").svg

    assert next(ET.fromstring(svg).iter(f"{SVG}rect")).attrib["fill"] == "#ffffff"
    assert svg.count("http") == 1  # the namespace


def test_plain_text_is_one_line():
    assert "\n" not in repr(architecture(current="translation"))


def test_an_unknown_lesson_is_told_with_the_known_ones():
    with pytest.raises(CourseError, match=r"'attentoin'.*04_attention"):
        architecture(current="attentoin")


def test_committed_pictures_are_not_stale(tmp_path):
    committed = {file.name for file in FIGURES.glob("where_*.svg")}
    wanted = where_figures(FIGURES)

    advice = "run `python -m minitransformer.figures`"
    assert committed == {file.name for file in wanted}, advice
    for file, lesson in wanted.items():
        fresh = save_architecture(tmp_path / file.name, lesson)
        assert file.read_bytes() == fresh.read_bytes(), f"{file.name} is stale: {advice}"


# --- plots ----------------------------------------------------------------------------------------


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_heatmap_takes_tensors_that_require_gradients():
    weights = torch.softmax(torch.randn(2, 3, requires_grad=True), dim=-1)

    assert heatmap(weights, rows=["a", "b"], columns=["x", "y", "z"], title="Weights") is None

    ax = plt.gca()
    assert ax.get_title() == "Weights"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["x", "y", "z"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert texts(ax) == [f"{weight:.2f}" for weight in weights.flatten().tolist()]
    np.testing.assert_allclose(ax.images[0].get_array(), weights.detach().numpy(), rtol=1e-6)


def test_heatmap_takes_half_precision_booleans_and_minus_infinity():
    heatmap(torch.ones(2, 2, dtype=torch.bfloat16))
    heatmap(torch.tensor([[True, False]]))
    assert texts(plt.gca()) == ["1", "0"]
    heatmap(np.array([[0.5, -np.inf]]))
    assert texts(plt.gca()) == ["0.50", "−∞"]


def test_heatmap_writes_dark_on_light_and_light_on_dark():
    heatmap([[0.0, 1.0]])

    assert [text.get_color() for text in plt.gca().texts] == ["white", "black"]


def test_heatmap_writes_values_only_where_there_is_room_or_it_is_asked_to():
    heatmap(np.eye(8))
    assert len(plt.gca().texts) == 64
    heatmap(np.eye(9))
    assert not plt.gca().texts
    heatmap(np.eye(9), annotate=True)
    assert len(plt.gca().texts) == 81
    heatmap(np.eye(3), annotate=False)
    assert not plt.gca().texts


def test_heatmap_draws_where_it_is_told_to():
    _, (left, right) = plt.subplots(1, 2)
    heatmap(np.eye(2), ax=right)

    assert len(plt.get_fignums()) == 1
    assert right.images and not left.images


def test_a_dollar_in_a_token_is_no_formula():
    heatmap(np.eye(2), columns=["$5", "$6"])
    plt.gcf().canvas.draw()

    assert plt.gca().get_xticklabels()[0].get_text() == r"\$5"


@pytest.mark.parametrize(
    ("weights", "labels", "message"),
    [
        (np.zeros((2, 3, 4)), None, r"expected 2 axes, but got shape \(2, 3, 4\).*weights\[0\]"),
        (np.zeros(3), None, "expected 2 axes"),
        (np.zeros((0, 3)), None, "nothing to draw"),
        ([["a", "b"]], None, "expected numbers"),
        (np.zeros((2, 3)), ["a"], "1 labels for 2 rows"),
    ],
)
def test_heatmap_says_what_does_not_fit(weights, labels, message):
    with pytest.raises(CourseError, match=message):
        heatmap(weights, rows=labels)


def test_alignment_puts_the_source_on_columns_and_the_target_on_rows():
    alignment(["dogs", "bark"], ["les", "chiens", "aboient"], torch.rand(3, 2))

    ax = plt.gca()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["dogs", "bark"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("source: attended to", "target")


def test_heads_share_one_colour_scale():
    weights = torch.rand(1, 3, 2, 2)  # a batch of one
    heads(weights, ["a", "b"], title="Three heads", per_row=2)

    drawn_heads = [ax for ax in plt.gcf().axes if ax.get_title()]
    assert [ax.get_title() for ax in drawn_heads] == ["head 0", "head 1", "head 2"]
    assert len({ax.images[0].get_clim() for ax in drawn_heads}) == 1
    np.testing.assert_allclose(drawn_heads[2].images[0].get_array(), weights[0, 2], rtol=1e-6)


def test_heads_wants_one_sentence():
    with pytest.raises(CourseError, match=r"expected 3 axes, but got shape \(2, 3, 4, 4\)"):
        heads(torch.rand(2, 3, 4, 4))


def test_curve_draws_one_line_a_name():
    losses = torch.tensor([3.0, 2.0, 1.0], requires_grad=True)
    curve({"yours": losses, "theirs": [3, 2, 2]}, x=[10, 20, 30], ylabel="loss", logy=True)

    ax = plt.gca()
    assert [line.get_label() for line in ax.lines] == ["yours", "theirs"]
    assert ax.lines[0].get_xydata().tolist() == [[10, 3], [20, 2], [30, 1]]
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "loss")


def test_curve_says_what_does_not_fit():
    with pytest.raises(CourseError, match="loss has 2 numbers, but x has 3"):
        curve({"loss": [1, 2]}, x=[1, 2, 3])
    with pytest.raises(CourseError, match="ys is empty"):
        curve({})


def test_matplotlib_loads_only_when_something_is_plotted():
    code = "import sys, minitransformer.figures; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
