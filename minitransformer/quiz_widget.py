"""The quiz's widget: native radio buttons, a Check button, feedback that screen readers announce.

The browser is sent question, choices and, after each check, the feedback of the checked choice;
which choice is right stays here.
"""

from __future__ import annotations

from html import escape
from typing import Any

import anywidget
import traitlets

from minitransformer.quiz import Quiz, record, to_html

ESM = """
const typeset = (model, element) => {
  // the way ipywidgets' own views find the notebook's formula renderer
  model.widget_manager?._rendermime?.latexTypesetter?.typeset(element);
};

function render({ model, el }) {
  const group = `quiz-${Math.random().toString(36).slice(2)}`;
  el.classList.add("mt-quiz");
  el.addEventListener("keydown", (event) => event.stopPropagation());
  el.addEventListener("focusin", ({ target }) => {
    target.setAttribute("data-lm-suppress-shortcuts", "true"); // Notebook 7 looks at keys earlier
  });

  const fieldset = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.innerHTML = model.get("question");
  fieldset.append(legend);

  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Check";
  button.setAttribute("aria-disabled", "true");

  const feedback = document.createElement("div");
  feedback.className = "mt-quiz-feedback";
  feedback.setAttribute("role", "status");
  feedback.setAttribute("aria-live", "polite");

  let picked = -1;
  model.get("choices").forEach((html, index) => {
    const label = document.createElement("label");
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = group;
    radio.addEventListener("change", () => {
      picked = index;
      button.removeAttribute("aria-disabled");
    });
    const text = document.createElement("span");
    text.innerHTML = html;
    label.append(radio, text);
    fieldset.append(label);
  });

  button.addEventListener("click", () => {
    if (picked < 0) {
      feedback.textContent = "Choose an answer first.";
      return;
    }
    model.send({ check: picked });
  });
  fieldset.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && picked >= 0) model.send({ check: picked });
  });

  const show = (message) => {
    if (message.feedback === undefined) return;
    feedback.dataset.verdict = message.correct ? "right" : "wrong";
    feedback.innerHTML = message.feedback;
    typeset(model, feedback);
  };
  model.on("msg:custom", show);

  el.append(fieldset, button, feedback);
  typeset(model, fieldset);
  return () => model.off("msg:custom", show);
}

export default { render };
"""

CSS = """
.mt-quiz-fallback { display: none; }
.mt-quiz {
  border: 1px solid var(--jp-border-color1, #bdbdbd); border-left: 4px solid #0072b2;
  border-radius: 4px; padding: 0.6em 1em 0.8em; max-width: 46em;
  color: var(--jp-ui-font-color0, #1b1b1b); background: var(--jp-layout-color1, #ffffff);
  font-size: var(--jp-content-font-size1, 14px); line-height: 1.5;
}
.mt-quiz fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
.mt-quiz legend { padding: 0; margin-bottom: 0.3em; }
.mt-quiz legend p { font-weight: 600; }
.mt-quiz p { margin: 0.2em 0; }
.mt-quiz label {
  display: flex; gap: 0.6em; align-items: baseline; padding: 0.15em 0.4em; border-radius: 4px;
  cursor: pointer;
}
.mt-quiz label:hover { background: var(--jp-layout-color2, #eeeeee); }
.mt-quiz label:focus-within, .mt-quiz button:focus-visible {
  outline: 2px solid var(--jp-brand-color1, #0072b2); outline-offset: 1px;
}
.mt-quiz input { flex: none; }
.mt-quiz button {
  margin-top: 0.5em; padding: 0.3em 1.2em; font: inherit; cursor: pointer; border-radius: 4px;
  border: 1px solid var(--jp-border-color0, #757575); color: inherit;
  background: var(--jp-layout-color2, #eeeeee);
}
.mt-quiz button[aria-disabled] { opacity: 0.6; }
.mt-quiz-feedback:not(:empty) { margin-top: 0.6em; padding-left: 0.7em; }
.mt-quiz-feedback[data-verdict] { border-left: 4px solid #d55e00; }
.mt-quiz-feedback[data-verdict="right"] { border-left-color: #009e73; }
"""


class QuizWidget(anywidget.AnyWidget):
    """Shows one question; each check is recorded and answered with that choice's feedback."""

    _esm = ESM
    _css = CSS
    question = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, quiz: Quiz) -> None:
        self._quiz = quiz
        super().__init__(
            question=to_html(quiz.question),
            choices=[to_html(choice.text) for choice in quiz.choices],
        )
        self.on_msg(self._on_message)

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        picked = content.get("check") if isinstance(content, dict) else None
        if isinstance(picked, int) and 0 <= picked < len(self._quiz.choices):
            self.send(self.check(picked))

    def check(self, picked: int) -> dict[str, Any]:
        """Record the choice with that number as an attempt; return its verdict and feedback."""
        choice = self._quiz.choices[picked]
        verdict = "Right." if choice.correct else "Not quite."
        feedback = f"<strong>{verdict}</strong>{to_html(choice.feedback)}"
        try:
            record(self._quiz.id, choice.correct)
        except OSError as error:
            feedback += f"<p>(This attempt could not be saved: {escape(str(error))}.)</p>"
        return {"correct": choice.correct, "feedback": feedback}
