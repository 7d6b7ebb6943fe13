// One panel: a figure with a caption, a canvas, and a cursor that reads its cells.

const PAINTERS = {
  heatmap: drawHeatmap,
  bars: drawBars,
  lines: drawLines,
  points: drawPoints,
  tokens: drawTokens,
  tree: drawTree,
};

const WIDE = new Set(["tokens", "tree"]); // these take all the room there is

function sizeOf(pen, panel, room, count) {
  const across = Math.min(count, 3, Math.max(1, Math.floor((room + 20) / 310)));
  const share = Math.floor((room - 20 * (across - 1)) / across);
  const plot = Math.min(room, Math.max(share, 290), 380);
  switch (panel.kind) {
    case "heatmap":
      return heatmapSize(panel, room, count > 4);
    case "tokens": {
      const places = tokenRows(pen, panel, room);
      const last = places.at(-1);
      return { width: room, height: last ? last.y + last.height + 4 : 30 };
    }
    case "tree": {
      const rows = Math.max(0, ...panel.branches.map((branch) => branch.y)) + 1;
      return { width: room, height: rows * BRANCH_HEIGHT + 8 };
    }
    case "points":
      return { width: plot, height: pointsHeight(panel, plot) };
    case "bars":
      return { width: Math.min(room, Math.max(plot, 18 * panel.labels.length)), height: 270 };
    default:
      return { width: plot, height: 270 };
  }
}

// Returns an element, and draw(panel, room, count, theme, description).
function makePanel(read, paint) {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const canvas = document.createElement("canvas");
  figure.className = "mt-lab-panel";
  canvas.setAttribute("role", "img");
  canvas.tabIndex = 0;
  figure.append(caption, canvas);

  const pen = canvas.getContext("2d");
  const cursor = { row: 0, column: 0, shown: false };
  let [shown, cells, again] = [null, null, () => {}];

  function draw(panel, room, count, theme, description) {
    again = () => draw(panel, room, count, theme, description);
    shown = panel;
    pen.font = `${FONT_SIZE}px ${theme.font}`;
    const { width, height } = sizeOf(pen, panel, room, count);
    const dense = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * dense), Math.round(height * dense)];
    if (canvas.width !== wide || canvas.height !== high) {
      [canvas.width, canvas.height] = [wide, high];
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = `${FONT_SIZE}px ${theme.font}`;
    cells = PAINTERS[panel.kind](pen, panel, width, height, theme);
    if (cursor.shown) {
      drawCursor(theme);
      if (cells.columns > 0) read(cells.say(cursor.row, cursor.column)); // it may have changed
    }
    if (caption.textContent !== panel.title) caption.textContent = panel.title;
    figure.style.maxWidth = `${Math.max(width, 120)}px`;
    canvas.setAttribute("aria-label", `${panel.title}. ${description}`);
    canvas.classList.toggle("mt-lab-paintable", Boolean(panel.paints));
  }

  function drawCursor(theme) {
    cursor.row = Math.min(cursor.row, cells.rows - 1);
    cursor.column = Math.min(cursor.column, cells.columns - 1);
    if (cursor.row < 0 || cursor.column < 0) return;
    const cell = cells.place(cursor.row, cursor.column);
    const [x, y] = [cell.x - 2, cell.y - 2];
    for (const [colour, thick] of [[theme.paper, 5], [theme.ink, 2.5]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = thick;
      pen.strokeRect(x, y, cell.width + 4, Math.max(cell.height, 4) + 4);
    }
  }

  function moveTo(row, column) {
    cursor.row = Math.min(Math.max(row, 0), cells.rows - 1);
    cursor.column = Math.min(Math.max(column, 0), cells.columns - 1);
    again();
  }

  function showCursor(on) {
    cursor.shown = on && canvas.matches(":focus-visible");
    if (!cells) return;
    again();
  }

  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  canvas.addEventListener("focus", () => showCursor(true));
  canvas.addEventListener("blur", () => showCursor(false));
  canvas.addEventListener("keydown", (event) => {
    if (!cells || event.ctrlKey || event.metaKey || event.altKey) return;
    cursor.shown = true;
    const step = STEPS[event.key];
    if (step) moveTo(cursor.row + step[0], cursor.column + step[1]);
    else if (event.key === "Home") moveTo(cursor.row, 0);
    else if (event.key === "End") moveTo(cursor.row, cells.columns - 1);
    else if (event.key === " " && shown.paints) paint(shown.paints, cursor.row, cursor.column);
    else return;
    event.preventDefault();
  });

  function cellAt(event) {
    for (let row = 0; row < (cells ? cells.rows : 0); row++) {
      for (let column = 0; column < cells.columns; column++) {
        const { x, y, width, height } = cells.place(row, column);
        const inside = event.offsetX >= x && event.offsetX < x + width;
        if (inside && event.offsetY >= y && event.offsetY < y + height) return [row, column];
      }
    }
    return null;
  }

  let brush = null; // what dragging paints, and where it has been
  canvas.addEventListener("pointerdown", (event) => {
    const cell = cellAt(event);
    if (!cell) return;
    [cursor.row, cursor.column] = cell;
    if (shown.paints) {
      brush = { value: paint(shown.paints, ...cell), done: new Set([String(cell)]) };
      canvas.setPointerCapture(event.pointerId);
    }
  });
  canvas.addEventListener("pointermove", (event) => {
    const cell = cellAt(event);
    if (!cell) return;
    read(cells.say(...cell));
    if (!brush || brush.done.has(String(cell))) return;
    brush.done.add(String(cell));
    paint(shown.paints, ...cell, brush.value);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => (brush = null));
  }
  return { figure, draw };
}
