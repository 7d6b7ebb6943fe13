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
        "binary cross-entropy with logits": """
def skip_gram_loss(center, context, negatives):
    positive = torch.sum(center * context, dim=1)
    negative = torch.bmm(negatives, center.unsqueeze(2)).squeeze(2)
    bce = F.binary_cross_entropy_with_logits
    loss = bce(positive, torch.ones_like(positive), reduction="none")
    loss = loss + bce(negative, torch.zeros_like(negative), reduction="none").sum(1)
    return loss.mean()
""",
        "softplus, einsum, once more": """
def skip_gram_loss(center, context, negatives):
    pos = torch.einsum("bd,bd->b", center, context)
    neg = torch.einsum("bkd,bd->bk", negatives, center)
    return torch.mean(F.softplus(-pos) + F.softplus(neg).sum(dim=-1))
""",
        "word by word": """
def log_sigmoid(x):
    return torch.clamp(x, max=0) - torch.log1p(torch.exp(-torch.abs(x)))


def skip_gram_loss(center, context, negatives):
    losses = []
    for c, o, neg in zip(center, context, negatives):
        loss = -log_sigmoid(torch.dot(c, o))
        for n in neg:
            loss = loss - log_sigmoid(-torch.dot(c, n))
        losses.append(loss)
    return torch.stack(losses).mean()
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
        "as in Sennrich's paper, on joined strings": """
import collections


def get_stats(vocab):
    pairs = collections.defaultdict(int)
    for symbols, freq in vocab.items():
        for i in range(len(symbols) - 1):
            pairs[symbols[i], symbols[i + 1]] += freq
    return pairs


def merge_vocab(pair, v_in):
    v_out = {}
    for symbols, freq in v_in.items():
        out, i = [], 0
        while i < len(symbols):
            if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
                out.append(symbols[i] + symbols[i + 1])
                i += 2
            else:
                out.append(symbols[i])
                i += 1
        out = tuple(out)
        v_out[out] = v_out.get(out, 0) + freq
    return v_out


def learn_bpe(word_counts, num_merges):
    vocab = {tuple(word): freq for word, freq in word_counts.items()}
    merges = []
    for _ in range(num_merges):
        pairs = get_stats(vocab)
        if not pairs:
            break
        best = sorted(pairs.items(), key=lambda kv: (-kv[1], kv[0]))[0][0]
        vocab = merge_vocab(best, vocab)
        merges.append(best)
    return merges
""",
        "a class, lists, progress bar": """
from tqdm.auto import trange


class Trainer:
    def __init__(self, word_counts):
        self.words = [(list(word), count) for word, count in word_counts.items()]

    def best(self):
        counts = {}
        for pieces, count in self.words:
            for pair in zip(pieces, pieces[1:]):
                counts[pair] = counts.get(pair, 0) + count
        if not counts:
            return None
        most = max(counts.values())
        return min(pair for pair in counts if counts[pair] == most)

    def merge(self, pair):
        for pieces, _ in self.words:
            i = 0
            while i < len(pieces) - 1:
                if (pieces[i], pieces[i + 1]) == pair:
                    pieces[i : i + 2] = [pieces[i] + pieces[i + 1]]
                i += 1


def learn_bpe(word_counts, num_merges):
    trainer, merges = Trainer(word_counts), []
    for _ in trange(num_merges, desc="BPE"):
        pair = trainer.best()
        if pair is None:
            break
        trainer.merge(pair)
        merges.append(pair)
    return merges
""",
        "merges as lists": """
def learn_bpe(word_counts, num_merges):
    from collections import Counter

    def join(pieces, left, right):
        if len(pieces) < 2:
            return pieces
        if pieces[0] == left and pieces[1] == right:
            return [left + right] + join(pieces[2:], left, right)
        return [pieces[0]] + join(pieces[1:], left, right)

    words, merges = {w: list(w) for w in word_counts}, []
    while len(merges) < num_merges:
        counter = Counter()
        for w, n in word_counts.items():
            for a, b in zip(words[w][:-1], words[w][1:]):
                counter.update({(a, b): n})
        if len(counter) == 0:
            return merges
        (left, right), _ = min(counter.items(), key=lambda item: (-item[1], item[0]))
        merges.append([left, right])
        words = {w: join(p, left, right) for w, p in words.items()}
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
        "as GPT-2 does it, by rank": """
def apply_bpe(word, merges):
    bpe_ranks = {tuple(pair): i for i, pair in enumerate(merges)}
    word = tuple(word)
    while len(word) > 1:
        pairs = {(a, b) for a, b in zip(word, word[1:])}
        bigram = min(pairs, key=lambda pair: bpe_ranks.get(pair, float("inf")))
        if bigram not in bpe_ranks:
            break
        first, second = bigram
        new_word = []
        i = 0
        while i < len(word):
            if i < len(word) - 1 and word[i] == first and word[i + 1] == second:
                new_word.append(first + second)
                i += 2
            else:
                new_word.append(word[i])
                i += 1
        word = tuple(new_word)
    return list(word)
""",
        "returns a tuple": """
def apply_bpe(word, merges):
    pieces = [c for c in word]
    for merge in merges:
        out = []
        for p in pieces:
            if out and not isinstance(out[-1], tuple) and out[-1] == merge[0] and p == merge[1]:
                out[-1] = (merge[0] + merge[1],)  # a tuple: joined in this round
            else:
                out.append(p)
        pieces = [p[0] if isinstance(p, tuple) else p for p in out]
    return tuple(pieces)
""",
        "recursion": """
def _merge(pieces: list[str], left: str, right: str) -> list[str]:
    for i in range(len(pieces) - 1):
        if pieces[i] == left and pieces[i + 1] == right:
            return pieces[:i] + [left + right] + _merge(pieces[i + 2 :], left, right)
    return pieces


def apply_bpe(word: str, merges: list[tuple[str, str]]) -> list[str]:
    if not merges:
        return list(word)
    return _merge(apply_bpe(word, merges[:-1]), *merges[-1])
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
        "Annotated Transformer, with nn.Embedding inside": """
class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model, pad_id):
        super(TokenEmbedding, self).__init__()
        lut = nn.Embedding(vocab_size, d_model, padding_idx=pad_id)
        nn.init.normal_(lut.weight, mean=0, std=d_model**-0.5)
        with torch.no_grad():
            lut.weight[pad_id].fill_(0)
        self.weight = lut.weight
        self.d_model, self.pad_id = d_model, pad_id

    def forward(self, ids):
        x = F.embedding(ids, self.weight, self.pad_id)
        return x * math.sqrt(self.d_model)
""",
        "subclass of nn.Embedding": """
class TokenEmbedding(nn.Embedding):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__(vocab_size, d_model, padding_idx=pad_id)
        nn.init.normal_(self.weight, std=1 / math.sqrt(d_model))
        self._fill_padding_idx_with_zero()

    def forward(self, ids):
        return super().forward(ids) * self.embedding_dim**0.5
""",
        "indexing, masked by hand": """
class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model, pad_id):
        super().__init__()
        self.vocab_size, self.d_model, self.pad_id = vocab_size, d_model, pad_id
        w = torch.empty(vocab_size, d_model).normal_(0, d_model**-0.5)
        w[pad_id] = torch.zeros(d_model)
        self.weight = nn.Parameter(w)
        self.register_buffer("scale", torch.tensor(float(d_model)).sqrt())

    def forward(self, ids):
        keep = (ids != self.pad_id).unsqueeze(-1)
        vectors = self.weight[ids]
        return torch.where(keep, vectors, vectors.detach()) * self.scale
""",
    },
}
