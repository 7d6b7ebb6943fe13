"""From tree to French: agreement first, then elision and contraction in one last pass."""

from __future__ import annotations

from collections import deque
from itertools import islice

from minitransformer.data.lexicon import DEGREES, FREQUENCIES, MODALS, TIMES, Adjective
from minitransformer.data.syntax import (
    DETERMINERS,
    Both,
    Clause,
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
    Subject,
    ThereIs,
)

PRONOUNS = {
    "I": "je", "you": "vous", "he": "il", "she": "elle", "we": "nous", "they": "ils",
}  # fmt: skip
PERSONS = {"I": 0, "he": 1, "she": 1, "we": 2, "you": 3, "they": 4}
ETRE = ("suis", "est", "sommes", "êtes", "sont")
AVOIR = ("ai", "a", "avons", "avez", "ont")

CONTRACTIONS = {
    ("de", "le"): "du", ("de", "les"): "des", ("à", "le"): "au", ("à", "les"): "aux",
}  # fmt: skip
VOWELS = tuple("aàâeéèêiîoôœuûh")  # and the mute h
ELIDED = {"le": "l'", "la": "l'", "de": "d'", "ne": "n'", "je": "j'", "que": "qu'"}


def french(sentence: Sentence) -> str:
    """Return the sentence in French, without a full stop; questions end in " ?"."""
    return smooth(" ".join(word for word in _sentence(sentence) if word).split())


def smooth(words: list[str]) -> str:
    """Join words as French is written: elide before a vowel, contract de/à with le/les."""
    text = ""
    rest = deque(words)
    while rest:
        word = rest.popleft()
        following, after = ([*islice(rest, 2), "", ""])[:2]
        if word in ELIDED and _starts_with_vowel(following):
            text += ELIDED[word]
        elif (word, following) in CONTRACTIONS and not (
            following == "le" and _starts_with_vowel(after)
        ):
            text += CONTRACTIONS[word, rest.popleft()] + " "
        else:
            text += word + " "
    return text.strip()


def _starts_with_vowel(word: str) -> bool:
    """True before a vowel or a mute h (the lexicon has no aspirated h)."""
    return word[:1] in VOWELS


def _sentence(sentence: Sentence) -> list[str]:
    match sentence:
        case Question(clause, kind):
            return [*_question(clause, kind), "?"]
        case Both(first, second, conjunction):
            joined = {"and": "et", "but": "mais"}[conjunction]
            return [*_clause(first), joined, *_clause(second)]
        case _:
            return _clause(sentence)


def _question(clause: Clause, kind: str) -> list[str]:
    if kind == "where":
        assert isinstance(clause, IsAt)
        return ["où", ETRE[_person(clause.subject)], *_subject(clause.subject)]
    opening = {"": "est-ce que", "why": "pourquoi est-ce que", "what": "qu'est-ce que"}[kind]
    return [*opening.split(), *_clause(clause)]


def _clause(clause: Clause) -> list[str]:
    match clause:
        case Is(subject=subject, adjectives=(feeling, *_)) if feeling.fr_with_avoir:
            have = AVOIR[_person(subject)]
            negation = "not" if clause.negated else ""
            degree = DEGREES[clause.degree][1]
            return [*_subject(subject), *_negate(have, negation), degree, feeling.fr[0]]
        case Is(subject=subject) | IsAt(subject=subject):
            be = _negate(ETRE[_person(subject)], "not" if clause.negated else "")
            return [*_subject(subject), *be, *_predicate(clause)]
        case Has(subject, thing, negated):
            have = AVOIR[_person(subject)]
            verb = _negate(have, "not" if negated else "")
            return [*_subject(subject), *verb, *_object(thing, negated)]
        case ThereIs(thing, place, negated):
            there = ["il", "n'y", "a", "pas"] if negated else ["il", "y", "a"]
            return [*there, *_object(thing, negated), *_place(place)]
        case Does():
            return [*_subject(clause.subject), *_verb_phrase(clause)]


def _predicate(clause: Is | IsAt) -> list[str]:
    if isinstance(clause, IsAt):
        return _place(clause.place)
    feminine, plural = _agreement(clause.subject)
    adjectives = " et ".join(agree(a, feminine, plural) for a in clause.adjectives)
    return [DEGREES[clause.degree][1], adjectives]


def _verb_phrase(clause: Does) -> list[str]:
    person = _person(clause.subject)
    finite, infinitive = clause.verb.fr[person], ""
    if clause.modal:
        finite, infinitive = MODALS[clause.modal][1][person], clause.verb.fr_infinitive
    words = [*_negate(finite, clause.negation), FREQUENCIES[clause.frequency][1], infinitive]
    if clause.object is not None:
        words += [clause.verb.fr_preposition]
        if clause.verb.generic and clause.object.bare:
            words += noun_phrase(clause.object, article="the")
        else:
            words += _object(clause.object, bool(clause.negation))
    if clause.recipient is not None:
        words += ["à", *noun_phrase(clause.recipient)]
    if clause.place is not None:
        words += _place(clause.place)
    return [*words, TIMES[clause.time][1]]


def _negate(verb: str, negation: str) -> list[str]:
    return {"": [verb], "not": ["ne", verb, "pas"], "never": ["ne", verb, "jamais"]}[negation]


def _object(phrase: NounPhrase, negated: bool) -> list[str]:
    """Return an object: after a negation "a", "some" and the partitive all become "de"."""
    if phrase.determiner == "a" and negated:
        return ["de", *noun_phrase(phrase)[1:]]
    if not phrase.bare:
        return noun_phrase(phrase)
    if negated:
        return ["de", *noun_phrase(phrase, article="")]
    if phrase.noun.mass:
        return ["de", *noun_phrase(phrase, article="the")]
    if phrase.adjective is not None and phrase.adjective.before:
        return ["de", *noun_phrase(phrase, article="")]
    return ["des", *noun_phrase(phrase, article="")]


def _place(place: Place) -> list[str]:
    return [place.preposition.fr, *noun_phrase(place.noun_phrase)]


def _subject(subject: Subject) -> list[str]:
    match subject:
        case Pronoun(en):
            return [PRONOUNS[en]]
        case Pair(first, second):
            return [*_subject(first), "et", *_subject(second)]
        case NounPhrase():  # "dogs" in general are "les chiens"
            return noun_phrase(subject, article="the" if subject.bare else None)


def noun_phrase(phrase: NounPhrase, article: str | None = None) -> list[str]:
    """Return determiner, adjective and noun in French order.

    ``article`` replaces the determiner: "the", or "" for none.
    """
    noun, adjective = phrase.noun, phrase.adjective
    feminine, plural = noun.fr_gender == "f", phrase.plural and not noun.mass
    name = noun.fr_plural if plural else noun.fr
    before, after = "", ""
    if adjective is not None:
        if adjective.before:
            before = agree(adjective, feminine, plural, following=name)
        else:
            after = agree(adjective, feminine, plural)
    if phrase.owner is not None:
        owner = _subject(phrase.owner)
        return [*_definite(feminine, plural), before, name, after, "de", *owner]
    if article is None:
        determiner = [_determiner(phrase.determiner, feminine, following=before or name)]
    else:
        determiner = _definite(feminine, plural) if article else []
    return [*determiner, before, name, after]


def _definite(feminine: bool, plural: bool) -> list[str]:
    return ["les" if plural else "la" if feminine else "le"]


def _determiner(name: str, feminine: bool, following: str) -> str:
    """Return the determiner; before a vowel "ce" is "cet" and "ma" is "mon"."""
    determiner = DETERMINERS[name]
    if determiner.plural:
        return "toutes les" if name == "all" and feminine else determiner.fr[2]
    word = determiner.fr[1 if feminine else 0]
    if _starts_with_vowel(following):
        return {"ce": "cet", "ma": "mon", "sa": "son"}.get(word, word)
    return word


def agree(adjective: Adjective, feminine: bool, plural: bool, following: str = "") -> str:
    """Return the form of an adjective; ``following`` is the word after it, if it matters."""
    if not feminine and not plural and _starts_with_vowel(following):
        return adjective.fr_before_vowel
    return adjective.fr[2 * plural + feminine]


def _agreement(subject: Subject) -> tuple[bool, bool]:
    """Return whether an adjective said of ``subject`` is feminine, and whether plural."""
    match subject:
        case Pronoun(en):
            return en == "she", subject.plural
        case Pair(first, second):
            return first.noun.fr_gender == second.noun.fr_gender == "f", True
        case NounPhrase(noun=noun):
            return noun.fr_gender == "f", subject.plural and not noun.mass


def _person(subject: Subject) -> int:
    """Return the place of the verb form in (je, il, nous, vous, ils)."""
    match subject:
        case Pronoun(en):
            return PERSONS[en]
        case NounPhrase(noun=noun) if noun.mass:
            return 1
    return 4 if subject.plural else 1
