"""Lesson 11: right answers in unusual styles."""

VARIANTS = {
    "greedy_decode": {
        "padded to the end": """
def greedy_decode(next_logits, start, eos_id, max_len):
    ids = torch.full((start.size(0), max_len), eos_id, dtype=start.dtype, device=start.device)
    ids[:, :1] = start
    done = torch.zeros(start.size(0), dtype=torch.bool, device=start.device)
    for t in range(1, max_len):
        word = next_logits(ids[:, :t]).argmax(dim=-1)
        ids[:, t] = torch.where(done, torch.full_like(word, eos_id), word)
        done |= word == eos_id
    return ids
""",
        "lists": """
def greedy_decode(next_logits, start, eos_id, max_len):
    rows = start.tolist()
    while len(rows[0]) < max_len:
        if all(eos_id in row[1:] for row in rows):
            break
        logits = next_logits(torch.tensor(rows, device=start.device)).tolist()
        for row, scores in zip(rows, logits):
            row.append(eos_id if eos_id in row[1:] else scores.index(max(scores)))
    return torch.tensor(rows)
""",
        "softmax and topk": """
def greedy_decode(next_logits, start, eos_id, max_len):
    ids = start.clone()
    for _ in range(max_len - 1):
        p = next_logits(ids).softmax(-1)
        _, best = p.topk(1, dim=-1)
        ended = (ids[:, 1:] == eos_id).any(dim=1, keepdim=True)
        ids = torch.cat((ids, best * ~ended + eos_id * ended), dim=-1)
    return ids
""",
        "Annotated Transformer, one word at a time": """
def greedy_decode(next_logits, start, eos_id, max_len):
    ys = start.clone()
    finished = torch.zeros(start.size(0), dtype=torch.bool, device=start.device)
    for i in range(max_len - 1):
        prob = next_logits(ys)
        _, next_word = torch.max(prob, dim=1)
        next_word = torch.where(finished, torch.full_like(next_word, eos_id), next_word)
        ys = torch.cat([ys, next_word.type_as(start).unsqueeze(1)], dim=1)
        finished |= next_word == eos_id
        if finished.all():
            break
    return ys
""",
        "HF's unfinished_sequences": """
def greedy_decode(next_logits, start, eos_id, max_len):
    input_ids = start
    unfinished_sequences = torch.ones(input_ids.shape[0], dtype=torch.long, device=input_ids.device)
    while True:
        if input_ids.shape[-1] >= max_len or unfinished_sequences.max() == 0:
            break
        next_token_logits = next_logits(input_ids)
        next_tokens = torch.argmax(next_token_logits, dim=-1)
        next_tokens = next_tokens * unfinished_sequences + eos_id * (1 - unfinished_sequences)
        input_ids = torch.cat([input_ids, next_tokens[:, None]], dim=-1)
        unfinished_sequences = unfinished_sequences.mul(next_tokens.ne(eos_id).long())
    return input_ids
""",
        "always max_len, padded with eos": """
@torch.no_grad()
def greedy_decode(next_logits, start, eos_id, max_len):
    batch = start.shape[0]
    ids = torch.full((batch, max_len), eos_id, dtype=start.dtype, device=start.device)
    ids[:, :1] = start
    done = [False] * batch
    for t in range(1, max_len):
        logits = next_logits(ids[:, :t])
        for b in range(batch):
            if not done[b]:
                word = int(logits[b].argmax())
                ids[b, t] = word
                done[b] = word == eos_id
        if all(done):
            break
    return ids
""",
    },
    "sample": {
        "row by row": """
def sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if not temperature > 0:
        raise ValueError("temperature must be positive")
    drawn = []
    for row in torch.softmax(logits / temperature, dim=-1):
        order = row.argsort(descending=True).tolist()
        p = row.tolist()
        kept = order[:top_k]
        total = sum(p[i] for i in kept)
        if top_p is not None:
            chosen, reached = [], 0.0
            for i in kept:
                chosen.append(i)
                reached += p[i] / total
                if reached >= top_p:
                    break
            kept = chosen
        u = torch.rand((), generator=generator, dtype=torch.float64).item()
        u *= sum(p[i] for i in kept)
        for i in kept:
            u -= p[i]
            if u < 0:
                break
        drawn.append(i)
    return torch.tensor(drawn)
""",
        "gumbel": """
def sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if temperature <= 0:
        raise ValueError(temperature)
    logits = logits / temperature
    if top_k is not None and top_k < logits.size(-1):
        lowest = torch.topk(logits, top_k, dim=-1).values[:, -1, None]
        logits = logits.masked_fill(logits < lowest, float("-inf"))
    if top_p is not None:
        ordered, order = torch.sort(logits, descending=True)
        shares = F.softmax(ordered, dim=-1)
        remove = torch.cumsum(shares, dim=-1) >= top_p
        remove[:, 1:] = remove[:, :-1].clone()
        remove[:, 0] = False
        remove = torch.zeros_like(remove).scatter(1, order, remove)
        logits = logits.masked_fill(remove, float("-inf"))
    noise = torch.rand(logits.shape, generator=generator, device=logits.device)
    return (logits - torch.log(-torch.log(noise))).argmax(dim=-1)
""",
        "masked multinomial": """
def sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if temperature <= 0:
        raise ValueError(f"temperature {temperature} is not above 0")
    scaled = logits / temperature
    if top_k is not None:
        k = min(top_k, scaled.shape[-1])
        best = torch.zeros_like(scaled, dtype=torch.bool)
        best.scatter_(1, scaled.topk(k).indices, True)
        scaled = torch.where(best, scaled, torch.full_like(scaled, -torch.inf))
    p = softmax(scaled, dim=-1)
    if top_p is not None:
        better = (p[:, None, :] > p[:, :, None]).to(p.dtype)
        before = torch.einsum("bij,bj->bi", better, p)
        p = torch.where(before < top_p, p, torch.zeros_like(p))
        p = p / p.sum(-1, keepdim=True)
    return torch.multinomial(p, num_samples=1, generator=generator).squeeze(-1)
""",
        "nanoGPT's generate": """
def sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if temperature <= 0:
        raise ValueError("temperature must be positive")
    logits = logits / temperature
    if top_k is not None:
        v, _ = torch.topk(logits, min(top_k, logits.size(-1)))
        logits = logits.masked_fill(logits < v[:, [-1]], -float("Inf"))
    probs = F.softmax(logits, dim=-1)
    if top_p is not None:
        sorted_probs, order = torch.sort(probs, descending=True)
        remove = torch.cumsum(sorted_probs, dim=-1) - sorted_probs >= top_p
        sorted_probs = sorted_probs.masked_fill(remove, 0.0)
        probs = torch.zeros_like(probs).scatter(1, order, sorted_probs)
        probs = probs / probs.sum(-1, keepdim=True)
    idx_next = torch.multinomial(probs, num_samples=1, generator=generator)
    return idx_next.squeeze(1)
""",
        "HF's warpers": """
def _top_p(logits, p):
    sorted_logits, sorted_indices = torch.sort(logits, descending=True)
    cumulative_probs = sorted_logits.softmax(dim=-1).cumsum(dim=-1)
    sorted_indices_to_remove = cumulative_probs >= p
    sorted_indices_to_remove[..., 1:] = sorted_indices_to_remove[..., :-1].clone()
    sorted_indices_to_remove[..., 0] = 0
    indices_to_remove = sorted_indices_to_remove.scatter(1, sorted_indices, sorted_indices_to_remove)
    return logits.masked_fill(indices_to_remove, -float("inf"))


def _top_k(logits, k):
    k = min(k, logits.size(-1))
    return logits.masked_fill(logits < torch.topk(logits, k)[0][..., -1, None], -float("inf"))


def sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if not temperature > 0:
        raise ValueError(temperature)
    scores = logits / temperature
    if top_k:
        scores = _top_k(scores, top_k)
    if top_p is not None:
        scores = _top_p(scores, top_p)
    return torch.multinomial(scores.softmax(-1), 1, generator=generator).squeeze(-1)
""",
        "inverse of the distribution function": """
def sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if temperature <= 0.0:
        raise ValueError("temperature > 0, please")
    p, ids = torch.sort(softmax(logits / temperature, dim=-1), dim=-1, descending=True)
    if top_k is not None:
        p = p[:, :top_k]
        p = p / p.sum(-1, keepdim=True)
    cdf = p.cumsum(-1)
    if top_p is not None:
        p = p * ((cdf - p) < top_p)
        cdf = p.cumsum(-1)
    u = torch.rand(p.size(0), 1, generator=generator, device=p.device, dtype=p.dtype) * cdf[:, -1:]
    place = (cdf <= u).sum(-1, keepdim=True).clamp(max=p.size(1) - 1)
    return ids.gather(1, place).squeeze(1)
""",
    },
    "beam_search": {
        "heap of lists": """
def beam_search(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    import heapq

    texts, scores = [], []
    for row in start:
        beams, done = [(0.0, row.tolist())], []
        while beams and len(beams[0][1]) < max_len:
            logits = next_logits(torch.tensor([ids for _, ids in beams], device=start.device))
            log_p = torch.log_softmax(logits.double(), dim=-1).tolist()
            longer = [
                (total + lp, ids + [w])
                for (total, ids), row_lp in zip(beams, log_p)
                for w, lp in enumerate(row_lp)
            ]
            best = heapq.nlargest(beam_size, longer)
            done += [b for b in best if b[1][-1] == eos_id]
            beams = [b for b in best if b[1][-1] != eos_id]
        done += beams

        def score(text):
            return text[0] / ((5 + len(text[1]) - 1) / 6) ** length_penalty

        winner = max(done, key=score)
        texts.append(winner[1])
        scores.append(score(winner))
    longest = max(len(ids) for ids in texts)
    padded = [ids + [eos_id] * (longest - len(ids)) for ids in texts]
    return torch.tensor(padded), torch.tensor(scores)
""",
        "finished take no place": """
def beam_search(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    out = torch.full((len(start), max_len), eos_id, device=start.device)
    out_scores = []
    for i in range(len(start)):
        ids = start[i : i + 1]
        total = torch.zeros(1, device=start.device)
        best, best_ids = -float("inf"), None
        for n in range(1, max_len):
            lp = total[:, None] + F.log_softmax(next_logits(ids), dim=-1)
            norm = ((5 + n) / 6) ** length_penalty
            ended = lp[:, eos_id].max(0)
            if ended.values.item() / norm > best:
                best = ended.values.item() / norm
                best_ids = ids[ended.indices].tolist() + [eos_id]
            lp[:, eos_id] = -float("inf")
            k = min(beam_size, lp.numel() - lp.size(0))
            total, flat = lp.flatten().topk(k)
            words = flat % lp.size(1)
            ids = torch.cat([ids[flat // lp.size(1)], words[:, None]], dim=1)
        if max_len > 1 and total[0].item() / norm > best:
            best, best_ids = total[0].item() / norm, ids[0].tolist()
        out[i, : len(best_ids)] = torch.tensor(best_ids)
        out_scores.append(best)
    return [out, torch.tensor(out_scores, dtype=torch.float64)]
""",
        "finished stay": """
def beam_search(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    B = start.size(0)
    ids = start.unsqueeze(1).repeat(1, beam_size, 1)
    total = torch.full((B, beam_size), -1e9, device=start.device)
    total[:, 0] = 0.0
    length = torch.zeros_like(total, dtype=torch.long)
    done = torch.zeros_like(total, dtype=torch.bool)
    for n in range(1, max_len):
        lp = F.log_softmax(next_logits(ids.reshape(B * beam_size, -1)), dim=-1)
        V = lp.size(-1)
        lp = lp.reshape(B, beam_size, V)
        stay = torch.full_like(lp[0, 0], -1e9)
        stay[eos_id] = 0.0
        lp = torch.where(done[..., None], stay, lp)
        total, flat = (total[..., None] + lp).reshape(B, -1).topk(beam_size, dim=-1)
        beam, word = flat // V, flat % V
        ids = torch.stack([ids[b, beam[b]] for b in range(B)])
        ids = torch.cat([ids, word[..., None]], dim=-1)
        done, length = done.gather(1, beam), length.gather(1, beam)
        length = torch.where(done, length, torch.full_like(length, n))
        done = done | (word == eos_id)
    score = total / ((5 + length) / 6) ** length_penalty
    best = score.argmax(dim=1)
    rows = torch.arange(B, device=start.device)
    return ids[rows, best], score[rows, best]
""",
        "lists of hypotheses, row by row": """
class Hypothesis:
    def __init__(self, tokens, log_prob):
        self.tokens, self.log_prob = tokens, log_prob

    def score(self, alpha):
        n = len(self.tokens) - 1
        return self.log_prob / ((5 + n) / 6) ** alpha


def beam_search(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    results = []
    for row in start.tolist():
        live, dead = [Hypothesis(row, 0.0)], []
        while live and len(live[0].tokens) < max_len:
            ids = torch.tensor([h.tokens for h in live], device=start.device)
            log_probs = torch.log_softmax(next_logits(ids).float(), dim=-1).tolist()
            candidates = [
                Hypothesis(h.tokens + [w], h.log_prob + lp)
                for h, lps in zip(live, log_probs)
                for w, lp in enumerate(lps)
            ]
            candidates.sort(key=lambda h: h.log_prob, reverse=True)
            live = []
            for h in candidates[:beam_size]:
                (dead if h.tokens[-1] == eos_id else live).append(h)
        results.append(max(dead + live, key=lambda h: h.score(length_penalty)))
    longest = max(len(h.tokens) for h in results)
    ids = [h.tokens + [eos_id] * (longest - len(h.tokens)) for h in results]
    scores = [h.score(length_penalty) for h in results]
    return torch.tensor(ids, device=start.device), torch.tensor(scores, device=start.device)
""",
        "all beams of all rows at once, 2k candidates": """
def beam_search(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    B, device = start.size(0), start.device
    live = start.unsqueeze(1).repeat(1, beam_size, 1)
    logp = torch.full((B, beam_size), -float("inf"), device=device)
    logp[:, 0] = 0.0
    done = [[] for _ in range(B)]
    for n in range(1, max_len):
        step = F.log_softmax(next_logits(live.view(B * beam_size, -1)), dim=-1)
        V = step.size(-1)
        total = (logp.unsqueeze(-1) + step.view(B, beam_size, V)).view(B, -1)
        best, where = total.topk(min(2 * beam_size, total.size(1)), dim=1)
        beam, word = where // V, where % V
        new_live, new_logp = [], []
        for b in range(B):
            kept, values = [], []
            for rank in range(best.size(1)):
                value = best[b, rank].item()
                if value == -float("inf"):
                    continue
                text = torch.cat([live[b, beam[b, rank]], word[b, rank].view(1)])
                if word[b, rank].item() == eos_id:
                    if rank < beam_size:
                        done[b].append((value / ((5 + n) / 6) ** length_penalty, text))
                elif len(kept) < beam_size:
                    kept.append(text)
                    values.append(value)
            while len(kept) < beam_size:
                kept.append(torch.cat([live[b, 0], live[b, 0, -1:]]))
                values.append(-float("inf"))
            new_live.append(torch.stack(kept))
            new_logp.append(values)
        live, logp = torch.stack(new_live), torch.tensor(new_logp, device=device)
    ids, scores = [], []
    for b in range(B):
        for value, text in zip(logp[b].tolist(), live[b]):
            done[b].append((value / ((5 + max_len - 1) / 6) ** length_penalty, text))
        score, text = max(done[b], key=lambda pair: pair[0])
        ids.append(F.pad(text, (0, max_len - len(text)), value=eos_id))
        scores.append(score)
    return torch.stack(ids), torch.tensor(scores, device=device)
""",
        "a heap, with a progress bar": """
import heapq

from tqdm import tqdm


def beam_search(next_logits, start, eos_id, beam_size, max_len, length_penalty=0.6):
    def lp(n):
        return ((5.0 + n) / 6.0) ** length_penalty

    out, out_scores = [], []
    for b in tqdm(range(start.shape[0]), desc="rows"):
        beams = [(0.0, (int(start[b, 0]),))]
        final = []
        for _ in range(max_len - 1):
            heap = []
            for logp, seq in beams:
                logits = next_logits(torch.tensor([seq], device=start.device))[0]
                logprobs = logits.log_softmax(0)
                for token in range(len(logprobs)):
                    heap.append((logp + float(logprobs[token]), seq + (token,)))
            beams = []
            for logp, seq in heapq.nlargest(beam_size, heap):
                if seq[-1] == eos_id:
                    final.append((logp / lp(len(seq) - 1), seq))
                else:
                    beams.append((logp, seq))
            if not beams:
                break
        final += [(logp / lp(len(seq) - 1), seq) for logp, seq in beams]
        score, seq = max(final)
        out.append(list(seq) + [eos_id] * (max_len - len(seq)))
        out_scores.append(score)
    return torch.tensor(out, device=start.device), torch.tensor(out_scores, device=start.device)
""",
    },
    "CachedAttention": {
        "list": """
class CachedAttention(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.attention = attention
        self.past = []

    def forward(self, x):
        a = self.attention
        B, _, D = x.shape
        H = a.num_heads
        self.past.append((a.k_proj(x), a.v_proj(x)))
        q = a.q_proj(x).view(B, H, D // H)
        k = torch.stack([k.view(B, H, D // H) for k, _ in self.past], dim=2)
        v = torch.stack([v.view(B, H, D // H) for _, v in self.past], dim=2)
        scores = torch.einsum("bhd,bhtd->bht", q, k) / math.sqrt(D // H)
        out = torch.einsum("bht,bhtd->bhd", scores.softmax(-1), v)
        return a.out_proj(out.reshape(B, 1, D))
""",
        "buffers and fused": """
class CachedAttention(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.attention = attention
        self.register_buffer("keys", None)
        self.register_buffer("values", None)

    def forward(self, x):
        a = self.attention
        q = split_heads(a.q_proj(x), a.num_heads)
        k = split_heads(a.k_proj(x), a.num_heads)
        v = split_heads(a.v_proj(x), a.num_heads)
        self.keys = k if self.keys is None else torch.cat([self.keys, k], dim=-2)
        self.values = v if self.values is None else torch.cat([self.values, v], dim=-2)
        out = F.scaled_dot_product_attention(q, self.keys, self.values)
        return a.out_proj(merge_heads(out))
""",
        "heads one by one": """
class CachedAttention(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.attention = attention
        self.k = self.v = None

    @torch.no_grad()
    def forward(self, x):
        a = self.attention
        k, v = a.k_proj(x), a.v_proj(x)
        self.k = torch.cat([self.k, k], 1) if self.k is not None else k
        self.v = torch.cat([self.v, v], 1) if self.v is not None else v
        heads = []
        for q, k, v in zip(*(t.chunk(a.num_heads, -1) for t in (a.q_proj(x), self.k, self.v))):
            w = torch.softmax(q @ k.mT * k.size(-1) ** -0.5, dim=-1)
            heads.append(w @ v)
        return a.out_proj(torch.cat(heads, dim=-1))
""",
        "k_cache and v_cache, as Llama": """
class CachedAttention(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.attention = attention
        self.k_cache = None
        self.v_cache = None

    def forward(self, x):
        a = self.attention
        B, _, D = x.shape
        H = a.num_heads
        q, k, v = (p(x).view(B, 1, H, D // H).transpose(1, 2) for p in (a.q_proj, a.k_proj, a.v_proj))
        self.k_cache = k if self.k_cache is None else torch.cat((self.k_cache, k), dim=-2)
        self.v_cache = v if self.v_cache is None else torch.cat((self.v_cache, v), dim=-2)
        att = q @ self.k_cache.transpose(-1, -2) / math.sqrt(D // H)
        y = att.softmax(-1) @ self.v_cache
        return a.out_proj(y.transpose(1, 2).reshape(B, 1, D))
""",
        "lists of keys and values, einops": """
from einops import rearrange


class CachedAttention(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.attention = attention
        self.past = {"k": [], "v": []}

    def forward(self, x):
        heads = self.attention.num_heads
        self.past["k"].append(self.attention.k_proj(x))
        self.past["v"].append(self.attention.v_proj(x))
        q = rearrange(self.attention.q_proj(x), "b t (h d) -> b h t d", h=heads)
        k = rearrange(torch.cat(self.past["k"], dim=1), "b t (h d) -> b h t d", h=heads)
        v = rearrange(torch.cat(self.past["v"], dim=1), "b t (h d) -> b h t d", h=heads)
        out, _ = scaled_dot_product_attention(q, k, v)
        return self.attention.out_proj(rearrange(out, "b h t d -> b t (h d)"))
""",
        "a helper class for the cache": """
class KVCache:
    def __init__(self):
        self.pairs = ()

    def update(self, k, v):
        if self.pairs:
            k = torch.concat([self.pairs[0], k], 2)
            v = torch.concat([self.pairs[1], v], 2)
        self.pairs = (k, v)
        return self.pairs


class CachedAttention(nn.Module):
    def __init__(self, attention: nn.Module):
        super().__init__()
        self.attention, self.kv = attention, KVCache()

    def forward(self, x: Tensor) -> Tensor:
        n = self.attention.num_heads
        k, v = self.kv.update(
            split_heads(self.attention.k_proj(x), n), split_heads(self.attention.v_proj(x), n)
        )
        out = F.scaled_dot_product_attention(split_heads(self.attention.q_proj(x), n), k, v)
        return self.attention.out_proj(merge_heads(out))
""",
    },
}
