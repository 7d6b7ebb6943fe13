"""From text to ids and back: words, cut into byte-pair pieces.

A text is lower-cased and cut into words and marks. "▁" starts every word, as in SentencePiece, so
that "▁les ▁chien s" joins again to "les chiens". Marks keep to themselves and remember what they
touch: "◂." follows without a space, "(▸" is followed by none.

Cutting words into pieces is the course's ``apply_bpe``, the learner's own where it is written.
Learning the merges from a whole corpus needs a faster way than the exercise asks for: ``learn``
here gives the same merges.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from pathlib import Path

import regex

from minitransformer.data.text import clean
from minitransformer.embeddings import apply_bpe
from minitransformer.errors import DataError

PAD, BOS, EOS, UNK = 0, 1, 2, 3
SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
WORD, LEFT, RIGHT = "▁", "◂", "▸"  # starts a word; touches what is before; touches what follows

Merge = tuple[str, str]

_SUFFIX = r"'(?:s|t|re|ve|ll|d|m)(?![\p{L}\p{M}])"  # of English: dog's, don't
_TOKEN = regex.compile(
    rf"[\p{{L}}\p{{M}}\u200c\u200d]+(?:'(?=\p{{L}})(?!{_SUFFIX[1:]}))?"  # a word, or l' d' qu'
    rf"|{_SUFFIX}|\p{{N}}|[^\s\p{{L}}\p{{M}}\p{{N}}]"
)
_INSIDE = regex.compile(r"[\p{L}\p{M}'\u200c\u200d]+\Z")  # a piece inside a word
_IS_WORD = regex.compile(r"\p{L}")


def split_words(text: str) -> list[str]:
    """Cut a text into words and marks: "l'ami dort." → ["▁l'", "▁ami", "▁dort", "◂."]."""
    text = clean(text).lower()
    found = list(_TOKEN.finditer(text))
    tokens = []
    for position, match in enumerate(found):
        word = match.group()
        touches_left = position > 0 and found[position - 1].end() == match.start()
        if _IS_WORD.match(word):
            tokens.append(WORD + word)
            continue
        following = found[position + 1] if position + 1 < len(found) else None
        touches_word = (
            following is not None
            and following.start() == match.end()
            and _IS_WORD.match(following.group()) is not None
        )
        tokens.append(LEFT * touches_left + word + RIGHT * touches_word)
    return tokens


def join_words(tokens: Iterable[str]) -> str:
    """Undo ``split_words``: put the spaces back."""
    text, glued = "", True
    for token in tokens:
        word = token.removeprefix(WORD)
        if token.startswith(LEFT) and len(token) > 1:
            glued, word = True, token[1:]
        sticks = len(word) > 1 and word.endswith(RIGHT)
        word = word[:-1] if sticks else word
        text += word if glued else " " + word
        glued = sticks or (token.startswith(WORD) and word.endswith("'"))
    return text


def learn(word_counts: dict[str, int], num_merges: int) -> list[Merge]:
    """Learn merges as ``minitransformer.learn_bpe`` does, fast enough for a corpus.

    Only the words that hold the joined pair are counted anew after each merge.
    """
    words = [list(word) for word in word_counts]
    counts = list(word_counts.values())
    pairs: Counter[Merge] = Counter()
    where: defaultdict[Merge, set[int]] = defaultdict(set)
    for number, pieces in enumerate(words):
        for pair in pairwise(pieces):
            pairs[pair] += counts[number]
            where[pair].add(number)
    merges: list[Merge] = []
    queue = [(-count, pair) for pair, count in pairs.items()]  # highest count, then smallest pair
    heapify(queue)
    while queue and len(merges) < num_merges:
        count, best = heappop(queue)
        if pairs[best] != -count or not count:  # counted anew since: it stands further down
            continue
        merges.append(best)
        changed: Counter[Merge] = Counter()
        for number in where.pop(best):
            for pair in pairwise(words[number]):
                changed[pair] -= counts[number]
            words[number] = join_pair(words[number], best)
            for pair in pairwise(words[number]):
                changed[pair] += counts[number]
                where[pair].add(number)
        for pair, difference in changed.items():
            if difference:
                pairs[pair] += difference
                heappush(queue, (-pairs[pair], pair))
    return merges


def join_pair(pieces: Sequence[str], pair: Merge) -> list[str]:
    """Join ``pair`` wherever its two pieces stand side by side, from left to right."""
    joined: list[str] = []
    position = 0
    while position < len(pieces):
        if tuple(pieces[position : position + 2]) == pair:
            joined.append(pair[0] + pair[1])
            position += 2
        else:
            joined.append(pieces[position])
            position += 1
    return joined


class Tokenizer:
    """Text to ids and back, for one language.

    ``merges`` are the byte-pair merges, ``pieces`` the vocabulary: a piece's id is its place in
    it, and the first four are ``SPECIALS``. ``words`` are the words it was trained on.
    """

    def __init__(
        self, merges: Sequence[Merge], pieces: Sequence[str], words: Iterable[str] = ()
    ) -> None:
        if tuple(pieces[:4]) != SPECIALS:
            raise DataError(f"a vocabulary has to begin with {', '.join(SPECIALS)}")
        self.merges = list(merges)
        self.pieces = list(pieces)
        self.words = frozenset(words)
        self.ids = {piece: number for number, piece in enumerate(self.pieces)}
        self._marks = {word.strip(LEFT + RIGHT) for word in self.words if word[0] != WORD}
        self._cut: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self.pieces)

    @classmethod
    def train(cls, texts: Iterable[str], num_merges: int, min_count: int = 2) -> Tokenizer:
        """Learn merges and the vocabulary from texts.

        Characters, marks and pieces seen fewer than ``min_count`` times become unknown.
        """
        counts = Counter(token for text in texts for token in split_words(text))
        words = {token: count for token, count in counts.items() if token.startswith(WORD)}
        tokenizer = cls(learn(words, num_merges), SPECIALS)
        pieces: Counter[str] = Counter()
        for token, count in counts.items():
            for piece in tokenizer.cut(token):
                pieces[piece] += count
        kept = sorted((-count, piece) for piece, count in pieces.items() if count >= min_count)
        return cls(tokenizer.merges, [*SPECIALS, *(piece for _, piece in kept)], counts)

    def cut(self, token: str) -> list[str]:
        """Cut one word into pieces with the course's ``apply_bpe``; a mark stays whole."""
        if not token.startswith(WORD):
            return [token]
        if token not in self._cut:
            self._cut[token] = apply_bpe(token, self.merges)
        return self._cut[token]

    def tokenize(self, text: str) -> list[str]:
        """Return the pieces of a text."""
        return [piece for token in split_words(text) for piece in self.cut(token)]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, ``EOS`` last."""
        return [*(self.ids.get(piece, UNK) for piece in self.tokenize(text)), EOS]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of ids up to the first ``EOS``, the other specials left out."""
        tokens: list[str] = []
        for number in ids:
            if number == EOS:
                break
            if number in (PAD, BOS, UNK):
                continue
            piece = self.pieces[number]
            if tokens and tokens[-1].startswith(WORD) and self._continues(piece):
                tokens[-1] += piece
            else:
                tokens.append(piece)
        return join_words(tokens)

    def _continues(self, piece: str) -> bool:
        """True for a piece inside a word."""
        return not piece.startswith((WORD, LEFT)) and _INSIDE.match(piece) is not None

    def unseen_words(self, text: str) -> list[str]:
        """Return the words and marks of a text that training did not have, each once."""
        unseen = {
            token.strip(WORD + LEFT + RIGHT): None
            for token in split_words(text)
            if token not in self.words
            and (token.startswith(WORD) or token.strip(LEFT + RIGHT) not in self._marks)
        }
        return list(unseen)

    def save(self, path: str | Path) -> None:
        """Write the tokenizer as JSON."""
        content = {"merges": self.merges, "pieces": self.pieces, "words": sorted(self.words)}
        Path(path).write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Tokenizer:
        """Read what ``save`` wrote; raise ``DataError`` for anything else."""
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            merges = [(left, right) for left, right in content["merges"]]
            return cls(merges, content["pieces"], content["words"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{path}: not a tokenizer ({type(error).__name__}: {error}). Expected the JSON "
                f"file that Tokenizer.save writes; train again to get a new one."
            ) from None
