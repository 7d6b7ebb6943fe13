"""Lesson 10: mistakes people make with the shift, the loss, the learning rate and the step."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from autograder.misconceptions import misconception
from minitransformer import label_smoothed_cross_entropy, shift_right
from solutions.training import warmup_lr

SHIFT, LOSS, RATE, STEP = "shift_right", "label_smoothed_cross_entropy", "warmup_lr", "train_step"
IDEA, MATHEMATICS, BY_HAND, BREAK_IT = "The idea", "The mathematics", "By hand", "Break it"


@misconception(
    SHIFT,
    "shift-left",
    "You shift the target to the left",
    "Then the decoder is given the word after the one it has to guess. Put the start token in "
    "front, so that each word comes one place later.",
    IDEA,
)
def shift_left(tgt, bos_id):
    shifted = tgt.roll(-1, dims=1)
    shifted[:, -1] = bos_id
    return shifted


@misconception(
    SHIFT,
    "first-dropped",
    "You drop the first word, and no start token comes in",
    "tgt[:, 1:] is what has to be guessed when the start token stands in the text already; here "
    "it does not. Put bos_id in front and drop the last word.",
    IDEA,
)
def first_dropped(tgt, bos_id):
    return tgt[:, 1:]


@misconception(
    SHIFT,
    "last-dropped",
    "You drop the last word, and no start token comes in",
    "Half of it is done: the last word is never an input. Put bos_id in front of what is left.",
    IDEA,
)
def last_dropped(tgt, bos_id):
    return tgt[:, :-1]


@misconception(
    SHIFT,
    "one-too-long",
    "You put the start token in front but keep the last token",
    "The input has to be as long as the target: one score for each word. The last token is never "
    "an input, because nothing comes after it.",
    IDEA,
)
def shift_longer(tgt, bos_id):
    return torch.cat([torch.full_like(tgt[:, :1], bos_id), tgt], dim=1)


@misconception(
    SHIFT,
    "first-replaced",
    "You write the start token over the first word and shift nothing",
    "The first word is lost and every other stands at the place where it has to be guessed. Move "
    "all words one place to the right first.",
    IDEA,
)
def shift_replaced(tgt, bos_id):
    shifted = tgt.clone()
    shifted[:, 0] = bos_id
    return shifted


@misconception(
    SHIFT,
    "rolled",
    "You roll the last token to the front and leave it there",
    "The last token of one end is no beginning of the other. The first place belongs to the start "
    "token.",
    IDEA,
)
def shift_rolled(tgt, bos_id):
    return tgt.roll(1, dims=1)


@misconception(
    SHIFT,
    "in-place",
    "You change the target itself",
    "The loss still needs the words as they were. Make a new tensor, or write into a copy.",
    MATHEMATICS,
)
def shift_in_place(tgt, bos_id):
    tgt[:, 1:] = tgt[:, :-1].clone()
    tgt[:, 0] = bos_id
    return tgt


@misconception(
    SHIFT,
    "along-the-batch",
    "You shift sentences, not words",
    "The first axis counts sentences, the second the words of one. Shift along the second.",
    MATHEMATICS,
)
def shift_batch(tgt, bos_id):
    shifted = tgt.roll(1, dims=0)
    shifted[0] = bos_id
    return shifted


@misconception(
    SHIFT,
    "fixed-start",
    "Your start token is always 1, whatever bos_id says",
    "Which id means start is the vocabulary's choice. Use bos_id.",
    MATHEMATICS,
)
def shift_fixed_start(tgt, bos_id):
    return shift_right(tgt, 1)


@misconception(
    SHIFT,
    "dtype-lost",
    "Your result has a dtype of its own",
    "A column made afresh holds 64-bit integers, and joining turns the rest into them too. Make it "
    "with the target's dtype.",
    MATHEMATICS,
)
def shift_dtype_lost(tgt, bos_id):
    return shift_right(tgt, bos_id).long()


@misconception(
    SHIFT,
    "device-lost",
    "Your start column is made on the CPU, with a dtype of its own",
    "On a GPU it cannot be joined to the target. Make it like the target, device and dtype alike.",
    MATHEMATICS,
)
def shift_device_lost(tgt, bos_id):
    return torch.cat([torch.full((tgt.size(0), 1), bos_id), tgt[:, :-1]], dim=1)


@misconception(
    SHIFT,
    "zeros-in-front",
    "You put zeros in front, not the start token",
    "The decoder learns to begin when it sees the start token, and inference will give it that. "
    "Fill the first place with bos_id.",
    IDEA,
)
def shift_zeros(tgt, bos_id):
    return shift_right(tgt, 0)


def _loss(logits, target, pad_id, right, wrong, dim=-1):
    """The mean over real words when the target has the share ``right``, others ``wrong``."""
    log_p = logits.log_softmax(dim)
    shares = torch.full_like(log_p, wrong)
    shares[..., pad_id] = 0.0
    shares = shares.scatter(-1, target[..., None], right)
    return _mean(-(shares * log_p).sum(-1), target, pad_id)


def _mean(losses, target, pad_id):
    real = target != pad_id
    return (losses * real).sum() / real.sum().clamp(min=1)


@misconception(
    LOSS,
    "padding-in-the-mean",
    "You divide by all positions, padding included",
    "The more padding a batch has, the smaller its loss looks. Divide by the number of real words.",
    BREAK_IT,
)
def loss_divided_by_all(logits, target, pad_id, smoothing=0.0):
    real = (target != pad_id).to(logits.dtype).mean()
    return label_smoothed_cross_entropy(logits, target, pad_id, smoothing) * real


@misconception(
    LOSS,
    "padding-counted",
    "Your loss asks for padding too",
    "The model then spends its effort on guessing padding, which is easy and useless. Leave out "
    "the positions whose target is pad_id.",
    BREAK_IT,
)
def loss_with_padding(logits, target, pad_id, smoothing=0.0):
    vocab = logits.size(-1)
    log_p = logits.log_softmax(-1)
    shares = torch.full_like(log_p, smoothing / (vocab - 1))
    shares[..., pad_id] = 0.0
    return -(shares.scatter(-1, target[..., None], 1 - smoothing) * log_p).sum(-1).mean()


@misconception(
    LOSS,
    "nan-without-words",
    "With nothing but padding your loss is NaN",
    "A mean over no words divides 0 by 0, and one NaN ruins all weights. Divide by at least 1.",
    MATHEMATICS,
)
def loss_nan(logits, target, pad_id, smoothing=0.0):
    loss = label_smoothed_cross_entropy(logits, target, pad_id, smoothing)
    real = (target != pad_id).sum()
    return loss * real / real


@misconception(
    LOSS,
    "zero-is-padding",
    "You take 0 for padding, whatever pad_id says",
    "Which id means padding is the vocabulary's choice. Compare with pad_id.",
    MATHEMATICS,
)
def loss_zero_is_padding(logits, target, pad_id, smoothing=0.0):
    return label_smoothed_cross_entropy(logits, target, 0, smoothing)


@misconception(
    LOSS,
    "smoothing-divided-by-v",
    "You divide the smoothing by V, not by V − 1",
    "The share is spread over the words other than padding, and of those there are V − 1. Divide "
    "by that.",
    MATHEMATICS,
)
def loss_divisor_v(logits, target, pad_id, smoothing=0.0):
    wrong = smoothing / logits.size(-1)
    return _loss(logits, target, pad_id, 1 - smoothing, wrong)


@misconception(
    LOSS,
    "smoothing-divided-by-v-2",
    "You divide the smoothing by V − 2, not by V − 1",
    "The course counts all words but padding, the right word too. For a vocabulary of thousands it "
    "is the same; here it shows.",
    MATHEMATICS,
)
def loss_divisor_v_2(logits, target, pad_id, smoothing=0.0):
    wrong = smoothing / (logits.size(-1) - 2)
    return _loss(logits, target, pad_id, 1 - smoothing, wrong)


@misconception(
    LOSS,
    "smoothing-to-padding",
    "You give padding a share of the smoothing",
    "Padding is no word, so no probability should go there. Set its share to 0.",
    MATHEMATICS,
)
def loss_padding_shared(logits, target, pad_id, smoothing=0.0):
    log_p = logits.log_softmax(-1)
    shares = torch.full_like(log_p, smoothing / (logits.size(-1) - 1))
    shares = shares.scatter(-1, target[..., None], 1 - smoothing)
    return _mean(-(shares * log_p).sum(-1), target, pad_id)


@misconception(
    LOSS,
    "smoothing-to-target",
    "Your target gets a share of the smoothing on top of 1 − smoothing",
    "The share taken away goes to the other words. Give the target 1 − smoothing and no more.",
    MATHEMATICS,
)
def loss_target_shared(logits, target, pad_id, smoothing=0.0):
    wrong = smoothing / (logits.size(-1) - 1)
    return _loss(logits, target, pad_id, 1 - smoothing + wrong, wrong)


@misconception(
    LOSS,
    "torch-smoothing",
    "You spread the smoothing over all V words, as PyTorch's label_smoothing does",
    "PyTorch knows no padding among the words, so it gives padding and the target a share as well. "
    "Spread it over the other real words, as the contract says.",
    MATHEMATICS,
)
def loss_torch(logits, target, pad_id, smoothing=0.0):
    log_p = logits.log_softmax(-1)
    hit = log_p.gather(-1, target[..., None])[..., 0]
    return _mean(-(1 - smoothing) * hit - smoothing * log_p.mean(-1), target, pad_id)


@misconception(
    LOSS,
    "smoothing-ignored",
    "Your smoothing is not used",
    "Without it the model is asked to be certain, which no language deserves. Take the share from "
    "the target and give it to the other words.",
    MATHEMATICS,
)
def loss_unsmoothed(logits, target, pad_id, smoothing=0.0):
    return label_smoothed_cross_entropy(logits, target, pad_id)


@misconception(
    LOSS,
    "target-kept-whole",
    "Your target keeps the share 1 although the others get some",
    "The shares have to come from somewhere. Give the target 1 − smoothing.",
    MATHEMATICS,
)
def loss_target_whole(logits, target, pad_id, smoothing=0.0):
    return _loss(logits, target, pad_id, 1.0, smoothing / (logits.size(-1) - 1))


@misconception(
    LOSS,
    "no-softmax",
    "You take the logits for log-probabilities",
    "Logits may be any numbers; only after the log-softmax do they say how likely a word is. Apply "
    "it over the vocabulary first.",
    MATHEMATICS,
)
def loss_raw(logits, target, pad_id, smoothing=0.0):
    return _mean(-logits.gather(-1, target[..., None])[..., 0], target, pad_id)


@misconception(
    LOSS,
    "softmax-over-time",
    "Your softmax runs over the positions, not over the words",
    "At each position the words of the vocabulary compete. Take it over the last axis.",
    MATHEMATICS,
)
def loss_over_time(logits, target, pad_id, smoothing=0.0):
    wrong = smoothing / (logits.size(-1) - 1)
    return _loss(logits, target, pad_id, 1 - smoothing, wrong, dim=1)


@misconception(
    LOSS,
    "no-logarithm",
    "You add probabilities, not their logarithms",
    "A probability near 0 should hurt much more than one near a half; only the logarithm says so. "
    "Use the log-probabilities.",
    MATHEMATICS,
)
def loss_without_log(logits, target, pad_id, smoothing=0.0):
    p = logits.softmax(-1).gather(-1, target[..., None])[..., 0]
    return _mean(1 - p, target, pad_id)


@misconception(
    LOSS,
    "sign",
    "Your loss has the wrong sign",
    "Log-probabilities are negative; the loss is how far below 0 they are. Put a minus in front.",
    MATHEMATICS,
)
def loss_negative(logits, target, pad_id, smoothing=0.0):
    return -label_smoothed_cross_entropy(logits, target, pad_id, smoothing)


@misconception(
    LOSS,
    "sum",
    "You add the losses of all words and do not divide",
    "Then a larger batch means larger gradients. Divide by the number of real words.",
    MATHEMATICS,
)
def loss_sum(logits, target, pad_id, smoothing=0.0):
    mean = label_smoothed_cross_entropy(logits, target, pad_id, smoothing)
    return mean * (target != pad_id).sum()


@misconception(
    LOSS,
    "mean-of-means",
    "You take the mean of each sentence first, then the mean of those",
    "A word of a short sentence then weighs more than a word of a long one. Take one mean over all "
    "real words of the batch.",
    MATHEMATICS,
)
def loss_mean_of_means(logits, target, pad_id, smoothing=0.0):
    rows = [
        label_smoothed_cross_entropy(row, words, pad_id, smoothing)
        for row, words in zip(logits, target)
    ]
    return torch.stack(rows).mean()


@misconception(
    LOSS,
    "softmax-twice",
    "You take the softmax twice",
    "The log-softmax wants logits. Of probabilities it makes a nearly flat distribution, and the "
    "loss can never become small.",
    MATHEMATICS,
)
def loss_softmax_twice(logits, target, pad_id, smoothing=0.0):
    return label_smoothed_cross_entropy(logits.softmax(-1), target, pad_id, smoothing)


@misconception(
    LOSS,
    "log-of-softmax",
    "You take the logarithm of the softmax, which is infinite where a probability rounds to 0",
    "Large differences between logits make probabilities too small for the computer. Use the "
    "log-softmax, which never leaves the logarithm.",
    MATHEMATICS,
)
def loss_log_of_softmax(logits, target, pad_id, smoothing=0.0):
    log_p = logits.softmax(-1).log()
    hit = log_p.gather(-1, target[..., None])[..., 0]
    others = log_p.sum(-1) - hit - log_p[..., pad_id]
    losses = -(1 - smoothing) * hit - smoothing / (logits.size(-1) - 1) * others
    return _mean(losses, target, pad_id)


@misconception(
    RATE,
    "max",
    "You take the larger of the two terms, not the smaller",
    "The smaller one is the line before the peak and the curve after it. Take the minimum.",
    MATHEMATICS,
)
def rate_max(step, d_model, warmup_steps):
    return d_model**-0.5 * max(step**-0.5, step * warmup_steps**-1.5)


@misconception(
    RATE,
    "warmup-power",
    "Your line rises with warmup_steps^(−1/2), not warmup_steps^(−3/2)",
    "The two terms have to meet at step = warmup_steps, and they do only with the power −3/2. "
    "Check that both give the same there.",
    MATHEMATICS,
)
def rate_warmup_power(step, d_model, warmup_steps):
    return d_model**-0.5 * min(step**-0.5, step * warmup_steps**-0.5)


@misconception(
    RATE,
    "warmup-power-one",
    "Your line rises with 1 / warmup_steps, not warmup_steps^(−3/2)",
    "The two terms have to meet at step = warmup_steps, and they do only with the power −3/2. "
    "Check that both give the same there.",
    MATHEMATICS,
)
def rate_warmup_power_one(step, d_model, warmup_steps):
    return d_model**-0.5 * min(step**-0.5, step / warmup_steps)


@misconception(
    RATE,
    "no-width",
    "Your rate does not depend on d_model",
    "Wider models take smaller steps. Multiply by d_model^(−1/2).",
    MATHEMATICS,
)
def rate_without_width(step, d_model, warmup_steps):
    return warmup_lr(step, 1, warmup_steps)


@misconception(
    RATE,
    "width-grows",
    "Your rate grows with d_model",
    "The power of d_model is −1/2: wider models take smaller steps. Mind the minus.",
    MATHEMATICS,
)
def rate_width_grows(step, d_model, warmup_steps):
    return warmup_lr(step, 1, warmup_steps) * d_model**0.5


@misconception(
    RATE,
    "width-whole",
    "You divide by d_model, not by its root",
    "The power of d_model is −1/2. Take the square root first.",
    MATHEMATICS,
)
def rate_width_whole(step, d_model, warmup_steps):
    return warmup_lr(step, 1, warmup_steps) / d_model


@misconception(
    RATE,
    "step-from-zero",
    "You add 1 to the step",
    "The contract counts steps from 1, so no step is 0. Use the step as it comes.",
    MATHEMATICS,
)
def rate_step_from_zero(step, d_model, warmup_steps):
    return warmup_lr(step + 1, d_model, warmup_steps)


@misconception(
    RATE,
    "never-falls",
    "Your rate never falls: it stays at its peak",
    "After the warm-up the steps become smaller with 1/√step. Take the minimum of both terms.",
    MATHEMATICS,
)
def rate_never_falls(step, d_model, warmup_steps):
    return warmup_lr(min(step, warmup_steps), d_model, warmup_steps)


@misconception(
    RATE,
    "no-warmup",
    "Your rate falls from the first step on",
    "At first the averages that Adam keeps are worth little, so the first steps have to be small. "
    "Take the minimum of both terms.",
    MATHEMATICS,
)
def rate_no_warmup(step, d_model, warmup_steps):
    return d_model**-0.5 * step**-0.5


@misconception(
    RATE,
    "falls-as-one-over-step",
    "Your rate falls with 1/step, not with 1/√step",
    "One over the step is too fast: training would come to a halt. The power of the step is −1/2.",
    MATHEMATICS,
)
def rate_falls_fast(step, d_model, warmup_steps):
    peak = warmup_lr(warmup_steps, d_model, warmup_steps)
    return peak * min(step / warmup_steps, warmup_steps / step)


@misconception(
    RATE,
    "tensor",
    "You return a tensor, not a Python float",
    "An optimizer takes its learning rate as an ordinary number. Compute with ordinary numbers "
    "or call item().",
    MATHEMATICS,
)
def rate_tensor(step, d_model, warmup_steps):
    return torch.tensor(warmup_lr(step, d_model, warmup_steps))


def _step(
    model,
    batch,
    optimizer,
    *,
    pad_id,
    bos_id,
    smoothing=0.0,
    max_norm=1.0,
    given=shift_right,
    asked=lambda tgt, bos_id: tgt,
    loss_of=label_smoothed_cross_entropy,
    mode=True,
    clear=True,
    clip=nn.utils.clip_grad_norm_,
    move=True,
    after=False,
):
    """One step with one thing changed; returns the loss as a tensor."""
    src, tgt = batch
    if mode:
        model.train()
    if clear:
        optimizer.zero_grad()

    def loss():
        return loss_of(model(src, given(tgt, bos_id)), asked(tgt, bos_id), pad_id, smoothing)

    before = loss()
    before.backward()
    clip(model.parameters(), max_norm)
    if move:
        optimizer.step()
    return loss() if after else before


@misconception(
    STEP,
    "no-shift",
    "You give the decoder the target itself, not shifted",
    "At each position it then sees the very word it has to guess, and learns to copy. Shift the "
    "target right first.",
    BREAK_IT,
)
def step_without_shift(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, given=lambda tgt, bos_id: tgt, **options).item()


@misconception(
    STEP,
    "shifted-twice",
    "You cut the last word from the input and the first from the target as well",
    "That is right for a target that begins with the start token; this one does not, so the first "
    "word is never asked for. Give shift_right of the target and ask for the target.",
    IDEA,
)
def step_shifted_twice(model, batch, optimizer, **options):
    return _step(
        model,
        batch,
        optimizer,
        given=lambda tgt, bos_id: tgt[:, :-1],
        asked=lambda tgt, bos_id: tgt[:, 1:],
        **options,
    ).item()


@misconception(
    STEP,
    "loss-against-shifted",
    "You measure the loss against the shifted target",
    "The model would learn to say what it has just been given. Only its input is shifted; the loss "
    "asks for the target itself.",
    IDEA,
)
def step_asked_shifted(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, asked=shift_right, **options).item()


@misconception(
    STEP,
    "gradients-not-cleared",
    "You do not clear the gradients, so each step repeats the ones before",
    "backward adds to what is there. Clear the gradients once a step, before backward.",
    BREAK_IT,
)
def step_without_clearing(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, clear=False, **options).item()


@misconception(
    STEP,
    "weights-unmoved",
    "Your step changes no weight",
    "Gradients alone move nothing, and gradients cleared after backward are gone. Clear them "
    "before backward and call the optimizer's step after it.",
    BREAK_IT,
)
def step_unmoved(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, move=False, **options).item()


@misconception(
    STEP,
    "not-clipped",
    "Your gradients are not clipped when the optimizer takes its step",
    "One odd batch can throw the weights far away, and clipping before backward or after the step "
    "does not help. Clip between the two.",
    MATHEMATICS,
)
def step_unclipped(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, clip=lambda parameters, norm: None, **options).item()


def _clip_each(parameters, max_norm):
    for parameter in parameters:
        nn.utils.clip_grad_norm_(parameter, max_norm)


@misconception(
    STEP,
    "clipped-one-by-one",
    "You clip each parameter's gradient by itself",
    "That changes the direction of the step. Take the norm over all parameters together and "
    "shrink them all alike.",
    BY_HAND,
)
def step_clipped_each(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, clip=_clip_each, **options).item()


@misconception(
    STEP,
    "clipped-by-value",
    "You clip the single numbers of the gradient, not its norm",
    "That changes the direction of the step. Shrink the whole gradient so that its norm is "
    "max_norm.",
    BY_HAND,
)
def step_clipped_values(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, clip=nn.utils.clip_grad_value_, **options).item()


def _clip_to_one(parameters, max_norm):
    nn.utils.clip_grad_norm_(parameters, 1.0)


@misconception(
    STEP,
    "max-norm-ignored",
    "You clip to 1, whatever max_norm says",
    "1 is only the default. Use max_norm.",
    MATHEMATICS,
)
def step_clipped_to_one(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, clip=_clip_to_one, **options).item()


def _scale_always(parameters, max_norm):
    parameters = list(parameters)
    norm = torch.cat([p.grad.flatten() for p in parameters]).norm()
    for parameter in parameters:
        parameter.grad *= max_norm / norm


@misconception(
    STEP,
    "always-scaled",
    "You stretch short gradients as well, so that every gradient has the norm max_norm",
    "Clipping only shortens: near a minimum gradients are small and should stay so. Multiply by at "
    "most 1.",
    MATHEMATICS,
)
def step_always_scaled(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, clip=_scale_always, **options).item()


def _padding_counted(logits, target, pad_id, smoothing):
    return F.cross_entropy(logits.flatten(0, 1), target.flatten())


@misconception(
    STEP,
    "padding-counted",
    "Your loss counts padding",
    "The model then learns to guess padding, which is easy and useless. Use "
    "label_smoothed_cross_entropy and pass pad_id.",
    BREAK_IT,
)
def step_with_padding(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, loss_of=_padding_counted, **options).item()


@misconception(
    STEP,
    "smoothing-ignored",
    "Your smoothing does not reach the loss",
    "The caller asked for it. Pass it on to label_smoothed_cross_entropy.",
    MATHEMATICS,
)
def step_unsmoothed(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, **(options | {"smoothing": 0.0})).item()


@misconception(
    STEP,
    "mode-untouched",
    "You do not put the model into training mode",
    "After a translation in evaluation mode, dropout would stay off for good. Call model.train() "
    "at the start of each step.",
    IDEA,
)
def step_mode_untouched(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, mode=False, **options).item()


@misconception(
    STEP,
    "loss-after-update",
    "You return the loss after the update",
    "It costs a second pass through the model, and the caller wants to know how the batch went "
    "before learning from it. Return the loss that you have.",
    MATHEMATICS,
)
def step_loss_after(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, after=True, **options).item()


@misconception(
    STEP,
    "loss-tensor",
    "You return the loss as a tensor, not as a float",
    "The tensor keeps the whole graph of the step alive, so a list of losses eats the memory. Call "
    "item().",
    MATHEMATICS,
)
def step_loss_tensor(model, batch, optimizer, **options):
    return _step(model, batch, optimizer, **options)


@misconception(
    STEP,
    "sentences-swapped",
    "You give the model the target first and the source second",
    "The encoder reads the source, the decoder writes the target. Call model(src, shifted target).",
    IDEA,
)
def step_swapped(model, batch, optimizer, **options):
    return _step(_Swapped(model), batch, optimizer, **options).item()


class _Swapped:
    def __init__(self, model):
        self.model, self.train, self.parameters = model, model.train, model.parameters

    def __call__(self, first, second):
        return self.model(second, first)
