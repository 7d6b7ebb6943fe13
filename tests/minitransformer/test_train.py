"""Training: learns, stops, resumes to the last bit, and says what is wrong with a file."""

import signal

import pytest
import torch

from minitransformer import checkpoint, files
from minitransformer.data.grammar import Pairing
from minitransformer.data.pairs import read_pairs, split_by_group
from minitransformer.data.tokenizer import Tokenizer
from minitransformer.decoder import Transformer
from minitransformer.errors import CourseError, DataError
from minitransformer.stub import PARTS
from minitransformer.train import Data, Settings, load_data, load_model, train
from minitransformer.translate import evaluate, score, translate, translate_all

TINY = Settings(
    steps=8, validate_every=4, d_model=16, d_ff=32, num_layers=1, num_heads=2, merges=20,
    tokens_per_batch=200, round_size=60, warmup_steps=4, grammar_size=50, seed=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def data():
    pairs = [Pairing(f"a{a} b{b}", f"x{b} y{a}") for a in "cdefgh" for b in "klmnop"]
    parts = split_by_group(pairs)
    texts = [[p[i] for p in pairs] for i in (0, 1)]
    return Data({"file": parts}, *(Tokenizer.train(text, 20, min_count=1) for text in texts))


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("MINITRANSFORMER_HOME", str(tmp_path / "home"))


def weights(result):
    return result.model.state_dict()


def test_a_small_set_is_learned_by_heart(data):
    settings = {"steps": 150, "validate_every": 50, "d_model": 32, "dropout": 0.0}
    losses = []
    result = train(
        TINY, data=data, warmup_steps=40, rate=0.5, smoothing=0.0,
        on_progress=lambda now: losses.append(now.loss), **settings,
    )  # fmt: skip
    assert losses[-1] < 0.2 < 2 < losses[0]
    pair = data.corpora["file"]["train"][0]
    assert translate(result.model, (data.source, data.target), pair.source) == pair.target


def test_the_seed_decides_everything(data):
    one, two = train(TINY, data=data), train(TINY, data=data)
    other = train(TINY, data=data, seed=4)
    for name, tensor in weights(one).items():
        assert torch.equal(tensor, weights(two)[name])
    assert any(not torch.equal(t, weights(other)[n]) for n, t in weights(one).items())


def test_training_leaves_the_random_state_alone(data):
    before = torch.get_rng_state()
    train(TINY, data=data)
    assert torch.equal(before, torch.get_rng_state())


def interrupt_after(step):
    def on_progress(now):
        if now.step == step:
            signal.raise_signal(signal.SIGINT)

    return on_progress


@pytest.mark.parametrize("step", [1, 3, 5])
def test_a_resumed_run_equals_an_uninterrupted_one(data, tmp_path, step):
    whole = train(TINY, data=data, folder=tmp_path / "whole")
    stopped = train(TINY, data=data, folder=tmp_path / "two", on_progress=interrupt_after(step))
    assert stopped.interrupted
    assert stopped.report["steps"] == step
    resumed = train(data=data, folder=tmp_path / "two", resume=True)
    assert not resumed.interrupted
    last = [
        checkpoint.read_tensors(tmp_path / name / checkpoint.TRAINING)[0]
        for name in ("whole", "two")
    ]
    assert last[0].keys() == last[1].keys()
    for name, tensor in last[0].items():
        assert torch.equal(tensor, last[1][name]), name
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(resumed)[name]), name


def test_ctrl_c_keeps_a_checkpoint_that_translates(data, tmp_path):
    result = train(TINY, data=data, folder=tmp_path, on_progress=interrupt_after(2))
    assert result.interrupted
    found = checkpoint.load(tmp_path)
    for name, tensor in found.model.state_dict().items():
        assert torch.equal(tensor, weights(result)[name])
    assert "scores" not in result.report


def test_a_new_run_sets_the_earlier_translator_aside(data, tmp_path):
    first = train(TINY, data=data, folder=tmp_path)
    train(TINY, data=data, folder=tmp_path, seed=5)
    kept, _ = checkpoint.read_tensors(tmp_path / "previous" / checkpoint.MODEL)
    for name, tensor in weights(first).items():
        assert torch.equal(tensor, kept[name])


def test_a_loss_that_is_not_a_number_ends_training_with_a_sentence(data, monkeypatch):
    monkeypatch.setattr(PARTS["train_step"], "filled", lambda *args, **kwargs: float("nan"))
    with pytest.raises(CourseError, match="the loss is nan after step 1"):
        train(TINY, data=data)


def test_tied_weights_can_be_saved_and_resumed(data, tmp_path):
    def build(config):
        model = Transformer(config)
        model.tied = torch.nn.Linear(1, 1, bias=False)
        model.tied.weight = model.tgt_embedding.weight
        return model

    train(TINY, data=data, folder=tmp_path, build=build, on_progress=interrupt_after(2))
    assert train(data=data, folder=tmp_path, build=build, resume=True).report["steps"] == 8


def test_ctrl_c_works_again_after_training(data):
    before = signal.getsignal(signal.SIGINT)
    train(TINY, data=data)
    assert signal.getsignal(signal.SIGINT) is before


def test_without_a_stopped_run_there_is_nothing_to_resume(data, tmp_path):
    with pytest.raises(DataError, match="no unfinished training to resume"):
        train(TINY, data=data, folder=tmp_path, resume=True)


def test_nothing_is_pickled(data, tmp_path):
    train(TINY, data=data, folder=tmp_path)
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == [
        "model.safetensors", "results.json", "source.json", "target.json",
        "training.safetensors",
    ]  # fmt: skip


def test_the_report_says_how_to_repeat_the_run(data, tmp_path):
    report = train(TINY, data=data, folder=tmp_path).report
    assert report["settings"]["seed"] == 3
    assert report["parts"]["Transformer"] == "reference"
    assert report["torch"] == torch.__version__
    assert report["scores"]["overall"]["sentences"] == len(data.corpora["file"]["test"])


def test_a_baseline_trains_the_same_way(data):
    from minitransformer.baselines import RecurrentTranslator

    result = train(TINY, data=data, build=RecurrentTranslator)
    assert isinstance(result.model, RecurrentTranslator)
    assert set(result.report["scores"]) == {"overall", "file"}


def test_a_file_of_pairs_takes_the_place_of_the_bundled_ones(tmp_path):
    file = tmp_path / "own.tsv"
    file.write_text("".join(f"word {i}\tmot {i}\n" for i in range(40)), encoding="utf-8")
    loaded = load_data(TINY, file)
    assert set(loaded.corpora) == {"grammar", "file"}
    assert sum(map(len, loaded.corpora["file"].values())) == len(read_pairs(file))


@pytest.mark.parametrize(
    ("content", "message"),
    [("good\tbien\nbad line\n", "line 2: no tab"), ("a\tb\nc\td\n", "too few different sentences")],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path, content, message):
    file = tmp_path / "own.tsv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        train(TINY, data=file)


def test_a_damaged_checkpoint_is_told(data, tmp_path):
    train(TINY, data=data, folder=tmp_path)
    file = tmp_path / checkpoint.MODEL
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DataError, match="damaged"):
        checkpoint.load(tmp_path)


def test_weights_of_other_parts_are_told_by_name(data, tmp_path):
    result = train(TINY, data=data, folder=tmp_path)
    tensors = weights(result)
    tensors["extra.weight"] = torch.zeros(1)
    with pytest.raises(DataError, match=r"extra\.weight: this model has no such weight"):
        checkpoint.load_weights(result.model, tensors, tmp_path / checkpoint.MODEL)


def test_a_crash_while_writing_leaves_the_old_file(tmp_path):
    file = tmp_path / "a.json"
    files.write_json(file, {"old": 1})
    with pytest.raises(TypeError):
        files.write_json(file, {"new": object()})
    with pytest.raises(RuntimeError):
        files.replace(file, lambda draft: (_ for _ in ()).throw(RuntimeError))
    assert "old" in file.read_text()
    assert [found.name for found in tmp_path.iterdir()] == ["a.json"]


def test_half_precision_copies_translate_alike(data, tmp_path):
    result = train(TINY, data=data, folder=tmp_path / "full")
    checkpoint.shrink(tmp_path / "full", tmp_path / "half")
    half = checkpoint.load(tmp_path / "half")
    for name, tensor in half.model.state_dict().items():
        assert tensor.dtype == torch.float32
        torch.testing.assert_close(tensor, weights(result)[name], atol=1e-3, rtol=1e-2)
    whole, small = ((tmp_path / n / checkpoint.MODEL).stat().st_size for n in ("full", "half"))
    assert small < 0.6 * whole


# ------------------------------------------------------------------ translating


def test_beam_search_and_greedy_give_every_sentence_its_translation(data):
    result = train(TINY, data=data, steps=2)
    tokenizers = data.source, data.target
    sentences = ["ac bk", "ad", "ae bl am"]
    for beam in (1, 3):
        together = translate_all(result.model, tokenizers, sentences, beam)
        alone = [translate_all(result.model, tokenizers, [s], beam)[0] for s in sentences]
        assert together == alone


def test_padding_start_and_unknown_tokens_are_never_written(data):
    from minitransformer.translate import next_logits_of

    result = train(TINY, data=data, steps=1)
    src = torch.tensor([[5, 6, 2]])
    logits = next_logits_of(result.model, src)(torch.tensor([[1], [1]]))
    assert torch.isinf(logits[:, [0, 1, 3]]).all()
    assert torch.isfinite(logits[:, 2]).all()


@pytest.mark.parametrize("text", ["", "  ", "?!"])
def test_a_text_without_words_is_told(data, text):
    result = train(TINY, data=data, steps=1)
    with pytest.raises(DataError, match="no word to translate"):
        translate(result.model, (data.source, data.target), text)


def test_an_overlong_sentence_is_told(data):
    result = train(TINY, data=data, steps=1)
    with pytest.raises(DataError, match="reads at most 100"):
        translate(result.model, (data.source, data.target), "ac bk " * 80)


def test_scores_are_100_for_the_references_themselves():
    references = ["Les chiens sont super.", "le chat dort dans le jardin"]
    perfect = score([r.lower() for r in references], references)
    assert perfect == {"sentences": 2, "bleu": 100.0, "chrf": 100.0, "exact": 100.0}
    assert score(["rien", "du tout"], references)["bleu"] < 5


def test_evaluation_pools_all_sentences(data):
    result = train(TINY, data=data, steps=1)
    held_out = {"one": data.corpora["file"]["test"], "two": data.corpora["file"]["valid"]}
    scores = evaluate(result.model, (data.source, data.target), held_out)
    counts = {name: row["sentences"] for name, row in scores.items()}
    assert counts["overall"] == counts["one"] + counts["two"]


# ------------------------------------------------------------------ the shipped models

needs_models = pytest.mark.skipif(
    not (checkpoint.SHIPPED / "fr" / checkpoint.MODEL).is_file(), reason="no shipped model yet"
)


@needs_models
@pytest.mark.parametrize(
    ("to", "translation"), [("fr", "les chiens sont super"), ("hi", "कुत्ते बहुत अच्छे हैं")]
)
def test_the_shipped_models_translate(to, translation):
    model, *tokenizers = load_model(to)
    assert translate(model, tokenizers, "dogs are great") == translation
    assert translate(model, tokenizers, "Dogs are great.", beam_size=3)[:-1] == translation


@needs_models
@pytest.mark.parametrize("to", ["fr", "hi"])
def test_the_shipped_models_are_small_and_measured(to):
    folder = checkpoint.SHIPPED / to
    assert (folder / checkpoint.MODEL).stat().st_size <= 3_000_000
    assert (folder / checkpoint.RESULTS).is_file()


@needs_models
@pytest.mark.slow
def test_the_shipped_model_s_figures_are_its_own():
    import json

    report = json.loads((checkpoint.SHIPPED / "fr" / checkpoint.RESULTS).read_text())
    settings = Settings(**report["settings"])
    data = load_data(settings)
    held_out = {"grammar": data.corpora["grammar"]["test"]}
    model, *tokenizers = load_model("fr")
    measured = evaluate(model, tokenizers, held_out)["grammar"]
    assert measured["bleu"] == pytest.approx(report["scores"]["grammar"]["bleu"], abs=0.5)


@pytest.mark.slow
def test_a_minute_and_a_half_of_grammar_translates_unseen_sentences():
    settings = Settings(minutes=1.5, clock="cpu", d_model=64, d_ff=256, merges=600)
    data = load_data(settings)
    del data.corpora["cldr"], data.corpora["interface"]
    result = train(settings, data=data)
    assert result.report["scores"]["grammar"]["bleu"] > 50
