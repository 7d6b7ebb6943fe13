"""From tree to Hindi: subject, object, verb, with postpositions after oblique nouns.

All verbs are in the habitual present or the copula, so that no subject takes ने. A definite or
indefinite object takes को where it lives (कुत्ते को देखता है) and nothing where it does not
(किताब पढ़ता है).
"""

from __future__ import annotations

from minitransformer.data.lexicon import (
    DEGREES,
    FREQUENCIES,
    MODALS,
    TIMES,
    Adjective,
    Verb,
    living,
)
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

PRONOUNS = {"I": "मैं", "you": "आप", "he": "वह", "she": "वह", "we": "हम", "they": "वे"}
NEAR_PRONOUN = {  # "has" is "near": मेरे पास
    "I": "मेरे", "you": "आपके", "he": "उसके", "she": "उसके", "we": "हमारे", "they": "उनके",
}  # fmt: skip


def hindi(sentence: Sentence) -> str:
    """Return the sentence in Hindi, without a danda; questions end in " ?"."""
    return " ".join(" ".join(word for word in _sentence(sentence) if word).split())


def _sentence(sentence: Sentence) -> list[str]:
    match sentence:
        case Question(clause, ""):
            return ["क्या", *_clause(clause), "?"]
        case Question(clause, kind):
            return [*_open_question(clause, kind), "?"]
        case Both(first, second, conjunction):
            joined = {"and": "और", "but": "लेकिन"}[conjunction]
            return [*_clause(first), joined, *_clause(second)]
        case _:
            return _clause(sentence)


def _open_question(clause: Clause, kind: str) -> list[str]:
    """Return where, why and what: the question word stands where its answer would."""
    match kind, clause:
        case "where", IsAt(subject=subject):
            return [*_subject(subject), "कहाँ", _copula(subject)]
        case "why", Is(subject=subject):
            return [*_subject(subject), *_adjectives(clause), "क्यों", _copula(subject)]
        case "what", Does():
            return [*_subject(clause.subject), TIMES[clause.time][2], "क्या", *_verb(clause)]
    raise ValueError(f"{kind!r} cannot be asked of {type(clause).__name__}")


def _clause(clause: Clause) -> list[str]:
    match clause:
        case Is(subject=subject):
            no = "नहीं" if clause.negated else ""
            return [*_subject(subject), *_adjectives(clause), no, _copula(subject)]
        case IsAt(subject=subject, place=place):
            no = "नहीं" if clause.negated else ""
            return [*_subject(subject), *_place(place), no, _copula(subject)]
        case Has(subject, thing, negated):
            no = "नहीं" if negated else ""
            return [*_near(subject), *_direct(thing, negated), no, _copula(thing)]
        case ThereIs(thing, place, negated):
            no = "नहीं" if negated else ""
            return [*_place(place), *_direct(thing, negated), no, _copula(thing)]
        case Does():
            return [
                *_subject(clause.subject),
                TIMES[clause.time][2],
                FREQUENCIES[clause.frequency][2],
                *(_place(clause.place) if clause.place else []),
                *_objects(clause),
                *_verb(clause),
            ]


def _objects(clause: Does) -> list[str]:
    words: list[str] = []
    if clause.recipient is not None:
        words += [*noun_phrase(clause.recipient, oblique=True), "को"]
    if clause.object is None:
        return words
    negated = bool(clause.negation)
    case = clause.verb.hi_case or ("को" if living(clause.object.noun) else "")
    if case:
        return [*words, *noun_phrase(clause.object, oblique=True, negated=negated), case]
    return [*words, *_direct(clause.object, negated)]


def _verb(clause: Does) -> list[str]:
    """Return the verb: साफ़ नहीं करता है, खाना चाहता है, खा सकता है, खाना पसंद करता है."""
    verb: Verb = clause.verb
    no = {"": "", "not": "नहीं", "never": "कभी नहीं"}[clause.negation]
    ending = _participle_ending(clause.subject)
    auxiliary = _copula(clause.subject)
    if not clause.modal:
        return [verb.hi_noun, no, verb.hi_stem + ending, auxiliary]
    finite = MODALS[clause.modal][2] + ending
    match clause.modal:
        case "can":
            return [verb.hi_noun, no, verb.hi_stem, finite, auxiliary]
        case "want":
            return [verb.hi_noun, no, verb.hi_stem + "ना", finite, auxiliary]
        case _:
            return [verb.hi_noun, verb.hi_stem + "ना", "पसंद", no, finite, auxiliary]


def _participle_ending(subject: Subject) -> str:
    feminine, plural = _agreement(subject)
    return "ती" if feminine else "ते" if plural else "ता"


def _copula(subject: Subject) -> str:
    if subject == Pronoun("I"):
        return "हूँ"
    return "हैं" if _agreement(subject)[1] else "है"


def _adjectives(clause: Is) -> list[str]:
    feminine, plural = _agreement(clause.subject)
    alive = not isinstance(clause.subject, NounPhrase) or living(clause.subject.noun)
    words = " और ".join(
        agree(adjective, feminine, inflected=plural, alive=alive) for adjective in clause.adjectives
    )
    return [DEGREES[clause.degree][2], words]


def _place(place: Place) -> list[str]:
    return [*noun_phrase(place.noun_phrase, oblique=True), place.preposition.hi]


def _near(subject: Subject) -> list[str]:
    match subject:
        case Pronoun(en):
            return [NEAR_PRONOUN[en], "पास"]
        case Pair(first, second):
            joined = [*noun_phrase(first, oblique=True), "और", *noun_phrase(second, oblique=True)]
            return [*joined, "के", "पास"]
        case NounPhrase():
            return [*noun_phrase(subject, oblique=True), "के", "पास"]


def _subject(subject: Subject) -> list[str]:
    match subject:
        case Pronoun(en):
            return [PRONOUNS[en]]
        case Pair(first, second):
            return [*noun_phrase(first), "और", *noun_phrase(second)]
        case NounPhrase():
            return noun_phrase(subject)


def _direct(phrase: NounPhrase, negated: bool) -> list[str]:
    return noun_phrase(phrase, oblique=False, negated=negated)


def noun_phrase(phrase: NounPhrase, oblique: bool = False, negated: bool = False) -> list[str]:
    """Return determiner, adjective and noun; ``oblique`` before a postposition.

    With ``negated``, "a" is कोई (oblique किसी): "not any".
    """
    noun = phrase.noun
    feminine, plural = noun.hi_gender == "f", phrase.plural and not noun.mass
    inflected = plural or oblique
    words: list[str] = []
    if phrase.owner is not None:
        linker = "की" if feminine else "के" if inflected else "का"
        words += [*noun_phrase(phrase.owner, oblique=True), linker]
    elif phrase.determiner == "a" and negated:
        words += ["किसी" if oblique else "कोई"]
    else:
        words += [_determiner(phrase.determiner, feminine, inflected, oblique)]
    if phrase.adjective is not None:
        words += [agree(phrase.adjective, feminine, inflected, living(noun))]
    return [*words, noun.hi[2 * oblique + plural]]


def _determiner(name: str, feminine: bool, inflected: bool, oblique: bool) -> str:
    determiner = DETERMINERS[name]
    if oblique and determiner.hi_oblique:
        return determiner.hi_oblique
    return determiner.hi[2 if feminine else 1 if inflected else 0]


def agree(adjective: Adjective, feminine: bool, inflected: bool, alive: bool) -> str:
    """Return the form of an adjective: बड़ा, बड़े (plural or oblique), बड़ी."""
    forms = adjective.hi_animate if alive and adjective.hi_animate else adjective.hi
    return forms[2 if feminine else 1 if inflected else 0]


def _agreement(subject: Subject) -> tuple[bool, bool]:
    """Return whether the verb is feminine, and whether plural.

    "I", "you", "we" and "they" speak in the masculine here.
    """
    match subject:
        case Pronoun(en):
            return en == "she", subject.plural
        case Pair(first, second):
            return first.noun.hi_gender == second.noun.hi_gender == "f", True
        case NounPhrase(noun=noun):
            return noun.hi_gender == "f", subject.plural and not noun.mass
