"""Lesson 10: right answers in unusual styles."""

VARIANTS = {
    "shift_right": {
        "cat": """
def shift_right(tgt, bos_id):
    start = torch.full_like(tgt[:, :1], bos_id)
    return torch.cat([start, tgt[:, :-1]], dim=1)
""",
        "loops": """
def shift_right(tgt, bos_id):
    rows = [[bos_id] + row[:-1] for row in tgt.tolist()]
    return torch.tensor(rows, dtype=tgt.dtype, device=tgt.device)
""",
        "pad": """
def shift_right(tgt, bos_id):
    return F.pad(tgt, (1, 0), value=bos_id)[:, :-1]
""",
        "new_empty": """
def shift_right(tgt, bos_id):
    print("shifting")
    out = tgt.new_empty(tgt.shape)
    out[:, 0] = bos_id
    out[:, 1:] = tgt[:, :-1]
    return out
""",
    },
    "label_smoothed_cross_entropy": {
        "one_hot": """
def label_smoothed_cross_entropy(logits, target, pad_id, smoothing=0.0):
    V = logits.shape[-1]
    one_hot = F.one_hot(target, V).to(logits.dtype)
    words = torch.ones(V, dtype=logits.dtype, device=logits.device)
    words[pad_id] = 0
    shares = (1 - smoothing) * one_hot + smoothing / (V - 1) * words * (1 - one_hot)
    losses = -torch.einsum("btv,btv->bt", shares, torch.log_softmax(logits, dim=2))
    real = (target != pad_id).to(logits.dtype)
    return (losses * real).sum() / torch.clamp(real.sum(), min=1)
""",
        "loops": """
def label_smoothed_cross_entropy(logits, target, pad_id, smoothing=0.0):
    total, count = logits.sum() * 0, 0
    V = logits.size(-1)
    for b in range(target.size(0)):
        for t in range(target.size(1)):
            word = target[b, t].item()
            if word == pad_id:
                continue
            row = logits[b, t]
            log_p = row - torch.logsumexp(row, dim=0)
            loss = -(1 - smoothing) * log_p[word]
            if smoothing:
                for other in range(V):
                    if other not in (word, pad_id):
                        loss = loss - smoothing / (V - 1) * log_p[other]
            total, count = total + loss, count + 1
    return total / max(count, 1)
""",
        "cross_entropy": """
def label_smoothed_cross_entropy(logits, target, pad_id, smoothing=0.0):
    V = logits.size(-1)
    flat, words = logits.reshape(-1, V), target.reshape(-1)
    hard = F.cross_entropy(flat, words, ignore_index=pad_id, reduction="sum")
    log_p = F.log_softmax(flat, -1)
    keep = torch.arange(V, device=logits.device) != pad_id
    every = -(log_p * keep).sum(-1)
    real = words != pad_id
    soft = (every * real).sum() - hard
    n = real.sum().clamp(min=1)
    return ((1 - smoothing) * hard + smoothing / (V - 1) * soft) / n
""",
        "selected": """
def label_smoothed_cross_entropy(logits, target, pad_id, smoothing=0.0):
    real = target != pad_id
    if not real.any():
        return logits.new_zeros(())
    logits, target = logits[real], target[real]
    log_p = logits.log_softmax(-1)
    q = torch.full_like(log_p, smoothing / (logits.size(-1) - 1))
    q[:, pad_id] = 0
    q.scatter_(1, target.unsqueeze(1), 1 - smoothing)
    return -(q * log_p).sum(1).mean()
""",
    },
    "warmup_lr": {
        "branches": """
def warmup_lr(step, d_model, warmup_steps):
    if step < warmup_steps:
        return step / (math.sqrt(d_model) * warmup_steps * math.sqrt(warmup_steps))
    return 1 / math.sqrt(d_model * step)
""",
        "numpy": """
def warmup_lr(step, d_model, warmup_steps):
    return np.minimum(1 / np.sqrt(step), step / warmup_steps**1.5) / np.sqrt(d_model)
""",
        "tensor": """
def warmup_lr(step, d_model, warmup_steps):
    step = torch.tensor(float(step))
    lr = d_model ** -0.5 * torch.minimum(step.rsqrt(), step * warmup_steps ** -1.5)
    return lr.item()
""",
        "logarithms": """
def warmup_lr(step, d_model, warmup_steps):
    rising = math.log(step) - 1.5 * math.log(warmup_steps)
    falling = -0.5 * math.log(step)
    return math.exp(min(rising, falling) - 0.5 * math.log(d_model))
""",
    },
    "train_step": {
        "by hand": """
def train_step(model, batch, optimizer, *, pad_id, bos_id, smoothing=0.0, max_norm=1.0):
    model.train(True)
    src, tgt = batch
    loss = label_smoothed_cross_entropy(
        model(src, shift_right(tgt, bos_id)), tgt, pad_id, smoothing=smoothing
    )
    for p in model.parameters():
        p.grad = None
    loss.backward()
    total = math.sqrt(sum(float((p.grad ** 2).sum()) for p in model.parameters()))
    if total > max_norm:
        for p in model.parameters():
            p.grad.mul_(max_norm / total)
    optimizer.step()
    return float(loss.detach())
""",
        "cleared afterwards": """
def train_step(model, batch, optimizer, *, pad_id, bos_id, smoothing=0.0, max_norm=1.0):
    model.train()
    tgt_in = torch.cat([torch.full_like(batch[1][:, :1], bos_id), batch[1][:, :-1]], dim=1)
    logits = model(src=batch[0], tgt=tgt_in)
    loss = label_smoothed_cross_entropy(logits, batch[1], pad_id, smoothing)
    loss.backward()
    params = optimizer.param_groups[0]["params"]
    torch.nn.utils.clip_grad_norm_(params, max_norm)
    optimizer.step()
    model.zero_grad()
    return loss.item()
""",
        "grad": """
def train_step(model, batch, optimizer, *, pad_id, bos_id, smoothing=0.0, max_norm=1.0):
    for module in model.modules():
        module.training = True
    src, tgt = batch
    params = list(model.parameters())
    logits = model(src, shift_right(tgt, bos_id))
    loss = label_smoothed_cross_entropy(logits, tgt, pad_id, smoothing)
    grads = torch.autograd.grad(loss, params)
    norm = torch.cat([g.reshape(-1) for g in grads]).norm()
    scale = min(1.0, max_norm / (norm.item() + 1e-6))
    optimizer.zero_grad(set_to_none=False)
    for p, g in zip(params, grads):
        p.grad = g * scale
    optimizer.step()
    return loss.item()
""",
    },
}
