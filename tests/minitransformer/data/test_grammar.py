"""The grammar: right French, right Hindi, and splits that do not leak."""

import unicodedata

import pytest

from minitransformer.data import grammar
from minitransformer.data.english import english
from minitransformer.data.french import french, smooth
from minitransformer.data.hindi import hindi
from minitransformer.data.lexicon import (
    ADJECTIVES,
    FEELINGS,
    GIVE,
    GO,
    INTRANSITIVE,
    MASS_NOUNS,
    NOUNS,
    PREPOSITIONS,
    TRANSITIVE,
)
from minitransformer.data.syntax import (
    Does,
    Has,
    Is,
    IsAt,
    NounPhrase,
    Pair,
    Place,
    Pronoun,
    Question,
    ThereIs,
    adjective_noun_pairs,
)

N = {noun.en: noun for noun in NOUNS + MASS_NOUNS}
A = {adjective.en: adjective for adjective in ADJECTIVES + FEELINGS}
V = {verb.en: verb for verb in [*INTRANSITIVE, *reversed(TRANSITIVE), GIVE, GO]}


def np(determiner, noun, adjective=None, owner=None):
    return NounPhrase(determiner, N[noun], A[adjective] if adjective else None, owner)


def at(preposition, determiner, noun):
    return Place(PREPOSITIONS[preposition], np(determiner, noun))


SENTENCES = [
    (
        Is(np("some", "dog"), (A["great"],)),
        "dogs are great",
        "les chiens sont super",
        "कुत्ते बहुत अच्छे हैं",
    ),
    (
        Is(np("the", "cat", "small"), (A["tired"],), "very", negated=True),
        "the small cat is not very tired",
        "le petit chat n'est pas très fatigué",
        "छोटी बिल्ली बहुत थकी हुई नहीं है",
    ),
    (
        Does(Pronoun("I"), V["like"], np("some", "apple")),
        "I like apples",
        "j'aime les pommes",
        "मैं सेब पसंद करता हूँ",
    ),
    (
        Does(np("the", "girl"), V["eat"], np("some", "apple"), negation="never"),
        "the girl never eats apples",
        "la fille ne mange jamais de pommes",
        "लड़की सेब कभी नहीं खाती है",
    ),
    (
        Does(np("the+", "boy"), V["see"], np("this", "tree", "old")),
        "the boys see this old tree",
        "les garçons voient ce vieil arbre",
        "लड़के यह पुराना पेड़ देखते हैं",
    ),
    (
        Does(np("my", "sister"), V["see"], np("these", "boy", "tired")),
        "my sister sees these tired boys",
        "ma sœur voit ces garçons fatigués",
        "मेरी बहन इन थके हुए लड़कों को देखती है",
    ),
    (
        Does(Pronoun("she"), V["go"], place=at("to", "the", "market"), frequency="often"),
        "she often goes to the market",
        "elle va souvent au marché",
        "वह अक्सर बाज़ार जाती है",
    ),
    (
        Does(Pronoun("they"), V["talk to"], np("the+", "child")),
        "they talk to the children",
        "ils parlent aux enfants",
        "वे बच्चों से बात करते हैं",
    ),
    (
        Does(Pronoun("we"), V["give"], np("a", "orange"), np("the", "student")),
        "we give an orange to the student",
        "nous donnons une orange à l'étudiant",
        "हम छात्र को एक संतरा देते हैं",
    ),
    (
        Does(Pronoun("he"), V["drink"], np("some", "water"), modal="want"),
        "he wants to drink water",
        "il veut boire de l'eau",
        "वह पानी पीना चाहता है",
    ),
    (
        Does(Pronoun("you"), V["clean"], np("the", "house"), modal="can"),
        "you can clean the house",
        "vous pouvez nettoyer la maison",
        "आप घर साफ़ कर सकते हैं",
    ),
    (
        Does(np("the", "woman"), V["wait for"], np("the", "train"), time="in the morning"),
        "the woman waits for the train in the morning",
        "la femme attend le train le matin",
        "औरत सुबह ट्रेन का इंतज़ार करती है",
    ),
    (
        Does(Pair(np("the", "girl"), np("the", "boy")), V["sleep"], place=at("under", "a", "tree")),
        "the girl and the boy sleep under a tree",
        "la fille et le garçon dorment sous un arbre",
        "लड़की और लड़का एक पेड़ के नीचे सोते हैं",
    ),
    (
        Has(np("the", "boy"), np("a", "dog"), negated=True),
        "the boy does not have a dog",
        "le garçon n'a pas de chien",
        "लड़के के पास कोई कुत्ता नहीं है",
    ),
    (
        ThereIs(np("many", "bird", "beautiful"), at("near", "the", "garden")),
        "there are many beautiful birds near the garden",
        "il y a beaucoup de beaux oiseaux près du jardin",
        "बगीचे के पास कई सुंदर पक्षी हैं",
    ),
    (
        Is(np("the", "house", "new", np("the+", "neighbour")), (A["beautiful"],)),
        "the neighbours' new house is beautiful",
        "la nouvelle maison des voisins est belle",
        "पड़ोसियों का नया घर सुंदर है",
    ),
    (
        Question(Is(np("your", "dog"), (A["hungry"],))),
        "is your dog hungry ?",
        "est-ce que votre chien a faim ?",
        "क्या आपका कुत्ता भूखा है ?",
    ),
    (
        Question(IsAt(np("my+", "key"), at("on", "the", "table")), "where"),
        "where are my keys ?",
        "où sont mes clés ?",
        "मेरी चाबियाँ कहाँ हैं ?",
    ),
    (
        Question(Does(np("the", "child"), V["eat"]), "what"),
        "what does the child eat ?",
        "qu'est-ce que l'enfant mange ?",
        "बच्चा क्या खाता है ?",
    ),
]


@pytest.mark.parametrize(("tree", "en", "fr", "hi"), SENTENCES, ids=[row[1] for row in SENTENCES])
def test_one_tree_says_the_same_in_three_languages(tree, en, fr, hi):
    assert english(tree) == en
    assert french(tree) == fr
    assert hindi(tree) == unicodedata.normalize("NFC", hi)


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("le arbre", "l'arbre"),
        ("de le jardin", "du jardin"),
        ("de le hôpital", "de l'hôpital"),
        ("à le marché", "au marché"),
        ("à la école", "à l'école"),
        ("à les amis", "aux amis"),
        ("je ne aime pas", "je n'aime pas"),
        ("que elle", "qu'elle"),
    ],
)
def test_elision_and_contraction(words, written):
    assert smooth(words.split()) == written


def test_every_word_is_in_composed_form():
    for pair in grammar.sample("hi", 300) + grammar.sample("fr", 300):
        assert pair.target == unicodedata.normalize("NFC", pair.target)
        assert "  " not in pair.source + pair.target


def test_sample_is_repeatable_and_has_no_double():
    first, again = grammar.sample("fr", 300, seed=3), grammar.sample("fr", 300, seed=3)
    assert first == again
    assert first != grammar.sample("fr", 300, seed=4)
    assert len({pair.source.rstrip(".") for pair in first}) == 300


def test_french_and_hindi_translate_the_same_sentences():
    to_french, to_hindi = grammar.sample("fr", 100), grammar.sample("hi", 100)
    assert [pair.source for pair in to_french] == [pair.source for pair in to_hindi]


def test_every_sentence_has_a_number():
    family = grammar.families()["possessions"]
    assert english(family[0]) != english(family[family.size - 1])
    with pytest.raises(IndexError):
        family[family.size]


def test_a_full_stop_is_translated_too():
    stops = {(p.source[-1] == ".", p.target[-1] == "।") for p in grammar.sample("hi", 100)}
    assert stops == {(True, True), (False, False)}


def test_only_those_who_can_do_it_do_it():
    person_only = {verb for verb in TRANSITIVE + INTRANSITIVE if "person" in verb.subjects}
    for verb in TRANSITIVE + INTRANSITIVE:
        assert verb.subjects <= {"person", "adult", "friend", "family", "animal", "bird"}, verb
    assert any(verb.en == "read" for verb in person_only)
    assert all("animal" not in verb.subjects for verb in TRANSITIVE if verb.en in ("read", "write"))


@pytest.fixture(scope="module")
def parts():
    return grammar.splits("fr", seed=1, train=4000, held_out=60)


def test_no_held_out_sentence_is_trained_on(parts):
    trained = {pair.source.rstrip(".") for pair in parts["train"]}
    for name in ("valid", "test", "withheld", "longer"):
        assert len(parts[name]) == 60
        assert not trained & {pair.source.rstrip(".") for pair in parts[name]}


def test_longer_sentences_are_longer_than_all_in_training(parts):
    def words(pair):
        return len(pair.source.rstrip(".?").split())

    assert min(map(words, parts["longer"])) > max(map(words, parts["train"]))


def test_withheld_combinations_never_occur_in_training():
    withheld = grammar.withheld_combinations(seed=1)
    seen_apart = {adjective for adjective, _ in withheld}
    trained: set[tuple[str, str]] = set()
    texts = {p.source.rstrip(".") for p in grammar.splits("fr", 1, 2000, 20)["train"]}
    for sentence, _ in grammar.islice(grammar._draw(1), 4000):
        if english(sentence) in texts:
            trained.update(adjective_noun_pairs(sentence))
    assert trained
    assert not trained & withheld
    assert seen_apart <= {adjective for adjective, _ in trained}
