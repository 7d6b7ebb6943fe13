"""Rebuild the bundled corpora from the published packages they were taken from.

    python -m minitransformer.data.rebuild --from DIR [--to DIR]

DIR holds these packages, each unpacked anywhere below it (a wheel is a zip file):

- npm cldr-annotations-full and cldr-annotations-derived-full 48.2.0
- PyPI kolibri 0.19.5, homeassistant 2024.3.3, home-assistant-frontend 20250109.2,
  django 5.2.19, jupyterlab-language-pack-fr-FR 4.5.post3

Their licences stand in ``corpora/NOTICE.md`` and ``corpora/licenses/``. The same packages give the
same files, byte for byte.
"""

from __future__ import annotations

import argparse
import gettext
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import regex

from minitransformer.data.text import clean
from minitransformer.errors import DataError

CORPORA = Path(__file__).parent / "corpora"
CODES = {"en": ("en",), "fr": ("fr", "fr_FR"), "hi": ("hi", "hi_IN")}
LONGEST = 20  # words on either side

Messages = dict[str, str]

_UNUSABLE = regex.compile(r"[{}<>\\`|_=#*$~^@\[\]]|%\w|%\(|https?:|www\.|\d{3}|/\w|\n|&\w+;|\x04")
_DEVANAGARI = regex.compile(r"\p{Devanagari}")
_LATIN = regex.compile(r"\p{Latin}")
_LETTER = regex.compile(r"\p{L}")


# ------------------------------------------------------------------ reading the packages


def flatten(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (dotted key, text) for every text in nested JSON."""
    if isinstance(tree, str):
        yield path, tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from flatten(value, f"{path}.{key}")


def read_json_messages(files: Iterable[Path]) -> Messages:
    """Return {file's own name + key: text} of JSON message files."""
    messages: Messages = {}
    for file in sorted(files):
        for key, text in flatten(json.loads(file.read_text(encoding="utf-8"))):
            messages[f"{file.name.split('-')[0]}{key}"] = text
    return messages


def read_catalogue(file: Path) -> list[tuple[str, str]]:
    """Return (English, translation) of a compiled gettext catalogue, plurals left out."""
    with file.open("rb") as stream:
        catalogue = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
    return [
        (key.rpartition("\x04")[2], text)  # a context may stand before the text
        for key, text in catalogue.items()
        if isinstance(key, str) and key
    ]


def kolibri(folder: Path, to: str) -> list[tuple[str, str]]:
    """Interface messages of Kolibri, joined by file and key."""

    def messages(language: str) -> Messages:
        found: Messages = {}
        for code in CODES[language]:
            for file in sorted(folder.glob(f"**/kolibri/locale/{code}/LC_MESSAGES/*.json")):
                content = json.loads(file.read_text(encoding="utf-8"))
                found.update({f"{file.name}:{key}": text for key, text in content.items()})
        return found

    return _joined(messages("en"), messages(to))


def homeassistant(folder: Path, to: str) -> list[tuple[str, str]]:
    """Messages of Home Assistant's integrations, joined by integration and key."""
    pairs = []
    for english in sorted(folder.glob("**/homeassistant/components/*/translations/en.json")):
        translated = english.with_name(f"{to}.json")
        if translated.is_file():
            pairs += _joined(read_json_messages([english]), _renamed(translated))
    return pairs


def _renamed(file: Path) -> Messages:
    content = json.loads(file.read_text(encoding="utf-8"))
    return {f"en.json{key}": text for key, text in flatten(content)}


def ha_frontend(folder: Path, to: str) -> list[tuple[str, str]]:
    """Messages of Home Assistant's frontend, whose files carry a hash: ``fr-7b39….json``."""
    pairs = []
    for english in sorted(folder.glob("**/hass_frontend/static/translations/**/en-*.json")):
        if not regex.fullmatch(r"en-[0-9a-f]{32}\.json", english.name):
            continue
        for translated in english.parent.glob(f"{to}-*.json"):
            if regex.fullmatch(rf"{to}-[0-9a-f]{{32}}\.json", translated.name):
                pairs += _joined(read_flat(english), read_flat(translated))
    return pairs


def read_flat(file: Path) -> Messages:
    """Return {key: text} of one JSON file."""
    return dict(flatten(json.loads(file.read_text(encoding="utf-8"))))


def django(folder: Path, to: str) -> list[tuple[str, str]]:
    """Catalogues of Django and of its contributed applications."""
    pairs = []
    for file in sorted(folder.glob(f"**/django/**/locale/{to}/LC_MESSAGES/django.mo")):
        if "kolibri" not in file.parts:  # Kolibri carries an older Django
            pairs += read_catalogue(file)
    return pairs


def jupyterlab(folder: Path, to: str) -> list[tuple[str, str]]:
    """JupyterLab's French language pack; there is no Hindi one."""
    pairs = []
    for file in sorted(folder.glob(f"**/jupyterlab_language_pack_{to}_*/**/LC_MESSAGES/*.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        pairs += [
            (key.rpartition("\x04")[2], translations[0])  # a context may stand before the text
            for key, translations in content.items()
            if key and isinstance(translations, list) and len(translations) == 1
        ]
    return pairs


SOURCES = {
    "kolibri": kolibri,
    "homeassistant": homeassistant,
    "ha-frontend": ha_frontend,
    "django": django,
    "jupyterlab-fr": jupyterlab,
}


def _joined(english: Messages, translated: Messages) -> list[tuple[str, str]]:
    return [(text, translated[key]) for key, text in english.items() if key in translated]


# ------------------------------------------------------------------ choosing and writing


def is_usable(english: str, translated: str, to: str) -> bool:
    """True for a pair that reads as language: no code, no placeholders, not left in English."""
    if _UNUSABLE.search(english) or _UNUSABLE.search(translated):
        return False
    if not _LETTER.search(english) or _DEVANAGARI.search(english):
        return False
    words, other = len(english.split()), len(translated.split())
    if not (1 <= words <= LONGEST and 1 <= other <= LONGEST and other <= 3 * words + 3):
        return False
    if words > 3 * other + 3:
        return False
    devanagari = len(_DEVANAGARI.findall(translated))
    if to == "hi":  # some write a Latin l for the danda
        if regex.search(r"\bl$", translated):
            return False
        return devanagari > len(_LATIN.findall(translated))
    return not devanagari and english.lower() != translated.lower()


def interface_rows(folder: Path, to: str) -> list[tuple[str, str, str]]:
    """Return (English, translation, source), one row an English text, sorted.

    Where packages translate the same text differently, the first of ``SOURCES`` is kept.
    """
    rows: dict[str, tuple[str, str, str]] = {}
    for source, read in SOURCES.items():
        pairs = read(folder, to)
        if not pairs and not (source == "jupyterlab-fr" and to == "hi"):
            raise DataError(
                f"{folder}: no {to} messages of {source} below it. Unpack the package named in "
                f"`python -m minitransformer.data.rebuild --help` there."
            )
        for english, translated in pairs:
            english, translated = clean(english), clean(translated)  # noqa: PLW2901
            if is_usable(english, translated, to):
                rows.setdefault(english.lower(), (english, translated, source))
    return sorted(rows.values())


def cldr_rows(folder: Path) -> list[tuple[str, str, str, str]]:
    """Return (English, French, Hindi, source) names of characters and emoji, in CLDR's order."""
    rows: dict[str, tuple[str, str, str, str]] = {}
    for kind in ("annotations", "annotationsDerived"):
        names = {language: _cldr_names(folder, kind, language) for language in CODES}
        for character, english in names["en"].items():
            french, hindi = names["fr"].get(character), names["hi"].get(character)
            if french and hindi:
                rows.setdefault(english.lower(), (english, french, hindi, "cldr"))
    return list(rows.values())


def _cldr_names(folder: Path, kind: str, language: str) -> Messages:
    files = sorted(folder.glob(f"**/{kind}/{language}/annotations.json"))
    if not files:
        raise DataError(
            f"{folder}: no {kind}/{language}/annotations.json below it. Unpack the packages "
            f"cldr-annotations-full and cldr-annotations-derived-full 48.2.0 there."
        )
    content = json.loads(files[0].read_text(encoding="utf-8"))
    entries = content[kind]["annotations"]
    return {
        character: clean(entry["tts"][0]) for character, entry in entries.items() if "tts" in entry
    }


def write_table(file: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> int:
    """Write rows as tab-separated UTF-8 with a header line; return how many."""
    lines = ["\t".join(row) for row in rows]
    file.write_text("\n".join(["\t".join(header), *lines]) + "\n", encoding="utf-8")
    return len(lines)


def rebuild(folder: Path, out: Path = CORPORA) -> dict[str, int]:
    """Write the three corpora; return {file name: rows}."""
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder. Give the one that holds the packages.")
    out.mkdir(parents=True, exist_ok=True)
    counts = {}
    tables: list[tuple[str, tuple[str, ...], Iterable[tuple[str, ...]]]] = [
        ("cldr_names.en-fr-hi.tsv", ("en", "fr", "hi", "source"), cldr_rows(folder)),
        ("interface.en-fr.tsv", ("en", "fr", "source"), interface_rows(folder, "fr")),
        ("interface.en-hi.tsv", ("en", "hi", "source"), interface_rows(folder, "hi")),
    ]
    for name, header, rows in tables:
        counts[name] = write_table(out / name, header, rows)
    return counts


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m minitransformer.data.rebuild",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--from", dest="folder", type=Path, required=True, metavar="DIR")
    parser.add_argument("--to", dest="out", type=Path, default=CORPORA, metavar="DIR")
    chosen = parser.parse_args(arguments)
    try:
        counts = rebuild(chosen.folder, chosen.out)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    for name, count in counts.items():
        print(f"{chosen.out / name}: {count} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
