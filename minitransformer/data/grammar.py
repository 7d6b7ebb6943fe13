"""A grammar of our own: English sentences with their French and Hindi translations.

``families()`` holds the language, family by family; every sentence of a family has a number, so
that the language can be listed and counted though it has billions of sentences. ``sample`` draws
from it, ``splits`` parts it into training sentences and three kinds of held-out ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

from minitransformer.data.english import english
from minitransformer.data.enumeration import Options, Product, Union, size
from minitransformer.data.french import french
from minitransformer.data.hindi import hindi
from minitransformer.data.lexicon import (
    ADJECTIVES,
    COME,
    DEGREES,
    FEELINGS,
    FREQUENCIES,
    GIVE,
    GO,
    INTRANSITIVE,
    MASS_NOUNS,
    NOUNS,
    ONLY_BEFORE_A_NOUN,
    PLACES_AFTER,
    PREPOSITIONS,
    TIMES,
    TRANSITIVE,
    Adjective,
    Noun,
    Verb,
    ownable,
)
from minitransformer.data.syntax import (
    Both,
    Does,
    Has,
    Is,
    IsAt,
    NounPhrase,
    Pair,
    Place,
    Pronoun,
    Question,
    Sentence,
    ThereIs,
    adjective_noun_pairs,
)

LANGUAGES: dict[str, Callable[[Sentence], str]] = {"fr": french, "hi": hindi}
FULL_STOP = {"en": ".", "fr": ".", "hi": "।"}
LONGEST_IN_TRAINING = 12  # words of English, without the final mark


class Pairing(NamedTuple):
    """An English sentence and its translation."""

    source: str
    target: str


# ------------------------------------------------------------------ the parts of a sentence

PRONOUNS = [Pronoun(en) for en in ("I", "you", "he", "she", "we", "they")]
SPECIFIC = ["the", "the+", "this", "these"]
POSSESSIVES = ["my", "my+", "your", "your+", "his", "his+", "her", "our", "our+", "their"]
COUNTED = ["every", "all", "two", "three", "four", "many"]
SUBJECT = [*SPECIFIC, "some", "a", *COUNTED, *POSSESSIVES]
OBJECT = [*SPECIFIC, "a", "some", "two", "three", "four", "many"]
NEGATED_OBJECT = [*SPECIFIC, "a", "some"]
GENERIC_OBJECT = [*SPECIFIC, "some"]
MOVABLE, LIGHT = ["animal", "small", "person"], ["small", "perching"]
AROUND = ["in", "under", "near", "behind", "in front of"]
OWNER = ["the", "the+", "this", "my", "your", "our"]
MASS = ["the", "some", "this"]


def nouns_of(kinds: Iterable[str]) -> list[Noun]:
    """Return the nouns, mass nouns too, that are of any of the kinds."""
    wanted = frozenset(kinds)
    return [noun for noun in NOUNS + MASS_NOUNS if noun.kinds & wanted]


def adjectives_of(noun: Noun) -> list[Adjective]:
    """Return the adjectives that may be said of a noun."""
    return [adjective for adjective in ADJECTIVES if adjective.kinds & noun.kinds]


def noun_phrases(nouns: Iterable[Noun], determiners: Sequence[str]) -> Union:
    """Return the phrases of these nouns, with and without an adjective."""
    return Union(
        Product(
            NounPhrase,
            _fitting(determiners, noun),
            [noun],
            Union([[None], adjectives_of(noun)], weights=(2, 1)),
        )
        for noun in nouns
    )


def _fitting(determiners: Sequence[str], noun: Noun) -> Sequence[str]:
    if noun.mass:
        return MASS
    return [name for name in determiners if name not in POSSESSIVES or ownable(noun)]


def owned(nouns: Iterable[Noun]) -> Product:
    """Return phrases such as "my brother's old dog"."""
    owners = Product(NounPhrase, OWNER, nouns_of(["person"]))
    heads = noun_phrases([noun for noun in nouns if ownable(noun)], ["the", "the+"])
    return Product(
        lambda owner, head: NounPhrase(head.determiner, head.noun, head.adjective, owner),
        owners,
        heads,
    )


def doers(kinds: Iterable[str]) -> Union:
    """Return subjects for a verb that these kinds of beings do."""
    nouns = nouns_of(kinds)
    single = Product(NounPhrase, ["the", "the+", "my", "a"], nouns)
    people = PRONOUNS if "person" in kinds or "adult" in kinds else []
    parts: list[Options] = [noun_phrases(nouns, SUBJECT), Product(Pair, single, single)]
    if people:
        return Union([*parts, people], weights=(10, 1, 4))
    return Union(parts, weights=(10, 1))


def places(prepositions: Iterable[str]) -> Union:
    """Return the places that may follow the prepositions."""
    parts: list[Options] = []
    for name in prepositions:
        nouns = nouns_of(PLACES_AFTER[name])
        moving = name in ("to", "from")
        phrases = (
            Product(NounPhrase, ["the"], nouns)
            if moving
            else noun_phrases(nouns, ["the", "the", "this", "a"])
        )
        parts.append(Product(Place, [PREPOSITIONS[name]], phrases))
    return Union(parts)


def objects_of(verb: Verb, negated: bool = False) -> Options:
    """Return the objects a verb takes; [None] for a verb that takes none."""
    if not verb.objects:
        return [None]
    determiners = GENERIC_OBJECT if verb.generic else NEGATED_OBJECT if negated else OBJECT
    if verb.fr_preposition:
        determiners = SPECIFIC
    return noun_phrases(nouns_of(verb.objects), determiners)


# ------------------------------------------------------------------ families of sentences


def qualities() -> Union:
    """Return "dogs are great", "the old man is not very happy", "she is tired"."""
    degrees = Union([[""], [degree for degree in DEGREES if degree]], weights=(3, 1))
    negated = Union([[False], [True]], weights=(3, 1))
    parts: list[Options] = []
    for noun in NOUNS + MASS_NOUNS:
        subject = Union([Product(NounPhrase, _fitting(SUBJECT, noun), [noun])])
        if ownable(noun) and not noun.mass:
            subject = Union([subject, owned([noun])], weights=(5, 1))
        parts.append(_said_of(subject, _may_be(noun), degrees, negated))
    moods = [adjective for adjective in ADJECTIVES + FEELINGS if "person" in adjective.kinds]
    people = Product(NounPhrase, ["the", "the+", "my"], nouns_of(["person"]))
    living = Union([PRONOUNS, Product(Pair, people, people)], weights=(2, 1))
    of_people = _said_of(living, moods, degrees, negated)
    return Union([Union(parts), of_people], weights=(5, 1))


def _may_be(noun: Noun) -> list[Adjective]:
    return [
        adjective
        for adjective in ADJECTIVES + FEELINGS
        if adjective.kinds & noun.kinds and adjective.en not in ONLY_BEFORE_A_NOUN
    ]


def _said_of(
    subject: Options, adjectives: list[Adjective], degrees: Options, negated: Options
) -> Union:
    """Return "subject is adjective", some with a degree and some with two adjectives."""
    graded = [adjective for adjective in adjectives if adjective.gradable]
    plain = [adjective for adjective in adjectives if not adjective.fr_with_avoir]
    couples = [(a, b) for a in plain for b in plain if a.en < b.en and a.gradable and b.gradable]
    parts: list[Options] = [
        Product(lambda s, a, d, n: Is(s, (a,), d, n), subject, graded, degrees, negated),
        Product(lambda s, a, n: Is(s, (a,), "", n), subject, _not_gradable(adjectives), negated),
        Product(Is, subject, couples, degrees),
    ]
    weights = (8, 2, 1)
    kept = [(part, weight) for part, weight in zip(parts, weights, strict=True) if size(part)]
    return Union([part for part, _ in kept], [weight for _, weight in kept])


def _not_gradable(adjectives: list[Adjective]) -> list[Adjective]:
    return [adjective for adjective in adjectives if not adjective.gradable]


def positions() -> Union:
    """Return "the book is on the table", "the cat is not under the tree"."""
    negated = Union([[False], [True]], weights=(4, 1))
    determiners = [name for name in SUBJECT if name != "some"]
    parts: list[Options] = []
    for kinds, where in ((MOVABLE, AROUND), (LIGHT, ["on"])):
        nouns = nouns_of(kinds)
        subject = Union([noun_phrases(nouns, determiners), owned(nouns)], weights=(4, 1))
        parts.append(Product(IsAt, subject, places(where), negated))
    parts.append(Product(IsAt, PRONOUNS, places(AROUND), negated))
    return Union(parts, weights=(5, 3, 1))


def actions() -> Union:
    """Return "the boy eats an apple", "my sister often works in the library"."""
    parts: list[Options] = [_actions_of(verb) for verb in TRANSITIVE + INTRANSITIVE]
    parts += [_actions_of(GO), _actions_of(COME), _gifts()]
    return Union(parts)


def _actions_of(verb: Verb) -> Union:
    subject = doers(verb.subjects)
    place: Options = [None]
    if verb.prepositions:
        somewhere = places(verb.prepositions)
        place = somewhere if verb.needs_place else Union([[None], somewhere], weights=(3, 2))
    modal = Union([[""], ["want", "can", "like"]], weights=(4, 1))
    if verb.en == "know" or not verb.subjects & {"person", "adult"} or verb.generic:
        modal = Union([[""]])  # "want to know somebody" is another verb in French and Hindi
    frequency = Union([[""], [name for name in FREQUENCIES if name]], weights=(4, 1))
    time = Union([[""], [name for name in TIMES if name]], weights=(5, 1))
    if verb.generic or verb.en in ("know", "live"):
        frequency, time = Union([[""]]), Union([[""]])
    said = Product(
        lambda s, o, p, m, f, t: Does(s, verb, o, None, p, m, f, t),
        subject, objects_of(verb), place, modal, frequency, time,
    )  # fmt: skip
    denied = Product(
        lambda s, o, p, m, n: Does(s, verb, o, None, p, m, negation=n),
        subject, objects_of(verb, negated=True), place, modal, ["not", "not", "never"],
    )  # fmt: skip
    return Union([said, denied], weights=(3, 1))


def _gifts() -> Product:
    gifts = noun_phrases(nouns_of(GIVE.objects), OBJECT)
    receivers = Product(NounPhrase, [*SPECIFIC, "my"], nouns_of(["person"]))
    return Product(lambda s, o, r: Does(s, GIVE, o, r), doers(GIVE.subjects), gifts, receivers)


def possessions() -> Union:
    """Return "the boy has a dog", "I do not have water"."""
    things = [
        noun
        for noun in nouns_of(["thing", "animal", "fruit", "foodstuff", "vehicle", "owned"])
        if ownable(noun)
    ]
    said = Product(Has, doers(["person"]), noun_phrases(things, OBJECT[4:]))
    denied = Product(Has, doers(["person"]), noun_phrases(things, ["a", "some"]), [True])
    return Union([said, denied], weights=(3, 1))


def existence() -> Union:
    """Return "there is a dog in the garden", "there is no key on the table"."""
    parts: list[Options] = []
    for kinds, around in ((MOVABLE, AROUND), (LIGHT, ["on"])):
        things, where = nouns_of(kinds), places(around)
        some = noun_phrases(things, ["a", "two", "three", "four", "many"])
        parts.append(Product(ThereIs, some, where))
        parts.append(Product(ThereIs, noun_phrases(things, ["a"]), where, [True]))
    return Union(parts, weights=(6, 2, 3, 1))


def questions() -> Union:
    """Return "is the dog happy ?", "where is my hat ?", "what does the girl eat ?"."""
    asked = ("eat", "drink", "read", "write", "buy", "sell", "see", "look for", "sing")
    verbs = [verb for verb in TRANSITIVE if verb.en in asked and "person" in verb.subjects]
    what: Options = Union(
        Product(
            lambda s, m, t, verb=verb: Question(Does(s, verb, modal=m, time=t), "what"),
            doers(verb.subjects), Union([[""], ["want"]], weights=(3, 1)), list(TIMES),
        )
        for verb in verbs
    )  # fmt: skip
    families: list[Options] = [qualities(), positions(), actions(), possessions()]
    yes_or_no = Product(Question, Union(families, weights=(3, 1, 4, 1)))
    where = Product(lambda clause: Question(clause, "where"), positions())
    why = Product(lambda clause: Question(clause, "why"), qualities())
    return Union([yes_or_no, where, why, what], weights=(6, 1, 1, 1))


@cache
def families() -> dict[str, Options]:
    """Return the language: its families of sentences by name."""
    simple: dict[str, Options] = {
        "qualities": qualities(),
        "positions": positions(),
        "actions": actions(),
        "possessions": possessions(),
        "existence": existence(),
    }
    clauses = Union(simple.values(), weights=(3, 1, 4, 1, 1))
    joined = Product(Both, clauses, clauses, ["and", "but"])
    return {**simple, "questions": questions(), "joined": joined}


FAMILY_WEIGHTS = (28, 8, 40, 6, 6, 10, 8)


# ------------------------------------------------------------------ drawing and splitting


def is_sensible(sentence: Sentence) -> bool:
    """False where the parts repeat each other: "the boy and the boy", "the old dog is old"."""
    match sentence:
        case Both(first, second):
            return is_sensible(first) and is_sensible(second)
        case Question(Is(negated=True) | IsAt(negated=True) | Has(negated=True)):
            return False
        case Question(IsAt(subject=subject), "where"):
            return not isinstance(subject, Pair)
        case Question(Does(negation=negation, frequency=frequency, modal=modal)):
            return not negation and not frequency and modal != "can"
        case Question(clause):
            return is_sensible(clause)
    if _is_negated(sentence) and _determiner_of(sentence) in ("a", *COUNTED):
        return False  # "every dog is not big" can be read in two ways
    pairs = list(adjective_noun_pairs(sentence))
    nouns = _nouns_in(sentence)
    return len(set(pairs)) == len(pairs) and len(set(nouns)) == len(nouns)


def _is_negated(sentence: Sentence) -> bool:
    return bool(getattr(sentence, "negated", False) or getattr(sentence, "negation", ""))


def _determiner_of(sentence: Sentence) -> str:
    subject = getattr(sentence, "subject", None)
    return subject.determiner if isinstance(subject, NounPhrase) else ""


def _nouns_in(tree: object) -> list[str]:
    match tree:
        case NounPhrase(noun=noun, owner=owner):
            return [noun.en, *_nouns_in(owner)]
        case Noun() | Adjective() | Verb() | str() | bool() | None:
            return []
    parts = vars(tree).values() if hasattr(tree, "__dataclass_fields__") else ()
    return [noun for part in parts for noun in _nouns_in(part)]


def sample(to: str, count: int, seed: int = 0) -> list[Pairing]:
    """Return ``count`` different sentences with their translations; one in three ends in a stop.

    ``to`` is "fr" or "hi". The same seed gives the same sentences.
    """
    return [_pairing(sentence, to, stop) for sentence, stop in islice(_draw(seed), count)]


def _draw(seed: int) -> Iterator[tuple[Sentence, bool]]:
    """Yield different trees without end, and whether each ends in a full stop."""
    rng = random.Random(seed)
    language = Union(families().values(), FAMILY_WEIGHTS)
    seen: set[str] = set()
    while True:
        sentence = language.draw(rng)
        stop = rng.random() < 1 / 3 and not isinstance(sentence, Question)
        if is_sensible(sentence) and (text := english(sentence)) not in seen:
            seen.add(text)
            yield sentence, stop


def _pairing(sentence: Sentence, to: str, stop: bool) -> Pairing:
    source, target = english(sentence), LANGUAGES[to](sentence)
    if stop:
        return Pairing(source + FULL_STOP["en"], target + FULL_STOP[to])
    return Pairing(source, target)


def withheld_combinations(seed: int = 0) -> frozenset[tuple[str, str]]:
    """Return the (adjective, noun) pairs that training never sees together: one in twenty."""
    pairs = sorted(
        (adjective.en, noun.en) for noun in NOUNS + MASS_NOUNS for adjective in adjectives_of(noun)
    )
    return frozenset(random.Random(seed).sample(pairs, len(pairs) // 20))


def splits(
    to: str, seed: int = 0, train: int = 60_000, held_out: int = 500
) -> dict[str, list[Pairing]]:
    """Part the grammar's sentences so that nothing held out is ever trained on.

    Args:
        to: "fr" or "hi".
        seed: the same seed gives the same splits.
        train: how many training sentences.
        held_out: how many sentences each held-out split gets.

    Returns:
        ``train``; ``valid`` and ``test``, random sentences of the same kind as training's;
        ``withheld``, sentences with an adjective and a noun that training never joins; and
        ``longer``, sentences of more words than any in training.
    """
    withheld = withheld_combinations(seed)
    wanted = dict.fromkeys(("test", "valid", "withheld", "longer"), held_out) | {"train": train}
    parts: dict[str, list[Pairing]] = {name: [] for name in wanted}
    for sentence, stop in _draw(seed):
        pairing = _pairing(sentence, to, stop)
        name = _split_of(sentence, pairing, withheld)
        if name == "train":  # the first of these are held out at random
            name = next((n for n in ("test", "valid") if len(parts[n]) < held_out), "train")
        if name and len(parts[name]) < wanted[name]:
            parts[name].append(pairing)
            if all(len(parts[name]) == wanted[name] for name in wanted):
                break
    return parts


def _split_of(
    sentence: Sentence, pairing: Pairing, withheld: frozenset[tuple[str, str]]
) -> str | None:
    unseen = withheld.intersection(adjective_noun_pairs(sentence))
    long = len(pairing.source.rstrip(".?").split()) > LONGEST_IN_TRAINING
    if unseen:
        return None if long else "withheld"
    return "longer" if long else "train"
