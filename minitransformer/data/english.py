"""From tree to English."""

from __future__ import annotations

from minitransformer.data.lexicon import DEGREES, FREQUENCIES, MODALS, TIMES
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


def english(sentence: Sentence) -> str:
    """Return the sentence in English, without a full stop; questions end in " ?"."""
    return " ".join(word for word in _sentence(sentence) if word)


def _sentence(sentence: Sentence) -> list[str]:
    match sentence:
        case Question(clause, kind):
            return [*_question(clause, kind), "?"]
        case Both(first, second, conjunction):
            return [*_clause(first), conjunction, *_clause(second)]
        case _:
            return _clause(sentence)


def _clause(clause: Clause) -> list[str]:
    match clause:
        case Is() | IsAt():
            return [*_subject(clause.subject), _be(clause.subject), *_predicate(clause)]
        case Has(subject, thing, negated):
            have = "has" if _third_singular(subject) else "have"
            verb = [_do(subject), "not", "have"] if negated else [have]
            return [*_subject(subject), *verb, *noun_phrase(thing)]
        case ThereIs(thing, place, negated):
            if negated:
                return ["there", "is", "no", *noun_phrase(thing)[1:], *_place(place)]
            return ["there", "are" if thing.plural else "is", *noun_phrase(thing), *_place(place)]
        case Does():
            return [*_subject(clause.subject), *_finite_verb(clause), *_rest(clause)]


def _question(clause: Clause, kind: str) -> list[str]:
    match clause:
        case Is() | IsAt():
            be = _be(clause.subject)
            predicate = [] if kind == "where" else _predicate(clause)
            return [kind, be, *_subject(clause.subject), *predicate]
        case Has(subject, thing):
            return [kind, _do(subject), *_subject(subject), "have", *noun_phrase(thing)]
        case Does(subject=subject, verb=verb, modal=modal):
            helper = "can" if modal == "can" else _do(subject)
            doing = ["want", "to", verb.en] if modal == "want" else [verb.en]
            doing = ["like", "to", verb.en] if modal == "like" else doing
            return [kind, helper, *_subject(subject), *doing, *_rest(clause)]
        case ThereIs(thing, place):
            be = "are" if thing.plural else "is"
            return [be, "there", *noun_phrase(thing), *_place(place)]


def _predicate(clause: Is | IsAt) -> list[str]:
    negation = "not" if clause.negated else ""
    if isinstance(clause, IsAt):
        return [negation, *_place(clause.place)]
    adjectives = " and ".join(adjective.en for adjective in clause.adjectives)
    return [negation, DEGREES[clause.degree][0], adjectives]


def _finite_verb(clause: Does) -> list[str]:
    """Return "often eats", "does not want to eat", "can eat", "never goes"."""
    singular = _third_singular(clause.subject)
    base, third = clause.verb.en, clause.verb.en_s
    follows = ""
    if clause.modal:
        (base, third), follows = MODALS[clause.modal][0], clause.verb.en
    if clause.negation == "not":
        verb = ["can", "not"] if clause.modal == "can" else [_do(clause.subject), "not", base]
    elif clause.modal == "can":
        verb = ["can", "never"] if clause.negation else ["can", FREQUENCIES[clause.frequency][0]]
    else:
        before = "never" if clause.negation else FREQUENCIES[clause.frequency][0]
        verb = [before, third if singular else base]
    if clause.modal == "like":
        follows = f"to {clause.verb.en}"
    return [*verb, follows]


def _rest(clause: Does) -> list[str]:
    words: list[str] = []
    if clause.object is not None:
        words += noun_phrase(clause.object)
    if clause.recipient is not None:
        words += ["to", *noun_phrase(clause.recipient)]
    if clause.place is not None:
        words += _place(clause.place)
    return [*words, TIMES[clause.time][0]]


def _place(place: Place) -> list[str]:
    return [place.preposition.en, *noun_phrase(place.noun_phrase)]


def _subject(subject: Subject) -> list[str]:
    match subject:
        case Pronoun(en):
            return [en]
        case Pair(first, second):
            return [*noun_phrase(first), "and", *noun_phrase(second)]
        case NounPhrase():
            return noun_phrase(subject)


def noun_phrase(phrase: NounPhrase) -> list[str]:
    """Return the words of a noun phrase, such as ["the", "neighbour's", "old", "dog"]."""
    adjective = phrase.adjective.en if phrase.adjective else ""
    plural = phrase.plural and not phrase.noun.mass
    noun = phrase.noun.en_plural if plural else phrase.noun.en
    if phrase.owner is not None:
        *before, owner = noun_phrase(phrase.owner)
        ending = "'" if owner.endswith("s") else "'s"
        return [*before, owner + ending, adjective, noun]
    determiner = DETERMINERS[phrase.determiner].en
    if determiner == "a" and (adjective or noun)[0] in "aeiou":
        determiner = "an"
    return [determiner, adjective, noun]


def _third_singular(subject: Subject) -> bool:
    if isinstance(subject, Pronoun):
        return subject.en in ("he", "she")
    return isinstance(subject, NounPhrase) and (subject.noun.mass or not subject.plural)


def _do(subject: Subject) -> str:
    return "does" if _third_singular(subject) else "do"


def _be(subject: Subject) -> str:
    if subject == Pronoun("I"):
        return "am"
    return "is" if _third_singular(subject) else "are"
