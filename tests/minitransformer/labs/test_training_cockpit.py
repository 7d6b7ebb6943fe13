"""The training cockpit: steering a run in the background, and divergence with its cure."""

import gc
import math
import os
import signal
import threading
import time

import numpy as np
import pytest
import torch

from minitransformer import labs
from minitransformer.errors import CourseError
from minitransformer.labs.training_material import data
from minitransformer.labs.training_run import AT_MOST_EVERY
from solutions.training import train_step
from tests.minitransformer.labs.broken import BROKEN, wrong_answer

SMALL = {"batch_size": 8}
STEPS = 15  # after which a mistake shows


@pytest.fixture
def cockpits():
    """Make cockpits that are closed after the test."""
    made = []

    def make(implementation=None, **settings):
        made.append(labs.training_cockpit(implementation, **{**SMALL, **settings}))
        return made[-1]

    yield make
    for cockpit in made:
        cockpit.close()


def recent(run):
    return float(np.mean(run.losses[-10:]))


# --- the aha --------------------------------------------------------------------------------------


def test_a_high_rate_without_warm_up_never_recovers_and_with_warm_up_learns(cockpits):
    cockpit = cockpits(batch_size=16)
    cockpit.start(learning_rate=0.03, warmup=0).wait(steps=60).pause()
    assert "knows no more than how frequent each word is" in cockpit.picture.alarm
    cockpit.start(learning_rate=0.03, warmup=40).wait(steps=60).pause()

    stuck, learned = cockpit.runs
    assert recent(stuck) > data().frequencies_only - 0.15
    assert recent(learned) < data().frequencies_only - 0.7
    assert cockpit.picture.alarm == ""
    losses = cockpit.picture.panels[0]
    assert list(losses.series) == [stuck.name, learned.name, "word frequencies only"]
    assert "rate 0.03, no warm-up" in stuck.name and "rate 0.03, warm-up 40" in learned.name


# --- steering -------------------------------------------------------------------------------------


def test_start_returns_at_once_and_the_run_goes_on_by_itself(cockpits):
    cockpit = cockpits().start()
    caller = threading.current_thread()

    cockpit.wait(steps=3)
    assert cockpit.runs[-1].state == "running" and threading.current_thread() is caller
    assert cockpit.runs[-1].alive


def test_while_paused_no_weight_moves_and_resume_goes_on(cockpits):
    cockpit = cockpits().start().wait(steps=3).pause()
    run = cockpit.runs[-1]
    steps, before = run.steps, [weight.clone() for weight in cockpit.model.parameters()]
    time.sleep(0.15)
    assert run.steps == steps and run.state == "paused"
    assert all(map(torch.equal, before, cockpit.model.parameters()))

    cockpit.resume().wait(steps=steps + 2)
    assert run.steps >= steps + 2 and run.losses[:steps] == run.losses[:steps]
    assert not all(map(torch.equal, before, cockpit.model.parameters()))


def test_settings_change_a_run_under_way(cockpits):
    cockpit = cockpits(learning_rate=0.01, warmup=0).start().wait(steps=2).pause()
    run = cockpit.runs[-1]
    before = run.steps
    cockpit.set(learning_rate=0.002, warmup=100, smoothing=0.1, batch_size=4)
    cockpit.resume().wait(steps=before + 2).pause()

    assert set(run.rates[:before]) == {0.01}
    expected = [0.002 * step / 100 for step in range(before + 1, run.steps + 1)]
    assert run.rates[before:] == pytest.approx(expected)
    assert [(step, settings.batch_size) for step, settings in run.changes] == [(before, 4)]
    assert f"then rate 0.002, warm-up 100, smoothing 0.1, batch 4 from step {before + 1}" in (
        cockpit.description
    )


def test_earlier_runs_stay_with_their_curves_and_models(cockpits):
    cockpit = cockpits().start().wait(steps=4)
    first, model = cockpit.runs[0], cockpit.model
    cockpit.start(learning_rate=0.003).wait(steps=2).stop()

    assert first.state == "stopped" and first.steps >= 4 and first.model is model
    assert len(first.losses) == len(first.norms) == len(first.rates) == first.steps
    assert cockpit.model is not model and not any(run.alive for run in cockpit.runs)
    assert {first.name, cockpit.runs[1].name} < set(cockpit.picture.panels[0].series)


def test_the_same_settings_give_the_same_losses_beside_another_cockpit(cockpits):
    one, other = cockpits(), cockpits(learning_rate=0.1)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one.start()
    other.start()
    one.wait(steps=5), other.wait(steps=5)
    one.start().wait(steps=5)

    assert torch.equal(torch.rand(3), expected)  # nor is the learner's own randomness disturbed
    assert one.runs[0].losses[:5] == one.runs[1].losses[:5] != other.runs[0].losses[:5]


def test_samples_and_the_norm_before_clipping_are_kept(cockpits):
    run = cockpits(lambda *args, **options: train_step(*args, **{**options, "max_norm": 1e-3}))
    run.start().wait(steps=21)
    history = run.runs[-1]

    assert {1, 20} <= set(history.samples) and "dogs are great" in history.samples[20]
    assert min(history.norms) > 0.1


def test_refreshes_are_at_most_ten_a_second(cockpits):
    cockpit = cockpits().start()
    seen = []
    cockpit.watch(lambda: seen.append(time.monotonic()))
    cockpit.runs[-1].wait(steps=12, timeout=60)
    cockpit.runs[-1].ask_to_stop()

    gaps = np.diff(seen[:-1])
    assert len(seen) >= 2 and (gaps > 0.5 * AT_MOST_EVERY).all()


def test_an_experiment_trains_once_for_each_combination(cockpits):
    table = cockpits().experiment(steps=3, learning_rate=[0.001, 0.01], warmup=0)

    assert table.columns == ["learning_rate", "warmup", "steps", "loss"]
    assert table.column("learning_rate") == [0.001, 0.01] and len(set(table.column("loss"))) == 2


# --- parts ----------------------------------------------------------------------------------------


def test_parts_are_taken_as_they_are_at_the_start_of_a_run(cockpits):
    from minitransformer.stub import PARTS

    def other_rate(step, d_model, warmup_steps):
        return 1.0

    cockpit = cockpits(warmup=10).start().wait(steps=1).pause()
    try:
        PARTS["warmup_lr"].fill(other_rate)
        before = cockpit.runs[-1].steps
        cockpit.resume().wait(steps=before + 2).stop()
        rates = cockpit.runs[-1].rates
        assert rates == pytest.approx([0.01 * step / 10 for step in range(1, len(rates) + 1)])
        cockpit.start().wait(steps=2).stop()
        assert len(set(cockpit.runs[-1].rates)) == 1
    finally:
        PARTS["warmup_lr"].fill(None)


def test_an_error_in_train_step_ends_the_run_in_words(cockpits):
    calls = []

    def fails_later(model, batch, optimizer, **options):
        calls.append(1)
        if len(calls) == 3:
            raise ValueError("no third time")
        return train_step(model, batch, optimizer, **options)

    cockpit = cockpits(fails_later).start()
    with pytest.raises(CourseError, match="no third time"):
        cockpit.wait(steps=5)
    run = cockpit.refresh().runs[-1]

    assert run.state == "failed" and run.steps == 2
    assert "Run 1 has ended." in cockpit.picture.alarm and "fails_later" in cockpit.picture.alarm
    cockpit.start()
    assert cockpit.runs[-1].number == 2


@pytest.mark.parametrize(
    ("returned", "message"),
    [(None, "returned NoneType at step 1"), (math.nan, "The loss is nan after step 1")],
)
def test_a_loss_that_is_no_number_is_said_in_words(cockpits, returned, message):
    cockpit = cockpits(lambda *args, **options: returned).start()

    with pytest.raises(CourseError, match=message):
        cockpit.wait(steps=2)


@pytest.mark.parametrize(("exercise", "name"), BROKEN["training_cockpit"])
def test_a_mistake_shows_within_some_steps(cockpits, exercise, name):
    right = cockpits().start().wait(steps=STEPS).stop().runs[-1]
    broken = cockpits({exercise: wrong_answer(exercise, name)}).start()
    broken.memory.latest.wait(STEPS, timeout=60)
    broken.refresh().stop()
    run = broken.runs[-1]
    differences = [
        abs(np.array(getattr(right, kind)[:STEPS]) / np.array(getattr(run, kind)[:STEPS]) - 1).max()
        for kind in ("losses", "norms", "rates")
    ]

    assert max(differences) > 0.3


# --- ends -----------------------------------------------------------------------------------------


def test_before_the_first_run_buttons_say_what_to_do(cockpits):
    cockpit = cockpits()
    assert "No run yet" in cockpit.description and len(cockpit.picture.panels) == 1
    assert "Press “start a new run” first" in cockpit.press("pause").error
    with pytest.raises(CourseError, match="there is no run yet"):
        cockpit.pause()


def test_buttons_do_what_the_methods_do(cockpits):
    cockpit = cockpits()
    states = []
    for button in ("start", "pause", "resume", "stop"):
        cockpit.press(button)
        states.append(cockpit.runs[-1].state)

    assert states == ["running", "paused", "running", "stopped"] and cockpit.error == ""


def test_closing_stops_the_thread_and_keeps_what_was_learned(cockpits):
    cockpit = cockpits().start().wait(steps=2)
    cockpit.close()

    assert not cockpit.runs[-1].alive and cockpit.runs[-1].steps >= 2


def test_a_deleted_cockpit_stops_its_thread():
    cockpit = labs.training_cockpit(**SMALL).start().wait(steps=1)
    run = cockpit.runs[-1]
    del cockpit
    gc.collect()

    run.wait(10**6, timeout=10)
    assert run.state == "stopped"


def test_ctrl_c_while_waiting_leaves_the_run_alone(cockpits):
    cockpit = cockpits().start().wait(steps=1)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            cockpit.wait(steps=10**6, timeout=20)
            time.sleep(1)
    finally:
        signal.signal(signal.SIGINT, before)

    before = cockpit.runs[-1].steps
    cockpit.wait(steps=before + 2)
    assert cockpit.runs[-1].state == "running"
