"""The doctor attempts every escape; the judge refuses where it has to be safe and cannot be."""

from __future__ import annotations

import json

import pytest

from autograder import cli
from autograder.judge import doctor, sandbox
from autograder.judge.doctor import Report, Row, examine_machine
from autograder.judge.process import ProcessSubject, WarmProcess
from autograder.specs import spec_of
from autograder.texts import answer_text
from minitransformer.errors import CourseError

pytestmark = pytest.mark.xdist_group("attacks")


@pytest.mark.sandbox
def test_every_escape_is_blocked_and_its_control_succeeds():
    report = examine_machine()
    assert report.problem == ""
    assert [row.escape for row in report.rows if not row.blocked] == []
    assert [row.escape for row in report.rows if not row.shown and not row.needs] == []
    assert len(report.rows) >= 30


def test_without_a_sandbox_the_doctor_finds_open_doors(monkeypatch):
    first_rows = doctor.escapes
    monkeypatch.setattr(doctor, "escapes", lambda places: first_rows(places)[:3])
    monkeypatch.setattr(sandbox, "problem", lambda: "bubblewrap is not installed.")
    report = examine_machine()
    assert not report.well
    assert [row.blocked for row in report.rows] == [False] * 3


@pytest.mark.parametrize("blocked, code", [(True, 0), (False, 1)])
def test_the_command_prints_a_row_an_escape(monkeypatch, capsys, blocked, code):
    report = Report("", (Row("read the gradebook", blocked, shown=True),))
    monkeypatch.setattr(doctor, "examine_machine", lambda: report)
    with pytest.raises(cli.typer.Exit) as ended:
        cli.doctor(as_json=True)
    assert ended.value.exit_code == code
    assert json.loads(capsys.readouterr().out)["escapes"][0]["blocked"] is blocked
    with pytest.raises(cli.typer.Exit):
        cli.doctor(as_json=False)
    assert ("blocked" if blocked else "OPEN") in capsys.readouterr().out


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_another_platform_is_told_what_to_use(monkeypatch, platform):
    monkeypatch.setattr(sandbox.sys, "platform", platform)
    assert "Linux container" in sandbox.problem.__wrapped__()


def test_a_machine_without_bubblewrap_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    assert "apt install bubblewrap" in sandbox.problem.__wrapped__()


def test_what_has_to_be_safe_refuses_where_it_cannot_be(monkeypatch):
    monkeypatch.setattr(sandbox, "problem", lambda: "bubblewrap is not installed.")
    with pytest.raises(CourseError, match="bubblewrap is not installed"):
        WarmProcess(secure=True)


def test_a_warm_process_that_dies_is_started_again_and_the_examination_repeated():
    with WarmProcess(secure=False) as warm:
        cases = spec_of("causal_mask").draw_cases(0)
        subject = ProcessSubject("causal_mask", answer_text("causal_mask"), warm)
        first = list(subject.run(cases))
        warm._process.kill()
        warm._process.wait()
        again = list(subject.run(cases))
        assert warm.restarts == 1
    assert len(again) == len(first) and all(outcome.failure is None for outcome in again)
