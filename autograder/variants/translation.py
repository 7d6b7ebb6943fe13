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
    },
}
