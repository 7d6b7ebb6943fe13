"""The labs in a real Chromium: moved by keyboard, read by axe, restarted, opened again."""

from __future__ import annotations

import contextlib
import json
import os

import nbformat
import pytest

from autograder.notebooks import build_gallery
from minitransformer import labs
from tests.browser.jupyter import PIXELS, settle

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

GALLERY = "notebooks/labs.ipynb"
LETTER = "x"
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def gallery(open_notebook):
    notebook = open_notebook(GALLERY)
    notebook.run("from minitransformer import labs")
    return notebook


@pytest.fixture(scope="module")
def axe():
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def shown(notebook, name):
    """Run a lab's cell; return its cell and the lab in it, drawn and at rest."""
    cell = notebook.run(f"labs.{name}(")
    lab = cell.locator(".mt-lab")
    lab.wait_for(timeout=120_000)
    lab.locator("canvas").first.wait_for()
    settle(notebook.page, lab)
    return cell, lab


def press_until_the_picture_changes(page, lab):
    """Move one control after the other by keyboard; return the first that changed the picture."""
    before = lab.evaluate(PIXELS)
    for control in lab.locator("input, select, button").all():
        if not control.is_visible() or not control.is_enabled():
            continue
        control.focus()
        for key in keys_of(control):
            turn = lab.get_attribute("data-turn")
            page.keyboard.press(key)
            page.wait_for_function(
                "([node, turn]) => node.dataset.turn !== turn",
                arg=[lab.element_handle(), turn],
                timeout=60_000,
            )
            settle(page, lab)
            if lab.evaluate(PIXELS) != before:
                return control
            if key == LETTER:  # a word that the lab does not know would hide what comes next
                page.keyboard.press("Backspace")
                settle(page, lab)
    return None


def keys_of(control):
    kind = control.evaluate("node => node.type || node.tagName")
    return {
        "range": ["PageUp"] if control.evaluate("n => n.value !== n.max") else ["PageDown"],
        "checkbox": [" "],
        "text": [LETTER],
        "select-one": ["ArrowDown"] if control.evaluate("n => n.selectedIndex === 0")
        else ["ArrowUp"],
    }.get(kind, ["Enter"])  # fmt: skip


def violations(axe, page, lab):
    """Return the serious and critical violations in a lab, in short."""
    mark = lab.evaluate("node => node.id ||= `lab-${Math.random().toString(36).slice(2)}`")
    found = axe.run(page, context=f"#{mark}").response["violations"]
    return [
        f"{entry['id']} ({entry['impact']}): {entry['nodes'][0]['html'][:120]}"
        for entry in found
        if entry["impact"] in SERIOUS
    ]


# --- the gallery ----------------------------------------------------------------------------------


def test_the_gallery_shows_every_lab_once():
    sources = [cell.source for cell in build_gallery().cells if cell.cell_type == "code"]

    assert [source for source in sources if source.startswith("labs.")] == [
        f"labs.{name}()" for name in labs.names()
    ]


@pytest.mark.parametrize("name", labs.names())
def test_a_lab_moves_by_keyboard_and_axe_finds_nothing_serious(gallery, axe, learner, name):
    page = gallery.page
    cell, lab = shown(gallery, name)

    assert cell.locator(".mt-lab-still").count() == 1
    assert not cell.locator(".mt-lab-still").is_visible()
    assert lab.locator(".mt-lab-gone").is_hidden()
    for canvas in lab.locator("canvas").all():
        assert canvas.get_attribute("role") == "img" and canvas.get_attribute("aria-label")
    assert press_until_the_picture_changes(page, lab) is not None
    assert violations(axe, page, lab) == []
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        lab.screenshot(path=f"{folder}/lab_{name}.png")


def test_the_arrow_keys_walk_through_a_picture_and_read_it(gallery):
    page = gallery.page
    _, lab = shown(gallery, "softmax_thermostat")
    active = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex")
    lab.locator("canvas").first.focus()
    page.keyboard.press("ArrowRight")

    reading = lab.locator(".mt-lab-reading")
    assert reading.inner_text().startswith("1.5: 0.")
    page.keyboard.press("End")
    assert reading.inner_text().startswith("−1: 0.")
    after = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex")
    assert after == active, "JupyterLab took the arrow keys"


def test_a_mask_is_painted_with_the_space_bar(gallery):
    page = gallery.page
    _, lab = shown(gallery, "mask_painter")
    assert lab.locator(".mt-lab-alarm").is_hidden()
    lab.locator("canvas").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")

    alarm = lab.get_by_role("alert").filter(has_text="changes the output at the earlier “the”")
    alarm.wait_for(timeout=20_000)
    assert lab.locator(".mt-lab-reading").inner_text() == "query “the”, key “chicken”: 1"


def test_in_the_dark_and_at_200_percent_labs_read_well(gallery, axe):
    page = gallery.page
    normal = page.viewport_size
    theme(page, "JupyterLab Dark")
    found = {}
    for name in labs.names():
        lab = gallery.cell_of(f"labs.{name}(").locator(".mt-lab")
        if not lab.count():
            _, lab = shown(gallery, name)
        found[name] = violations(axe, page, lab)
    assert found == {name: [] for name in labs.names()}

    page.set_viewport_size({"width": 640, "height": 450})  # of a window of 1280 at 200 %
    lab = gallery.cell_of("labs.mask_painter(").locator(".mt-lab")
    settle(page, lab)
    assert lab.evaluate("node => node.scrollWidth <= node.clientWidth")
    boxes = [canvas.bounding_box() for canvas in lab.locator("canvas").all()]
    assert len({box["y"] for box in boxes}) > 1, "panels do not wrap"
    page.set_viewport_size(normal)
    theme(page, "JupyterLab Light")


def theme(page, name):
    """Switch JupyterLab's theme and wait until its pictures have followed."""
    page.evaluate(
        "theme => { window.jupyterapp.commands.execute('apputils:change-theme', {theme});"
        " return 1 }",
        name,
    )
    light = str(name.endswith("Light")).lower()
    page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{light}'")
    page.wait_for_timeout(300)


# --- Notebook 7 -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def notebook7(open_notebook):
    notebook = open_notebook(GALLERY, app="notebook")
    notebook.run("from minitransformer import labs")
    return notebook


@pytest.mark.parametrize("name", ["softmax_thermostat", "one_query", "mask_painter"])
def test_in_notebook_7_a_lab_moves_by_keyboard(notebook7, name):
    cell, lab = shown(notebook7, name)

    assert not cell.locator(".mt-lab-still").is_visible()
    assert press_until_the_picture_changes(notebook7.page, lab) is not None


# --- living on ------------------------------------------------------------------------------------


COUNT = "from ipywidgets.widgets.widget import _instances\nprint('open:', len(_instances))"
LIVING = (
    "from minitransformer import labs",
    "def my_softmax(logits, dim=-1):\n"
    "    if logits.max() > 400: raise ValueError('too large')\n"
    "    return logits.softmax(dim)",
    "labs.softmax_thermostat(my_softmax)",
    "import time\nprint('begun', flush=True)\ntime.sleep(3)",
    COUNT,
)


@pytest.fixture(scope="module")
def living(open_notebook, learner):
    """A notebook whose lab runs a function of the learner's; yields it with the lab."""
    text = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in LIVING])
    text.metadata["kernelspec"] = {"display_name": "Python 3", "name": "python3"}
    nbformat.write(text, learner / "living.ipynb")
    notebook = open_notebook("living.ipynb")
    notebook.run("from")
    notebook.run("def")
    _, lab = shown(notebook, "softmax_thermostat")
    return notebook, lab


def test_an_error_of_the_learners_stands_beside_the_controls_and_the_picture_stays(living):
    notebook, lab = living
    pixels = lab.evaluate(PIXELS)
    lab.get_by_role("slider", name="first score").focus()
    notebook.page.keyboard.press("End")

    error = lab.get_by_role("alert").filter(has_text="ValueError: too large")
    error.wait_for(timeout=20_000)
    assert "Line 2, in my_softmax: if logits.max() > 400" in error.inner_text()
    assert "The picture is still that of the last settings that worked." in error.inner_text()
    settle(notebook.page, lab)
    assert lab.evaluate(PIXELS) == pixels
    assert lab.locator(".mt-lab-running").inner_text() == "Running: the softmax you gave."
    lab.get_by_role("checkbox", name="compare with the reference").focus()
    notebook.page.keyboard.press("Space")
    lab.get_by_text("the reference's", exact=True).wait_for(timeout=20_000)
    mine, theirs = (block.bounding_box() for block in lab.locator(".mt-lab-figures").all())
    assert mine["y"] == theirs["y"] and mine["x"] + mine["width"] <= theirs["x"]


def test_a_move_made_while_a_cell_is_running_is_not_lost(living):
    notebook, lab = living
    page = notebook.page
    lab.get_by_role("slider", name="first score").focus()
    page.keyboard.press("Home")
    lab.locator(".mt-lab-error").wait_for(state="hidden")
    notebook.output(notebook.run("import time"), "begun")
    before = lab.locator(".mt-lab-description").inner_text()
    lab.get_by_role("slider", name="temperature τ").focus()
    page.keyboard.press("PageUp")
    page.wait_for_function(
        "([node, text]) => node.querySelector('.mt-lab-description').textContent !== text",
        arg=[lab.element_handle(), before],
        timeout=60_000,
    )  # at once where the kernel has sub-shells, after the cell elsewhere; never lost


def test_running_its_cell_again_closes_the_lab_that_was_there(living):
    notebook, _ = living
    count = notebook.output(notebook.run("from ipywidgets"), "open:")
    shown(notebook, "softmax_thermostat")

    again = notebook.output(notebook.run("from ipywidgets", COUNT.replace("open", "now")), "now:")
    assert again.split()[1] == count.split()[1]
    assert notebook.cell_of("labs.softmax").locator(".mt-lab").count() == 1


def test_a_lab_survives_restart_and_reopening(living, open_notebook, learner):
    notebook, lab = living
    page = notebook.page
    page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart();"
        " return 1 }"
    )
    lab.get_by_text("The kernel behind this lab is gone").wait_for(timeout=60_000)
    assert lab.get_by_role("slider", name="temperature τ").is_disabled()
    notebook.command("docmanager:save")
    saved = wait_until_saved(page, learner / "living.ipynb")
    assert "widgets" not in saved["metadata"]

    page.evaluate("() => { window.onbeforeunload = null; return 1 }")
    again = open_notebook("living.ipynb")
    still = again.page.locator(".mt-lab-still img")
    still.wait_for(timeout=60_000)
    assert "the entropy is" in still.get_attribute("alt")
    again.page.wait_for_timeout(1000)
    assert not again.page.get_by_text("Error displaying widget").is_visible()

    output = again.page.locator(".jp-Cell").nth(2).locator(".jp-OutputArea")
    assert output.locator("style").count() == 1
    again.page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.content.widgets[2].model.trusted = false;"
        " return 1 }"
    )
    output.locator("style").wait_for(state="detached")  # what is not trusted is sanitised
    image = output.locator("img")
    assert image.is_visible() and "the entropy is" in image.get_attribute("alt")
    assert image.evaluate("async node => { await node.decode(); return node.naturalWidth }") > 300


def wait_until_saved(page, file):
    for _ in range(100):
        with contextlib.suppress(ValueError):  # it is being written
            saved = json.loads(file.read_text(encoding="utf-8"))
            if saved["cells"][2]["outputs"]:
                return saved
        page.wait_for_timeout(100)
    raise AssertionError("the notebook was not saved")


# --- a page by itself -----------------------------------------------------------------------------


def test_a_page_works_from_a_file(chromium, axe, tmp_path):
    file = labs.one_query().to_html(tmp_path / "one query.html")
    page = chromium.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(file.as_uri())
    lab = page.locator(".mt-lab")
    before = lab.evaluate(PIXELS)
    lab.get_by_role("slider", name="length of the query").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(200)

    assert lab.evaluate(PIXELS) != before
    assert "a weight of 0.98" in lab.locator(".mt-lab-description").inner_text()
    found = axe.run(page).response["violations"]
    assert [entry["id"] for entry in found if entry["impact"] in SERIOUS] == []
    assert problems == []
    page.close()
