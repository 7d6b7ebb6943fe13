"""Draw each lab with the right parts and with mistakes of the bank: docs/labs.md and its pictures.

python tools/contact_sheet.py              # all labs
python tools/contact_sheet.py beam_tree    # one picture; the document is written for all
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import textwrap
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from minitransformer import labs  # noqa: E402
from minitransformer.labs.definition import LabDefinition, Picture  # noqa: E402
from minitransformer.labs.lab import Lab  # noqa: E402
from minitransformer.labs.still import png  # noqa: E402
from minitransformer.lessons import LESSONS  # noqa: E402
from tests.minitransformer.labs.broken import BROKEN, wrong_answer  # noqa: E402

PICTURES = ROOT / "docs" / "images" / "labs"
DPI, COLOURS = 70, 64
TRAINING_STEPS = 60
INTRODUCTION = """# The labs

Fifteen labs, at work and in pictures.

## At work in JupyterLab

`python tools/lab_screenshots.py` takes these.

![Softmax thermostat in JupyterLab: on the left, the learner's shares are question marks under an \
alarm; on the right, the reference's are bars.](images/lab_compared.png)

Your softmax beside the reference's, at the same settings: 120 added to all scores is too much for
the bare formula, and nothing to the one that subtracts the largest score first.

![Mask painter in JupyterLab's dark theme: one cell above the diagonal of a causal mask is \
painted, and an alarm names the words.](images/lab_dark.png)

The dark theme. One cell above the diagonal was painted with the space bar; the alarm says which
earlier output a later word now changes, and the outline shows where.

![One query at 200 % zoom: controls and pictures stand below one another.](images/lab_zoomed.png)

A window 1280 pixels wide at 200 % zoom: everything stands below one another and nothing is cut off
at the side.

![Training cockpit in JupyterLab: one run learns, the other stays above the line of word \
frequencies.](images/lab_cockpit.png)

Two trainings of the same model, while the notebook is free for other cells: with the rate 0.32 the
second never gets below what word frequencies alone would give.

![Softmax thermostat in JupyterLab: an error of the learner's function above the last good \
picture.](images/lab_error.png)

An exception in your code: its line and its message stand beside the controls, and the last good
picture stays.

## Right and broken

Each lab runs the learner's own parts. The first row of a picture is what the lab shows at the start
with the right parts; each row below it is the same lab with one mistake of the bank in place of a
part. A broken part looks broken: another picture, an alarm, or the error in words.

`python tools/contact_sheet.py` draws these pictures and writes this page;
`tests/minitransformer/labs/` asserts the differences in numbers.
"""


def title_of(exercise: str, name: str) -> str:
    """Return a misconception's title."""
    from autograder.misconceptions import misconceptions_of

    return next(entry.title for entry in misconceptions_of(exercise) if entry.id == name)


def at_work(definition: LabDefinition, given: dict[str, object]) -> Lab:
    """Return a lab that shows something: one that trains has trained a little."""
    lab: Lab = (definition.made_by or Lab)(definition, given or None)
    if definition.remember is not None and lab.memory is not None and hasattr(lab, "runs"):
        lab.press("start")
        lab.memory.latest.wait(TRAINING_STEPS, timeout=600)
        lab.memory.latest.stop()
        lab.refresh()
    return lab


def row(definition: LabDefinition, caption: str, given: dict[str, object]) -> Image.Image:
    """Draw a lab once, its caption above it."""
    lab = at_work(definition, given)
    picture = Picture(()) if lab.error else lab.picture
    words = [caption, textwrap.fill(lab.error, 60)] if lab.error else [caption]
    image = Image.open(io.BytesIO(png(picture, "\n".join(words), DPI))).convert("RGB")
    lab.close()
    return image.crop((0, 0, image.width, image.height // 3)) if lab.error else image


def sheet(name: str) -> Image.Image:
    """Draw a lab right and with each of its mistakes, one below the other."""
    definition = labs.find(name)
    rows = [row(definition, f"{definition.title}: right", {})]
    for exercise, mistake in BROKEN[name]:
        given = {exercise: wrong_answer(exercise, mistake)}
        rows.append(row(definition, f"{exercise}: {title_of(exercise, mistake)}", given))
    width, height = max(image.width for image in rows), sum(image.height for image in rows)
    whole = Image.new("RGB", (width, height + 6 * (len(rows) - 1)), "#808080")
    top = 0
    for image in rows:
        whole.paste("white", (0, top, width, top + image.height))
        whole.paste(image, ((width - image.width) // 2, top))
        top += image.height + 6
    return whole.quantize(COLOURS)


def page() -> str:
    """Return the document: each lab with its picture and what it shows."""
    parts = [INTRODUCTION]
    for name in (name for name in labs.names() if name in BROKEN):
        definition = labs.find(name)
        lesson = next(lesson for lesson in LESSONS if lesson.name == definition.lesson)
        mistakes = [
            f"{exercise}: {title_of(exercise, mistake)}" for exercise, mistake in BROKEN[name]
        ]
        alt = f"{definition.title}, right, and with {len(mistakes)} mistakes: {'; '.join(mistakes)}"
        listed = "\n".join(f"{place}. {text}." for place, text in enumerate(mistakes, 1))
        parts.append(
            f"### {definition.title}\n\nLesson {lesson.number:02d}. {definition.aha}\n\n"
            f"![{alt}.](images/labs/{name}.png)\n\nFrom the second row on:\n\n{listed}\n"
        )
    return "\n".join(parts)


def main() -> None:
    """Draw the labs named on the command line, or all, and write the document."""
    os.environ["MINITRANSFORMER_HOME"] = tempfile.mkdtemp()  # nobody's saved parts
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or [name for name in labs.names() if name in BROKEN]:
        file = PICTURES / f"{name}.png"
        sheet(name).save(file, optimize=True)
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1024:.0f} KB")
    (ROOT / "docs" / "labs.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
