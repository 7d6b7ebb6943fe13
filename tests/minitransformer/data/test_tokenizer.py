"""Words, pieces, ids, and back."""

import random

import pytest

from minitransformer.data import tokenizer as tok
from minitransformer.data.tokenizer import BOS, EOS, PAD, UNK, Tokenizer, join_words, split_words
from minitransformer.errors import DataError
from minitransformer.stub import PARTS
from solutions.embeddings import learn_bpe

TEXTS = ["l'ami de mon père dort.", "les amis dorment", "कुत्ते बहुत अच्छे हैं।", "le père dort"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dogs are great.", ["▁dogs", "▁are", "▁great", "◂."]),
        ("l'ami", ["▁l'", "▁ami"]),
        ("the dog's (old) hat", ["▁the", "▁dog", "◂'s", "(▸", "▁old", "◂)", "▁hat"]),
        ("où est-il ?", ["▁où", "▁est", "◂-▸", "▁il", "?"]),
        ("कुत्ते अच्छे हैं।", ["▁कुत्ते", "▁अच्छे", "▁हैं", "◂।"]),
        ("3.5 kg", ["3", "◂.", "◂5", "▁kg"]),
    ],
)
def test_words_and_marks(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "qu'est-ce que c'est ?",
        "don't say: \"l'été\" (no).",
        "a/b, 10.5 % – d'accord",
        "क्या यह अच्छा है ?",
        "'quoted' l'« ami »",
        "",
    ],
)
def test_joining_undoes_splitting(text):
    assert join_words(split_words(text)) == text


def test_vowel_signs_stay_with_their_letters():
    assert split_words("हिन्दी") == ["▁हिन्दी"]


def test_no_break_spaces_and_curly_quotes_are_made_plain():
    assert split_words("l’ami\u202f?") == ["▁l'", "▁ami", "?"]


def test_fast_learning_gives_the_exercise_s_merges():
    rng = random.Random(0)
    for _ in range(50):
        words = {
            "".join(rng.choices("abc", k=rng.randint(1, 8))): rng.randint(1, 4) for _ in range(20)
        }
        merges = rng.randint(0, 30)
        assert tok.learn(words, merges) == [tuple(pair) for pair in learn_bpe(words, merges)]


@pytest.fixture
def tokenizer():
    return Tokenizer.train(TEXTS, num_merges=30, min_count=1)


def test_ids_go_there_and_back(tokenizer):
    for text in TEXTS:
        ids = tokenizer.encode(text)
        assert ids[-1] == EOS
        assert not {PAD, BOS, UNK} & set(ids)
        assert tokenizer.decode(ids) == text


def test_decoding_stops_at_the_end_token_and_leaves_out_specials(tokenizer):
    ids = tokenizer.encode("le père dort")
    assert tokenizer.decode([BOS, UNK, *ids, *ids, PAD]) == "le père dort"


def test_an_unseen_letter_becomes_unknown(tokenizer):
    assert UNK in tokenizer.encode("zzz")
    assert tokenizer.unseen_words("le zzz dort, le zzz") == ["zzz", ","]


def test_a_word_s_place_in_the_text_does_not_make_its_marks_unseen(tokenizer):
    assert tokenizer.unseen_words("dort .") == []


def test_cutting_uses_the_part_in_use_once_a_word(tokenizer, monkeypatch):
    calls = []

    def apply_bpe(word, merges):
        calls.append(word)
        return list(word)

    monkeypatch.setattr(PARTS["apply_bpe"], "filled", apply_bpe)
    fresh = Tokenizer(tokenizer.merges, tokenizer.pieces)
    assert fresh.tokenize("ami ami") == ["▁", "a", "m", "i"] * 2
    assert calls == ["▁ami"]


def test_saved_and_loaded_is_the_same(tokenizer, tmp_path):
    tokenizer.save(tmp_path / "t.json")
    loaded = Tokenizer.load(tmp_path / "t.json")
    assert loaded.pieces == tokenizer.pieces
    assert loaded.merges == tokenizer.merges
    assert loaded.words == tokenizer.words


@pytest.mark.parametrize("content", ["", "{}", '{"merges": [1], "pieces": [], "words": []}'])
def test_a_damaged_file_is_named(tmp_path, content):
    file = tmp_path / "t.json"
    file.write_text(content)
    with pytest.raises(DataError, match=r"t\.json: not a tokenizer"):
        Tokenizer.load(file)
