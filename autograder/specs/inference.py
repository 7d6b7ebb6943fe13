"""Lesson 11: what an answer to the inference exercises has to do."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder import oracle
from autograder.inside.case import Case, Make, Outcome, TensorValue
from autograder.specification import COMPARE, Check, Draw, Specification, variants
from autograder.specs.multi_head import attention_shapes

VOCAB = 6
NextLogits = Callable[[np.ndarray], np.ndarray]


def table_next_logits(table: np.ndarray) -> NextLogits:
    """Return what the maker "table model" makes, for the oracle."""

    def next_logits(ids: np.ndarray) -> np.ndarray:
        logits = table[ids[:, -1]].astype(np.float64)
        return logits + 0.5 * table[ids[:, -2]] if ids.shape[1] > 1 else logits

    return next_logits


def _writing(name: str, check: str, table: np.ndarray, start: Any, **options: Any) -> Case:
    """A case for a model given by a table."""
    arguments = {
        "next_logits": Make("table model", {"table": table.astype(np.float32)}),
        "start": np.array(start)[:, None],
    }
    return Case(name, check, arguments | options, observe=("next_logits",))


def _for_the_oracle(case: Case) -> dict[str, Any]:
    table = case.arguments["next_logits"].data["table"]
    return case.arguments | {"next_logits": table_next_logits(table)}


# --- greedy_decode


def _greedy_cases(draw: Draw) -> Iterator[Case]:
    ladder = 3 * np.eye(4, k=1)  # 0, 1, 2, 3 and no further
    yield dataclasses.replace(
        _writing("by hand", "values", ladder, [0], eos_id=3, max_len=6), public=True
    )
    longest = draw.size(7, 9)
    yield _greedy_world(draw, "one row", "values", longest, [(3, 4)])
    yield _greedy_world(draw, "a longer row", "values", longest, [(5, 6)])
    apart = _greedy_world(draw, "rows end apart", "after the end", longest, [(3, 4), (5, 6)])
    yield apart
    never = [(3, longest - 2), (longest + 1, longest + 1)]
    stubborn = _greedy_world(draw, "a row never ends", "longest", longest, never)
    yield stubborn
    yield _again(stubborn, "only the start", "longest", max_len=1)
    yield _again(apart, "what is asked", "all rows")
    yield dataclasses.replace(apart, name="meta", check="device", device="meta")


def _again(base: Case, name: str, check: str, **arguments: Any) -> Case:
    changed = base.arguments | arguments
    return dataclasses.replace(base, name=name, check=check, arguments=changed)


def _greedy_world(
    draw: Draw, name: str, check: str, max_len: int, lengths: list[tuple[int, int]]
) -> Case:
    """Draw tables until there is a start for each of ``lengths`` (from, to), without near-ties.

    A text that does not end within ``max_len`` has the length ``max_len + 1``.
    """
    while True:
        table = draw.normal(VOCAB, VOCAB, scale=2.0)
        best, clear = _best_words(table)
        eos_id, *others = (int(word) for word in draw.generator.permutation(VOCAB))
        found = [_walk(best, clear, word, eos_id, max_len) for word in others]
        start = []
        for low, high in lengths:
            fit = [word for word, length in zip(others, found) if low <= length <= high]
            start += [word for word in fit if word not in start][:1]
        if len(start) == len(lengths):
            return _writing(name, check, table, start, eos_id=eos_id, max_len=max_len)


def _log_p_next(table: np.ndarray) -> np.ndarray:
    """Return log-probabilities [previous, last, next]; previous is −1 where there is none."""
    before = np.concatenate([table, np.zeros_like(table[:1])])
    logits = table[None].astype(np.float64) + 0.5 * before[:, None]
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def _best_words(table: np.ndarray) -> tuple[Any, Any]:
    """Return the best next word by [previous][last], and whether it is clearly the best."""
    log_p = _log_p_next(table)
    ordered = np.sort(log_p, axis=-1)
    return log_p.argmax(-1).tolist(), (ordered[..., -1] - ordered[..., -2] > 0.05).tolist()


def _walk(best: Any, clear: Any, start: int, eos_id: int, max_len: int) -> int:
    """Return the length of the greedy text, at most ``max_len + 1``; 0 where a choice is close.

    What would follow the end has to be clear too, and not the end once more.
    """
    previous, last, length = -1, start, 1
    while last != eos_id and length <= max_len:
        if not clear[previous][last]:
            return 0
        previous, last, length = last, best[previous][last], length + 1
    if last == eos_id and (best[previous][last] == eos_id or not clear[previous][last]):
        return 0
    return length


def _greedy_problem(case: Case, outcome: Outcome) -> str | None:
    """Compare up to the oracle's length; anything after that has to be eos."""
    a = case.arguments
    expected = oracle.greedy_decode(**_for_the_oracle(case))
    batch, eos_id = len(a["start"]), a["eos_id"]
    if case.check == "all rows":
        for rows, _ in outcome.observed["next_logits"]["calls"]:
            if rows != batch:
                return f"next_logits was asked for {rows} rows, not for all {batch}"
        return None
    problem = _ids_problem(outcome.value, batch, a["max_len"])
    if problem or case.device == "meta":
        return problem
    found = outcome.value.array
    length = expected.shape[1]
    if found.shape[1] < length:
        return f"the result is {found.shape[1]} ids long, expected {length}"
    wrong = int((found[:, :length] != expected).sum())
    if wrong:
        return f"{wrong} of {expected.size} ids are wrong"
    return None if (found[:, length:] == eos_id).all() else "after the end stands not only eos_id"


def _ids_problem(value: Any, batch: int, max_len: int, name: str = "the result") -> str | None:
    if not isinstance(value, TensorValue):
        return f"{name} is not a tensor"
    if value.dtype != "int64":
        return f"{name} has dtype {value.dtype}, expected int64 as the start"
    if len(value.shape) != 2 or value.shape[0] != batch:
        return f"{name} has shape {value.shape}, expected ({batch}, length)"
    if value.shape[1] > max_len:
        return f"{name} is {value.shape[1]} ids long; max_len is {max_len}, the start counted"
    return None


# --- sample

SHARES = (0.36, 0.25, 0.17, 0.11, 0.07, 0.04)
ROWS = 2400
BOUND = 90.0
"""The largest chi-square of a right answer: with 5 degrees of freedom, 1 in 10^17 is above."""


def _sample_cases(draw: Draw) -> Iterator[Case]:
    example = {"logits": np.array([[1.0, 3.0, 2.0]], np.float32), "top_k": 1}
    yield Case("by hand", "values", example, public=True, random=True)
    yield _drawn("as they come", "values", draw)
    yield _drawn("rows of two kinds", "values", draw, kinds=2)
    yield _drawn("sharper", "temperature", draw, temperature=0.5)
    yield _drawn("flatter", "temperature", draw, temperature=2.0)
    for name, temperature in (("nought", 0.0), ("negative", -1.0)):
        case = _drawn(name, "refusal", draw, rows=2, temperature=temperature)
        yield dataclasses.replace(case, raises="ValueError", random=False)
    yield _drawn("the best three", "top_k", draw, top_k=3)
    yield _drawn("more than there are", "top_k", draw, top_k=50)
    yield _drawn("a share of 0.7", "top_p", draw, last=True, top_p=0.7)
    nucleus = _drawn("rows apart, a share of 0.5", "top_p", draw, kinds=2, top_p=0.5)
    yield nucleus
    yield _drawn("the whole share", "top_p", draw, top_p=1.0)
    yield _drawn("a tiny share", "top_p", draw, rows=5, top_p=1e-6)
    yield _drawn("top_k, then top_p", "order", draw, last=True, top_k=4, top_p=0.65)
    yield _drawn("temperature, then top_p", "order", draw, temperature=2.0, top_p=0.55)

    large = _drawn("large logits", "large logits", draw, rows=5)
    grown = {"logits": (large.arguments["logits"] + 2) * 1000}
    yield dataclasses.replace(large, arguments=grown)
    yield _repeated(draw)
    yield dataclasses.replace(nucleus, name="float64", check="precision", dtype="float64")
    small = _drawn("meta", "device", draw, rows=3, top_k=3, top_p=0.7)
    yield dataclasses.replace(small, device="meta")


def _drawn(
    name: str,
    check: str,
    draw: Draw,
    rows: int = ROWS,
    kinds: int = 1,
    last: bool = False,
    **options: Any,
) -> Case:
    """A case of many equal rows, to be judged by their shares.

    With two kinds, each other row has the shares in reverse order; with ``last`` the best word
    comes last.
    """
    row = _logits(draw)
    if last:
        best = int(np.argmax(row))
        row[best], row[-1] = row[-1], row[best]
    logits = np.stack([row, row[::-1]][:kinds])
    tiled = np.tile(logits, (rows // kinds, 1)).astype(np.float32)  # (rows, V)
    return Case(name, check, {"logits": tiled, **options}, random=True, seed=draw.size(0, 2**31))


def _logits(draw: Draw) -> np.ndarray:
    """Return logits of about the probabilities ``SHARES``, in any order and at any height."""
    noise = draw.generator.uniform(-0.02, 0.02, len(SHARES))
    height = draw.generator.uniform(0.3, 1.0)
    return draw.generator.permutation(np.log(SHARES) + noise) + height


def _repeated(draw: Draw) -> Case:
    """Draw three times: with a generator, with its twin, and with the first one again."""
    seed = draw.size(0, 2**31)
    case = _drawn("generator", "generator", draw, rows=60)
    first = case.arguments | {"generator": Make("generator", {"seed": seed})}
    again = case.arguments | {"generator": Make("same", {"of": "generator"})}
    return dataclasses.replace(case, arguments=first, calls=(first, again))


def _sample_problem(case: Case, outcome: Outcome) -> str | None:
    if case.check == "generator":
        return _generator_problem(outcome)
    logits = case.arguments["logits"]
    problem = _draws_problem(outcome.value, *logits.shape)
    if problem or case.device == "meta":
        return problem
    kinds = 1 if np.array_equal(logits[0], logits[-1]) else 2
    if kinds == 2 and len(np.unique(outcome.value.array)) == 1:
        return "every row got the same word"
    options = {name: value for name, value in case.arguments.items() if name != "logits"}
    expected = oracle.sample_distribution(logits[:kinds], **options)
    for kind in range(kinds):
        drawn = np.bincount(outcome.value.array[kind::kinds], minlength=len(expected[kind]))
        problem = _shares_problem(drawn, expected[kind])
        if problem:
            return problem
    return None


def _draws_problem(value: Any, rows: int, vocab: int) -> str | None:
    if not isinstance(value, TensorValue):
        return "the result is not a tensor"
    if value.shape != (rows,):
        return f"the result has shape {value.shape}, expected ({rows},)"
    if value.dtype != "int64":
        return f"the result has dtype {value.dtype}, expected int64"
    if value.array is not None and not ((value.array >= 0) & (value.array < vocab)).all():
        return "the result holds ids that are not in the vocabulary"
    return None


def _shares_problem(drawn: np.ndarray, expected: np.ndarray) -> str | None:
    """Compare how often each word came up with how often it should, by a chi-square."""
    kept = expected > 1e-9
    if kept.sum() > 1 and (drawn > 0).sum() == 1:
        return "one and the same word came up in every row"
    extra, missing = int((drawn[~kept] > 0).sum()), int((drawn[kept] == 0).sum())
    if extra or missing:
        came = f"{_some(extra)} came up that should have been left out"
        never = f"{_some(missing)} never came up that should have"
        return " and ".join([came] * (extra > 0) + [never] * (missing > 0))
    wanted = expected[kept] * drawn.sum()
    if float(((drawn[kept] - wanted) ** 2 / wanted).sum()) <= BOUND:
        return None
    ratio = drawn[np.argmax(expected)] / wanted.max()
    how = "often" if ratio > 1 else "seldom"
    far = "far " if not 0.57 < ratio < 1.7 else ""
    return f"the best word comes up {far}too {how} in {drawn.sum()} draws"


def _some(count: int) -> str:
    return "one word" if count == 1 else "several words"


def _generator_problem(outcome: Outcome) -> str | None:
    values = outcome.value
    if not all(isinstance(value, TensorValue) for value in values):
        return "the result is not a tensor"
    first, twin, again = (value.array for value in values)
    if not np.array_equal(first, twin):
        return "two generators in the same state gave different words"
    if np.array_equal(first, again):
        return "one generator gave the same words twice: its state does not move on"
    return None


# --- beam_search


def _beam_cases(draw: Draw) -> Iterator[Case]:
    eos: dict[str, Any] = {"eos_id": 3, "beam_size": 2, "length_penalty": 0.0}
    fork = np.log(np.array([[1, 50, 40, 9], [30, 30, 30, 10], [2, 3, 5, 90], [25, 25, 25, 25]]))
    by_hand = _writing("by hand", "values", fork, [0], max_len=3, **eos)
    yield dataclasses.replace(by_hand, public=True)
    found = itertools.count()

    def world(check: str, wanted: Wanted, rows: int = 1, **options: Any) -> Case:
        return _beam_world(draw, f"{check} {next(found)}", check, wanted, rows, **options)

    flat: dict[str, Any] = {"length_penalty": 0.0}
    yield world("values", _beats_greedy, beam_size=2, **flat)
    narrow = world("values", _beats_greedy, beam_size=3, **flat)
    yield narrow
    yield world("length penalty", _longer_than_flat, beam_size=3, length_penalty=1.0)
    yield world("length penalty", _longer_than_flat, beam_size=2, length_penalty=2.0)
    yield _default_penalty(world("length penalty", _longer_than_flat, beam_size=3))
    yield world("unfinished", _never_ends, beam_size=2, **flat)
    yield world("unfinished", _never_ends, beam_size=3, length_penalty=1.0)
    yield world("rows", _ends, rows=2, beam_size=2, **flat)
    yield world("rows", _ends, rows=3, beam_size=3)
    yield world("beam sizes", _ends, beam_size=1, **flat)
    yield world("beam sizes", _ends, beam_size=200, max_len=4, **flat)
    yield dataclasses.replace(narrow, name="meta", check="device", device="meta")


def _default_penalty(case: Case) -> Case:
    """Leave ``length_penalty`` to its default, 0.6."""
    arguments = {k: v for k, v in case.arguments.items() if k != "length_penalty"}
    return dataclasses.replace(case, arguments=arguments)


@dataclasses.dataclass(frozen=True)
class Search:
    """One row's search: log-probabilities [previous][last], a start, and the options."""

    log_p: Any
    start: int
    eos_id: int
    beam_size: int
    max_len: int
    length_penalty: float


Text = tuple[tuple[int, ...], float]  # ids, log probability
Wanted = Callable[[Search, tuple[int, ...]], bool]


def _beats_greedy(search: Search, best: tuple[int, ...]) -> bool:
    greedy = _best(dataclasses.replace(search, beam_size=1), RULES[0])
    return _ends(search, best) and greedy is not None and greedy != best


def _longer_than_flat(search: Search, best: tuple[int, ...]) -> bool:
    flat = _best(dataclasses.replace(search, length_penalty=0.0), RULES[0])
    return _ends(search, best) and flat is not None and len(flat) < len(best)


def _never_ends(search: Search, best: tuple[int, ...]) -> bool:
    """The best text is unfinished, although others end."""
    ended = [ids for ids, _ in _texts(search, RULES[0]) if ids[-1] == search.eos_id]
    return search.eos_id not in best and bool(ended)


def _ends(search: Search, best: tuple[int, ...]) -> bool:
    return best[-1] == search.eos_id and 2 < len(best) < search.max_len


def _beam_world(
    draw: Draw,
    name: str,
    check: str,
    wanted: Wanted,
    rows: int,
    beam_size: int,
    length_penalty: float = 0.6,
    max_len: int = 6,
) -> Case:
    """Draw tables until some starts' best texts are ``wanted``, and clear under every rule.

    Several rows differ in length.
    """
    while True:
        table = draw.normal(VOCAB, VOCAB, scale=1.5)
        log_p = _log_p_next(table).tolist()
        eos_id, *others = (int(word) for word in draw.generator.permutation(VOCAB))
        starts: dict[int, int] = {}  # start -> length of its best text
        for start in others:
            search = Search(log_p, start, eos_id, beam_size, max_len, length_penalty)
            best = _best(search, RULES[0])
            if best is None or not wanted(search, best):
                continue
            if all(_best(search, rule) == best for rule in RULES[1:]):
                starts[start] = len(best)
        if len(starts) >= rows and len(set(list(starts.values())[:rows])) >= min(rows, 2):
            return _writing(
                name,
                check,
                table,
                list(starts)[:rows],
                eos_id=eos_id,
                beam_size=beam_size,
                max_len=max_len,
                length_penalty=length_penalty,
            )


RULES = ("place", "good", "fair", "all", "stays", "enough")
"""What implementations do with finished texts; a case counts only where all of them agree.

place: those among the ``beam_size`` best are set aside, and each takes a place. good, fair, all:
the ``beam_size`` best, twice as many, or all are set aside, and none takes a place. stays: they
stay in the beam. enough: as place, but ``beam_size`` finished texts end the search.
"""


def _best(search: Search, rule: str) -> tuple[int, ...] | None:
    """Return the best text under a rule; None where a choice is close."""
    texts = _texts(search, rule)
    scored = [
        (oracle.length_normalised(log_p, len(ids) - 1, search.length_penalty), ids)
        for ids, log_p in texts
    ]
    scored.sort(reverse=True)
    if not scored or (len(scored) > 1 and scored[0][0] - scored[1][0] < 0.02):
        return None
    return scored[0][1]


def _texts(search: Search, rule: str) -> list[Text]:
    """Return the texts that compete in the end; none where a cut is close."""
    open_ones: list[Text] = [((search.start,), 0.0)]
    finished: list[Text] = []
    size, eos_id = search.beam_size, search.eos_id
    for _ in range(search.max_len - 1):
        candidates = _extended(search, open_ones)
        if rule == "stays":
            candidates, finished = candidates + finished, []
        candidates.sort(key=lambda text: -text[1])
        if len(candidates) > size and candidates[size - 1][1] - candidates[size][1] < 1e-3:
            return []
        kept = candidates[:size]
        good = {"fair": candidates[: 2 * size], "all": candidates}.get(rule, kept)
        finished += [text for text in good if text[0][-1] == eos_id]
        going_on = candidates if rule in ("good", "fair", "all") else kept
        open_ones = [text for text in going_on if text[0][-1] != eos_id][:size]
        if not open_ones or (rule == "enough" and len(finished) >= size):
            return finished
    return finished + open_ones


def _extended(search: Search, texts: list[Text]) -> list[Text]:
    """Return every open text with every word appended."""
    extended = []
    for ids, log_p in texts:
        previous = ids[-2] if len(ids) > 1 else -1
        for word, log_p_word in enumerate(search.log_p[previous][ids[-1]]):
            extended.append(((*ids, word), log_p + log_p_word))
    return extended


def _beam_problem(case: Case, outcome: Outcome) -> str | None:
    """Compare the texts, padding with eos allowed, and the scores."""
    a = case.arguments
    batch, value = len(a["start"]), outcome.value
    if not isinstance(value, tuple | list) or len(value) != 2:
        return "the result is not a pair: the best texts and their scores"
    ids, scores = value
    problem = _ids_problem(ids, batch, a["max_len"], "the first result")
    if problem is None and (not isinstance(scores, TensorValue) or scores.shape != (batch,)):
        problem = f"the scores are not a tensor of shape ({batch},)"
    if problem or case.device == "meta":
        return problem
    expected_ids, expected_scores = oracle.beam_search(**_for_the_oracle(case))
    longest = max(ids.shape[1], expected_ids.shape[1])
    found, wanted = (_filled(array, longest, a["eos_id"]) for array in (ids.array, expected_ids))
    wrong = int((found != wanted).any(axis=1).sum())
    if wrong:
        return f"{wrong} of {batch} texts are not the best"
    if ids.shape[1] < expected_ids.shape[1]:
        return "the texts lack their end token"
    error = np.abs(scores.array.astype(np.float64) - expected_scores).max()
    return None if error <= 1e-3 else f"a score is off by {error:.3g}"


def _filled(ids: np.ndarray, length: int, eos_id: int) -> np.ndarray:
    return np.pad(ids, ((0, 0), (0, length - ids.shape[1])), constant_values=eos_id)


# --- CachedAttention


def _cached_cases(draw: Draw) -> Iterator[Case]:
    batch, heads, length = draw.sizes(3, 2, 5)
    d_model = heads * draw.size(2, 4)
    base = _cached_case(draw, "random", "values", batch, heads, d_model, length)
    yield _cached_case(draw, "one word", "values", batch, heads, d_model, 1)
    yield base
    yield _cached_case(draw, "one sentence", "values", 1, heads, d_model, 6)
    yield _cached_case(draw, "one head", "heads", batch, 1, d_model, length)
    dropout = _cached_case(draw, "training", "dropout", batch, heads, d_model, length, 0.6)
    yield dataclasses.replace(dropout, mode="train", random=True)
    yield dataclasses.replace(base, name="work", check="work", observe=("attention",))
    yield from variants(base)


def _cached_case(
    draw: Draw,
    name: str,
    check: str,
    batch: int,
    heads: int,
    d_model: int,
    length: int,
    dropout: float = 0.0,
) -> Case:
    part = {
        "name": "MultiHeadAttention",
        "build": {"d_model": d_model, "num_heads": heads, "dropout": dropout},
        "weights": draw.weights(attention_shapes(d_model)),
    }
    words = [{"x": draw.normal(batch, 1, d_model)} for _ in range(length)]
    build = {"attention": Make("watched part", part)}
    return Case(name, check, words[0], build=build, calls=tuple(words[1:]))


def _cached(case: Case) -> Any:
    assert case.build is not None
    part = case.build["attention"].data
    xs = np.concatenate([call["x"] for call in (case.arguments, *case.calls)], axis=1)
    rows = oracle.cached_attention(xs, part["weights"], part["build"]["num_heads"])
    words = tuple(rows[:, t : t + 1] for t in range(rows.shape[1]))
    return words if case.calls else words[0]


def _cached_problem(case: Case, outcome: Outcome) -> str | None:
    """No layer of the attention may be given more than the new word."""
    if case.check != "work":
        return COMPARE
    word = case.arguments["x"].size
    if any(math.prod(shape) > word for shape in outcome.observed["attention"]["given"]):
        return "a layer of the attention was given earlier words again"
    return None


SPECIFICATIONS = (
    Specification(
        exercise="greedy_decode",
        checks=(
            Check("values", 3, "the best next word, until the end"),
            Check("after the end", 1, "a row that has ended holds nothing but eos_id"),
            Check("longest", 1, "no text is longer than max_len, the start counted"),
            Check("all rows", 1, "next_logits is always asked for all rows"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 0.5, "the start stays as it was"),
        ),
        cases=_greedy_cases,
        oracle=lambda case: oracle.greedy_decode(**_for_the_oracle(case)),
        problem=_greedy_problem,
    ),
    Specification(
        exercise="sample",
        checks=(
            Check("values", 2, "words come up as often as the softmax says"),
            Check("temperature", 1.5, "the temperature divides the logits"),
            Check("top_k", 1, "top_k keeps the k best words"),
            Check("top_p", 1.5, "top_p keeps the fewest best words that reach it"),
            Check("order", 1, "temperature first, then top_k, then top_p"),
            Check("generator", 1, "the generator decides"),
            Check("large logits", 0.5, "large logits give no NaN"),
            Check("precision", 0.5, "it takes float64"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 0.5, "the logits stay as they were"),
            Check("refusal", 0, "a temperature of 0 or below is a ValueError"),
        ),
        cases=_sample_cases,
        oracle=lambda case: oracle.sample_distribution(**case.arguments),
        uses=("softmax",),
        problem=_sample_problem,
    ),
    Specification(
        exercise="beam_search",
        checks=(
            Check("values", 4, "the best text and its log-probability"),
            Check("length penalty", 2, "the length penalty divides the log-probability"),
            Check("unfinished", 1, "texts unfinished at max_len compete"),
            Check("rows", 2, "each row is searched by itself"),
            Check("beam sizes", 1, "a beam of one and a very wide one work"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 0.5, "the start stays as it was"),
        ),
        cases=_beam_cases,
        oracle=lambda case: oracle.beam_search(**_for_the_oracle(case)),
        results=("the first result", "the scores"),
        problem=_beam_problem,
    ),
    Specification(
        exercise="CachedAttention",
        checks=(
            Check("values", 4, "each word as without a cache"),
            Check("heads", 1, "it works for any number of heads"),
            Check("dropout", 1, "there is no dropout, in training either"),
            Check("work", 1, "each call projects the new word only"),
            Check("precision", 0.5, "float64 and bfloat16 stay what they are"),
            Check("device", 0.5, "it runs on the input's device"),
            Check("inputs", 0.5, "the inputs stay as they were"),
        ),
        cases=_cached_cases,
        oracle=_cached,
        problem=_cached_problem,
        uses=("MultiHeadAttention", "split_heads", "merge_heads", "scaled_dot_product_attention"),
    ),
)
