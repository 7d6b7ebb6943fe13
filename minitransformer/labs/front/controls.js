// Controls: native elements, each with its label, so that keyboards and screen readers work.

// Returns an element and show(value); change(value) is called when the reader moves it.
function makeControl(control, change) {
  const maker = {
    slider: makeSlider,
    choice: makeChoice,
    toggle: makeToggle,
    text: makeText,
    button: makeButton,
  }[control.kind];
  return maker ? maker(control, change) : null;
}

function labelled(control, input, after = []) {
  const row = element("div", `mt-lab-control mt-lab-${control.kind}`);
  const label = element("label", "", control.label);
  input.id = `mt-lab-${Math.random().toString(36).slice(2)}`; // each lab is a module of its own
  label.htmlFor = input.id;
  row.append(...(control.kind === "toggle" ? [input, label] : [label, input]), ...after);
  return row;
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function makeSlider(control, change) {
  const input = element("input");
  const output = element("output");
  const { low, high, step, logarithmic } = control;
  Object.assign(input, { type: "range", min: low, max: high, step });
  output.setAttribute("aria-hidden", "true"); // the slider itself says its value
  const toNumber = (place) => (logarithmic ? 10 ** place : place);
  const toPlace = (value) => (logarithmic ? Math.log10(value) : value);
  const say = (value) => {
    const whole = !logarithmic && Number.isInteger(step) && Number.isInteger(low);
    const text = whole ? String(Math.round(value)) : tickText(Number(value.toPrecision(3)));
    output.textContent = text.replace("-", "−");
    input.setAttribute("aria-valuetext", text);
  };
  const unrounded = (place) => Number(toNumber(place).toPrecision(12));
  input.addEventListener("input", () => {
    const value = unrounded(Number(input.value));
    say(value);
    change(value);
  });
  const show = (value) => {
    input.value = toPlace(value);
    say(value);
  };
  return { row: labelled(control, input, [output]), input, show };
}

function makeChoice(control, change) {
  const input = element("select");
  for (const option of control.options) input.append(new Option(option, option));
  input.addEventListener("change", () => change(input.value));
  return { row: labelled(control, input), input, show: (value) => (input.value = value) };
}

function makeToggle(control, change) {
  const input = element("input");
  input.type = "checkbox";
  input.addEventListener("change", () => change(input.checked));
  return { row: labelled(control, input), input, show: (value) => (input.checked = value) };
}

function makeText(control, change) {
  const input = element("input");
  Object.assign(input, { type: "text", maxLength: control.longest, spellcheck: false });
  input.addEventListener("input", () => change(input.value));
  return { row: labelled(control, input), input, show: (value) => (input.value = value) };
}

function makeButton(control, change) {
  const row = element("div", "mt-lab-control mt-lab-button");
  const input = element("button", "", control.label);
  input.type = "button";
  input.addEventListener("click", () => change(control.name));
  row.append(input);
  return { row, input, show: () => {} };
}
