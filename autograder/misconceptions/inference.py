"""Lesson 11: mistakes people make when they write one word after the other."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from autograder.misconceptions import misconception
from minitransformer import merge_heads, scaled_dot_product_attention, split_heads
from solutions.inference import greedy_decode

GREEDY, SAMPLE, BEAM, CACHE = "greedy_decode", "sample", "beam_search", "CachedAttention"
IDEA, MATHEMATICS, BY_HAND, BREAK_IT = "The idea", "The mathematics", "By hand", "Break it"


def _write(next_logits, start, eos_id, max_len, filler=None, stop=torch.all, asked=None):
    """Greedy decoding with another ``filler`` after the end, another rule to ``stop``, …"""
    ids, ended = start, torch.zeros(len(start), dtype=torch.bool)
    while ids.size(1) < max_len and not stop(ended):
        best = next_logits(ids if asked is None else asked(ids)).argmax(-1)
        if filler is not None:
            best = torch.where(ended, filler, best)
        ids = torch.cat([ids, best[:, None]], dim=1)
        ended = ended | (best == eos_id)
    return ids


@misconception(
    GREEDY,
    "start-not-counted",
    "Your texts are one word too long: you do not count the start token",
    "max_len is the length of the whole result, and the start token is part of it. Stop when the "
    "ids have max_len columns.",
    MATHEMATICS,
)
def greedy_start_not_counted(next_logits, start, eos_id, max_len):
    return greedy_decode(next_logits, start, eos_id, max_len + 1)


@misconception(
    GREEDY,
    "one-too-short",
    "Your texts stop one word before max_len",
    "max_len is the longest length allowed, not the first one forbidden. Go on while the ids have "
    "fewer than max_len columns.",
    MATHEMATICS,
)
def greedy_one_too_short(next_logits, start, eos_id, max_len):
    return greedy_decode(next_logits, start, eos_id, max(max_len - 1, 1))


@misconception(
    GREEDY,
    "writes-past-the-end",
    "Rows that have ended go on writing",
    "The model was never taught what comes after the end, so it writes nonsense there. Note which "
    "rows have ended and give them nothing but eos_id.",
    IDEA,
)
def greedy_past_the_end(next_logits, start, eos_id, max_len):
    return _write(next_logits, start, eos_id, max_len)


@misconception(
    GREEDY,
    "stops-with-the-first",
    "You stop as soon as one row has ended",
    "The other rows are not finished. Stop when every row has ended.",
    IDEA,
)
def greedy_stops_with_first(next_logits, start, eos_id, max_len):
    return _write(next_logits, start, eos_id, max_len, torch.tensor(eos_id), torch.any)


@misconception(
    GREEDY,
    "stops-when-all-end-at-once",
    "You stop only when all rows write the end in the same step",
    "Rows end at different times, and what counts is whether each has ended by now. Remember which "
    "rows have ended.",
    IDEA,
)
def greedy_stops_at_once(next_logits, start, eos_id, max_len):
    ids = start
    while ids.size(1) < max_len:
        best = next_logits(ids).argmax(-1, keepdim=True)
        ids = torch.cat([ids, best], dim=1)
        if (best == eos_id).all():
            break
    if ids.size(1) < max_len:
        ids = nn.functional.pad(ids, (0, max_len - ids.size(1)), value=eos_id)
    return ids


@misconception(
    GREEDY,
    "zeros-after-the-end",
    "After the end of a row stands 0, not eos_id",
    "Whoever reads the result looks for eos_id; 0 is just another word here. Fill with eos_id.",
    MATHEMATICS,
)
def greedy_zeros(next_logits, start, eos_id, max_len):
    return _write(next_logits, start, eos_id, max_len, torch.tensor(0))


@misconception(
    GREEDY,
    "ended-rows-dropped",
    "You ask next_logits only for the rows that have not ended",
    "The model belongs to this batch: row i of the ids goes with sentence i of the source. Pass "
    "all rows each time.",
    MATHEMATICS,
)
def greedy_drops_rows(next_logits, start, eos_id, max_len):
    ids, ended = start, torch.zeros(len(start), dtype=torch.bool)
    while ids.size(1) < max_len and not ended.all():
        best = torch.full((len(start),), eos_id)
        best[~ended] = next_logits(ids[~ended]).argmax(-1)
        ids = torch.cat([ids, best[:, None]], dim=1)
        ended = ended | (best == eos_id)
    return ids


@misconception(
    GREEDY,
    "last-word-only",
    "You show the model only the last word",
    "What comes next depends on everything written so far. Pass all the ids.",
    IDEA,
)
def greedy_last_word(next_logits, start, eos_id, max_len):
    filler = torch.tensor(eos_id)
    return _write(next_logits, start, eos_id, max_len, filler, asked=lambda ids: ids[:, -1:])


@misconception(
    GREEDY,
    "start-left-out",
    "Your result lacks the start token",
    "The contract's result begins with it. Join the new words to the start.",
    MATHEMATICS,
)
def greedy_without_start(next_logits, start, eos_id, max_len):
    return greedy_decode(next_logits, start, eos_id, max_len)[:, 1:]


@misconception(
    GREEDY,
    "end-left-out",
    "Your texts lack the end token",
    "The end is a word like any other, and the reader needs it. Append it, then stop.",
    MATHEMATICS,
)
def greedy_without_end(next_logits, start, eos_id, max_len):
    ids = greedy_decode(next_logits, start, eos_id, max_len)
    return ids[:, :-1] if (ids[:, -1] == eos_id).all() else ids


@misconception(
    GREEDY,
    "one-word-for-all",
    "You take one best word for the whole batch",
    "Each row has its own best word. Take the argmax over the last axis only.",
    MATHEMATICS,
)
def greedy_one_for_all(next_logits, start, eos_id, max_len):
    ids = start
    while ids.size(1) < max_len:
        logits = next_logits(ids)
        word = logits.argmax() % logits.size(-1)
        ids = torch.cat([ids, word.expand(len(ids), 1)], dim=1)
        if word == eos_id:
            break
    return ids


@misconception(
    GREEDY,
    "never-ends",
    "You ignore the end token and always write max_len words",
    "After the end there is nothing more to say. Give rows that have ended eos_id only.",
    IDEA,
)
def greedy_never_ends(next_logits, start, eos_id, max_len):
    return _write(next_logits, start, eos_id, max_len, stop=lambda ended: False)


def _kept(shares, top_p, reach=0.0):
    """Keep of ``shares`` (B, V), the best first, those whose better ones stay below top_p."""
    before = shares.cumsum(-1) - shares
    return shares.masked_fill(before >= top_p + reach, 0.0)


def _draw(shares, ids=None, generator=None):
    place = torch.multinomial(shares, 1, generator=generator)
    return (place if ids is None else ids.gather(-1, place))[:, 0]


def _require_positive(temperature):
    if temperature <= 0:
        raise ValueError("the temperature has to be above 0")


def _sampled(logits, temperature, top_k, top_p, generator, cut=_kept, ranked_ids=False):
    """The right way, with another way to ``cut`` at top_p."""
    _require_positive(temperature)
    ranked, ids = (logits / temperature).sort(dim=-1, descending=True)
    shares = ranked[:, :top_k].softmax(-1)
    if top_p is not None:
        shares = cut(shares, top_p)
    return _draw(shares, None if ranked_ids else ids, generator)


@misconception(
    SAMPLE,
    "temperature-multiplies",
    "You multiply by the temperature instead of dividing",
    "A low temperature makes the draw more certain, as in physics. Divide the logits by it.",
    MATHEMATICS,
)
def sample_multiplies(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    _require_positive(temperature)
    return _sampled(logits, 1 / temperature, top_k, top_p, generator)


@misconception(
    SAMPLE,
    "temperature-ignored",
    "Your draw does not depend on the temperature",
    "It decides how bold the choice is. Divide the logits by it before the softmax.",
    MATHEMATICS,
)
def sample_ignores_temperature(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    _require_positive(temperature)
    return _sampled(logits, 1.0, top_k, top_p, generator)


@misconception(
    SAMPLE,
    "temperature-on-shares",
    "You divide the probabilities by the temperature, not the logits",
    "Dividing all shares by one number changes nothing once they are made to sum to 1 again. "
    "Divide before the softmax.",
    MATHEMATICS,
)
def sample_temperature_late(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    _require_positive(temperature)
    ranked, ids = logits.sort(dim=-1, descending=True)
    shares = ranked[:, :top_k].softmax(-1) / temperature
    return _draw(shares if top_p is None else _kept(shares, top_p), ids, generator)


@misconception(
    SAMPLE,
    "top-k-ignored",
    "Your draw does not depend on top_k",
    "The words of the tail are each unlikely, but there are many of them. Keep the k best.",
    MATHEMATICS,
)
def sample_ignores_top_k(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return _sampled(logits, temperature, None, top_p, generator)


@misconception(
    SAMPLE,
    "top-k-one-too-many",
    "You keep k + 1 words",
    "Counting from 0, the k best end before place k. Keep the places below k.",
    MATHEMATICS,
)
def sample_one_too_many(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return _sampled(logits, temperature, top_k and top_k + 1, top_p, generator)


@misconception(
    SAMPLE,
    "top-k-filled-with-zero",
    "You set the logits outside the best k to 0",
    "A logit of 0 is an ordinary logit and still earns a share. Fill with minus infinity.",
    MATHEMATICS,
)
def sample_zero_fill(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    _require_positive(temperature)
    logits = logits / temperature
    if top_k is not None:
        lowest = logits.topk(min(top_k, logits.size(-1))).values[:, -1:]
        logits = logits.masked_fill(logits < lowest, 0.0)
    return _sampled(logits, 1.0, None, top_p, generator)


@misconception(
    SAMPLE,
    "top-k-too-large",
    "Your code fails where top_k is more than there are words",
    "Then all words stay. Take the smaller of top_k and the number of words.",
    MATHEMATICS,
)
def sample_top_k_fails(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if top_k is not None:
        logits.topk(top_k)
    return _sampled(logits, temperature, top_k, top_p, generator)


@misconception(
    SAMPLE,
    "top-k-worst",
    "You keep the k worst words",
    "The scores were sorted the wrong way round. Sort them so that the best come first.",
    MATHEMATICS,
)
def sample_worst(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    _require_positive(temperature)
    ranked, ids = (logits / temperature).sort(dim=-1)
    shares = ranked[:, :top_k].softmax(-1)
    return _draw(shares if top_p is None else _kept(shares, top_p), ids, generator)


@misconception(
    SAMPLE,
    "top-p-ignored",
    "Your draw does not depend on top_p",
    "It cuts the tail where the model itself says that little is left. Keep the fewest best words "
    "that reach top_p together.",
    MATHEMATICS,
)
def sample_ignores_top_p(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return _sampled(logits, temperature, top_k, None, generator)


def _drop_the_crossing(shares, top_p):
    outside = shares.cumsum(-1) > top_p
    outside[:, 0] = False
    return shares.masked_fill(outside, 0.0)


@misconception(
    SAMPLE,
    "top-p-drops-the-crossing-word",
    "You drop the word that crosses top_p",
    "Without it the words kept do not reach top_p. A word stays while those before it are below "
    "top_p.",
    BY_HAND,
)
def sample_drops_crossing(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return _sampled(logits, temperature, top_k, top_p, generator, cut=_drop_the_crossing)


def _one_too_many(shares, top_p):
    before = shares.cumsum(-1) - shares
    kept = (before < top_p).sum(-1, keepdim=True)
    return shares.masked_fill(torch.arange(shares.size(-1)) > kept, 0.0)


@misconception(
    SAMPLE,
    "top-p-keeps-nothing",
    "You drop the word that crosses top_p, and where the best word does so nothing is left",
    "A word stays while the shares of those before it are below top_p, so the best one always "
    "stays. Compare the sum without the word's own share.",
    BY_HAND,
)
def sample_keeps_nothing(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    logits = logits / temperature
    if top_k is not None:
        lowest = logits.topk(min(top_k, logits.size(-1))).values[:, -1:]
        logits = logits.masked_fill(logits < lowest, -math.inf)
    if top_p is not None:
        ranked, ids = logits.sort(descending=True)
        gone = ranked.softmax(-1).cumsum(-1) > top_p
        logits = logits.masked_fill(gone.scatter(-1, ids, gone), -math.inf)
    return torch.multinomial(logits.softmax(-1), 1, generator=generator).squeeze(-1)


@misconception(
    SAMPLE,
    "top-p-one-too-many",
    "You keep one word more than top_p needs",
    "The word that crosses top_p is the last to stay. Stop there.",
    BY_HAND,
)
def sample_one_word_more(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return _sampled(logits, temperature, top_k, top_p, generator, cut=_one_too_many)


@misconception(
    SAMPLE,
    "top-p-unsorted",
    "You add up the shares in the order of the vocabulary, not from the best down",
    "The fewest words that reach top_p are the best ones. Sort before you add up.",
    MATHEMATICS,
)
def sample_unsorted(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if top_p is None:
        return _sampled(logits, temperature, top_k, None, generator)
    _require_positive(temperature)
    logits = logits / temperature
    lowest = logits.topk(min(top_k or logits.size(-1), logits.size(-1))).values[:, -1:]
    shares = logits.masked_fill(logits < lowest, -math.inf).softmax(-1)
    return _draw(_kept(shares, top_p), None, generator)


@misconception(
    SAMPLE,
    "top-p-mask-not-sorted-back",
    "You use a mask made for sorted words on unsorted ones",
    "After sorting, place 0 is the best word, not word 0. Draw among the sorted words and look the "
    "id up, or bring the mask back into the vocabulary's order.",
    MATHEMATICS,
)
def sample_mask_misplaced(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if top_p is None:
        return _sampled(logits, temperature, top_k, None, generator)
    _require_positive(temperature)
    logits = logits / temperature
    lowest = logits.topk(min(top_k or logits.size(-1), logits.size(-1))).values[:, -1:]
    shares = logits.masked_fill(logits < lowest, -math.inf).softmax(-1)
    kept = _kept(shares.sort(dim=-1, descending=True).values, top_p) > 0
    return _draw(shares * kept + 1e-12 * kept, None, generator)


@misconception(
    SAMPLE,
    "not-renormalised-after-top-k",
    "top_p counts the shares that the words had before top_k",
    "After top_k the words kept share 1 among them, so top_p is reached sooner. Take the softmax "
    "again over the words that are left.",
    MATHEMATICS,
)
def sample_not_renormalised(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    _require_positive(temperature)
    shares, ids = (logits / temperature).softmax(-1).sort(dim=-1, descending=True)
    shares = shares if top_p is None else _kept(shares, top_p)
    return _draw(shares[:, :top_k], ids, generator)


@misconception(
    SAMPLE,
    "top-p-before-temperature",
    "top_p counts the shares without the temperature",
    "The temperature changes how many words it takes to reach top_p. Divide the logits first.",
    MATHEMATICS,
)
def sample_top_p_first(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    _require_positive(temperature)
    ranked, ids = logits.sort(dim=-1, descending=True)
    ranked = ranked[:, :top_k]
    shares = (ranked / temperature).softmax(-1)
    if top_p is not None:
        shares = shares * (_kept(ranked.softmax(-1), top_p) > 0)
    return _draw(shares, ids, generator)


@misconception(
    SAMPLE,
    "one-cut-for-all-rows",
    "You cut all rows where the first one reaches top_p",
    "Each row has its own shares. Compare row by row.",
    MATHEMATICS,
)
def sample_one_cut(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    _require_positive(temperature)
    shares = (logits / temperature).softmax(-1)
    order = shares[0].argsort(descending=True)[:top_k]
    shares, ids = shares[:, order], order.expand(len(shares), -1)
    shares = shares / shares.sum(-1, keepdim=True)
    if top_p is not None:
        shares = shares * (_kept(shares[:1], top_p) > 0)
    return _draw(shares, ids, generator)


@misconception(
    SAMPLE,
    "generator-ignored",
    "Your draw does not use the generator",
    "Without it nobody can repeat a text. Hand it to the function that draws.",
    MATHEMATICS,
)
def sample_ignores_generator(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return _sampled(logits, temperature, top_k, top_p, None)


@misconception(
    SAMPLE,
    "generator-restarted",
    "You start the generator afresh at each draw",
    "Then every word of a text is drawn with the same luck. Let the generator's state move on.",
    MATHEMATICS,
)
def sample_restarts(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if generator is not None:
        generator.manual_seed(generator.initial_seed())
    return _sampled(logits, temperature, top_k, top_p, generator)


@misconception(
    SAMPLE,
    "always-the-best",
    "You always take the best word",
    "That is greedy decoding. Draw among the words kept, in proportion to their shares.",
    IDEA,
)
def sample_argmax(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    _require_positive(temperature)
    return logits.argmax(-1)


@misconception(
    SAMPLE,
    "rank-for-id",
    "You return the place among the sorted words, not the word's id",
    "Place 0 is the best word, whichever that is. Look up which id stands at the place drawn.",
    MATHEMATICS,
)
def sample_rank(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return _sampled(logits, temperature, top_k, top_p, generator, ranked_ids=True)


@misconception(
    SAMPLE,
    "equal-chances",
    "All words kept come up equally often",
    "The better ones should come up more often. Draw in proportion to the shares.",
    MATHEMATICS,
)
def sample_uniform(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    def equal(shares, top_p):
        return (_kept(shares, top_p) > 0).to(shares.dtype)

    return _sampled(logits, temperature, top_k, 1.0 if top_p is None else top_p, generator, equal)


@misconception(
    SAMPLE,
    "one-draw-for-all-rows",
    "You draw once for the whole batch",
    "Each row is a text of its own. Draw one word a row.",
    MATHEMATICS,
)
def sample_one_draw(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    drawn = _sampled(logits[:1], temperature, top_k, top_p, generator)
    return drawn.expand(len(logits))


@misconception(
    SAMPLE,
    "axis-left",
    "Your result still has an axis for the one word drawn",
    "The result is one id a row, (batch,). Take away the last axis.",
    MATHEMATICS,
)
def sample_axis_left(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return _sampled(logits, temperature, top_k, top_p, generator)[:, None]


@misconception(
    SAMPLE,
    "batch-of-one-squeezed",
    "With a batch of one your result has no axis left",
    "squeeze() without an axis takes away every axis of size 1, the batch's too. Name the axis.",
    MATHEMATICS,
)
def sample_squeezed(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    return _sampled(logits, temperature, top_k, top_p, generator).squeeze()


@misconception(
    SAMPLE,
    "exp-overflows",
    "Your exponentials overflow for large logits",
    "exp of a large number is infinite. Use softmax, which takes the largest logit off first.",
    MATHEMATICS,
)
def sample_overflows(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if (logits / temperature if temperature else logits).exp().isinf().any():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    return _sampled(logits, temperature, top_k, top_p, generator)


def _log_p_next(next_logits, ids):
    return next_logits(torch.tensor([ids]))[0].log_softmax(-1).tolist()


def _penalised(log_p, n, length_penalty):
    return log_p / ((5 + n) / 6) ** length_penalty


def _beam(
    next_logits,
    start,
    eos_id,
    beam_size,
    max_len,
    length_penalty=0.6,
    *,
    words=_log_p_next,
    score=_penalised,
    reported=None,
    finish=True,
    unfinished=True,
    first_stops=False,
    copies=1,
    filler=None,
    add=lambda log_p, word: log_p + word,
):
    """Beam search row by row with one thing changed."""
    rows = []
    for first in start.tolist():
        beams: list = [(first, 0.0)] * copies
        finished: list = []
        while beams and len(beams[0][0]) < max_len and not (first_stops and finished):
            longer = [
                ([*ids, word], add(log_p, log_p_word))
                for ids, log_p in beams
                for word, log_p_word in enumerate(words(next_logits, ids))
            ]
            longer.sort(key=lambda text: -text[1])
            kept = longer[:beam_size]
            finished += [text for text in kept if finish and text[0][-1] == eos_id]
            beams = [text for text in kept if not (finish and text[0][-1] == eos_id)]
        texts = finished + beams if unfinished or not finished else finished
        scored = [(score(log_p, len(ids) - 1, length_penalty), log_p, ids) for ids, log_p in texts]
        best, log_p, ids = max(scored)
        if reported is not None:
            best = reported(log_p, len(ids) - 1, length_penalty)
        rows.append((ids, best))
    longest = max(len(ids) for ids, _ in rows)
    filler = eos_id if filler is None else filler
    padded = [ids + [filler] * (longest - len(ids)) for ids, _ in rows]
    return torch.tensor(padded), torch.tensor([best for _, best in rows])


@misconception(
    BEAM,
    "greedy",
    "You follow one beginning only",
    "That is greedy decoding: it cannot see that a second-best word leads to a better text. Keep "
    "the beam_size best beginnings at each step.",
    BY_HAND,
)
def beam_of_one(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(next_logits, start, eos_id, 1, max_len, length_penalty)


@misconception(
    BEAM,
    "raw-logits",
    "You add up logits, not log-probabilities",
    "Logits of different steps have no common zero, so their sum means nothing. Take the "
    "log-softmax over the vocabulary at each step.",
    MATHEMATICS,
)
def beam_raw_logits(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    def raw(next_logits, ids):
        return next_logits(torch.tensor([ids]))[0].tolist()

    return _beam(next_logits, start, eos_id, beam_size, max_len, length_penalty, words=raw)


@misconception(
    BEAM,
    "last-word-only",
    "You score a text by its last word",
    "A text is as likely as all its words together. Add each word's log-probability to the sum so "
    "far.",
    MATHEMATICS,
)
def beam_last_word(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(
        next_logits, start, eos_id, beam_size, max_len, length_penalty, add=lambda old, new: new
    )


@misconception(
    BEAM,
    "no-length-penalty",
    "You do not use the length penalty",
    "Every word makes a text less likely, so without it short texts win. Divide the "
    "log-probability by ((5 + n) / 6)^length_penalty.",
    MATHEMATICS,
)
def beam_without_penalty(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(next_logits, start, eos_id, beam_size, max_len, 0.0)


@misconception(
    BEAM,
    "penalty-multiplies",
    "You multiply by the length penalty instead of dividing",
    "Log-probabilities are negative, so multiplying punishes long texts twice. Divide.",
    MATHEMATICS,
)
def beam_multiplies(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(next_logits, start, eos_id, beam_size, max_len, -length_penalty)


@misconception(
    BEAM,
    "start-counted",
    "You count the start token in the length",
    "n counts the words that were generated; the start was given. Count one less.",
    MATHEMATICS,
)
def beam_start_counted(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    def score(log_p, n, penalty):
        return _penalised(log_p, n + 1, penalty)

    return _beam(next_logits, start, eos_id, beam_size, max_len, length_penalty, score=score)


@misconception(
    BEAM,
    "end-not-counted",
    "You do not count the end token in the length",
    "n counts the generated words with the end, which the model had to choose too. Count one more.",
    MATHEMATICS,
)
def beam_end_not_counted(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    def score(log_p, n, penalty):
        return _penalised(log_p, n - 1, penalty)

    return _beam(next_logits, start, eos_id, beam_size, max_len, length_penalty, score=score)


@misconception(
    BEAM,
    "plain-length",
    "You divide by n^length_penalty, not by ((5 + n) / 6)^length_penalty",
    "Both favour longer texts, but the course uses the formula of Wu et al., which is gentler with "
    "short ones. Add 5 and divide by 6.",
    MATHEMATICS,
)
def beam_plain_length(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    def score(log_p, n, penalty):
        return log_p / n**penalty

    return _beam(next_logits, start, eos_id, beam_size, max_len, length_penalty, score=score)


@misconception(
    BEAM,
    "power-ignored",
    "You divide by (5 + n) / 6 without the power",
    "length_penalty says how much the length counts; 0 switches it off. Raise to that power.",
    MATHEMATICS,
)
def beam_without_power(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(next_logits, start, eos_id, beam_size, max_len, 1.0)


@misconception(
    BEAM,
    "score-without-penalty",
    "You return the log-probability, not the score that decided",
    "The texts were compared by their penalised scores, and the caller compares them further. "
    "Return that score.",
    MATHEMATICS,
)
def beam_reports_log_p(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(
        next_logits,
        start,
        eos_id,
        beam_size,
        max_len,
        length_penalty,
        reported=lambda log_p, n, penalty: log_p,
    )


@misconception(
    BEAM,
    "finished-extended",
    "You go on extending texts that have ended",
    "After the end there is nothing more to say, and every further word makes the text less "
    "likely. Set finished texts aside.",
    IDEA,
)
def beam_extends_finished(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(next_logits, start, eos_id, beam_size, max_len, length_penalty, finish=False)


@misconception(
    BEAM,
    "unfinished-left-out",
    "You leave out texts that are unfinished at max_len",
    "Sometimes the best text is one that was cut off. Let the unfinished ones compete with their "
    "scores as well.",
    MATHEMATICS,
)
def beam_finished_only(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(next_logits, start, eos_id, beam_size, max_len, length_penalty, unfinished=False)


@misconception(
    BEAM,
    "first-finished-wins",
    "You stop at the first text that ends",
    "The first to end is only the shortest. Go on until the length is reached or nothing is left "
    "to extend, then compare the scores.",
    IDEA,
)
def beam_first_finished(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(
        next_logits,
        start,
        eos_id,
        beam_size,
        max_len,
        length_penalty,
        first_stops=True,
        unfinished=False,
    )


@misconception(
    BEAM,
    "equal-beginnings",
    "Your beams begin with equal copies of the start and stay equal",
    "Copies have equal scores, so the best word of each is the same word. Begin with one beam, or "
    "give the others minus infinity.",
    IDEA,
)
def beam_copies(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(
        next_logits, start, eos_id, beam_size, max_len, length_penalty, copies=min(beam_size, 30)
    )


@misconception(
    BEAM,
    "rows-share-the-beam",
    "All rows of the batch compete for one beam",
    "Each row is a sentence of its own, and each needs a translation. Keep beam_size beginnings in "
    "every row.",
    MATHEMATICS,
)
def beam_shared(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    options = (eos_id, beam_size, max_len, length_penalty)
    found = [_beam(next_logits, row[None], *options) for row in start]
    ids, score = max(found, key=lambda pair: pair[1].item())
    return ids.expand(len(start), -1).clone(), score.expand(len(start)).clone()


@misconception(
    BEAM,
    "start-not-counted",
    "Your texts may be one word longer than max_len",
    "max_len is the length of the whole text, the start token counted. Stop one step earlier.",
    MATHEMATICS,
)
def beam_start_not_counted(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    return _beam(next_logits, start, eos_id, beam_size, max_len + 1, length_penalty)


@misconception(
    BEAM,
    "start-left-out",
    "Your texts lack the start token",
    "The contract's texts begin with it. Keep it in front of the words.",
    MATHEMATICS,
)
def beam_without_start(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    ids, scores = _beam(next_logits, start, eos_id, beam_size, max_len, length_penalty)
    return ids[:, 1:], scores


@misconception(
    BEAM,
    "zeros-after-the-end",
    "Shorter texts are filled with 0, not with eos_id",
    "0 is just another word here. Fill with eos_id.",
    MATHEMATICS,
)
def beam_zeros(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    filler = 0 if eos_id else 1
    return _beam(next_logits, start, eos_id, beam_size, max_len, length_penalty, filler=filler)


@misconception(
    BEAM,
    "wide-beam-fails",
    "Your code fails where the beam is wider than there are candidates",
    "At the first step there are only as many candidates as words. Take the smaller of the two "
    "numbers.",
    MATHEMATICS,
)
def beam_fails_when_wide(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    next_logits(start).topk(beam_size)
    return _beam(next_logits, start, eos_id, beam_size, max_len, length_penalty)


class _Cached(nn.Module):
    """Attention with a cache, cut into steps so that each mistake changes one of them."""

    def __init__(self, attention):
        super().__init__()
        self.attention = attention
        self.keys: Any = None
        self.values: Any = None
        self.words: Any = None

    def project(self, x):
        a = self.attention
        return [split_heads(p(x), self.heads()) for p in (a.q_proj, a.k_proj, a.v_proj)]

    def heads(self):
        return self.attention.num_heads

    def append(self, old, new):
        return new if old is None else torch.cat([old, new], dim=2)

    def append_value(self, old, new):
        return self.append(old, new)

    def attend(self, query, key, value):
        return scaled_dot_product_attention(query, key, value)[0]

    def finish(self, heads):
        return self.attention.out_proj(merge_heads(heads))

    def forward(self, x):
        query, key, value = self.project(x)
        self.keys = self.append(self.keys, key)
        self.values = self.append_value(self.values, value)
        return self.finish(self.attend(query, self.keys, self.values))


@misconception(
    CACHE,
    "nothing-remembered",
    "Each word attends to itself only: nothing is remembered",
    "The words before it are the context. Append each word's key and value to those you have, and "
    "keep them.",
    IDEA,
)
class NothingRemembered(_Cached):
    def append(self, old, new):
        return new


@misconception(
    CACHE,
    "last-two-only",
    "You remember only the word before",
    "What you keep has to grow: all earlier words and the new one. Store the joined keys and "
    "values, not the new ones.",
    IDEA,
)
class LastTwoOnly(_Cached):
    def append(self, old, new):
        return new if old is None else torch.cat([old[:, :, -1:], new], dim=2)


@misconception(
    CACHE,
    "first-word-only",
    "You remember the first word only",
    "The cache is filled once and never grows, so later words see the first and themselves. Put "
    "the joined keys and values back into the cache at every call.",
    IDEA,
)
class FirstWordOnly(_Cached):
    def append(self, old, new):
        return new if old is None else torch.cat([old[:, :, :1], new], dim=2)


@misconception(
    CACHE,
    "first-word-forgotten",
    "Your first word is not remembered",
    "The first call has to fill the cache as well. Store its key and value before you return.",
    IDEA,
)
class FirstWordForgotten(_Cached):
    def forward(self, x):
        first = self.keys is None
        result = super().forward(x)
        if first:
            self.keys, self.values = self.keys[:, :, :0], self.values[:, :, :0]
        return result


@misconception(
    CACHE,
    "not-itself",
    "A word does not attend to itself: it joins the cache too late",
    "On the diagonal the causal mask is True. Append the new key and value before you attend.",
    MATHEMATICS,
)
class NotItself(_Cached):
    def attend(self, query, key, value):
        if key.size(2) > 1:
            key, value = key[:, :, :-1], value[:, :, :-1]
        return super().attend(query, key, value)


@misconception(
    CACHE,
    "values-in-front",
    "Keys and values are kept in different orders",
    "The weight of word i goes to value i. Append both at the same end.",
    MATHEMATICS,
)
class ValuesInFront(_Cached):
    def append_value(self, old, new):
        return new if old is None else torch.cat([new, old], dim=2)


@misconception(
    CACHE,
    "no-output-projection",
    "You forget the output projection",
    "The heads are only joined by it. Send the merged heads through out_proj.",
    MATHEMATICS,
)
class NoOutputProjection(_Cached):
    def finish(self, heads):
        return merge_heads(heads)


@misconception(
    CACHE,
    "one-head",
    "You attend with the whole vector, as one head",
    "The attention given has num_heads heads. Split what you project.",
    MATHEMATICS,
)
class OneHead(_Cached):
    def heads(self):
        return 1


@misconception(
    CACHE,
    "value-from-key",
    "You make the values with the key's projection",
    "What a word is found by and what it hands over are two things. Use v_proj for the values.",
    MATHEMATICS,
)
class ValueFromKey(_Cached):
    def project(self, x):
        query, key, _ = super().project(x)
        return query, key, key


@misconception(
    CACHE,
    "wrong-axis",
    "You join the new key and value along the wrong axis",
    "After splitting, the axes are batch, heads, length, d_k. The words stand along the third.",
    MATHEMATICS,
)
class WrongAxis(_Cached):
    def append(self, old, new):
        return new if old is None else torch.cat([old, new], dim=1)


@misconception(
    CACHE,
    "all-words-returned",
    "You return all words so far, not only the new one",
    "The earlier rows were returned by the calls before. Attend with the new query only.",
    MATHEMATICS,
)
class AllWordsReturned(_Cached):
    def __init__(self, attention):
        super().__init__(attention)
        self.returned = []

    def forward(self, x):
        self.returned.append(super().forward(x))
        return torch.cat(self.returned, dim=1)


@misconception(
    CACHE,
    "weights-returned",
    "You return the weights beside the output",
    "The contract asks for the new word alone, (batch, 1, d_model). Return the output only.",
    MATHEMATICS,
)
class WeightsReturned(_Cached):
    def forward(self, x):
        output = super().forward(x)
        return output, output


@misconception(
    CACHE,
    "scale-d_model",
    "Your scores are divided by √d_model, not by √d_k",
    "Each head's dot products have d_k terms. Use scaled_dot_product_attention on the split heads, "
    "which scales by their own width.",
    MATHEMATICS,
)
class ScaledByModelWidth(_Cached):
    def attend(self, query, key, value):
        return super().attend(query / math.sqrt(self.heads()), key, value)


@misconception(
    CACHE,
    "dropout-on",
    "Dropout acts on your weights in training mode",
    "A cache is for writing, where dropout has no place. Attend without it.",
    BREAK_IT,
)
class DropoutOn(_Cached):
    def attend(self, query, key, value):
        _, weights = scaled_dot_product_attention(query, key, value)
        return self.attention.dropout(weights) @ value


@misconception(
    CACHE,
    "everything-projected-again",
    "You keep the words, not their keys and values, and project all of them at each call",
    "The result is right, but the work that the cache should spare is done again. Keep keys and "
    "values, and project the new word only.",
    MATHEMATICS,
)
class ProjectedAgain(_Cached):
    def project(self, x):
        self.words = x if self.keys is None else torch.cat([self.words, x], dim=1)
        query, key, value = super().project(self.words)
        self.keys = self.values = None
        return query[:, :, -1:], key, value

    def append(self, old, new):
        return new

    def forward(self, x):
        if self.keys is None:
            self.words = x[:, :0]
        return super().forward(x)
