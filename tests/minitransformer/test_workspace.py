"""``my_transformer/``: what a passed check saves, and that it stands by itself."""

import subprocess
import sys

import pytest
import torch

import minitransformer
from autograder.texts import answer_text
from minitransformer import CourseError, workspace
from minitransformer.lessons import LESSON_OF, LESSONS
from minitransformer.stub import PARTS


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Give each test a home of its own."""
    monkeypatch.setenv("MINITRANSFORMER_HOME", str(tmp_path))
    for part in PARTS.values():
        part.forget_saved()
    yield tmp_path
    for part in PARTS.values():
        part.fill(None)
        part.forget_saved()


def run_alone(home, program, without_the_course=True):
    """Run a program in a fresh process that sees ``my_transformer`` but not the course."""
    forbid = "import sys; sys.modules['minitransformer'] = sys.modules['solutions'] = None\n"
    program = f"import sys; sys.path.insert(0, {str(home)!r})\n{program}"
    program = forbid * without_the_course + program
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=home, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_saved_part_is_loaded_again(home):
    file = workspace.save("softmax", "def softmax(logits, dim=-1):\n    return logits + 1\n")
    assert file == home / "my_transformer" / "softmax.py"
    assert workspace.load("softmax")(1) == 2
    assert workspace.load("rnn_step") is None


def test_the_whole_transformer_stands_by_itself_once_all_is_saved(home):
    for part in LESSON_OF:
        workspace.save(part, answer_text(part))
    program = """
import torch, my_transformer
from types import SimpleNamespace
config = SimpleNamespace(src_vocab_size=9, tgt_vocab_size=11, d_model=8, num_heads=2, d_ff=12,
                         num_layers=1, dropout=0.1, max_len=20, pad_id=0, norm_first=True)
model = my_transformer.Transformer(config)
print(*model(torch.ones(2, 4, dtype=torch.long), torch.ones(2, 3, dtype=torch.long)).shape)
"""
    assert run_alone(home, program) == "2 3 11"
    assert all(row["whose"] == "yours, saved" for row in workspace.status())


@pytest.mark.parametrize("order", ["first lesson first", "last lesson first"])
def test_a_part_not_saved_yet_comes_from_the_course_until_it_is(home, order):
    parts = ["softmax", "scaled_dot_product_attention"]
    for part in parts if order == "first lesson first" else parts[::-1]:
        workspace.save(part, answer_text(part))
    text = (home / "my_transformer" / "attention.py").read_text(encoding="utf-8")
    assert "from .softmax import softmax\n" in text and "minitransformer" not in text

    workspace.save("MultiHeadAttention", answer_text("MultiHeadAttention"))
    text = (home / "my_transformer" / "multi_head.py").read_text(encoding="utf-8")
    assert "from .attention import scaled_dot_product_attention\n" in text
    assert "from minitransformer import split_heads\n" in text
    workspace.save("split_heads", answer_text("split_heads"))
    text = (home / "my_transformer" / "multi_head.py").read_text(encoding="utf-8")
    assert "import split_heads" not in text and "import merge_heads" in text
    assert text.index("def split_heads") < text.index("class MultiHeadAttention")


def test_saving_again_replaces_only_that_part(home):
    workspace.save("split_heads", "def split_heads(x, num_heads):\n    return 1\n")
    workspace.save("merge_heads", "def merge_heads(x):\n    return 2\n")
    before = workspace.saved_parts()
    file = workspace.save("split_heads", "def split_heads(x, num_heads):\n    return 3\n")
    assert workspace.saved_parts()["merge_heads"] == before["merge_heads"]
    assert workspace.load("split_heads")(None, 1) == 3
    assert file.read_text(encoding="utf-8").count("def split_heads") == 1
    for _ in range(2):  # writing the same again changes nothing
        text = file.read_text(encoding="utf-8")
        workspace.save("split_heads", workspace.saved_parts()["split_heads"])
        assert file.read_text(encoding="utf-8") == text
    assert not list(file.parent.glob("*.tmp"))


def test_what_belongs_to_the_course_is_taken_out_of_the_text():
    text = (
        "from minitransformer import fill\nfrom autograder import check\nimport minitransformer\n"
        "@fill\ndef softmax(logits, dim=-1):\n    return logits  # check(me)\n\ncheck(softmax)\n"
    )
    workspace.save("softmax", text)
    assert workspace.saved_parts()["softmax"] == (
        "import minitransformer\ndef softmax(logits, dim=-1):\n    return logits  # check(me)\n"
    )


def test_a_decorator_reached_through_the_package_is_taken_out_too():
    text = "import minitransformer as mt\n@mt.fill\ndef softmax(logits, dim=-1):\n    return 3\n"
    workspace.save("softmax", text)
    assert "fill" not in workspace.saved_parts()["softmax"]


def test_an_import_that_renames_a_part_stays():
    text = "from minitransformer import softmax as s\ndef merge_heads(x):\n    return s(x)\n"
    workspace.save("merge_heads", text)
    assert workspace.load("merge_heads")(torch.zeros(2)).tolist() == [0.5, 0.5]


def test_an_odd_line_end_inside_a_string_loses_no_line():
    text = "@fill\ndef softmax(logits, dim=-1):\n    return '\x0c\u2028'\n\ncheck(softmax)\n"
    workspace.save("softmax", text)
    assert workspace.load("softmax")(None) == "\x0c\u2028"


def test_a_local_name_that_is_also_a_part_is_not_imported(home):
    text = "def softmax(logits, dim=-1):\n    sample = logits\n    return sample\n"
    file = workspace.save("softmax", text)
    assert "import sample" not in file.read_text(encoding="utf-8")


def test_annotations_need_no_import(home):
    text = 'def merge_heads(x: Float[Tensor, "b h t d"]) -> TransformerConfig:\n    return x\n'
    workspace.save("merge_heads", text)
    assert workspace.load("merge_heads")(3) == 3
    assert run_alone(home, "import my_transformer; print(my_transformer.merge_heads(3))") == "3"


def test_the_config_is_imported_where_the_text_builds_one(home):
    text = "def merge_heads(x):\n    return TransformerConfig(1, 2).num_heads\n"
    workspace.save("merge_heads", text)
    program = "import my_transformer; print(my_transformer.merge_heads(3))"
    assert run_alone(home, program, without_the_course=False) == "4"


def test_a_saved_part_that_no_longer_runs_is_told_each_time_with_its_file(home):
    file = workspace.save("softmax", "def softmax(logits, dim=-1):\n    return logits\n")
    text = file.read_text(encoding="utf-8").replace("def softmax", "def softmux")
    file.write_text(text, encoding="utf-8")
    for _ in range(2):
        with pytest.raises(CourseError, match=r"my_transformer/softmax\.py: the saved softmax"):
            minitransformer.softmax(torch.zeros(1))


def test_an_exercise_cell_has_the_standard_names_and_nothing_left_over():
    names = workspace.run_text("left_over = 1", "cell")
    assert {"math", "np", "torch", "F", "nn", "Tensor", "TransformerConfig"} <= names.keys()
    assert set(LESSON_OF) <= names.keys()
    assert "left_over" not in workspace.run_text("", "cell")


def test_home_is_the_environments_choice(home):
    assert workspace.home() == home
    assert workspace.package() == home / "my_transformer"


def test_status_has_one_row_a_part_in_order():
    workspace.save("softmax", answer_text("softmax"))
    rows = workspace.status()
    assert [row["part"] for row in rows] == [part for lesson in LESSONS for part in lesson.parts]
    assert rows[0] == {"lesson": "00_softmax", "part": "softmax", "whose": "yours, saved"}
    assert rows[1]["whose"] == "reference"
