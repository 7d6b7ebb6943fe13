"""Sentence pairs from files: the learner's own, Tatoeba's, Multi30k's, and the bundled ones.

A file that cannot be used raises ``DataError``, which names the file, the line, what is wrong
there and what was expected.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from pathlib import Path

import regex

from minitransformer.data.grammar import Pairing, splits
from minitransformer.data.text import clean
from minitransformer.errors import DataError

CORPORA = Path(__file__).parent / "corpora"
TARGETS = ("fr", "hi")
EXPECTED = "Expected: English, a tab, the translation; one pair a line, in UTF-8."

Split = dict[str, list[Pairing]]


# ------------------------------------------------------------------ files


def read_pairs(path: str | Path) -> list[Pairing]:
    """Read sentence pairs: English, a tab, the translation.

    A third column is ignored, as Tatoeba has one for the licence; so are a byte order mark and
    empty lines. The texts are cleaned (see ``text.clean``).

    Raises ``DataError`` for a file that is missing, empty or malformed.
    """
    file = Path(path)
    pairs = []
    for number, line in enumerate(_lines(file), 1):
        if not line.strip():
            continue
        columns = line.split("\t")
        if len(columns) not in (2, 3):
            found = f"{len(columns)} columns" if len(columns) > 1 else "no tab"
            raise DataError(f"{file}, line {number}: {found} in {_quote(line)}. {EXPECTED}")
        source, target = clean(columns[0]), clean(columns[1])
        if not source or not target:
            which = "first" if not source else "second"
            raise DataError(f"{file}, line {number}: the {which} column is empty. {EXPECTED}")
        pairs.append(Pairing(source, target))
    if not pairs:
        raise DataError(f"{file}: no sentence pairs in it. {EXPECTED}")
    return pairs


def read_parallel(source_path: str | Path, target_path: str | Path) -> list[Pairing]:
    """Read two files whose lines belong together, as Multi30k has them.

    Raises ``DataError`` where a file is missing, a line is empty, or the lengths differ.
    """
    files = Path(source_path), Path(target_path)
    sources, targets = (_without_last_empty(_lines(file)) for file in files)
    if len(sources) != len(targets):
        raise DataError(
            f"{files[0]} has {len(sources)} lines, but {files[1]} has {len(targets)}. Expected: "
            f"two files of equally many lines, line by line each other's translation."
        )
    for file, lines in zip(files, (sources, targets), strict=True):
        for number, line in enumerate(lines, 1):
            if not line.strip():
                raise DataError(f"{file}, line {number}: the line is empty. Expected: a sentence.")
    if not sources:
        raise DataError(f"{files[0]}: no sentences in it. Expected: one sentence a line.")
    return [Pairing(clean(s), clean(t)) for s, t in zip(sources, targets, strict=True)]


def _lines(file: Path) -> list[str]:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{file}: there is no such file. Give the path of a text file.") from None
    except OSError as error:
        raise DataError(f"{file}: it cannot be read ({error.strerror}).") from None
    try:
        text = content.decode("utf-8-sig")  # with or without a byte order mark
    except UnicodeDecodeError as error:
        number = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{file}, line {number}: byte 0x{content[error.start]:02x} is not UTF-8. Save the file "
            f"as UTF-8 and try again."
        ) from None
    return text.replace("\r\n", "\n").split("\n")


def _without_last_empty(lines: list[str]) -> list[str]:
    return lines[:-1] if lines and not lines[-1] else lines


def _quote(line: str) -> str:
    return repr(line if len(line) <= 40 else line[:40] + "…")


# ------------------------------------------------------------------ splitting


def group_key(source: str) -> str:
    """Return what two near-duplicates share: the lower-case letters and digits of the source."""
    return " ".join(regex.findall(r"[\p{L}\p{M}\p{N}]+", source.lower()))


def head_word(source: str) -> str:
    """Return a CLDR name without its variants: "waving hand: light skin tone" → "waving hand"."""
    return group_key(source.split(":")[0])


def split_by_group(
    pairs: Iterable[Pairing],
    key: Callable[[str], str] = group_key,
    seed: int = 0,
    shares: tuple[float, float] = (0.03, 0.07),
) -> Split:
    """Part pairs into train, valid and test so that one group is never in two of them.

    A random split would put "waving hand: light skin tone" into training and "waving hand: dark
    skin tone" into the test, which then measures memory.

    Args:
        pairs: the pairs.
        key: gives the group of a source sentence.
        seed: the same seed gives the same split.
        shares: the shares of the groups that go to valid and to test; at least one group each
            where there are three.
    """
    pairs = list(pairs)
    groups = sorted({key(pair.source) for pair in pairs})
    random.Random(seed).shuffle(groups)
    valid, test = (max(1, round(share * len(groups))) for share in shares)
    where = dict.fromkeys(groups, "train")
    if len(groups) >= 3:
        where.update(dict.fromkeys(groups[:valid], "valid"))
        where.update(dict.fromkeys(groups[valid : valid + test], "test"))
    parts: Split = {"train": [], "valid": [], "test": []}
    for pair in pairs:
        parts[where[key(pair.source)]].append(pair)
    return parts


# ------------------------------------------------------------------ what ships with the course


def cldr_names(to: str) -> list[Pairing]:
    """Return the names of characters and emoji, English and ``to``."""
    column = {"fr": 1, "hi": 2}[require_target(to)]
    rows = _table("cldr_names.en-fr-hi.tsv")
    return [Pairing(row[0], row[column]) for row in rows]


def interface_texts(to: str) -> list[Pairing]:
    """Return texts of programs' interfaces, English and ``to``."""
    return [Pairing(row[0], row[1]) for row in _table(f"interface.en-{require_target(to)}.tsv")]


def _table(name: str) -> list[list[str]]:
    lines = (CORPORA / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:]]  # the first line names the columns


def bundled(to: str, seed: int = 0, grammar_size: int = 40_000) -> dict[str, Split]:
    """Return everything that ships: {"grammar", "cldr", "interface"}, each split.

    ``grammar`` has two more held-out parts, ``withheld`` and ``longer`` (see ``grammar.splits``).
    No held-out source sentence of any of them is in any training part.
    """
    return without_leaks(
        {
            "grammar": splits(require_target(to), seed, train=grammar_size),
            "cldr": split_by_group(cldr_names(to), head_word, seed),
            "interface": split_by_group(interface_texts(to), group_key, seed),
        }
    )


def without_leaks(corpora: dict[str, Split]) -> dict[str, Split]:
    """Take out of all training parts what any held-out part has, whatever case and punctuation."""
    held_out = {
        group_key(pair.source)
        for parts in corpora.values()
        for name, pairs in parts.items()
        if name != "train"
        for pair in pairs
    }
    for parts in corpora.values():
        parts["train"] = [p for p in parts["train"] if group_key(p.source) not in held_out]
    return corpora


def require_target(to: str) -> str:
    """Return ``to``, or raise ``DataError`` where the course has no such language."""
    if to not in TARGETS:
        raise DataError(f"no language is called {to!r} here. Choose one of {', '.join(TARGETS)}.")
    return to
