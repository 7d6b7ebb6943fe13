"""Lesson 10: loss, learning rate and step, as steps in which mistakes combine."""

from autograder.steps import STEPS, Steps

STEPS["label_smoothed_cross_entropy"] = Steps(
    """
def label_smoothed_cross_entropy(logits, target, pad_id, smoothing=0.0):
    pad_id, smoothing, vocab = $pad_id, $smoothing, logits.size(-1)
    log_p = $log_p
    shares = torch.full_like(log_p, smoothing / $others)
    $padding
    shares = shares.scatter(-1, target.long()[..., None], $hit)
    losses = $minus(shares * log_p).sum(-1)
    real = $real
    return (losses * real).sum() / $count
""",
    right={
        "pad_id": "pad_id",
        "smoothing": "smoothing",
        "log_p": "logits.log_softmax(-1)",
        "others": "(vocab - 1)",
        "padding": "shares[..., pad_id] = 0.0",
        "hit": "1 - smoothing",
        "minus": "-",
        "real": "target != pad_id",
        "count": "real.sum().clamp(min=1)",
    },
    mistakes={
        "padding-in-the-mean": {"count": "real.numel()"},
        "padding-counted": {"real": "torch.ones_like(target, dtype=torch.bool)"},
        "nan-without-words": {"count": "real.sum()"},
        "zero-is-padding": {"pad_id": "0"},
        "smoothing-divided-by-v": {"others": "vocab"},
        "smoothing-divided-by-v-2": {"others": "(vocab - 2)"},
        "smoothing-to-padding": {"padding": "pass"},
        "smoothing-to-target": {"hit": "1 - smoothing + smoothing / (vocab - 1)"},
        "torch-smoothing": {
            "others": "vocab",
            "padding": "pass",
            "hit": "1 - smoothing + smoothing / vocab",
        },
        "smoothing-ignored": {"smoothing": "0.0"},
        "target-kept-whole": {"hit": "1.0"},
        "no-softmax": {"log_p": "logits", "smoothing": "0.0"},
        "softmax-over-time": {"log_p": "logits.log_softmax(1)"},
        "sign": {"minus": ""},
        "sum": {"count": "1"},
    },
)

STEPS["warmup_lr"] = Steps(
    """
def warmup_lr(step, d_model, warmup_steps):
    step = $step
    rate = d_model**$width * $choose(step**-0.5, step * warmup_steps**$power)
    return $result
""",
    right={"step": "step", "width": "-0.5", "choose": "min", "power": "-1.5", "result": "rate"},
    mistakes={
        "max": {"choose": "max"},
        "warmup-power": {"power": "-0.5"},
        "warmup-power-one": {"power": "-1.0"},
        "no-width": {"width": "0.0"},
        "width-grows": {"width": "0.5"},
        "width-whole": {"width": "-1.0"},
        "step-from-zero": {"step": "step + 1"},
        "never-falls": {"step": "min(step, warmup_steps)"},
        "tensor": {"result": "torch.tensor(rate)"},
    },
)

STEPS["train_step"] = Steps(
    """
def train_step(model, batch, optimizer, *, pad_id, bos_id, smoothing=0.0, max_norm=1.0):
    src, tgt = batch
    $mode
    $clear
    shifted = shift_right(tgt, bos_id)
    loss = label_smoothed_cross_entropy(model($given), $asked, pad_id, $smoothing)
    loss.backward()
    $clip
    $move
    return $result
""",
    right={
        "mode": "model.train()",
        "clear": "optimizer.zero_grad()",
        "given": "src, shifted",
        "asked": "tgt",
        "smoothing": "smoothing",
        "clip": "nn.utils.clip_grad_norm_(model.parameters(), max_norm)",
        "move": "optimizer.step()",
        "result": "loss.item()",
    },
    mistakes={
        "no-shift": {"given": "src, tgt"},
        "loss-against-shifted": {"asked": "shifted"},
        "gradients-not-cleared": {"clear": "pass"},
        "weights-unmoved": {"move": "pass"},
        "not-clipped": {"clip": "pass"},
        "clipped-one-by-one": {
            "clip": "[nn.utils.clip_grad_norm_(p, max_norm) for p in model.parameters()]"
        },
        "clipped-by-value": {"clip": "nn.utils.clip_grad_value_(model.parameters(), max_norm)"},
        "max-norm-ignored": {"clip": "nn.utils.clip_grad_norm_(model.parameters(), 1.0)"},
        "smoothing-ignored": {"smoothing": "0.0"},
        "mode-untouched": {"mode": "pass"},
        "loss-tensor": {"result": "loss"},
        "sentences-swapped": {"given": "shifted, src"},
    },
)
