"""Lesson 12: right answers in unusual styles."""

VARIANTS = {
    "bleu": {
        "lists": """
def bleu(hypotheses, references, max_order=4):
    if len(hypotheses) != len(references):
        raise ValueError("as many references as hypotheses, please")
    product = 1.0
    for n in range(1, max_order + 1):
        hits, total = 0, 0
        for hyp, ref in zip(hypotheses, references):
            left = [ref[i:i + n] for i in range(len(ref) - n + 1)]
            for i in range(len(hyp) - n + 1):
                total += 1
                if hyp[i:i + n] in left:
                    left.remove(hyp[i:i + n])
                    hits += 1
        if hits == 0:
            return 0
        product *= hits / total
    c = sum(len(h) for h in hypotheses)
    r = sum(len(x) for x in references)
    penalty = 1 if c >= r else math.exp(1 - r / c)
    return 100 * penalty * product ** (1 / max_order)
""",
        "joined": """
def bleu(hypotheses, references, max_order=4):
    assert_same = len(hypotheses) == len(references)
    if not assert_same:
        raise ValueError(f"{len(hypotheses)} and {len(references)}")

    def count(words, n):
        table = {}
        for i in range(n, len(words) + 1):
            key = " ".join(words[i - n:i])
            table[key] = table.get(key, 0) + 1
        return table

    hits, totals = np.zeros(max_order), np.zeros(max_order)
    for hyp, ref in zip(hypotheses, references):
        for n in range(max_order):
            said, meant = count(hyp, n + 1), count(ref, n + 1)
            hits[n] += sum(min(k, meant.get(g, 0)) for g, k in said.items())
            totals[n] += sum(said.values())
    if (hits == 0).any():
        return 0.0
    c, r = sum(map(len, hypotheses)), sum(map(len, references))
    return 100 * np.exp(np.log(hits / totals).mean() + min(0, 1 - r / c))
""",
        "tensors": """
def bleu(hypotheses, references, max_order=4):
    from collections import Counter
    pairs = list(zip(hypotheses, references, strict=True))
    logs = []
    for n in range(1, max_order + 1):
        grams = lambda words: Counter(zip(*(words[k:] for k in range(n))))
        matched = sum((grams(h) & grams(r)).total() for h, r in pairs)
        possible = sum(max(len(h) - n + 1, 0) for h, _ in pairs)
        logs.append(torch.tensor(matched / max(possible, 1), dtype=torch.float64).log())
    ratio = sum(len(r) for _, r in pairs) / max(sum(len(h) for h, _ in pairs), 1)
    return 100 * (torch.stack(logs).mean() + min(0.0, 1 - ratio)).exp().item()
""",
        "sacrebleu's statistics": """
from collections import Counter


def _ngrams(tokens, n):
    return Counter(zip(*(tokens[i:] for i in range(n))))


def bleu(hypotheses, references, max_order=4):
    if len(hypotheses) != len(references):
        raise ValueError("lengths differ")
    correct, total = [0] * max_order, [0] * max_order
    sys_len = ref_len = 0
    for hyp, ref in zip(hypotheses, references):
        sys_len += len(hyp)
        ref_len += len(ref)
        for n in range(1, max_order + 1):
            h, r = _ngrams(hyp, n), _ngrams(ref, n)
            total[n - 1] += sum(h.values())
            correct[n - 1] += sum(min(count, r[gram]) for gram, count in h.items())
    if min(correct) == 0:
        return 0.0
    bp = 1.0 if sys_len >= ref_len else math.exp(1 - ref_len / sys_len)
    return 100.0 * bp * math.exp(sum(math.log(c / t) for c, t in zip(correct, total)) / max_order)
""",
        "dictionaries and loops, chatty": """
import warnings


def count_ngrams(words, n):
    counts = {}
    for start in range(0, len(words) - n + 1):
        key = " ".join(words[start : start + n])
        if key not in counts:
            counts[key] = 0
        counts[key] = counts[key] + 1
    return counts


def bleu(hypotheses, references, max_order=4):
    if len(hypotheses) != len(references):
        raise ValueError("not the same number of sentences")
    warnings.warn("BLEU is not everything")
    product = 1.0
    for n in range(1, max_order + 1):
        good, all_ = 0, 0
        for i in range(len(hypotheses)):
            mine = count_ngrams(hypotheses[i], n)
            theirs = count_ngrams(references[i], n)
            for key in mine:
                all_ += mine[key]
                if key in theirs:
                    good += min(mine[key], theirs[key])
        if all_ == 0 or good == 0:
            return 0.0
        product *= good / all_
    c = sum([len(h) for h in hypotheses])
    r = sum([len(x) for x in references])
    penalty = 1.0
    if c < r:
        penalty = math.exp(1 - r / c)
    return penalty * product ** (1 / max_order) * 100
""",
        "NumPy, typed": """
from collections import Counter


def bleu(hypotheses: list[list[str]], references: list[list[str]], max_order: int = 4) -> float:
    if len(hypotheses) - len(references):
        raise ValueError("one reference for each hypothesis")
    stats = np.zeros((max_order, 2))
    for h, r in zip(hypotheses, references):
        for n in range(max_order):
            a = Counter(tuple(h[i : i + n + 1]) for i in range(len(h) - n))
            b = Counter(tuple(r[i : i + n + 1]) for i in range(len(r) - n))
            stats[n] += sum((a & b).values()), max(len(h) - n, 0)
    if (stats[:, 0] == 0).any():
        return 0.0
    lengths = sum(map(len, hypotheses)), sum(map(len, references))
    log_bleu = np.log(stats[:, 0] / stats[:, 1]).mean() + min(0, 1 - lengths[1] / lengths[0])
    return float(100 * np.exp(log_bleu))
""",
    },
}
