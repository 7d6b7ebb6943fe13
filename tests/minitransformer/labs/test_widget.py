"""The widget: one message a move, nothing left behind, pictures as small buffers."""

import numpy as np
import pytest

from minitransformer import labs
from minitransformer.labs import frame as frames
from minitransformer.labs.definition import (
    Bars,
    Heatmap,
    LabDefinition,
    Lines,
    Picture,
    Slider,
)
from minitransformer.labs.lab import Lab


def heads_of(sharpness):
    rng = np.random.default_rng(0)
    return rng.random((8, 64, 64)) ** sharpness


HEADS = LabDefinition(
    name="heads",
    title="Heads",
    lesson="attention",
    parts=("scaled_dot_product_attention",),
    controls=(Slider("sharpness", "sharpness", 1, 20, 1, 1),),
    compute=lambda parts, sharpness: {"heads": heads_of(sharpness)},
    draw=lambda n: Picture(tuple(Heatmap(f"head {i}", h) for i, h in enumerate(n["heads"]))),
    describe=lambda n: f"mean {n['heads'].mean():.3f}",
    aha="",
)


@pytest.fixture
def widget():
    lab = Lab(HEADS)
    sent = []
    lab.widget.comm.publish_msg = lambda kind, **message: sent.append((kind, message))
    yield lab.widget, sent
    lab.close()


def move(widget, turn, **settings):
    widget._handle_custom_msg({"turn": turn, "settings": settings}, [])


def test_a_move_is_answered_by_one_message_with_the_pixels_as_bytes(widget):
    widget, sent = widget
    move(widget, 7, sharpness=3)

    assert len(sent) == 1
    _, message = sent[0]
    state = message["data"]["state"]
    assert set(state) == {"frame"} and state["frame"]["turn"] == 7
    assert state["frame"]["settings"] == {"sharpness": 3.0}
    assert [len(buffer) for buffer in message["buffers"]] == [64 * 64] * 8


def test_two_hundred_moves_leave_nothing_behind(widget):
    import ipywidgets

    widget, sent = widget
    before = len(ipywidgets.widgets.widget._instances)
    for turn in range(200):
        move(widget, turn + 1, sharpness=1 + turn % 20)

    assert len(sent) == 200
    assert len(ipywidgets.widgets.widget._instances) == before
    assert len(widget._lab._watchers) == 1


def test_a_move_that_makes_no_sense_is_answered_in_words_or_ignored(widget):
    widget, sent = widget
    move(widget, 1, sharpness=99)
    for content in (None, {}, {"turn": "1"}, [1]):
        widget._handle_custom_msg(content, [])

    assert len(sent) == 1
    answer = sent[0][1]["data"]["state"]["frame"]
    assert answer["error"].startswith("sharpness takes a number from 1 to 20")
    assert answer["settings"] == {"sharpness": 1.0}


def test_closing_the_lab_closes_its_comm():
    import ipywidgets

    before = len(ipywidgets.widgets.widget._instances)
    lab = labs.softmax_thermostat()
    assert lab.widget is lab.widget
    lab.close()
    assert len(ipywidgets.widgets.widget._instances) == before


# --- frames ---------------------------------------------------------------------------------------


def test_levels_span_the_scale_and_255_stands_for_nothing():
    values = np.array([[0.0, 0.5, 1.0, 2.0, np.nan, -np.inf]])

    assert list(frames.levels(values, 0.0, 1.0)) == [0, 127, 254, 254, 255, 255]


def test_small_heat_maps_keep_their_numbers():
    data = frames.panel_data(Heatmap("small", np.array([[0.25, np.nan]])))

    assert data["exact"] and (data["low"], data["high"]) == (0.25, 1.25)
    assert np.isnan(np.frombuffer(data["values"], "<f4")[1])


def test_comparing_puts_panels_of_one_title_on_one_scale():
    first = Picture((Bars("a", np.array([0.0, 4.0])), Lines("b", np.arange(2), {"x": [0, 1]})))
    second = Picture((Bars("a", np.array([0.0, 9.0])), Bars("b", np.array([5.0]))))

    mine, theirs = frames.on_one_scale(first, second)
    assert mine.panels[0].high == theirs.panels[0].high == 9.0
    assert mine.panels[1].high is None


def test_a_comparison_has_two_pictures_with_headings():
    lab = labs.softmax_thermostat(lambda logits, dim=-1: logits.sigmoid()).compare()
    pictures = frames.frame(lab)["pictures"]

    assert [picture["heading"] for picture in pictures] == ["yours", "the reference's"]
    assert pictures[0]["alarm"] and not pictures[1]["alarm"]
