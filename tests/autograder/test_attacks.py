"""No hostile answer scores more than an honest one of its worth, or changes anything else."""

from __future__ import annotations

import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.examine import examine
from autograder.judge import process, sandbox
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.specs import spec_of
from autograder.texts import answer_text
from tests.autograder.attack_ground import ANSWER, ground
from tests.autograder.attacks import corpus

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.xdist_group("attacks"),
    pytest.mark.skipif(
        bool(sandbox.problem()) and not os.environ.get("CI"), reason=sandbox.problem()
    ),
]

CORPUS = corpus()
NAMED = {
    f"{group}: {name}": attack for group, found in CORPUS.items() for name, attack in found.items()
}
SECONDS = 1.5  # an examination's time: enough for an honest answer, short for endless ones


def quick(exercise):
    return dataclasses.replace(spec_of(exercise), seconds=SECONDS)


@pytest.fixture(scope="module")
def battleground(tmp_path_factory):
    with ground(tmp_path_factory.mktemp("course")) as found:
        yield found


@pytest.fixture(scope="module")
def warm():
    os.environ["CANARY"] = ANSWER
    with WarmProcess(secure=True) as walled:
        yield walled
    del os.environ["CANARY"]


@pytest.fixture(autouse=True)
def short_time(monkeypatch):
    monkeypatch.setattr(process, "spec_of", quick)


def verdict_of(attack, warm, battleground):
    subject = ProcessSubject(attack.exercise, battleground.fill(attack.text), warm)
    return examine(quick(attack.exercise), subject)


def test_the_corpus_is_large_and_varied():
    assert len(NAMED) >= 60 and len(CORPUS) >= 12


@pytest.mark.parametrize("name", NAMED)
def test_an_attack_earns_no_more_than_its_worth_and_changes_nothing(name, warm, battleground):
    attack, before = NAMED[name], battleground.fingerprint()
    verdict = verdict_of(attack, warm, battleground)
    assert verdict.score <= attack.worth
    assert not verdict.passed
    words = verdict.problem + "".join(check.message for check in verdict.checks)
    assert words and all(c.isprintable() or c == "\n" for c in words)
    assert battleground.fingerprint() == before


def test_the_warm_process_has_survived_every_attack(warm):
    verdict = examine(
        spec_of("causal_mask"), ProcessSubject("causal_mask", answer_text("causal_mask"), warm)
    )
    assert verdict.passed
    assert warm.restarts == 0


@pytest.fixture(scope="module")
def open_process():
    with WarmProcess(secure=False) as unwalled:
        yield unwalled


@pytest.mark.parametrize("name", [name for name, attack in NAMED.items() if attack.controlled])
def test_without_the_walls_the_same_attack_earns_everything(
    name, open_process, battleground, monkeypatch
):
    monkeypatch.setattr(process, "spec_of", spec_of)
    verdict = verdict_of(NAMED[name], open_process, battleground)
    assert verdict.score == verdict.points


@pytest.mark.parametrize("name", ["ending: everything killed", "resources: a fork bomb"])
def test_an_honest_answer_beside_an_attack_keeps_its_points(name, warm, battleground):
    with ThreadPoolExecutor(2) as pool:
        attacks = [pool.submit(verdict_of, NAMED[name], warm, battleground) for _ in range(4)]
        honest = examine(
            spec_of("causal_mask"), ProcessSubject("causal_mask", answer_text("causal_mask"), warm)
        )
        assert honest.passed
        assert all(attack.result().score == 0 for attack in attacks)
