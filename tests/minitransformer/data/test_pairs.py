"""Reading pairs from files, splitting them, and what ships."""

from pathlib import Path

import pytest

from minitransformer.data.grammar import Pairing
from minitransformer.data.pairs import (
    bundled,
    cldr_names,
    group_key,
    head_word,
    interface_texts,
    read_pairs,
    read_parallel,
    split_by_group,
)
from minitransformer.errors import DataError

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


def write(folder, content, name="pairs.tsv"):
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize(
    "content",
    [
        "Go.\tVa !\nRun!\tCours !\n",
        "Go.\tVa !\tCC-BY 2.0\nRun!\tCours !\tCC-BY 2.0\n",
        "\ufeffGo.\tVa !\n\nRun!\tCours !",
        "Go.\tVa\u202f!\r\nRun!\tCours\u00a0!\r\n",
    ],
    ids=["two columns", "Tatoeba", "byte order mark, empty line", "Windows, no-break spaces"],
)
def test_pairs_are_read(tmp_path, content):
    assert read_pairs(write(tmp_path, content)) == [
        Pairing("Go.", "Va !"),
        Pairing("Run!", "Cours !"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\tb\nno tab here\n", r"pairs\.tsv, line 2: no tab in 'no tab here'.*Expected: English"),
        ("a\tb\tc\td\n", r"line 1: 4 columns"),
        ("a\tb\n\t c\n", r"line 2: the first column is empty"),
        ("a\tb\nc\t \n", r"line 2: the second column is empty"),
        (b"a\tb\nc\t\xe9t\xe9\n", r"line 2: byte 0xe9 is not UTF-8.*Save the file as UTF-8"),
        ("\n\n", r"no sentence pairs"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        read_pairs(write(tmp_path, content))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.tsv: there is no such file"):
        read_pairs(tmp_path / "nowhere.tsv")


def test_parallel_files_are_read(tmp_path):
    english = write(tmp_path, "A dog.\nA cat.\n", "x.en")
    french = write(tmp_path, "Un chien.\nUn chat.\n", "x.fr")
    assert read_parallel(english, french)[1] == Pairing("A cat.", "Un chat.")


def test_parallel_files_have_to_be_of_one_length(tmp_path):
    english = write(tmp_path, "A dog.\nA cat.\n", "x.en")
    french = write(tmp_path, "Un chien.\n", "x.fr")
    with pytest.raises(DataError, match=r"x\.en has 2 lines, but .*x\.fr has 1"):
        read_parallel(english, french)


def test_an_empty_line_in_a_parallel_file_is_told(tmp_path):
    english = write(tmp_path, "A dog.\n\nA cat.\n", "x.en")
    french = write(tmp_path, "Un chien.\nrien\nUn chat.\n", "x.fr")
    with pytest.raises(DataError, match=r"x\.en, line 2: the line is empty"):
        read_parallel(english, french)


def test_near_duplicates_share_a_group():
    assert group_key("Close!") == group_key("close")
    assert head_word("waving hand: light skin tone") == head_word("waving hand: dark skin tone")


def test_one_group_is_never_in_two_parts():
    pairs = [Pairing(f"hand {i}: tone {j}", "x") for i in range(60) for j in range(5)]
    parts = split_by_group(pairs, head_word)
    heads = [{head_word(pair.source) for pair in part} for part in parts.values()]
    assert sum(map(len, parts.values())) == 300
    assert sum(map(len, heads)) == 60
    assert all(heads)


@pytest.mark.parametrize("to", ["fr", "hi"])
def test_what_ships_is_clean(to):
    pairs = cldr_names(to) + interface_texts(to)
    assert len(pairs) > 6000
    for pair in pairs:
        assert pair.source.strip() and pair.target.strip()
        assert not {"\u00a0", "\u202f", "’", "\x04", "\ufeff"} & set(pair.source + pair.target)


def test_every_bundled_row_names_a_source_of_the_notice():
    corpora = Path(__file__).resolve().parents[3] / "minitransformer" / "data" / "corpora"
    notice = (corpora / "NOTICE.md").read_text(encoding="utf-8")
    for file in corpora.glob("*.tsv"):
        rows = file.read_text(encoding="utf-8").splitlines()[1:]
        for source in {row.rsplit("\t", 1)[1] for row in rows}:
            assert f"`{source}`" in notice
    for licence in (corpora / "licenses").iterdir():
        assert f"licenses/{licence.name}" in notice


@pytest.mark.parametrize("to", ["fr", "hi"])
def test_nothing_held_out_is_trained_on_in_any_corpus(to):
    corpora = bundled(to, grammar_size=2000)
    trained = {group_key(p.source) for parts in corpora.values() for p in parts["train"]}
    held_out = [
        pair
        for parts in corpora.values()
        for name in parts
        if name != "train"
        for pair in parts[name]
    ]
    assert len(held_out) >= 500
    assert not trained & {group_key(pair.source) for pair in held_out}


def test_an_unknown_language_is_told():
    with pytest.raises(DataError, match="no language is called 'de'"):
        bundled("de")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the measured corpora are not on this machine")
def test_the_measured_corpora_can_be_read():
    assert len(read_pairs(SHARED / "eng-fra.txt")) == 5000
    assert len(read_pairs(SHARED / "hin.txt")) == 2778
    assert read_pairs(SHARED / "hin.txt")[0].source == "Wow!"
    m30k = read_parallel(SHARED / "m30k.val.en", SHARED / "m30k.val.fr")
    assert len(m30k) == 1014
