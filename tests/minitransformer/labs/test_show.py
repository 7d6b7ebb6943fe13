"""What stays when nothing is live: the still picture, the page, the table."""

import base64
import json
import re

import numpy as np
import pytest

from minitransformer import labs
from minitransformer.errors import CourseError
from minitransformer.labs.definition import (
    Bars,
    Branch,
    Heatmap,
    Lines,
    Picture,
    Points,
    Tokens,
    Tree,
)
from minitransformer.labs.show import can_be_live, show, still_bundle
from minitransformer.labs.still import png

EVERY_PANEL = Picture(
    (
        Heatmap("map", np.array([[0.1, np.nan], [1, 2]]), ("a", "b"), ("c", "d"), marked=((0, 1),)),
        Bars("bars", np.array([1.0, np.inf, 0.5]), ("x", "y", "z"), faded=(2,), marked=(0,)),
        Lines("lines", np.arange(3), {"one": [1, np.nan, 3], "two $": [3, 2, 1]}, logy=True, at=1),
        Points("points", np.array([[0.0, 0], [1, 1]]), ("p", "q"), marked=(1,), arrows=((0, 1),)),
        Tokens("tokens", ("a", "long token", "$"), marked=(1,)),
        Tree("tree", (Branch("root", -1, 0.0), Branch("a", 0, -1.0, best=True),
                      Branch("b", 0, -2.0, kept=False))),
    ),
    alarm="Something is wrong.",
)  # fmt: skip


@pytest.fixture
def shown(monkeypatch):
    import IPython.display

    outputs = []
    monkeypatch.setattr(
        IPython.display, "display", lambda data, raw, metadata=None: outputs.append(data)
    )
    monkeypatch.setattr("minitransformer.labs.show.can_be_live", lambda: True)
    return outputs


def test_every_kind_of_panel_becomes_a_picture():
    assert png(EVERY_PANEL, "all").startswith(b"\x89PNG")
    assert png(Picture(())).startswith(b"\x89PNG")


def test_a_marked_cell_and_an_alarm_change_the_picture():
    plain = png(Picture(EVERY_PANEL.panels[:1]))

    assert png(Picture(EVERY_PANEL.panels[:1], "alarm")) != plain
    assert png(Picture((Heatmap("map", np.array([[0.1, np.nan], [1, 2]])),))) != plain


def test_the_still_output_says_in_words_what_it_shows():
    lab = labs.softmax_thermostat(lambda logits, dim=-1: logits.sigmoid())
    bundle = still_bundle(lab, "mark")

    assert f'alt="{lab.picture.alarm} {lab.description}"' in bundle["text/html"]
    assert "the softmax you gave" in bundle["text/html"]
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert lab.description in bundle["text/plain"]


def test_an_error_of_the_learners_is_escaped_in_the_still_output():
    def breaks(logits, dim=-1):
        raise ValueError("<script>")

    html = still_bundle(labs.softmax_thermostat(breaks))["text/html"]
    assert "&lt;script&gt;" in html and "<script>" not in html


def test_a_notebook_turned_into_a_page_shows_the_picture_and_its_alt_text(shown):
    import nbformat
    from nbconvert import HTMLExporter

    lab = labs.softmax_thermostat()
    show(lab)
    lab.close()
    cell = nbformat.v4.new_code_cell("labs.softmax_thermostat()")
    cell.outputs = [nbformat.v4.new_output("display_data", data) for data in shown[:1]]
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    without_scripts = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)

    (image,) = re.findall(r"<img[^>]*>", without_scripts)
    assert f'alt="{lab.description}"' in image
    assert f'src="data:image/png;base64,{shown[0]["image/png"]}"' in image


def test_in_a_notebook_the_live_view_names_its_still_and_follows_it(shown):
    lab = labs.softmax_thermostat()
    show(lab)

    still, live = shown
    assert f'data-mt-lab="{lab.widget.about["mark"]}"' in still["text/html"]
    assert list(live) == ["application/vnd.jupyter.widget-view+json"]
    lab.close()


@pytest.mark.parametrize("name", ["NBGRADER_EXECUTION", "MINITRANSFORMER_SHORT"])
def test_nothing_is_live_where_nobody_looks(monkeypatch, name):
    class Shell:
        kernel = object()

    import IPython

    monkeypatch.delenv("MINITRANSFORMER_SHORT", raising=False)
    monkeypatch.setattr(IPython, "get_ipython", Shell)
    assert can_be_live()
    monkeypatch.setenv(name, "1")
    assert not can_be_live()


# --- the page -------------------------------------------------------------------------------------


def test_a_page_holds_every_stop_of_the_sweep_and_asks_nothing_of_the_network(tmp_path):
    lab = labs.softmax_thermostat()
    text = lab.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL).group(1))

    assert len(data["frames"]) == 2 * 81
    assert data["start"] in data["frames"] and lab.settings["temperature"] == 1.0
    assert [control["name"] for control in data["about"]["controls"]] == ["temperature", "naive"]
    assert not re.search(r"""(src|href)=["']?https?:|import\(|fetch\(""", text)


def test_a_page_stops_less_often_rather_than_grow_without_end(monkeypatch, tmp_path):
    monkeypatch.setattr("minitransformer.labs.page.MOST_FRAMES", 20)
    text = labs.softmax_thermostat().to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL).group(1))

    stops = data["axes"]["temperature"]
    assert len(data["frames"]) == 20 and (stops[0], stops[-1]) == (0.01, 100.0)


def test_a_page_that_would_be_too_large_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr("minitransformer.labs.page.MOST_BYTES", 1000)

    with pytest.raises(CourseError, match="its page would have"):
        labs.softmax_thermostat().to_html(tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


# --- the table ------------------------------------------------------------------------------------


def test_an_experiment_has_a_row_for_each_combination():
    lab = labs.softmax_thermostat()
    table = lab.experiment(temperature=[0.1, 1.0, 10.0], naive=[False, True])

    assert len(table) == 6 and table.columns[:2] == ["temperature", "naive"]
    entropies = table.column("entropy")
    assert entropies[::2] == sorted(entropies[::2]) == pytest.approx(entropies[1::2])
    assert table.rows[0]["largest"] > 0.99 and lab.settings["temperature"] == 1.0
    assert table.to_csv().splitlines()[0] == ",".join(table.columns)
    assert "<td>0.1</td>" in table._repr_html_() and "temperature" in repr(table)
    with pytest.raises(CourseError, match="no column 'entrpy'; there are: temperature"):
        table.column("entrpy")


def test_an_experiment_takes_arrays_and_single_values_and_refuses_others():
    lab = labs.softmax_thermostat()

    assert len(lab.experiment(temperature=np.array([1.0, 2.0]), shift=5)) == 2
    with pytest.raises(CourseError, match="temperature takes a number"):
        lab.experiment(temperature=[1e9])
    with pytest.raises(ZeroDivisionError):
        labs.softmax_thermostat(lambda logits, dim=-1: 1 / 0).experiment(temperature=[1.0])
