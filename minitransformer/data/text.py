"""Cleaning text before anything counts its words."""

from __future__ import annotations

import unicodedata

import regex

_SPACES = regex.compile(r"[\s\u00a0\u202f\u2009\ufeff]+")
_INVISIBLE = regex.compile(r"[\u200b\u200e\u200f\u2060\ufe0e\ufe0f\u00ad]")
_SAME = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "\u2011": "-"})


def clean(text: str) -> str:
    """Return the text in one spelling.

    Composed characters (NFC), plain spaces for no-break spaces, straight quotes, no invisible
    marks. The joiners of Devanagari stay.
    """
    composed = unicodedata.normalize("NFC", text)
    return _SPACES.sub(" ", _INVISIBLE.sub("", composed).translate(_SAME)).strip()
