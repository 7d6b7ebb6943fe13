"""Running a cell again closes the labs that it made before, and no others."""

import ipywidgets
import pytest

from minitransformer import labs
from minitransformer.labs import replaced
from minitransformer.labs.show import show


class Shell:
    """A kernel's shell that is running a cell."""

    kernel = object()

    def __init__(self):
        self.message = {}

    def get_parent(self):
        return self.message

    def run(self, cell, message):
        self.message = {"metadata": {"cellId": cell}, "header": {"msg_id": message}}


@pytest.fixture
def shell(monkeypatch):
    import IPython
    import IPython.display

    shell = Shell()
    monkeypatch.delenv("MINITRANSFORMER_SHORT", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr(IPython.display, "display", lambda *_, **__: None)
    monkeypatch.setattr(replaced, "_shown", {})
    return shell


def shown():
    lab = labs.one_query()
    show(lab)
    return lab


def is_open(lab):
    return lab._widget is not None


def test_ten_runs_of_a_cell_leave_one_lab_open(shell):
    before = len(ipywidgets.widgets.widget._instances)
    for run in range(10):
        shell.run("a cell", f"run {run}")
        lab = shown()

    assert is_open(lab) and lab.error == ""
    lab.widget._handle_custom_msg({"turn": 1, "settings": {"turn": 10}}, [])
    lab.close()
    assert len(ipywidgets.widgets.widget._instances) == before


def test_labs_of_one_run_and_of_other_cells_stay_open(shell):
    shell.run("a cell", "run 1")
    first, second = shown(), shown()
    shell.run("another cell", "run 2")
    third = shown()
    show(first)  # once more, elsewhere

    assert is_open(first) and is_open(second) and is_open(third)
    shell.run("a cell", "run 3")
    fourth = shown()
    assert not is_open(first) and not is_open(second)
    assert is_open(third) and is_open(fourth)
    third.close(), fourth.close()


def test_a_lab_that_another_cell_only_shows_outlives_that_cell(shell):
    shell.run("the cell that makes it", "run 1")
    lab = labs.one_query()
    for run in ("run 2", "run 3"):
        shell.run("the cell that shows it", run)
        show(lab)

    assert is_open(lab)
    lab.close()


def test_what_a_replaced_lab_was_training_ends(shell):
    closed = []
    shell.run("a cell", "run 1")
    first = shown()
    first.memory = type("Memory", (), {"close": lambda self: closed.append(True)})()
    shell.run("a cell", "run 2")
    shown().close()

    assert closed == [True]


def test_where_cells_have_no_names_nothing_is_closed(shell):
    assert replaced.here() is None
    first, second = shown(), shown()

    assert is_open(first) and is_open(second)
    first.close(), second.close()
