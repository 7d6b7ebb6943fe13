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
    },
}
