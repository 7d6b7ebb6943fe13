"""Right answers to lesson 02 in unusual styles."""

VARIANTS = {
    "skip_gram_loss": {
        "loops": """
def skip_gram_loss(center, context, negatives):
    losses = []
    for c, o, others in zip(center, context, negatives):
        loss = -F.logsigmoid(torch.dot(c, o))
        for n in others:
            loss = loss - F.logsigmoid(-torch.dot(c, n))
        losses.append(loss)
    return torch.stack(losses).mean()
""",
        "softplus, einsum": """
def skip_gram_loss(center, context, negatives):
    real = torch.einsum("bd,bd->b", center, context)
    drawn = torch.einsum("bd,bkd->bk", center, negatives)
    return (F.softplus(-real) + F.softplus(drawn).sum(dim=1)).mean()
""",
        "binary cross-entropy": """
def skip_gram_loss(center, context, negatives):
    words = torch.cat([context[:, None], negatives], dim=1)
    scores = (words @ center[:, :, None]).squeeze(-1)
    labels = torch.zeros_like(scores)
    labels[:, 0] = 1
    total = F.binary_cross_entropy_with_logits(scores, labels, reduction="sum")
    return total / center.shape[0]
""",
        "written out": """
def skip_gram_loss(center, context, negatives):
    def log_sigmoid(x):
        return torch.minimum(x, torch.zeros_like(x)) - torch.log1p(torch.exp(-x.abs()))

    real = log_sigmoid((center * context).sum(-1))
    drawn = log_sigmoid(-(center.unsqueeze(1) * negatives).sum(-1))
    return -(real.sum() + drawn.sum()) / len(center)
""",
    },
    "learn_bpe": {
        "lists, counted anew": """
def learn_bpe(word_counts, num_merges):
    words = [(list(word), count) for word, count in word_counts.items()]
    merges = []
    for _ in range(num_merges):
        counts = {}
        for pieces, count in words:
            for i in range(len(pieces) - 1):
                pair = (pieces[i], pieces[i + 1])
                counts[pair] = counts.get(pair, 0) + count
        if not counts:
            break
        highest = max(counts.values())
        best = sorted(pair for pair, count in counts.items() if count == highest)[0]
        merges.append(best)
        for pieces, _ in words:
            i = 0
            while i < len(pieces) - 1:
                if (pieces[i], pieces[i + 1]) == best:
                    pieces[i : i + 2] = ["".join(best)]
                i += 1
    return merges
""",
        "tuples as keys": """
def learn_bpe(word_counts, num_merges):
    import collections

    def join(word, a, b):
        out = ()
        while word:
            if word[:2] == (a, b):
                out, word = out + (a + b,), word[2:]
            else:
                out, word = out + word[:1], word[1:]
        return out

    vocabulary = {tuple(word): count for word, count in word_counts.items()}
    learned = []
    while len(learned) < num_merges:
        pairs = collections.defaultdict(int)
        for word, count in vocabulary.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        if len(pairs) == 0:
            return learned
        a, b = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[0][0]
        learned.append((a, b))
        vocabulary = {join(word, a, b): count for word, count in vocabulary.items()}
    return learned
""",
        "regular expressions, lists as pairs": """
def learn_bpe(word_counts, num_merges):
    import re

    texts = {word: " ".join(word) for word in word_counts}
    merges = []
    for _ in range(num_merges):
        counts = {}
        for word, text in texts.items():
            pieces = text.split()
            for left, right in zip(pieces, pieces[1:]):
                counts[left, right] = counts.get((left, right), 0) + word_counts[word]
        if not counts:
            break
        left, right = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append([left, right])
        whole = re.compile(r"(?<!\\S)" + re.escape(left + " " + right) + r"(?!\\S)")
        texts = {word: whole.sub(left + right, text) for word, text in texts.items()}
    return merges
""",
    },
    "apply_bpe": {
        "by rank": """
def apply_bpe(word, merges):
    rank = {tuple(pair): number for number, pair in enumerate(merges)}
    pieces = list(word)
    while len(pieces) > 1:
        pairs = list(zip(pieces, pieces[1:]))
        best = min(pairs, key=lambda pair: rank.get(pair, math.inf))
        if best not in rank:
            break
        place = pairs.index(best)
        pieces[place : place + 2] = ["".join(best)]
    return pieces
""",
        "recursive, a tuple": """
def apply_bpe(word, merges):
    def join(pieces, pair):
        if len(pieces) < 2:
            return pieces
        if pieces[:2] == pair:
            return (pair[0] + pair[1],) + join(pieces[2:], pair)
        return pieces[:1] + join(pieces[1:], pair)

    pieces = tuple(word)
    for left, right in merges:
        pieces = join(pieces, (left, right))
    return pieces
""",
        "regular expressions": """
def apply_bpe(word, merges):
    import re

    text = " ".join(word)
    for left, right in merges:
        pattern = r"(?<!\\S)" + re.escape(f"{left} {right}") + r"(?!\\S)"
        text = re.sub(pattern, left + right, text)
    return text.split()
""",
    },
    "TokenEmbedding": {
        "indexing a masked table": """
class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__()
        weight = torch.empty(vocab_size, d_model).normal_(std=d_model**-0.5)
        weight[pad_id].zero_()
        self.weight = nn.Parameter(weight)
        kept = torch.ones(vocab_size, 1)
        kept[pad_id] = 0
        self.register_buffer("kept", kept)

    def forward(self, ids):
        return (self.weight * self.kept)[ids] * self.weight.shape[1] ** 0.5
""",
        "a subclass of nn.Embedding": """
class TokenEmbedding(nn.Embedding):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__(vocab_size, d_model, padding_idx=pad_id)
        with torch.no_grad():
            self.weight.div_(math.sqrt(d_model))

    def forward(self, ids):
        return super().forward(ids) * math.sqrt(self.embedding_dim)
""",
        "one-hot times matrix": """
class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__()
        self.pad_id, self.scale = pad_id, math.sqrt(d_model)
        table = (torch.rand(vocab_size, d_model) * 2 - 1) * math.sqrt(3 / d_model)
        table[pad_id, :] = 0
        self.weight = nn.Parameter(table)

    def forward(self, ids):
        one_hot = (ids.unsqueeze(-1) == torch.arange(len(self.weight), device=ids.device))
        one_hot = one_hot & (ids != self.pad_id).unsqueeze(-1)
        return one_hot.to(self.weight.dtype) @ self.weight * self.scale
""",
        "rows of padding detached": """
class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(vocab_size, d_model) / d_model**0.5)
        self.weight.data[pad_id] = 0
        self.pad_id = pad_id

    def forward(self, ids):
        rows = self.weight[ids]
        padding = (ids == self.pad_id).unsqueeze(-1)
        return torch.where(padding, rows.detach(), rows) * math.sqrt(self.weight.shape[-1])
""",
    },
}
