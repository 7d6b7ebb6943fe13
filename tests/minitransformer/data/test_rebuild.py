"""Rebuilding the corpora: from packages in small to the tables."""

import json

import pytest

from minitransformer.data import rebuild
from minitransformer.errors import DataError


def put(folder, path, content):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def packages(tmp_path):
    for kind in ("annotations", "annotationsDerived"):
        for language, name in (("en", "dog"), ("fr", "chien"), ("hi", "कुत्ता")):
            entries = {"x": {"tts": [name + ("" if kind == "annotations" else " 2")]}}
            content = {kind: {"annotations": entries}}
            put(tmp_path, f"cldr/{kind}/{language}/annotations.json", content)
    return tmp_path


def test_names_are_joined_by_character(packages):
    assert rebuild.cldr_rows(packages) == [
        ("dog", "chien", "कुत्ता", "cldr"),
        ("dog 2", "chien 2", "कुत्ता 2", "cldr"),
    ]


def test_messages_are_joined_by_file_and_key(tmp_path):
    for code, text in (("en", "Add a user"), ("fr_FR", "Ajouter un utilisateur")):
        folder = f"k/kolibri/locale/{code}/LC_MESSAGES"
        put(tmp_path, f"{folder}/a.json", {"one": text, f"only {code}": "x"})
    assert rebuild.kolibri(tmp_path, "fr") == [("Add a user", "Ajouter un utilisateur")]


@pytest.mark.parametrize(
    ("english", "translated", "to", "usable"),
    [
        ("Add a user", "Ajouter un utilisateur", "fr", True),
        ("Add {name}", "Ajouter {name}", "fr", False),
        ("See https://a.b", "Voir https://a.b", "fr", False),
        ("Menu", "menu", "fr", False),
        ("Add a user", "Add a user", "hi", False),
        ("Add a user", "यूज़र जोड़ें", "hi", True),
        ("Done", "हो गया l", "hi", False),
        ("Yes", " ".join(["oui"] * 9), "fr", False),
    ],
)
def test_what_reads_as_language_is_kept(english, translated, to, usable):
    assert rebuild.is_usable(english, translated, to) is usable


def test_a_missing_package_is_named(packages):
    with pytest.raises(DataError, match="no fr messages of kolibri"):
        rebuild.interface_rows(packages, "fr")


def test_the_program_ends_with_2_and_a_sentence(tmp_path, capsys):
    assert rebuild.main(["--from", str(tmp_path / "none")]) == 2
    assert "is not a folder" in capsys.readouterr().err
