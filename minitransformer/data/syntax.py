"""Sentences as trees: what is said, before any language says it.

``english``, ``french`` and ``hindi`` each turn the same tree into words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from minitransformer.data.lexicon import Adjective, Noun, Preposition, Verb


@dataclass(frozen=True)
class Determiner:
    """What stands before a noun; ``fr`` is singular masculine, feminine, and plural."""

    en: str
    fr: tuple[str, str, str]
    hi: tuple[str, str, str]  # masculine direct, masculine oblique (and plural), feminine
    hi_oblique: str = ""  # where the oblique is the same for both genders: इस, उन
    plural: bool = False


def _same(word: str) -> tuple[str, str, str]:
    return word, word, word


DETERMINERS = {
    "the": Determiner("the", ("le", "la", "les"), _same("")),
    "the+": Determiner("the", ("le", "la", "les"), _same(""), plural=True),
    "a": Determiner("a", ("un", "une", ""), _same("एक")),
    "some": Determiner("", ("", "", "des"), _same(""), plural=True),
    "this": Determiner("this", ("ce", "cette", "ces"), _same("यह"), "इस"),
    "these": Determiner("these", ("ce", "cette", "ces"), _same("ये"), "इन", plural=True),
    "every": Determiner("every", ("chaque", "chaque", ""), _same("हर")),
    "all": Determiner("all the", ("", "", "tous les"), _same("सभी"), plural=True),
    "two": Determiner("two", ("", "", "deux"), _same("दो"), plural=True),
    "three": Determiner("three", ("", "", "trois"), _same("तीन"), plural=True),
    "four": Determiner("four", ("", "", "quatre"), _same("चार"), plural=True),
    "many": Determiner("many", ("", "", "beaucoup de"), _same("कई"), plural=True),
    "my": Determiner("my", ("mon", "ma", "mes"), ("मेरा", "मेरे", "मेरी")),
    "my+": Determiner("my", ("mon", "ma", "mes"), ("मेरा", "मेरे", "मेरी"), plural=True),
    "your": Determiner("your", ("votre", "votre", "vos"), ("आपका", "आपके", "आपकी")),
    "your+": Determiner("your", ("votre", "votre", "vos"), ("आपका", "आपके", "आपकी"), plural=True),
    "his": Determiner("his", ("son", "sa", "ses"), ("उसका", "उसके", "उसकी")),
    "his+": Determiner("his", ("son", "sa", "ses"), ("उसका", "उसके", "उसकी"), plural=True),
    "her": Determiner("her", ("son", "sa", "ses"), ("उसका", "उसके", "उसकी")),
    "our": Determiner("our", ("notre", "notre", "nos"), ("हमारा", "हमारे", "हमारी")),
    "our+": Determiner("our", ("notre", "notre", "nos"), ("हमारा", "हमारे", "हमारी"), plural=True),
    "their": Determiner("their", ("leur", "leur", "leurs"), ("उनका", "उनके", "उनकी")),
}


@dataclass(frozen=True)
class NounPhrase:
    """A determiner, a noun, perhaps an adjective; with an owner: "the neighbour's dog"."""

    determiner: str
    noun: Noun
    adjective: Adjective | None = None
    owner: NounPhrase | None = None

    @property
    def plural(self) -> bool:
        return DETERMINERS[self.determiner].plural

    @property
    def bare(self) -> bool:
        """True for "milk" and "dogs": no determiner in English."""
        return self.determiner == "some"


@dataclass(frozen=True)
class Pronoun:
    """A subject pronoun, by its English word."""

    en: str

    @property
    def plural(self) -> bool:
        return self.en in ("you", "we", "they")


@dataclass(frozen=True)
class Pair:
    """Two noun phrases joined by "and"."""

    first: NounPhrase
    second: NounPhrase
    plural = True


Subject = NounPhrase | Pronoun | Pair


@dataclass(frozen=True)
class Place:
    """A preposition and its noun phrase."""

    preposition: Preposition
    noun_phrase: NounPhrase


@dataclass(frozen=True)
class Is:
    """ "the small dog is very happy"; two adjectives are joined by "and"."""

    subject: Subject
    adjectives: tuple[Adjective, ...]
    degree: str = ""
    negated: bool = False


@dataclass(frozen=True)
class IsAt:
    """ "the book is on the table"."""

    subject: Subject
    place: Place
    negated: bool = False


@dataclass(frozen=True)
class Does:
    """ "the boy often wants to eat an apple in the garden in the morning"."""

    subject: Subject
    verb: Verb
    object: NounPhrase | None = None
    recipient: NounPhrase | None = None
    place: Place | None = None
    modal: str = ""
    frequency: str = ""
    time: str = ""
    negation: str = ""  # "", "not" or "never"


@dataclass(frozen=True)
class Has:
    """ "the boy has a dog"."""

    subject: Subject
    object: NounPhrase
    negated: bool = False


@dataclass(frozen=True)
class ThereIs:
    """ "there is a dog in the garden"."""

    noun_phrase: NounPhrase
    place: Place
    negated: bool = False


Clause = Is | IsAt | Does | Has | ThereIs


@dataclass(frozen=True)
class Question:
    """A question: ``kind`` is "" (yes or no), "where", "why" or "what"."""

    clause: Clause
    kind: str = ""


@dataclass(frozen=True)
class Both:
    """Two clauses joined by "and" or "but"."""

    first: Clause
    second: Clause
    conjunction: str


Sentence = Clause | Question | Both


def adjective_noun_pairs(tree: object) -> Iterator[tuple[str, str]]:
    """Yield every (adjective, noun) that a sentence says of each other, as English words."""
    match tree:
        case NounPhrase(noun=noun, adjective=adjective, owner=owner):
            if adjective is not None:
                yield adjective.en, noun.en
            if owner is not None:
                yield from adjective_noun_pairs(owner)
        case Is(subject=subject, adjectives=adjectives):
            yield from adjective_noun_pairs(subject)
            for noun in _nouns_of(subject):
                yield from ((adjective.en, noun.en) for adjective in adjectives)
        case Pair() | Place() | IsAt() | Does() | Has() | ThereIs() | Question() | Both():
            for part in vars(tree).values():
                yield from adjective_noun_pairs(part)


def _nouns_of(subject: Subject) -> list[Noun]:
    match subject:
        case NounPhrase(noun=noun):
            return [noun]
        case Pair(first, second):
            return [first.noun, second.noun]
    return []
