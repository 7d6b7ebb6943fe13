"""Records: what the judge found, a file a student, written in one step and read without fail."""

from __future__ import annotations

import json
import os

import pytest

from autograder.examine import CheckResult, Verdict
from autograder.judge.record import read_records, record_file, write_record

VERDICT = Verdict(
    exercise="softmax",
    answered=True,
    passed=False,
    score=2.0,
    points=4.0,
    checks=(CheckResult("values", "right values", True, 2.0, 2.0),),
    seed=7,
    seconds=0.5,
)


def _write(folder, student="ada", repairs=(), verdicts=(VERDICT,), notebook="00_softmax"):
    return write_record(folder, "00_softmax", student, notebook, verdicts, list(repairs))


def test_a_record_is_read_as_it_was_written(tmp_path):
    _write(tmp_path, repairs=["the file was empty"])
    found = read_records(tmp_path, "00_softmax")
    assert found.unreadable == []
    assert found.records == [
        {
            "assignment": "00_softmax",
            "student": "ada",
            "notebook": "00_softmax",
            "repairs": ["the file was empty"],
            "exercises": [VERDICT.as_json()],
        }
    ]


def test_it_stands_under_the_assignment_and_the_student(tmp_path):
    assert _write(tmp_path) == tmp_path / "verdicts" / "00_softmax" / "ada.json"


def test_writing_twice_gives_the_same_bytes(tmp_path):
    first = _write(tmp_path).read_bytes()
    assert _write(tmp_path).read_bytes() == first


def test_a_verdict_may_come_as_the_data_it_prints(tmp_path):
    first = _write(tmp_path).read_bytes()
    assert _write(tmp_path, verdicts=[VERDICT.as_json()]).read_bytes() == first


def test_further_notebooks_of_an_assignment_have_records_of_their_own(tmp_path):
    _write(tmp_path)
    _write(tmp_path, notebook="extra")
    notebooks = {r["notebook"] for r in read_records(tmp_path, "00_softmax").records}
    assert notebooks == {"00_softmax", "extra"}


@pytest.mark.parametrize("name", ["../../x", "..", ".hidden", "a/b", "Zoë Müller", "x" * 60])
def test_a_students_name_never_leads_out_of_the_folder(tmp_path, name):
    file = _write(tmp_path, student=name)
    assert file.parent == tmp_path / "verdicts" / "00_softmax"
    assert [r["student"] for r in read_records(tmp_path, "00_softmax").records] == [name]


@pytest.mark.parametrize(
    "torn", ["", "{", "[]", "null", '{"student": "x"}', '{"assignment": 1}', "[" * 100_000]
)
def test_a_torn_file_is_named_and_the_others_are_read(tmp_path, torn):
    _write(tmp_path)
    record_file(tmp_path, "00_softmax", "eve", "00_softmax").write_text(torn)
    found = read_records(tmp_path, "00_softmax")
    assert [r["student"] for r in found.records] == ["ada"]
    assert found.unreadable == [os.path.join("verdicts", "00_softmax", "eve.json")]


def test_without_records_there_are_none(tmp_path):
    found = read_records(tmp_path, "00_softmax")
    assert (found.records, found.unreadable) == ([], [])


def test_a_record_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    old = _write(tmp_path).read_bytes()
    monkeypatch.setattr(os, "replace", _full_disk)
    with pytest.raises(OSError, match="No space left"):
        _write(tmp_path, repairs=["new"])
    file = record_file(tmp_path, "00_softmax", "ada", "00_softmax")
    assert file.read_bytes() == old
    assert [f.name for f in file.parent.iterdir()] == ["ada.json"]
    assert json.loads(old)["repairs"] == []


def _full_disk(*_):
    raise OSError(28, "No space left on device")
