"""A lab at work: settings, whose part runs, errors in words, comparing, threads."""

import importlib
import subprocess
import sys
import threading

import numpy as np
import pytest

from minitransformer import labs
from minitransformer.errors import CourseError
from minitransformer.labs.definition import Bars, Button, LabDefinition, Picture, Slider
from minitransformer.labs.lab import Lab
from minitransformer.stub import PARTS


@pytest.fixture(autouse=True)
def _nothing_saved(monkeypatch, tmp_path):
    monkeypatch.setenv("MINITRANSFORMER_HOME", str(tmp_path))
    PARTS["softmax"].forget_saved()
    yield
    PARTS["softmax"].fill(None)
    PARTS["softmax"].forget_saved()


def halves(logits, dim=-1):
    return logits * 0 + 0.5


def fails_above_400(logits, dim=-1):
    if logits.max() > 400:
        raise ValueError("too large for me")
    return logits.softmax(dim)


def bars_of(lab):
    return lab.picture.panels[0].values


# --- settings -------------------------------------------------------------------------------------


def test_a_lab_computes_at_the_settings_it_has():
    lab = labs.softmax_thermostat(temperature=2.0)
    warm = lab.numbers["largest"]

    assert lab.set(temperature=0.01).numbers["largest"] > 0.999 > warm
    assert lab.settings["temperature"] == 0.01 and "0.01" in lab.description


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temprature": 2.0}, "no setting 'temprature'; it has: temperature, first"),
        ({"temperature": 0}, "temperature takes a number from 0.01 to 100, but got 0"),
        ({"temperature": float("nan")}, "but got nan"),
        ({"temperature": "hot"}, "but got 'hot'"),
        ({"naive": 1}, "naive takes True or False, but got 1"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused_and_changes_nothing(settings, message):
    lab = labs.softmax_thermostat()
    before = lab.settings

    with pytest.raises(CourseError, match=message):
        lab.set(**settings)
    assert lab.settings == before


def test_cells_and_choices_are_checked_too():
    lab = labs.mask_painter()

    with pytest.raises(CourseError, match="mask takes one of causal, padding"):
        lab.set(mask="round")
    with pytest.raises(CourseError, match="painted takes 6 rows of 6 True or False"):
        lab.set(painted=[[True]])
    cells = [[False] * 6 for _ in range(6)]
    cells[0][5] = True
    assert lab.set(painted=cells).settings["painted"][0] == (False,) * 5 + (True,)


# --- whose part runs ------------------------------------------------------------------------------


def test_the_reference_runs_until_something_is_filled_in():
    lab = labs.softmax_thermostat()
    assert lab.running == "the reference's softmax" and not lab.comparable

    PARTS["softmax"].fill(halves)
    assert lab.refresh().running == "your softmax, as it is now" and lab.comparable
    assert (bars_of(lab) == 0.5).all()


def test_what_is_given_runs_instead():
    lab = labs.softmax_thermostat(halves)

    assert lab.running == "the softmax you gave"
    assert (bars_of(lab) == 0.5).all() and "add up to 2.500" in lab.picture.alarm


def test_several_parts_are_named_by_whose_they_are():
    lab = labs.mask_painter({"causal_mask": halves})

    assert lab.running.startswith("the causal_mask you gave; the reference's scaled_dot_product")


def test_what_fits_no_part_is_refused():
    with pytest.raises(CourseError, match="does not run 'attention'; it runs: softmax"):
        labs.softmax_thermostat({"attention": halves})
    with pytest.raises(CourseError, match="takes a function or class for softmax, but got int"):
        labs.softmax_thermostat(3)


def test_comparing_shows_the_references_result_at_the_same_settings():
    lab = labs.softmax_thermostat(halves, temperature=0.01).compare()

    assert (bars_of(lab) == 0.5).all()
    assert lab.other.numbers["largest"] > 0.999
    assert lab.compare(False).other is None


# --- errors ---------------------------------------------------------------------------------------


def test_an_error_is_told_in_words_and_the_last_good_picture_stays():
    lab = labs.softmax_thermostat(fails_above_400)
    good = bars_of(lab)

    lab.set(first=6.0)
    assert lab.error.endswith("ValueError: too large for me")
    assert 'in fails_above_400: raise ValueError("too large for me")' in lab.error
    assert "Traceback" not in lab.error and "minitransformer" not in lab.error
    assert np.array_equal(bars_of(lab), good) and lab.stale
    assert lab.set(first=2.0).error == "" and not lab.stale


def test_an_untouched_stub_is_told_as_not_filled_in():
    def softmax(logits, dim=-1):
        raise NotImplementedError

    lab = labs.softmax_thermostat(softmax)
    assert lab.numbers == {} and lab.picture.panels == ()
    assert lab.error.startswith("softmax is not filled in yet")


def test_a_result_that_cannot_be_drawn_is_told_without_a_line():
    lab = labs.softmax_thermostat(lambda logits, dim=-1: "shares")

    assert lab.numbers == {}
    assert lab.error.startswith("The lab cannot show what the parts it runs gave back.")


# --- threads, buttons, memory ---------------------------------------------------------------------


class Counter:
    """What the lab below remembers."""

    def __init__(self, refresh):
        self.refresh, self.count, self.closed = refresh, 0, False

    def close(self):
        self.closed = True


def counting(press=None, seen=None):
    def compute(parts, step, memory):
        if seen is not None:
            seen.append(threading.get_ident())
        return {"step": step, "count": memory.count}

    def add(memory, button, parts, settings):
        memory.count += 10 if button == "ten" else 1

    return LabDefinition(
        name="counting",
        title="Counting",
        lesson="softmax",
        parts=("softmax",),
        controls=(Slider("step", "step", 0, 100, 1, 0), Button("ten", "ten more")),
        compute=compute,
        draw=lambda n: Picture((Bars("count", np.array([n["count"], n["step"]])),)),
        describe=lambda n: f"{n['count']} and {n['step']}",
        aha="",
        remember=Counter,
        press=press or add,
    )


def test_a_button_changes_what_the_lab_remembers_and_closing_ends_it():
    lab = Lab(counting())
    memory = lab.memory

    assert lab.press("ten").press("ten").numbers["count"] == 20
    lab.close()
    assert memory.closed


def test_a_button_that_fails_is_told_in_words():
    def press(memory, button, parts, settings):
        raise CourseError("The brake is on.")

    lab = Lab(counting(press)).press("ten")
    assert lab.error == "The brake is on." and not lab.stale


def test_a_refresh_may_come_from_another_thread():
    seen = []
    lab = Lab(counting(seen=seen))
    shown = []
    lab.watch(lambda: shown.append(lab.description))
    thread = threading.Thread(target=lab.memory.refresh)
    thread.start()
    thread.join()

    assert shown == ["0 and 0"] and seen[-1] != threading.get_ident()


def test_many_moves_at_once_end_at_the_latest_settings_and_never_overlap():
    busy = threading.Lock()
    overlaps = []

    def compute(parts, temperature):
        overlaps.append(not busy.acquire(blocking=False))
        parts.softmax(np_zeros())
        busy.release()
        return {"temperature": temperature}

    def np_zeros():
        import torch

        return torch.zeros(3)

    lab = Lab(
        LabDefinition(
            "moves", "Moves", "softmax", ("softmax",),
            (Slider("temperature", "temperature", 0, 1000, 1, 0),),
            compute, lambda n: Picture(()), lambda n: str(n["temperature"]), "",
        )
    )  # fmt: skip
    last = []

    def moves(offset):
        for step in range(50):
            lab.set(temperature=float(offset + step))
            last.append(offset + step)

    threads = [threading.Thread(target=moves, args=(offset,)) for offset in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not any(overlaps)
    assert lab.numbers["temperature"] == lab.settings["temperature"]


# --- the package ----------------------------------------------------------------------------------


def test_a_wrong_name_lists_the_labs():
    with pytest.raises(AttributeError, match=r"no lab is called softmax_thermo.*mean softmax_the"):
        _ = labs.softmax_thermo


def test_a_labs_name_stands_for_its_maker_however_its_module_was_imported():
    module = importlib.reload(importlib.import_module("minitransformer.labs.one_query"))

    assert labs.one_query.definition.name == module.LAB.name
    assert labs.one_query().numbers


def test_widgets_and_matplotlib_load_only_when_a_lab_is_shown():
    code = (
        "import sys\nfrom minitransformer import labs\nlab = labs.softmax_thermostat()\n"
        "lab.set(temperature=2.0).experiment(temperature=[1.0, 2.0])\n"
        "sys.exit(bool({'ipywidgets', 'anywidget', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", labs.names())
def test_every_definition_is_whole(name):
    definition = labs.find(name)
    controls = [control.name for control in definition.controls]

    assert definition.name == name and definition.aha.endswith((".", "!", "?"))
    assert len(set(controls)) == len(controls)
    assert set(definition.parts) <= set(PARTS)
    assert definition.sweep in {"", *controls}
