// A lab: controls on top, pictures below, words beside both. Moves go to the kernel one at a time,
// the latest settings first; whatever it answers is drawn at the next frame of the screen.

const PATIENCE = 20_000; // ms after which an unanswered move is given up
const SPEAK_AFTER = 500; // ms of rest after which a screen reader is told the new description
const STALE = "The picture is still that of the last settings that worked.";

function render({ model, el }) {
  const about = model.get("about");
  const root = element("section", "mt-lab");
  root.setAttribute("aria-label", about.title);
  const heading = element("div", "mt-lab-title", about.title);
  const running = element("p", "mt-lab-running");
  const controls = element("div", "mt-lab-controls");
  const trouble = element("p", "mt-lab-error");
  trouble.setAttribute("role", "alert");
  const lost = element("p", "mt-lab-gone");
  lost.setAttribute("role", "alert");
  const pictures = element("div", "mt-lab-pictures");
  const description = element("p", "mt-lab-description");
  const reading = element("p", "mt-lab-reading");
  reading.setAttribute("aria-live", "polite");
  const spoken = element("p", "mt-lab-spoken");
  spoken.setAttribute("aria-live", "polite");
  root.append(heading, running, controls, lost, trouble, pictures, description, reading, spoken);
  el.append(root);

  let settings = { ...model.get("frame").settings };
  const mover = makeMover(model, root);
  const move = () => mover.move({ settings, compare: compare.input.checked });
  const shown = new Map(); // control name -> what makeControl returned
  const buttons = element("div", "mt-lab-buttons");

  for (const control of about.controls) {
    const made = makeControl(control, (value) => {
      if (control.kind === "button") {
        mover.move({ settings, press: value });
        return;
      }
      settings = { ...settings, [control.name]: value };
      move();
    });
    if (!made) continue;
    shown.set(control.name, made);
    (control.kind === "button" ? buttons : controls).append(made.row);
  }
  if (buttons.children.length) controls.prepend(buttons);
  const compare = makeToggle(
    { kind: "toggle", label: "compare with the reference" },
    () => move(),
  );
  compare.row.classList.add("mt-lab-compare");
  controls.append(compare.row);

  function paint(name, row, column, value = !settings[name][row][column]) {
    const cells = settings[name].map((line) => [...line]);
    cells[row][column] = value;
    settings = { ...settings, [name]: cells };
    move();
    return value;
  }

  const views = []; // one a picture: {block, heading, alarm, panels, figures}
  const read = (text) => {
    if (reading.textContent !== text) reading.textContent = text;
  };

  function viewOf(number) {
    while (views.length <= number) {
      const block = element("div", "mt-lab-picture");
      const name = element("div", "mt-lab-heading");
      const alarm = element("p", "mt-lab-alarm");
      alarm.setAttribute("role", "alert");
      const figures = element("div", "mt-lab-figures");
      block.append(name, alarm, figures);
      pictures.append(block);
      views.push({ block, name, alarm, figures, panels: [] });
    }
    return views[number];
  }

  function draw() {
    const frame = model.get("frame");
    const theme = themeOf(root);
    const room = Math.max(root.clientWidth - 34, 120);
    const beside = roomBeside(frame.pictures, room);
    frame.pictures.forEach((picture, number) => {
      drawPicture(viewOf(number), picture, frame, theme, beside ?? room, Boolean(beside));
    });
    for (const { block } of views.splice(frame.pictures.length)) block.remove();
    write(running, frame.running ? `Running: ${frame.running}.` : "");
    write(trouble, frame.stale ? `${frame.error}\n${STALE}` : frame.error);
    write(description, frame.description);
    root.dataset.turn = frame.turn;
    compare.row.hidden = !frame.comparable;
  }

  function drawPicture(view, picture, frame, theme, room, alone) {
    write(view.name, picture.heading);
    write(view.alarm, picture.alarm);
    view.block.style.maxWidth = `${room}px`;
    const count = picture.panels.length;
    while (view.panels.length < count) {
      const panel = makePanel(read, paint);
      view.panels.push(panel);
      view.figures.append(panel.figure);
    }
    for (const { figure } of view.panels.splice(count)) figure.remove();
    const words = [picture.alarm, frame.description].filter(Boolean).join(" ");
    picture.panels.forEach((panel, number) =>
      view.panels[number].draw(panel, room, alone ? 1 : count, theme, words),
    );
  }

  // What is written is only touched where it differs: alerts are announced at each change.
  function write(place, text = "") {
    if (place.textContent !== text) place.textContent = text;
    place.hidden = !text;
  }

  function showSettings() {
    if (mover.busy()) return; // the reader is ahead of the kernel
    const frame = model.get("frame");
    settings = { ...frame.settings };
    for (const [name, control] of shown) {
      if (document.activeElement !== control.input || !control.input.matches("[type=text]")) {
        control.show(settings[name]);
      }
    }
    compare.show(frame.comparing);
  }

  let [asked, rest] = [0, 0];
  function onFrame() {
    mover.answered(model.get("frame").turn);
    showSettings();
    redraw();
    clearTimeout(rest);
    rest = setTimeout(() => (spoken.textContent = model.get("frame").description), SPEAK_AFTER);
  }
  function redraw() {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      draw();
    });
  }

  model.on("change:frame", onFrame);
  const stopListening = [
    keepKeys(root),
    watchTheme(redraw),
    watchSize(root, redraw),
    hideStill(about.mark, root),
    noticeLostKernel(model, root, lost),
  ];
  write(lost);
  showSettings();
  draw();
  return () => {
    model.off("change:frame", onFrame);
    clearTimeout(rest);
    cancelAnimationFrame(asked);
    for (const stop of stopListening) stop();
  };
}

// The room of each of two pictures that fit side by side, their panels below one another; else null.
function roomBeside(pictures, room) {
  const narrow = ({ panels }) => panels.length < 3 && !panels.some(({ kind }) => WIDE.has(kind));
  const half = Math.floor((room - 28) / 2);
  return pictures.length === 2 && half >= 290 && pictures.every(narrow) ? half : null;
}

// Sends one move at a time; of those that come meanwhile only the latest is sent after it.
function makeMover(model, root) {
  let turn = Math.floor(Math.random() * 2 ** 40); // other views of this lab count elsewhere
  let [waiting, next, patience, slow] = [false, null, 0, 0];
  function send(content) {
    waiting = true;
    turn += 1;
    patience = setTimeout(() => done(), PATIENCE);
    slow = setTimeout(() => root.setAttribute("aria-busy", "true"), 400);
    model.send({ turn, ...content });
  }
  function done() {
    clearTimeout(patience);
    clearTimeout(slow);
    root.removeAttribute("aria-busy");
    waiting = false;
    const content = next;
    next = null;
    if (content) send(content);
  }
  return {
    // a press that waits is not forgotten when the reader moves on
    move: (content) => (waiting ? (next = { ...next, ...content }) : send(content)),
    answered: (answer) => waiting && answer === turn && done(),
    busy: () => waiting,
  };
}

// Keys that move controls stay here: the notebook would take arrows and letters for commands.
// Notebook 7 looks at keys before they arrive, and leaves alone elements with this attribute.
function keepKeys(root) {
  const isOurs = (event) => {
    const command = event.ctrlKey || event.metaKey || event.altKey;
    return !command && event.key !== "Escape" && !(event.key === "Enter" && event.shiftKey);
  };
  const mark = (event) =>
    root.contains(event.target) &&
    event.target.toggleAttribute("data-lm-suppress-shortcuts", isOurs(event));
  const keep = (event) => isOurs(event) && event.stopPropagation();
  window.addEventListener("keydown", mark, true);
  root.addEventListener("keydown", keep);
  return () => {
    window.removeEventListener("keydown", mark, true);
    root.removeEventListener("keydown", keep);
  };
}

function watchTheme(redraw) {
  const watcher = new MutationObserver(() => setTimeout(redraw, 50));
  for (const place of [document.documentElement, document.body]) {
    watcher.observe(place, { attributes: true, attributeFilter: ["class", "data-jp-theme-light"] });
  }
  const preference = window.matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", redraw);
  return () => {
    watcher.disconnect();
    preference.removeEventListener("change", redraw);
  };
}

function watchSize(root, redraw) {
  const watcher = new ResizeObserver(redraw);
  watcher.observe(root);
  return () => watcher.disconnect();
}

// The static picture of the same lab is hidden as long as the live one is shown.
function hideStill(mark, root) {
  const still = mark && document.querySelector(`[data-mt-lab="${mark}"]`);
  if (!still) return () => {};
  const place = still.closest(".jp-OutputArea-child") ?? still;
  place.style.display = "none";
  return () => (place.style.display = "");
}

function noticeLostKernel(model, root, lost) {
  const notice = () => {
    root.classList.add("mt-lab-lost");
    for (const input of root.querySelectorAll("input, select, button")) input.disabled = true;
    lost.textContent = "The kernel behind this lab is gone. Run this cell again.";
    lost.hidden = false;
  };
  model.on("comm_live_update", notice);
  return () => model.off("comm_live_update", notice);
}

export default { render };
