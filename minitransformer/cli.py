"""The ``minitransformer`` program: status, train, translate."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minitransformer.errors import CourseError

if TYPE_CHECKING:  # torch and the data load only in the command that needs them
    from minitransformer.train import Progress, Result

FALLS_SHORT, WRONG_USAGE = 1, 2

app = typer.Typer(
    help="Write a Transformer part by part, train it, and let it translate.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

To = Annotated[str, typer.Option("--to", help="fr (French) or hi (Hindi).", metavar="fr|hi")]


def main() -> None:
    """Run the program."""
    app()


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show whose implementation of each part is in use, and how the quizzes went.

    Example: minitransformer status
    """
    with _one_sentence():
        from minitransformer import workspace

        rows = workspace.status()
        if as_json:
            print(workspace.status_json())
        else:
            _print_status(rows)


def _print_status(rows: list[dict[str, Any]]) -> None:
    lesson = ""
    for row in rows:
        shown = row["lesson"] if row["lesson"] != lesson else ""
        lesson = row["lesson"]
        print(f"{shown:<24}{row['part']:<32}{row['whose']}")
    yours = sum(row["whose"].startswith("yours") for row in rows)
    print(f"\n{yours} of {len(rows)} parts are yours.")
    if not yours:
        print("Start with `make learn`: lesson 00 takes about half an hour.")
    _print_quizzes()


def _print_quizzes() -> None:
    """Print one line a lesson in which a question was answered."""
    from minitransformer.quiz import progress

    rows = progress()
    answered = [row for row in rows if row["attempts"]]
    for lesson in dict.fromkeys(row["lesson"] for row in answered):
        own = [row for row in rows if row["lesson"] == lesson]
        right = sum(row["correct"] for row in own)
        at_once = sum(row["first_correct"] for row in own)
        counts = f"{right} of {len(own)} right, {at_once} of them at the first try"
        print(f"{lesson:<24}{'quizzes':<32}{counts}")
    print(f"{len(answered)} of {len(rows)} quiz questions are answered.")


@app.command()
def train(
    to: To = "fr",
    data: Annotated[
        Path | None,
        typer.Option(help="Your own pairs: English, a tab, the translation, one pair a line."),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="How long to train (default: 8).")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data and weights.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Where to keep the result (default: checkpoints/fr or hi).")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a stopped run.")] = False,
    d_model: Annotated[int | None, typer.Option(min=1, help="Length of a word's vector.")] = None,
    num_heads: Annotated[int | None, typer.Option(min=1, help="Attention heads.")] = None,
    d_ff: Annotated[int | None, typer.Option(min=1, help="Inner length of feed-forward.")] = None,
    num_layers: Annotated[int | None, typer.Option(min=1, help="Layers on each side.")] = None,
    norm_first: Annotated[bool, typer.Option("--norm-first", help="Pre-norm.")] = False,
    grammar_size: Annotated[
        int | None, typer.Option(min=0, help="Sentences of the grammar to train on; 0: none.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Train so many steps instead of minutes.")
    ] = None,
    clock: Annotated[
        str, typer.Option(help="Count wall or cpu time.", metavar="wall|cpu")
    ] = "wall",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads; one is about as fast.")] = 1,
) -> None:
    """Train a translator from the parts in use; Ctrl-C keeps what was learned.

    Example: minitransformer train --to fr --minutes 8
    """
    sizes: dict[str, Any] = {
        "minutes": minutes,
        "d_model": d_model,
        "num_heads": num_heads,
        "d_ff": d_ff,
        "num_layers": num_layers,
        "grammar_size": grammar_size,
        "steps": steps,
    }
    changes: dict[str, Any] = {name: value for name, value in sizes.items() if value is not None}
    if clock not in ("wall", "cpu"):
        raise typer.BadParameter(f"{clock!r} is neither wall nor cpu.", param_hint="--clock")
    if changes.get("d_model", 96) % changes.get("num_heads", 4):
        raise typer.BadParameter("num-heads has to divide d-model.", param_hint="--num-heads")
    with _one_sentence():
        import torch

        from minitransformer import checkpoint
        from minitransformer.train import parts_in_use
        from minitransformer.train import train as run

        torch.set_num_threads(threads)
        folder = out or checkpoint.own_folder(to)
        _say(_whose(parts_in_use()))
        _say("Preparing sentences and word pieces (about 15 seconds).")
        bar = _Bar()
        result = run(
            to=to, seed=seed, norm_first=norm_first, clock=clock,
            data=data, folder=folder, resume=resume, on_progress=bar, **changes,
        )  # fmt: skip
        bar.close()
        again = f"minitransformer train --to {to}"
        again += f" --data {data}" if data else ""
        again += f" --out {out}" if out else ""
        _report(result, folder, f"{again} --resume")


class _Bar:
    """The progress bar: time, loss and speed; now and then translations above it."""

    def __init__(self) -> None:
        self.bar: Any = None

    def __call__(self, now: Progress) -> None:
        from tqdm.auto import tqdm

        if self.bar is None:
            _say("The first half minute gives the same word again and again; then it learns.")
            self.bar = tqdm(
                total=100.0,
                smoothing=0.0,
                bar_format="{percentage:3.0f}%|{bar}| {elapsed} done, {remaining} left{postfix}",
            )
            self.first = now
        self.bar.n = min(100.0, 100 * now.done)
        tokens = now.tokens - self.first.tokens
        speed = tokens / max(now.elapsed - self.first.elapsed, 1e-9)
        self.bar.set_postfix_str(f"loss {now.loss:.2f}, {speed:,.0f} tokens/s", refresh=False)
        self.bar.update(0)
        if now.samples is not None:
            self.bar.write(f"step {now.step}, validation loss {now.valid_loss:.3f}", sys.stderr)
            for source, translation in now.samples.items():
                self.bar.write(f"    {source} → {translation}", sys.stderr)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.refresh()
            self.bar.close()


def _report(result: Result, folder: Path, to_resume: str) -> None:
    """Print the scores; after Ctrl-C say how to go on, and leave with exit code 1."""
    from minitransformer import checkpoint

    if result.interrupted:
        _say(
            f"Stopped after {result.report['steps']} steps; the best weights so far are in "
            f"{folder}. Go on with: {to_resume}"
        )
        raise typer.Exit(FALLS_SHORT)
    print(f"{'held-out sentences':<22}{'number':>8}{'BLEU':>8}{'chrF':>8}{'exact %':>9}")
    for name, row in result.report["scores"].items():
        print(
            f"{name:<22}{row['sentences']:>8.0f}{row['bleu']:>8.1f}{row['chrf']:>8.1f}"
            f"{row['exact']:>9.1f}"
        )
    _say(f"Kept in {folder}.")
    to = result.report["settings"]["to"]
    if folder == checkpoint.own_folder(to):
        _say(f'Try: minitransformer translate --to {to} "dogs are great"')


@app.command()
def translate(
    text: Annotated[str, typer.Argument(help="An English sentence.", metavar="TEXT")],
    to: To = "fr",
    beam: Annotated[int, typer.Option(min=1, help="Beam size; 1 is greedy.")] = 1,
) -> None:
    """Translate TEXT with your trained Transformer, or with the small one that ships.

    Example: minitransformer translate "dogs are great" --to hi
    """
    with _one_sentence():
        from minitransformer import checkpoint
        from minitransformer import translate as library
        from minitransformer.train import parts_in_use

        folder, own = checkpoint.find_folder(to)
        found = checkpoint.load(folder)
        whose = "your trained model" if own else (
            f"the model that ships with the course (`minitransformer train --to {to}` makes yours)"
        )  # fmt: skip
        _say(f"Model: {whose}. {_whose(parts_in_use())}")
        unseen = found.source.unseen_words(text)
        if unseen:
            _say(
                f"Not among the words it was trained on: {', '.join(unseen)}. "
                f"The model spells such words from pieces and will guess."
            )
        print(library.translate(found.model, (found.source, found.target), text, beam))


def _whose(parts: dict[str, str]) -> str:
    """Return one line on whose parts run."""
    yours = [name for name, whose in parts.items() if whose.startswith("yours")]
    if not yours:
        return f"Parts: all {len(parts)} are the reference's."
    return f"Parts: {len(yours)} of {len(parts)} are yours ({', '.join(yours)})."


@contextlib.contextmanager
def _one_sentence() -> Iterator[None]:
    """Print a ``CourseError`` as its sentence and leave with exit code 2."""
    try:
        yield
    except CourseError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(WRONG_USAGE) from None


def _say(text: str) -> None:
    """Tell the person at the terminal; standard output stays for results."""
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
