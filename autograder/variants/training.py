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
        "HF's shift_tokens_right": """
def shift_right(tgt, bos_id):
    input_ids = tgt
    shifted_input_ids = input_ids.new_zeros(input_ids.shape)
    shifted_input_ids[:, 1:] = input_ids[:, :-1].clone()
    shifted_input_ids[:, 0] = bos_id
    return shifted_input_ids
""",
        "F.pad": """
def shift_right(tgt, bos_id):
    return F.pad(tgt, (1, 0), value=bos_id)[:, :-1]
""",
        "a column of starts": """
def shift_right(tgt: Tensor, bos_id: int) -> Tensor:
    batch_size, seq_len = tgt.shape
    bos = torch.full((batch_size, 1), fill_value=bos_id, dtype=tgt.dtype, device=tgt.device)
    return torch.hstack([bos, tgt.narrow(1, 0, seq_len - 1)])
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
        "fairseq's loss": """
def label_smoothed_cross_entropy(logits, target, pad_id, smoothing=0.0):
    lprobs = F.log_softmax(logits, dim=-1)
    target = target.unsqueeze(-1).long()
    nll_loss = -lprobs.gather(dim=-1, index=target)
    rest = -(lprobs.sum(dim=-1, keepdim=True) + nll_loss - lprobs[..., pad_id : pad_id + 1])
    pad_mask = target.eq(pad_id)
    nll_loss = nll_loss.masked_fill(pad_mask, 0.0)
    rest = rest.masked_fill(pad_mask, 0.0)
    eps_i = smoothing / (lprobs.size(-1) - 1)
    total = (1.0 - smoothing) * nll_loss + eps_i * rest
    return total.sum() / torch.clamp((~pad_mask).sum(), min=1)
""",
        "Annotated Transformer's target distribution": """
def label_smoothed_cross_entropy(logits, target, pad_id, smoothing=0.0):
    V = logits.size(-1)
    x = logits.reshape(-1, V).log_softmax(-1)
    target = target.reshape(-1)
    true_dist = torch.full_like(x, smoothing / (V - 1))
    true_dist.scatter_(1, target.unsqueeze(1).long(), 1.0 - smoothing)
    true_dist[:, pad_id] = 0
    true_dist = true_dist * (target != pad_id).unsqueeze(1)
    norm = (target != pad_id).sum()
    return -(true_dist * x).sum() / torch.where(norm == 0, torch.ones_like(norm), norm)
""",
        "only the real words": """
def label_smoothed_cross_entropy(logits, target, pad_id, smoothing=0.0):
    real = target.ne(pad_id)
    if not real.any():
        return (logits * 0).sum()
    logits, target = logits[real], target[real].long()
    logp = logits - logits.logsumexp(dim=-1, keepdim=True)
    right = logp[torch.arange(len(target), device=target.device), target]
    wrong = logp.sum(dim=-1) - right - logp[:, pad_id]
    per_word = (1 - smoothing) * right + smoothing * wrong / (logits.shape[-1] - 1)
    return -per_word.mean()
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
        "Annotated Transformer's rate": """
def rate(step, model_size, factor, warmup):
    if step == 0:
        step = 1
    return factor * (model_size ** (-0.5) * min(step ** (-0.5), step * warmup ** (-1.5)))


def warmup_lr(step, d_model, warmup_steps):
    return rate(step, model_size=d_model, factor=1.0, warmup=warmup_steps)
""",
        "if and else": """
def warmup_lr(step: int, d_model: int, warmup_steps: int) -> float:
    scale = 1 / math.sqrt(d_model)
    if step < warmup_steps:
        return scale * step / (warmup_steps * math.sqrt(warmup_steps))
    else:
        return scale / math.sqrt(step)
""",
        "through torch": """
def warmup_lr(step, d_model, warmup_steps):
    s = torch.tensor(float(step), dtype=torch.float64)
    lr = torch.minimum(s.rsqrt(), s / warmup_steps**1.5) / d_model**0.5
    return lr.item()
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
        "set_to_none, clipping by hand": """
def train_step(model, batch, optimizer, *, pad_id, bos_id, smoothing=0.0, max_norm=1.0):
    src, tgt = batch
    model.train(True)
    tgt_in = shift_right(tgt, bos_id)
    logits = model(src, tgt_in)
    loss = label_smoothed_cross_entropy(logits, tgt, pad_id=pad_id, smoothing=smoothing)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    total = torch.sqrt(sum((g**2).sum() for g in grads))
    if total > max_norm:
        for g in grads:
            g.mul_(max_norm / (total + 1e-6))
    optimizer.step()
    return float(loss.detach())
""",
        "zeroed on the model, after the step": """
def train_step(model, batch, optimizer, *, pad_id, bos_id, smoothing=0.0, max_norm=1.0):
    model.train()
    model.zero_grad()
    src, tgt = batch[0], batch[1]
    decoder_input = torch.cat([torch.full_like(tgt[:, :1], bos_id), tgt[:, :-1]], dim=1)
    out = model(src, decoder_input)
    loss = label_smoothed_cross_entropy(out, tgt, pad_id, smoothing)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(model.parameters()), max_norm=max_norm)
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach().cpu().item()
""",
        "with grad enabled, chatty": """
import logging

logger = logging.getLogger("training")


def train_step(model, batch, optimizer, *, pad_id, bos_id, smoothing=0.0, max_norm=1.0):
    (src, tgt) = batch
    with torch.enable_grad():
        model = model.train()
        optimizer.zero_grad()
        logits = model(src, shift_right(tgt, bos_id))
        loss = label_smoothed_cross_entropy(logits=logits, target=tgt, pad_id=pad_id, smoothing=smoothing)
        loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    logger.warning("gradient norm %s", norm)
    print(f"loss: {loss.item():.3f}")
    optimizer.step()
    return loss.item()
""",
    },
}
